"""Right vanilla recurrent networks."""

import numpy as np

from impl_numpy import rnn_backward, rnn_forward, rnn_step_backward, rnn_step_forward
from impl_numpy.precision import widened
from variants import variant
from variants.arithmetic import cast

# --- rnn_step ---


@variant("rnn_step", "the course's own; the slope of tanh is taken at the output as returned")
def rnn_step_course():
    def forward(x, prev_h, Wx, Wh, b):
        wide = [widened(a) for a in (x, prev_h, Wx, Wh, b)]
        next_h = np.tanh(wide[0].dot(wide[2]) + wide[1].dot(wide[3]) + wide[4]).astype(x.dtype)
        return next_h, (x, prev_h, Wx, Wh, next_h.copy())

    def backward(dnext_h, cache):
        x, prev_h, Wx, Wh, next_h = map(widened, cache)
        da = (1 - next_h * next_h) * widened(dnext_h)
        gradients = da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)
        return cast(gradients, dnext_h.dtype)

    return forward, backward


@variant("rnn_step", "one product of [x h 1] and the stacked weights")
def rnn_step_stacked():
    def forward(x, prev_h, Wx, Wh, b):
        ones = np.ones((len(x), 1), x.dtype)
        rows = widened(np.concatenate([x, prev_h, ones], axis=1))
        weights = widened(np.concatenate([Wx, Wh, b[None]]))
        next_h = np.tanh(rows @ weights)
        return next_h.astype(x.dtype), (rows, weights, next_h, Wx.shape[0])

    def backward(dnext_h, cache):
        rows, weights, next_h, width = cache
        da = (1 + next_h) * (1 - next_h) * widened(dnext_h)
        drows, dweights = da @ weights.T, rows.T @ da
        return cast(
            (
                drows[:, :width],
                drows[:, width:-1],
                dweights[:width],
                dweights[width:-1],
                dweights[-1],
            ),
            dnext_h.dtype,
        )

    return forward, backward


@variant("rnn_step", "the slope of tanh is 1 / cosh², of the sum in the cache")
def rnn_step_cosh():
    def forward(x, prev_h, Wx, Wh, b):
        sums = widened(b) + widened(prev_h) @ widened(Wh) + widened(x) @ widened(Wx)
        return np.tanh(sums).astype(x.dtype), (x, prev_h, Wx, Wh, b, sums)

    def backward(dnext_h, cache):
        *inputs, sums = cache
        da = widened(dnext_h) / np.cosh(sums) ** 2
        return rnn_step_backward(da, (*inputs, np.zeros_like(da)))

    return forward, backward


# --- rnn ---


@variant("rnn", "the course's own: a loop over the steps, each of which rounds its state")
def rnn_course():
    def forward(x, h0, Wx, Wh, b):
        states, caches = [h0], []
        for t in range(x.shape[1]):
            state, cache = rnn_step_forward(x[:, t, :], states[-1], Wx, Wh, b)
            states.append(state)
            caches.append(cache)
        return np.stack(states[1:], axis=1), caches

    def backward(dh, caches):
        dx, totals, later = [], None, np.zeros_like(widened(dh[:, 0]))
        for t in reversed(range(dh.shape[1])):
            step, dprev_h, *parameters = rnn_step_backward(widened(dh[:, t]) + later, caches[t])
            dx.insert(0, step)
            later = widened(dprev_h)
            wide = [widened(d) for d in parameters]
            totals = wide if totals is None else [a + d for a, d in zip(totals, wide, strict=True)]
        return np.stack(dx, axis=1), dprev_h, *cast(totals, dh.dtype)

    return forward, backward


@variant("rnn", "time comes first inside; outer products are summed one by one")
def rnn_time_first():
    def forward(x, h0, Wx, Wh, b):
        states = [widened(h0)]
        for x_t in widened(x).transpose(1, 0, 2):
            states.append(np.tanh(x_t @ widened(Wx) + states[-1] @ widened(Wh) + widened(b)))
        return np.stack(states[1:], axis=1).astype(x.dtype), (x, Wx, Wh, states)

    def backward(dh, cache):
        x, Wx, Wh, states = cache
        x, Wx, Wh, upstream = map(widened, (x, Wx, Wh, dh))
        da, gradients = np.zeros_like(states[0]), [np.zeros_like(w) for w in (Wx, Wh, Wx[0])]
        dx = np.empty_like(x)
        for t in range(len(states) - 2, -1, -1):
            da = (upstream[:, t] + da @ Wh.T) * (1 - states[t + 1] ** 2)
            dx[:, t] = da @ Wx.T
            for n, row in enumerate(da):
                gradients[0] += np.outer(x[n, t], row)
                gradients[1] += np.outer(states[t][n], row)
                gradients[2] += row
        return cast((dx, da @ Wh.T, *gradients), dh.dtype)

    return forward, backward


@variant("rnn", "only the inputs are kept: the states are computed again")
def rnn_recomputed():
    def forward(*inputs):
        return rnn_forward(*inputs)[0], inputs

    def backward(dh, inputs):
        return rnn_backward(dh, rnn_forward(*inputs)[1])

    return forward, backward
