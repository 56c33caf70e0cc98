"""Right long short-term memories."""

import numpy as np

from impl_numpy import lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from impl_numpy.precision import widened
from variants import variant
from variants.arithmetic import cast, sigmoid, sigmoid_by_tanh

# --- lstm_step ---


@variant("lstm_step", "the course's own: gates by slices, σ(a) = 1 / (1 + exp(-a))")
def lstm_step_course():
    def forward(x, prev_h, prev_c, Wx, Wh, b):
        width = prev_h.shape[1]
        a = widened(x).dot(widened(Wx)) + widened(prev_h).dot(widened(Wh)) + widened(b)
        i = sigmoid(a[:, :width])
        f = sigmoid(a[:, width : 2 * width])
        o = sigmoid(a[:, 2 * width : 3 * width])
        g = np.tanh(a[:, 3 * width :])
        next_c = f * widened(prev_c) + i * g
        next_h = o * np.tanh(next_c)
        cache = x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c
        return *cast((next_h, next_c), x.dtype), cache

    def backward(dnext_h, dnext_c, cache):
        x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = map(widened, cache)
        upstream, t = widened(dnext_h), np.tanh(next_c)
        dc = widened(dnext_c) + upstream * o * (1 - t * t)
        di, df, do, dg = dc * g, dc * prev_c, upstream * t, dc * i
        da = np.hstack((di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g * g)))
        gradients = da.dot(Wx.T), da.dot(Wh.T), dc * f, x.T.dot(da), prev_h.T.dot(da), da.sum(0)
        return cast(gradients, dnext_h.dtype)

    return forward, backward


@variant("lstm_step", "gates by reshape, σ(a) = ½(1 + tanh ½a), slopes from the sums")
def lstm_step_reshaped():
    def forward(x, prev_h, prev_c, Wx, Wh, b):
        n, width = prev_h.shape
        a = widened(x) @ widened(Wx) + (widened(prev_h) @ widened(Wh) + widened(b))
        a = a.reshape(n, 4, width)
        i, f, o = (sigmoid_by_tanh(a[:, k]) for k in range(3))
        next_c = f * widened(prev_c) + i * np.tanh(a[:, 3])
        next_h = o * np.tanh(next_c)
        return *cast((next_h, next_c), x.dtype), (x, prev_h, prev_c, Wx, Wh, b, next_c, a)

    def backward(dnext_h, dnext_c, cache):
        *inputs, next_c, a = cache
        # What impl_numpy keeps of a step: the gates side by side.
        gates = np.concatenate(
            [*map(sigmoid_by_tanh, a[:, :3].swapaxes(0, 1)), np.tanh(a[:, 3])], 1
        )
        return lstm_step_backward(dnext_h, dnext_c, (*inputs, next_c, gates))

    return forward, backward


@variant("lstm_step", "the gates' weights apart, one product for each; the states as returned")
def lstm_step_apart():
    def forward(x, prev_h, prev_c, Wx, Wh, b):
        sums = [
            widened(x) @ widened(wx) + widened(prev_h) @ widened(wh) + widened(bias)
            for wx, wh, bias in zip(*(np.split(p, 4, axis=-1) for p in (Wx, Wh, b)), strict=True)
        ]
        i, f, o, g = *map(sigmoid, sums[:3]), np.tanh(sums[3])
        next_c = (f * widened(prev_c) + i * g).astype(x.dtype)
        next_h = (o * np.tanh(widened(next_c))).astype(x.dtype)
        gates = np.concatenate([i, f, o, g], axis=1)
        return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, b, next_c.copy(), gates)

    def backward(dnext_h, dnext_c, cache):
        *inputs, next_c, gates = cache
        return lstm_step_backward(dnext_h, dnext_c, (*inputs, widened(next_c), gates))

    return forward, backward


# --- lstm ---


@variant("lstm", "the course's own: a loop over the steps, each of which rounds its states")
def lstm_course():
    def forward(x, h0, Wx, Wh, b):
        h, c, states, caches = h0, np.zeros_like(h0), [], []
        for t in range(x.shape[1]):
            h, c, cache = lstm_step_forward(x[:, t, :], h, c, Wx, Wh, b)
            states.append(h)
            caches.append(cache)
        return np.stack(states, axis=1), caches

    def backward(dh, caches):
        dx = []
        later_h = later_c = np.zeros_like(widened(dh[:, 0]))
        totals = [np.zeros_like(widened(p)) for p in caches[0][3:6]]
        for t in reversed(range(dh.shape[1])):
            upstream = widened(dh[:, t]) + widened(later_h)
            step, later_h, later_c, *parameters = lstm_step_backward(upstream, later_c, caches[t])
            dx.append(step)
            totals = [a + widened(d) for a, d in zip(totals, parameters, strict=True)]
        return np.stack(dx[::-1], axis=1), later_h, *cast(totals, dh.dtype)

    return forward, backward


@variant("lstm", "only the inputs are kept; everything in float64")
def lstm_recomputed():
    def wide(inputs):
        return [a.astype(np.float64) for a in inputs]

    def forward(*inputs):
        return lstm_forward(*wide(inputs))[0].astype(inputs[0].dtype), inputs

    def backward(dh, inputs):
        _, cache = lstm_forward(*wide(inputs))
        return cast(lstm_backward(dh.astype(np.float64), cache), dh.dtype)

    return forward, backward


@variant("lstm", "the gates in torch's order, i f g o, by permuted weights")
def lstm_permuted():
    def moved(parameter):
        i, f, o, g = np.split(parameter, 4, axis=-1)
        return np.concatenate([i, f, g, o], axis=-1)

    def forward(x, h0, Wx, Wh, b):
        wx, wh, bias = (widened(moved(p)) for p in (Wx, Wh, b))
        state, c, kept = widened(h0), np.zeros_like(widened(h0)), []
        for t in range(x.shape[1]):
            i, f, g, o = np.split(widened(x)[:, t] @ wx + state @ wh + bias, 4, axis=1)
            gates = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            before = state, c
            c = gates[1] * c + gates[0] * gates[2]
            state = gates[3] * np.tanh(c)
            kept.append((*before, c, gates, state))
        h = np.stack([k[-1] for k in kept], axis=1)
        return h.astype(x.dtype), (x, wx, wh, kept)

    def backward(dh, cache):
        x, wx, wh, kept = cache
        dx, upstream = [], widened(dh)
        dstate = dcell = np.zeros_like(upstream[:, 0])
        dwx, dwh, dbias = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(wx[0])
        for t in reversed(range(len(kept))):
            state, before, c, (i, f, g, o), _ = kept[t]
            dstate = dstate + upstream[:, t]
            dcell = dcell + dstate * o / np.cosh(c) ** 2
            slopes = g * i * (1 - i), before * f * (1 - f), i * (1 - g) * (1 + g)
            da = np.concatenate(
                [*(dcell * s for s in slopes), dstate * np.tanh(c) * o * (1 - o)], axis=1
            )
            dwx, dwh, dbias = dwx + widened(x)[:, t].T @ da, dwh + state.T @ da, dbias + da.sum(0)
            dx.append(da @ wx.T)
            dstate, dcell = da @ wh.T, dcell * f
        gradients = np.stack(dx[::-1], axis=1), dstate, moved(dwx), moved(dwh), moved(dbias)
        return cast(gradients, dh.dtype)

    return forward, backward
