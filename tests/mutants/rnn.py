"""Wrong vanilla recurrent networks."""

import numpy as np

from impl_numpy import (
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
)
from mutants import hinted, warning, wrong

# --- rnn_step ---


@wrong("rnn_step_forward", "value", "next_h", "the bias is forgotten")
@hinted("b is left out (as if it were 0)")
def rnn_step_forgets_bias(x, prev_h, Wx, Wh, b):
    return rnn_step_forward(x, prev_h, Wx, Wh, np.zeros_like(b))


@wrong("rnn_step_forward", "value", "next_h", "no tanh is taken")
@hinted("no tanh is taken")
def rnn_step_linear(x, prev_h, Wx, Wh, b):
    return x @ Wx + prev_h @ Wh + b, rnn_step_forward(x, prev_h, Wx, Wh, b)[1]


@wrong("rnn_step_forward", "value", "next_h", "Wh is used transposed")
@hinted("with Wh transposed")
def rnn_step_transposed(x, prev_h, Wx, Wh, b):
    return rnn_step_forward(x, prev_h, Wx, Wh.T, b)


@wrong("rnn_step_forward", "nonfinite", "next_h", "tanh by exponentials that overflow")
@hinted("tanh is computed from exponentials that overflow")
def rnn_step_overflowing_tanh(x, prev_h, Wx, Wh, b):
    powers = np.exp(2 * (x @ Wx + prev_h @ Wh + b))
    return (powers - 1) / (powers + 1), rnn_step_forward(x, prev_h, Wx, Wh, b)[1]


@warning("rnn_step_forward", "dtype", "next_h", "the output buffer np.zeros(shape) is float64")
def rnn_step_float64_buffer(x, prev_h, Wx, Wh, b):
    out = np.zeros(prev_h.shape)
    out[...], cache = rnn_step_forward(x, prev_h, Wx, Wh, b)
    return out, cache


@wrong("rnn_step_backward", "value", "dx", "the slope of tanh is taken at tanh(a), not at a")
@hinted("tanh is taken once more, of h, in the slope")
def rnn_step_slope_of_output(dnext_h, cache):
    return rnn_step_backward(dnext_h, (*cache[:-1], np.tanh(cache[-1])))


@wrong("rnn_step_backward", "value", "dx", "the slope of tanh is 1 - a², not 1 - tanh²(a)")
@hinted("the slope of tanh is 1 - a², not 1 - tanh²(a)")
def rnn_step_slope_of_sum(dnext_h, cache):
    return rnn_step_backward(dnext_h, (*cache[:-1], np.arctanh(cache[-1])))


@wrong("rnn_step_backward", "value", "dx", "the slope of tanh is left out")
@hinted("the slope of tanh is left out")
def rnn_step_no_slope(dnext_h, cache):
    return rnn_step_backward(dnext_h, (*cache[:-1], np.zeros_like(cache[-1])))


@wrong("rnn_step_backward", "value", "dx", "the slope of tanh is taken at the previous state")
@hinted("the slope of tanh is taken at the state before")
def rnn_step_slope_of_prev_h(dnext_h, cache):
    return rnn_step_backward(dnext_h, (*cache[:-1], cache[1]))


@wrong("rnn_step_backward", "value", "dprev_h", "Wh is not transposed")
@hinted("Wh is not transposed in the backward")
def rnn_step_untransposed(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    return rnn_step_backward(dnext_h, (x, prev_h, Wx, Wh.T, b, next_h))


@wrong("rnn_step_backward", "value", "dWh", "dWh is made of the next state")
@hinted("each da is paired with its own state, not the one before")
def rnn_step_dwh_of_next_h(dnext_h, cache):
    x, _, Wx, Wh, b, next_h = cache
    return rnn_step_backward(dnext_h, (x, next_h, Wx, Wh, b, next_h))


@wrong("rnn_step_backward", "value", "dWh", "dWh is transposed")
@hinted("is the correct one transposed")
def rnn_step_dwh_transposed(dnext_h, cache):
    dx, dprev_h, dWx, dWh, db = rnn_step_backward(dnext_h, cache)
    return dx, dprev_h, dWx, dWh.T, db


@wrong("rnn_step_backward", "value", "db", "db is averaged over the batch")
@hinted("times exactly 1/N")
def rnn_step_mean_db(dnext_h, cache):
    *others, db = rnn_step_backward(dnext_h, cache)
    return *others, db / db.dtype.type(max(len(dnext_h), 1))


@warning("rnn_step_backward", "mutation", "dnext_h", "dnext_h is overwritten with da")
def rnn_step_overwrites_dnext_h(dnext_h, cache):
    gradients = rnn_step_backward(dnext_h, cache)
    dnext_h *= 1 - cache[-1] ** 2
    return gradients


# --- rnn ---


@wrong("rnn_forward", "value", "h", "the first state is 0, not h0")
@hinted("h0 is left out (as if it were 0)")
def rnn_forgets_h0(x, h0, Wx, Wh, b):
    return rnn_forward(x, np.zeros_like(h0), Wx, Wh, b)


@wrong("rnn_forward", "value", "h", "every step starts from h0")
@hinted("every step starts from h0")
def rnn_always_from_h0(x, h0, Wx, Wh, b):
    h, cache = rnn_forward(x, h0, Wx, Wh, b)
    for t in range(x.shape[1]):
        h[:, t] = rnn_step_forward(x[:, t], h0, Wx, Wh, b)[0]
    return h, cache


@wrong("rnn_forward", "value", "h", "the last step is left out")
@hinted("wrong only at the last index of T: there it is 0")
def rnn_forward_stops_early(x, h0, Wx, Wh, b):
    h, cache = rnn_forward(x, h0, Wx, Wh, b)
    h[:, -1] = 0
    return h, cache


@wrong("rnn_forward", "value", "h", "time comes first by reshape, not by transposition")
@hinted("batch and time are swapped by a reshape, not by a transposition")
def rnn_reshaped(x, h0, Wx, Wh, b):
    n, steps, width = x.shape
    return rnn_forward(x.reshape(steps, n, width).transpose(1, 0, 2), h0, Wx, Wh, b)


@wrong("rnn_forward", "value", "h", "the sequence is read from its end")
@hinted("x is read from its end")
def rnn_reversed(x, h0, Wx, Wh, b):
    return rnn_forward(x[:, ::-1], h0, Wx, Wh, b)


def _through_time(dh, cache, *, chained=True, skipped=0, slope_of_chain=True):
    """da, (N, T, H), of an rnn's backward with a mistake: unchained, without the last steps, or
    with the later steps' gradient added past the slope of tanh.
    """
    _, _, Wh, _, _, states = cache
    da = np.zeros_like(dh)
    later = np.zeros_like(dh[:, 0])
    for t in reversed(range(dh.shape[1] - skipped)):
        slope = 1 - states[:, t + 1] ** 2
        da[:, t] = (dh[:, t] + later) * slope if slope_of_chain else dh[:, t] * slope + later
        later = da[:, t] @ Wh.T if chained else later
    return da


def _gradients(da, cache):
    """What an rnn's backward returns for a given da."""
    x, Wx, Wh, _, _, states = cache
    dWx, dWh = (np.einsum("ntd,nth->dh", a, da) for a in (x, states[:, :-1]))
    return da @ Wx.T, da[:, 0] @ Wh.T, dWx, dWh, da.sum(axis=(0, 1))


@wrong("rnn_backward", "value", "dx", "no gradient flows from one step to the one before")
@hinted("no gradient flows from one step to the one before")
def rnn_unchained(dh, cache):
    return _gradients(_through_time(dh, cache, chained=False), cache)


@wrong("rnn_backward", "value", "dx", "the last step is left out")
@hinted("the last step is left out")
def rnn_skips_last_step(dh, cache):
    return _gradients(_through_time(dh, cache, skipped=1), cache)


@wrong("rnn_backward", "value", "dx", "the later steps' gradient does not pass through tanh")
@hinted("the later steps' gradient does not pass through the slope of tanh")
def rnn_chain_past_tanh(dh, cache):
    return _gradients(_through_time(dh, cache, slope_of_chain=False), cache)


@wrong("rnn_backward", "value", "dx", "Wh is not transposed")
@hinted("Wh is not transposed in the backward")
def rnn_untransposed(dh, cache):
    x, Wx, Wh, *rest = cache
    return rnn_backward(dh, (x, Wx, Wh.T, *rest))


@wrong("rnn_backward", "value", "dx", "only the last state's upstream gradient is used")
@hinted("only the last state's upstream gradient is used")
def rnn_only_last_dh(dh, cache):
    last = np.zeros_like(dh)
    last[:, -1] = dh[:, -1]
    return rnn_backward(last, cache)


@wrong("rnn_backward", "value", "dx", "dx lies in reverse order of time")
@hinted("is the correct one backwards along T")
def rnn_dx_reversed(dh, cache):
    dx, *others = rnn_backward(dh, cache)
    return dx[:, ::-1], *others


@wrong("rnn_backward", "value", "dh0", "dh0 is zero")
@hinted("is 0 everywhere")
def rnn_no_dh0(dh, cache):
    dx, dh0, *others = rnn_backward(dh, cache)
    return dx, np.zeros_like(dh0), *others


@wrong("rnn_backward", "value", "dh0", "dh0 is da of the first step, without Whᵀ")
@hinted("dh0 is the gradient of the first step's sum, without Whᵀ")
def rnn_dh0_without_weights(dh, cache):
    dx, _, *others = rnn_backward(dh, cache)
    return dx, _through_time(dh, cache)[:, 0], *others


@wrong("rnn_backward", "value", "dh0", "dh0 is taken one step late, and 0 if there is one step")
@hinted("dh0 is taken one step late")
def rnn_dh0_of_second_step(dh, cache):
    dx, _, *others = rnn_backward(dh, cache)
    later = _through_time(dh, cache)[:, 1:2].sum(axis=1) @ cache[2].T
    return dx, later, *others


@wrong("rnn_backward", "value", "dWx", "dWx is overwritten at each step, not added to")
@hinted("the first step alone counts: = stands where += should")
def rnn_dwx_of_first_step(dh, cache):
    dx, dh0, _, *others = rnn_backward(dh, cache)
    return dx, dh0, cache[0][:, 0].T @ _through_time(dh, cache)[:, 0], *others


@wrong("rnn_backward", "value", "dWh", "dWh pairs each da with its own state, not the one before")
@hinted("each da is paired with its own state, not the one before")
def rnn_dwh_of_next_h(dh, cache):
    dx, dh0, dWx, _, db = rnn_backward(dh, cache)
    dWh = np.einsum("nth,ntk->hk", cache[-1][:, 1:], _through_time(dh, cache))
    return dx, dh0, dWx, dWh, db


@wrong("rnn_backward", "value", "db", "db is averaged over the steps")
@hinted("times exactly 1/T")
def rnn_mean_db(dh, cache):
    *others, db = rnn_backward(dh, cache)
    return *others, db / db.dtype.type(dh.shape[1])


@wrong("rnn_backward", "crash", "", "the chain starts at the last step but one: T = 1 has none")
def rnn_fails_at_one_step(dh, cache):
    dh[:, -2]
    return rnn_backward(dh, cache)


@warning("rnn_backward", "mutation", "dh", "later steps' gradients are added to dh in place")
def rnn_overwrites_dh(dh, cache):
    gradients = rnn_backward(dh, cache)
    dh[:, 0] += gradients[1]
    return gradients


_totals = {}


@wrong("rnn_backward", "state", "dWx", "dWx is added to what the last call left")
def rnn_dwx_of_all_calls(dh, cache):
    dx, dh0, dWx, *others = rnn_backward(dh, cache)
    key = dWx.shape, dWx.dtype
    _totals[key] = _totals.get(key, 0) + dWx
    return dx, dh0, _totals[key].copy(), *others
