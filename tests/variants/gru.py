"""Right gated recurrent units."""

import numpy as np

from impl_numpy import gru_backward, gru_forward, gru_step_backward, gru_step_forward
from impl_numpy.precision import widened
from variants import variant
from variants.arithmetic import cast, sigmoid, sigmoid_by_tanh

# --- gru_step ---


def _thirds(array):
    return np.split(array, 3, axis=-1)


@variant("gru_step", "h' = n + z·(h - n), as torch's CPU kernel; every gate by its own weights")
def gru_step_interpolated():
    def forward(x, prev_h, Wx, Wh, bx, bh):
        wide_h = widened(prev_h)
        x_r, x_z, x_n = (
            widened(x) @ widened(w) + widened(b)
            for w, b in zip(_thirds(Wx), _thirds(bx), strict=True)
        )
        h_r, h_z, h_n = (
            wide_h @ widened(w) + widened(b) for w, b in zip(_thirds(Wh), _thirds(bh), strict=True)
        )
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        n = np.tanh(x_n + r * h_n)
        return (n + z * (wide_h - n)).astype(x.dtype), (x, prev_h, Wx, Wh, r, z, n, h_n)

    def backward(dnext_h, cache):
        x, prev_h, Wx, Wh, r, z, n, h_n = map(widened, cache)
        upstream = widened(dnext_h)
        dz = upstream * (prev_h - n) * z * (1 - z)
        dn = (upstream - upstream * z) * (1 - n * n)
        dr = dn * h_n * r * (1 - r)
        wx, wh = _thirds(Wx), _thirds(Wh)
        dx = dr @ wx[0].T + dz @ wx[1].T + dn @ wx[2].T
        dprev_h = upstream * z + dr @ wh[0].T + dz @ wh[1].T + (dn * r) @ wh[2].T
        of_x, of_h = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
        gradients = dx, dprev_h, x.T @ of_x, prev_h.T @ of_h, of_x.sum(0), of_h.sum(0)
        return cast(gradients, dnext_h.dtype)

    return forward, backward


@variant("gru_step", "σ(a) = ½(1 + tanh ½a); both biases are added at once where that is the same")
def gru_step_joint_bias():
    def forward(x, prev_h, Wx, Wh, bx, bh):
        wide_h, width = widened(prev_h), prev_h.shape[1]
        both = widened(bx) + widened(bh)
        x_sums, h_sums = widened(x) @ widened(Wx), wide_h @ widened(Wh)
        gates = sigmoid_by_tanh((x_sums + h_sums + both)[:, : 2 * width])
        r, z = gates[:, :width], gates[:, width:]
        h_n = h_sums[:, 2 * width :] + widened(bh)[2 * width :]
        n = np.tanh(x_sums[:, 2 * width :] + widened(bx)[2 * width :] + r * h_n)
        kept = np.concatenate([r, z, n, h_n], axis=1)
        return (z * wide_h + (1 - z) * n).astype(x.dtype), (x, prev_h, Wx, Wh, bx, bh, kept)

    return forward, gru_step_backward


# --- gru ---


@variant("gru", "a loop over the steps, each of which rounds its state")
def gru_loop():
    def forward(x, h0, *parameters):
        state, states, caches = h0, [], []
        for t in range(x.shape[1]):
            state, cache = gru_step_forward(x[:, t], state, *parameters)
            states.append(state)
            caches.append(cache)
        return np.stack(states, axis=1), caches

    def backward(dh, caches):
        dx, later = [], np.zeros_like(widened(dh[:, 0]))
        totals = [np.zeros_like(widened(p)) for p in caches[0][2:6]]
        for t in reversed(range(dh.shape[1])):
            upstream = widened(dh[:, t]) + widened(later)
            step, later, *parameters = gru_step_backward(upstream, caches[t])
            dx.append(step)
            totals = [a + widened(d) for a, d in zip(totals, parameters, strict=True)]
        return np.stack(dx[::-1], axis=1), later, *cast(totals, dh.dtype)

    return forward, backward


@variant("gru", "only the inputs are kept; everything in float64")
def gru_recomputed():
    def wide(inputs):
        return [a.astype(np.float64) for a in inputs]

    def forward(*inputs):
        return gru_forward(*wide(inputs))[0].astype(inputs[0].dtype), inputs

    def backward(dh, inputs):
        _, cache = gru_forward(*wide(inputs))
        return cast(gru_backward(dh.astype(np.float64), cache), dh.dtype)

    return forward, backward
