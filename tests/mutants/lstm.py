"""Wrong long short-term memories."""

import numpy as np

from impl_numpy import lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from mutants import hinted, warning, wrong
from mutants.arithmetic import sigmoid

# --- lstm_step: mistakes of the cell, in the course's loop: the gates' order, the state ---


def _in_order(array, order):
    """The four parts of the last axis, of gates i f o g, in another order."""
    parts = np.split(array, 4, axis=-1)
    return np.concatenate([parts["ifog".index(gate)] for gate in order], axis=-1)


def _ordered(order):
    """A forward that takes the gates in another order."""

    def forward(x, prev_h, prev_c, Wx, Wh, b):
        parameters = (_in_order(parameter, order) for parameter in (Wx, Wh, b))
        return lstm_step_forward(x, prev_h, prev_c, *parameters)

    return forward


@wrong("lstm_step_forward", "value", "next_c", "the gates lie in the order f i o g")
@hinted("the gates lie in the order f i o g")
def lstm_step_forget_first(*arguments):
    return _ordered("fiog")(*arguments)


@wrong("lstm_step_forward", "value", "next_h", "the gates lie in torch's order, i f g o")
@hinted("the gates lie in the order i f g o, as torch's")
def lstm_step_output_last(*arguments):
    return _ordered("ifgo")(*arguments)


@wrong("lstm_step_forward", "value", "next_c", "the gates of each unit lie side by side")
@hinted("the gates of each unit lie side by side")
def lstm_step_interleaved(x, prev_h, prev_c, Wx, Wh, b):
    def parted(parameter):
        *rows, width = parameter.shape
        units = parameter.reshape(*rows, width // 4, 4)
        return np.swapaxes(units, -1, -2).reshape(parameter.shape)

    return lstm_step_forward(x, prev_h, prev_c, parted(Wx), parted(Wh), parted(b))


@wrong("lstm_step_forward", "value", "next_c", "g is a sigmoid, as the other gates")
@hinted("g is a sigmoid, as the gates are")
def lstm_step_sigmoid_of_g(x, prev_h, prev_c, Wx, Wh, b):
    next_h, _, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    i, f, _, _ = np.split(cache[-1], 4, axis=1)
    g = sigmoid(np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)[3])
    return next_h, f * prev_c + i * g, cache


@wrong("lstm_step_forward", "value", "next_h", "no tanh is taken of the cell")
@hinted("no tanh is taken of the cell")
def lstm_step_no_tanh_of_c(x, prev_h, prev_c, Wx, Wh, b):
    _, next_c, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    return np.split(cache[-1], 4, axis=1)[2] * next_c, next_c, cache


@wrong("lstm_step_forward", "value", "next_h", "the output is made of the previous cell")
@hinted("h' is made of the cell before")
def lstm_step_output_of_prev_c(x, prev_h, prev_c, Wx, Wh, b):
    _, next_c, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    return np.split(cache[-1], 4, axis=1)[2] * np.tanh(prev_c), next_c, cache


@wrong("lstm_step_forward", "value", "next_c", "what is forgotten is 1 - i, not f")
@hinted("what is forgotten is 1 - i, not f")
def lstm_step_coupled_gates(x, prev_h, prev_c, Wx, Wh, b):
    next_h, _, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    i, _, _, g = np.split(cache[-1], 4, axis=1)
    return next_h, (1 - i) * prev_c + i * g, cache


@wrong("lstm_step_forward", "nonfinite", "next_c", "σ(a) as exp(a) / (1 + exp(a)) overflows")
def lstm_step_overflowing_sigmoid(x, prev_h, prev_c, Wx, Wh, b):
    next_h, _, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    powers = np.exp(x @ Wx + prev_h @ Wh + b)
    i, f, _, _ = np.split(powers / (1 + powers), 4, axis=1)
    return next_h, f * prev_c + i * np.split(cache[-1], 4, axis=1)[3], cache


@wrong("lstm_step_forward", "shape", "next_h", "the gates are returned, not the state")
@hinted("the gates are returned, not the state")
def lstm_step_returns_gates(x, prev_h, prev_c, Wx, Wh, b):
    _, next_c, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    return cache[-1].copy(), next_c, cache


@wrong("lstm_step_forward", "value", "next_h", "next_c is returned before next_h")
@hinted("they are swapped")
def lstm_step_swapped_states(x, prev_h, prev_c, Wx, Wh, b):
    next_h, next_c, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    return next_c, next_h, cache


def _cell_gradients(dnext_h, dnext_c, cache, **mistakes):
    """What lstm_step's backward returns, with some of its factors replaced by others."""
    x, prev_h, prev_c, Wx, Wh, _, next_c, gates = cache
    i, f, o, g = np.split(gates, 4, axis=1)
    factors = {
        "h_to_c": o * (1 - np.tanh(next_c) ** 2),
        "kept": 1,
        "c_to_prev_c": f,
        "f_sees": prev_c,
        "i_slope": i * (1 - i),
        "o_slope": o * (1 - o),
        "g_slope": 1 - g**2,
        **{name: factor(i, f, o, g, next_c) for name, factor in mistakes.items()},
    }
    dc = factors["kept"] * dnext_c + factors["h_to_c"] * dnext_h
    da = np.concatenate(
        [
            factors["i_slope"] * g * dc,
            f * (1 - f) * factors["f_sees"] * dc,
            factors["o_slope"] * np.tanh(next_c) * dnext_h,
            factors["g_slope"] * i * dc,
        ],
        axis=1,
    )
    return (
        da @ Wx.T,
        da @ Wh.T,
        factors["c_to_prev_c"] * dc,
        x.T @ da,
        prev_h.T @ da,
        da.sum(axis=0),
    )


@wrong("lstm_step_backward", "value", "dprev_c", "nothing flows from h' to c' through tanh")
@hinted("nothing flows from h' to c' through tanh")
def lstm_step_no_gradient_through_h(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, h_to_c=lambda *_: 0)


@wrong("lstm_step_backward", "value", "dprev_c", "the slope of tanh(c') is left out")
@hinted("the slope of tanh(c') is left out")
def lstm_step_no_slope_of_c(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, h_to_c=lambda i, f, o, g, c: o)


@wrong("lstm_step_backward", "value", "dprev_c", "o is left out between h' and c'")
@hinted("o is left out between h' and c'")
def lstm_step_no_o(dnext_h, dnext_c, cache):
    return _cell_gradients(
        dnext_h, dnext_c, cache, h_to_c=lambda i, f, o, g, c: 1 - np.tanh(c) ** 2
    )


@wrong("lstm_step_backward", "value", "dprev_c", "dnext_c is ignored")
@hinted("dnext_c is ignored")
def lstm_step_ignores_dnext_c(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, kept=lambda *_: 0)


@wrong("lstm_step_backward", "value", "dprev_c", "f is left out between c' and c")
@hinted("f is left out between c' and c")
def lstm_step_no_f(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, c_to_prev_c=lambda *_: 1)


@wrong("lstm_step_backward", "value", "dx", "the forget gate's gradient is made of the next cell")
@hinted("the forget gate's gradient is made of the next cell")
def lstm_step_f_sees_next_c(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, f_sees=lambda i, f, o, g, c: c)


@wrong("lstm_step_backward", "value", "dx", "the slope of g is a sigmoid's")
@hinted("the slope of g is that of a sigmoid")
def lstm_step_sigmoid_slope_of_g(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, g_slope=lambda i, f, o, g, c: g * (1 - g))


@wrong("lstm_step_backward", "value", "dWx", "the slope of o is left out")
@hinted("the slope of o is left out")
def lstm_step_no_slope_of_o(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, o_slope=lambda *_: 1)


@wrong("lstm_step_backward", "value", "db", "the slope of i is that of tanh")
@hinted("the slope of i is that of tanh")
def lstm_step_tanh_slope_of_i(dnext_h, dnext_c, cache):
    return _cell_gradients(dnext_h, dnext_c, cache, i_slope=lambda i, f, o, g, c: 1 - i**2)


@wrong("lstm_step_backward", "value", "dWh", "the gates' gradients lie in the order i f g o")
@hinted("the gates' gradients lie in the order i f g o")
def lstm_step_gradients_misplaced(dnext_h, dnext_c, cache):
    dx, dprev_h, dprev_c, *parameters = lstm_step_backward(dnext_h, dnext_c, cache)
    return dx, dprev_h, dprev_c, *(_in_order(d, "ifgo") for d in parameters)


@wrong("lstm_step_backward", "value", "dprev_h", "Wh is reshaped to (4H, H), not transposed")
@hinted("Wh is reshaped to (4H, H), not transposed")
def lstm_step_reshaped_weights(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, *rest = cache
    reshaped = Wh.reshape(Wh.shape[::-1]).T
    return lstm_step_backward(dnext_h, dnext_c, (x, prev_h, prev_c, Wx, reshaped, *rest))


@warning("lstm_step_backward", "mutation", "dnext_c", "dnext_c is added to in place")
def lstm_step_overwrites_dnext_c(dnext_h, dnext_c, cache):
    gradients = lstm_step_backward(dnext_h, dnext_c, cache)
    dnext_c += dnext_h
    return gradients


# --- lstm ---


@wrong("lstm_forward", "value", "h", "the first cell is h0, not 0")
@hinted("the first cell is h0, not 0")
def lstm_first_cell_is_h0(x, h0, Wx, Wh, b):
    h, cache = lstm_forward(x, h0, Wx, Wh, b)
    state = cell = h0
    for t in range(x.shape[1]):
        state, cell, _ = lstm_step_forward(x[:, t], state, cell, Wx, Wh, b)
        h[:, t] = state
    return h, cache


@wrong("lstm_forward", "value", "h", "every step starts from an empty cell")
@hinted("every step starts from an empty cell")
def lstm_forgets_cell(x, h0, Wx, Wh, b):
    h, cache = lstm_forward(x, h0, Wx, Wh, b)
    state = h0
    for t in range(x.shape[1]):
        state, _, _ = lstm_step_forward(x[:, t], state, np.zeros_like(h0), Wx, Wh, b)
        h[:, t] = state
    return h, cache


@wrong("lstm_forward", "value", "h", "the cells are returned, not the states")
@hinted("the cell is returned, not the state")
def lstm_returns_cells(x, h0, Wx, Wh, b):
    _, cache = lstm_forward(x, h0, Wx, Wh, b)
    return cache[-2][:, 1:].copy(), cache


@wrong("lstm_forward", "value", "h", "the first state is 0, not h0")
@hinted("h0 is left out (as if it were 0)")
def lstm_forgets_h0(x, h0, Wx, Wh, b):
    return lstm_forward(x, np.zeros_like(h0), Wx, Wh, b)


def _through_time(dh, cache, *, state=1, cell=1, steps=None):
    """An lstm's backward by its steps': dx, then dh0, dc, dWx, dWh and db, with a list of what each
    step (the last one first) makes of them. ``state``, ``cell``: how much of each is chained.
    """
    x, Wx, Wh, b, _, states, cells, gates = cache
    dx = np.zeros_like(x)
    dprev_h = dprev_c = np.zeros_like(states[:, 0])
    made = []
    for t in reversed(range(x.shape[1] if steps is None else steps)):
        step_cache = x[:, t], states[:, t], cells[:, t], Wx, Wh, b, cells[:, t + 1], gates[:, t]
        dx[:, t], *step = lstm_step_backward(dh[:, t] + state * dprev_h, cell * dprev_c, step_cache)
        dprev_h, dprev_c, *_ = step
        made.append(step)
    return dx, made


def _summed(dx, made, cache):
    """What an lstm's backward returns, given what its steps made."""
    parameters = [
        sum(terms, np.zeros_like(p))
        for terms, p in zip(list(zip(*made, strict=True))[2:], cache[1:4], strict=True)
    ]
    return dx, made[-1][0], *parameters


@wrong("lstm_backward", "value", "dx", "no gradient flows from one state to the one before")
@hinted("no gradient flows from one state to the one before")
def lstm_unchained_state(dh, cache):
    return _summed(*_through_time(dh, cache, state=0), cache)


@wrong("lstm_backward", "value", "dx", "no gradient flows from one cell to the one before")
@hinted("no gradient flows from one cell to the one before")
def lstm_unchained_cell(dh, cache):
    return _summed(*_through_time(dh, cache, cell=0), cache)


@wrong("lstm_backward", "value", "dx", "the last step is left out")
@hinted("the last step is left out")
def lstm_skips_last_step(dh, cache):
    steps = max(dh.shape[1] - 1, 1)
    return _summed(*_through_time(dh, cache, steps=steps), cache)


@wrong("lstm_backward", "value", "dWx", "dWx is overwritten at each step, not added to")
@hinted("the first step alone counts: = stands where += should")
def lstm_dwx_of_first_step(dh, cache):
    dx, dh0, _, *others = lstm_backward(dh, cache)
    return dx, dh0, _through_time(dh, cache)[1][-1][2], *others


@wrong("lstm_backward", "value", "db", "db is that of the last step")
@hinted("the last step alone counts: = stands where += should")
def lstm_db_of_last_step(dh, cache):
    *others, _ = lstm_backward(dh, cache)
    return *others, _through_time(dh, cache)[1][0][4]


@wrong("lstm_backward", "value", "dh0", "dh0 is that of the first cell, which is no input")
@hinted("dh0 is made the gradient of the first cell, which is no input")
def lstm_dh0_of_cell(dh, cache):
    dx, _, *others = lstm_backward(dh, cache)
    return dx, _through_time(dh, cache)[1][-1][1], *others


@wrong("lstm_backward", "value", "dh0", "the upstream gradient of h[0] is added to dh0")
@hinted("the upstream gradient of h[0] is added to dh0")
def lstm_dh0_with_dh(dh, cache):
    dx, dh0, *others = lstm_backward(dh, cache)
    return dx, dh0 + dh[:, 0], *others


@wrong("lstm_backward", "value", "dh0", "dh0 is zero")
@hinted("is 0 everywhere")
def lstm_no_dh0(dh, cache):
    dx, dh0, *others = lstm_backward(dh, cache)
    return dx, np.zeros_like(dh0), *others


@wrong("lstm_backward", "crash", "", "the cell's gradient begins with the last step but one")
def lstm_fails_at_one_step(dh, cache):
    dh[:, -2]
    return lstm_backward(dh, cache)


@warning("lstm_backward", "dtype", "dx", "the gradient buffer np.zeros(shape) is float64")
def lstm_float64_buffer(dh, cache):
    dx, *others = lstm_backward(dh, cache)
    buffer = np.zeros(dx.shape)
    buffer[...] = dx
    return buffer, *others


@warning("lstm_backward", "mutation", "dh", "later steps' gradients are added to dh in place")
def lstm_overwrites_dh(dh, cache):
    gradients = lstm_backward(dh, cache)
    dh[:, 0] += gradients[1]
    return gradients
