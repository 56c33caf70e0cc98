"""Wrong gated recurrent units."""

import numpy as np

from impl_numpy import gru_backward, gru_forward, gru_step_backward, gru_step_forward
from mutants import hinted, warning, wrong

# --- gru_step ---


def _gates(cache):
    """r, z, n and the sum of h in n, from a step's cache."""
    return np.split(cache[-1], 4, axis=1)


@wrong("gru_step_forward", "value", "next_h", "r is applied to h before the product, as Cho et al.")
@hinted("r is applied to h before the product with Wh")
def gru_step_reset_before(x, prev_h, Wx, Wh, bx, bh):
    _, cache = gru_step_forward(x, prev_h, Wx, Wh, bx, bh)
    r, z, _, _ = _gates(cache)
    x_n, Wh_n, b_n = (np.split(a, 3, axis=-1)[2] for a in (x @ Wx + bx, Wh, bh))
    return (1 - z) * np.tanh(x_n + (r * prev_h) @ Wh_n + b_n) + z * prev_h, cache


@wrong("gru_step_forward", "value", "next_h", "the bias of h in n is not multiplied by r")
@hinted("the bias of h in n is not multiplied by r")
def gru_step_bias_past_reset(x, prev_h, Wx, Wh, bx, bh):
    _, cache = gru_step_forward(x, prev_h, Wx, Wh, bx, bh)
    r, z, _, h_n = _gates(cache)
    x_n, b_n = (np.split(a, 3, axis=-1)[2] for a in (x @ Wx + bx, bh))
    return (1 - z) * np.tanh(x_n + r * (h_n - b_n) + b_n) + z * prev_h, cache


@wrong("gru_step_forward", "value", "next_h", "z and 1 - z are swapped")
@hinted("z and 1 - z are swapped")
def gru_step_swapped_update(x, prev_h, Wx, Wh, bx, bh):
    _, cache = gru_step_forward(x, prev_h, Wx, Wh, bx, bh)
    _, z, n, _ = _gates(cache)
    return z * n + (1 - z) * prev_h, cache


@wrong("gru_step_forward", "value", "next_h", "the gates lie in the order z r n")
@hinted("the gates lie in the order z r n")
def gru_step_update_first(x, prev_h, *parameters):
    def reordered(parameter):
        r, z, n = np.split(parameter, 3, axis=-1)
        return np.concatenate([z, r, n], axis=-1)

    return gru_step_forward(x, prev_h, *map(reordered, parameters))


@wrong("gru_step_forward", "value", "next_h", "the second bias is forgotten")
@hinted("bh is left out (as if it were 0)")
def gru_step_one_bias(x, prev_h, Wx, Wh, bx, bh):
    return gru_step_forward(x, prev_h, Wx, Wh, bx, np.zeros_like(bh))


@wrong("gru_step_forward", "nonfinite", "next_h", "σ(a) as exp(a) / (1 + exp(a)) overflows")
def gru_step_overflowing_sigmoid(x, prev_h, Wx, Wh, bx, bh):
    _, cache = gru_step_forward(x, prev_h, Wx, Wh, bx, bh)
    n = _gates(cache)[2]
    powers = np.exp(np.split(x @ Wx + bx + prev_h @ Wh + bh, 3, axis=1)[1])
    z = powers / (1 + powers)
    return (1 - z) * n + z * prev_h, cache


def _cell_gradients(dnext_h, cache, **mistakes):
    """What gru_step's backward returns, with some of its factors replaced by others."""
    x, prev_h, Wx, Wh, _, _, _ = cache
    r, z, n, h_n = _gates(cache)
    factors = {
        "h_to_n": 1 - z,
        "n_slope": 1 - n**2,
        "r_sees": h_n,
        "z_sees": prev_h - n,
        "n_to_h_n": r,
        "direct": z,
        "through_sums": 1,
        **{name: factor(r, z, n, prev_h) for name, factor in mistakes.items()},
    }
    da_n = factors["n_slope"] * factors["h_to_n"] * dnext_h
    gates = [r * (1 - r) * factors["r_sees"] * da_n, z * (1 - z) * factors["z_sees"] * dnext_h]
    da = np.concatenate([*gates, da_n], axis=1)
    de = np.concatenate([*gates, factors["n_to_h_n"] * da_n], axis=1)
    dprev_h = factors["direct"] * dnext_h + factors["through_sums"] * (de @ Wh.T)
    return da @ Wx.T, dprev_h, x.T @ da, prev_h.T @ de, da.sum(axis=0), de.sum(axis=0)


@wrong("gru_step_backward", "value", "dprev_h", "nothing flows from h' to h directly")
@hinted("lacks the direct path")
def gru_step_no_direct_gradient(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, direct=lambda *_: 0)


@wrong("gru_step_backward", "value", "dprev_h", "nothing flows from h' to h through the gates")
@hinted("lacks the path through the gates")
def gru_step_only_direct_gradient(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, through_sums=lambda *_: 0)


@wrong("gru_step_backward", "value", "dWh", "r is left out between n and the product with Wh")
@hinted("r is left out between n and the product with Wh")
def gru_step_no_reset(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, n_to_h_n=lambda *_: 1)


@wrong("gru_step_backward", "value", "dx", "the reset gate's gradient is made of h, not of h·Wh")
@hinted("the reset gate's gradient is made of h, not of h·Wh")
def gru_step_reset_sees_h(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, r_sees=lambda r, z, n, h: h)


@wrong("gru_step_backward", "value", "dx", "the update gate's gradient has the wrong sign")
@hinted("the update gate's gradient has the wrong sign")
def gru_step_update_sign(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, z_sees=lambda r, z, n, h: n - h)


@wrong("gru_step_backward", "value", "dx", "n gets z of the gradient, not 1 - z")
@hinted("n gets z of the gradient, not 1 - z")
def gru_step_swapped_gradient(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, h_to_n=lambda r, z, n, h: z)


@wrong("gru_step_backward", "value", "dWx", "the slope of n is left out")
@hinted("the slope of n is left out")
def gru_step_no_slope_of_n(dnext_h, cache):
    return _cell_gradients(dnext_h, cache, n_slope=lambda *_: 1)


@wrong("gru_step_backward", "value", "dbh", "dbh is dbx")
@hinted("dbh is dbx: r is left out")
def gru_step_same_bias_gradients(dnext_h, cache):
    *others, dbx, _ = gru_step_backward(dnext_h, cache)
    return *others, dbx, dbx.copy()


@warning("gru_step_backward", "alias", "dprev_h", "dprev_h is written into dnext_h")
def gru_step_writes_into_dnext_h(dnext_h, cache):
    dx, dprev_h, *others = gru_step_backward(dnext_h, cache)
    dnext_h[...] = dprev_h
    return dx, dnext_h, *others


# --- gru ---


@wrong("gru_forward", "value", "h", "the first state is 0, not h0")
@hinted("h0 is left out (as if it were 0)")
def gru_forgets_h0(x, h0, Wx, Wh, bx, bh):
    return gru_forward(x, np.zeros_like(h0), Wx, Wh, bx, bh)


@wrong("gru_forward", "value", "h", "every step starts from h0")
@hinted("every step starts from h0")
def gru_always_from_h0(x, h0, Wx, Wh, bx, bh):
    h, cache = gru_forward(x, h0, Wx, Wh, bx, bh)
    for t in range(x.shape[1]):
        h[:, t] = gru_step_forward(x[:, t], h0, Wx, Wh, bx, bh)[0]
    return h, cache


@wrong("gru_forward", "shape", "h", "time comes first in the output")
@hinted("with its axes in the order (1, 0, 2)")
def gru_time_first(x, h0, Wx, Wh, bx, bh):
    h, cache = gru_forward(x, h0, Wx, Wh, bx, bh)
    return h.transpose(1, 0, 2).copy(), cache


def _through_time(dh, cache, *, chained=1, skipped=0):
    """A gru's backward by its steps': dx, and a list of the other gradients of each step, the last
    one first. ``chained``: how much of the later steps' gradient is added.
    """
    x, Wx, Wh, bx, bh, _, states, gates = cache
    dx, later, made = np.zeros_like(x), np.zeros_like(states[:, 0]), []
    for t in reversed(range(x.shape[1] - skipped)):
        step_cache = x[:, t], states[:, t], Wx, Wh, bx, bh, gates[:, t]
        dx[:, t], *step = gru_step_backward(dh[:, t] + chained * later, step_cache)
        later = step[0]
        made.append(step)
    return dx, made


def _summed(dx, made):
    """What a gru's backward returns, given what its steps made."""
    return dx, made[-1][0], *(sum(terms) for terms in list(zip(*made, strict=True))[1:])


@wrong("gru_backward", "value", "dx", "no gradient flows from one step to the one before")
@hinted("no gradient flows from one step to the one before")
def gru_unchained(dh, cache):
    return _summed(*_through_time(dh, cache, chained=0))


@wrong("gru_backward", "value", "dx", "the last step is left out")
@hinted("the last step is left out")
def gru_skips_last_step(dh, cache):
    return _summed(*_through_time(dh, cache, skipped=dh.shape[1] > 1))


@wrong("gru_backward", "value", "dh0", "dh0 is zero")
@hinted("is 0 everywhere")
def gru_no_dh0(dh, cache):
    dx, dh0, *others = gru_backward(dh, cache)
    return dx, np.zeros_like(dh0), *others


@wrong("gru_backward", "value", "dh0", "dh0 is the gradient of the last step's state")
@hinted("dh0 is taken from the last step")
def gru_dh0_of_last_step(dh, cache):
    dx, _, *others = gru_backward(dh, cache)
    return dx, _through_time(dh, cache)[1][0][0], *others


@wrong("gru_backward", "value", "dWx", "dWx is overwritten at each step, not added to")
@hinted("the first step alone counts: = stands where += should")
def gru_dwx_of_first_step(dh, cache):
    dx, dh0, _, *others = gru_backward(dh, cache)
    return dx, dh0, _through_time(dh, cache)[1][-1][1], *others


@wrong("gru_backward", "value", "dbh", "dbh is averaged over the steps")
@hinted("times exactly 1/T")
def gru_mean_dbh(dh, cache):
    *others, dbh = gru_backward(dh, cache)
    return *others, dbh / dbh.dtype.type(dh.shape[1])


@wrong("gru_backward", "crash", "", "the chain starts at the last step but one: T = 1 has none")
def gru_fails_at_one_step(dh, cache):
    dh[:, -2]
    return gru_backward(dh, cache)


@warning("gru_backward", "mutation", "dh", "later steps' gradients are added to dh in place")
def gru_overwrites_dh(dh, cache):
    gradients = gru_backward(dh, cache)
    dh[:, 0] += gradients[1]
    return gradients
