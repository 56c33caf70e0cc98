"""Vanilla recurrent network: h[t] = tanh(x[t]·Wx + h[t-1]·Wh + b), a step and a whole sequence.

J. L. Elman, "Finding Structure in Time", Cognitive Science 14, 1990, with tanh; torch.nn.RNN.
"""

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.scenario import FORMS, Bits, Shape, normal

# Beside the values of "normal", gates that are saturated, and rows that must not mix.
SCENARIOS = ("normal", "large", "nan", *FORMS)
STEP_POINTS = (
    Point({"N": 5, "D": 3, "H": 2}, scenarios=SCENARIOS, seeds=(0, 1)),
    Point({"N": 2, "D": 7, "H": 5}),
    Point({"N": 1, "D": 2, "H": 3}),
    Point({"N": 3, "D": 1, "H": 2}),
    Point({"N": 7, "D": 2, "H": 1}),
    Point({"N": 37, "D": 2, "H": 3}),
    Point({"N": 0, "D": 3, "H": 5}, scenarios=("empty",)),
)
SEQUENCE_POINTS = (
    Point({"N": 2, "T": 5, "D": 7, "H": 3}, scenarios=SCENARIOS, seeds=(0, 1)),
    Point({"N": 3, "T": 1, "D": 2, "H": 5}),
    Point({"N": 1, "T": 3, "D": 2, "H": 7}),
    Point({"N": 3, "T": 2, "D": 1, "H": 1}),
    Point({"N": 2, "T": 31, "D": 3, "H": 2}),
    Point({"N": 0, "T": 3, "D": 2, "H": 5}, scenarios=("empty",)),
)


def small(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Weights an eighth of normal: gates are not saturated, and neither gradients nor rounding
    errors grow from step to step.
    """
    return normal(bits, shape, fmt) / 8


def inputs(
    axes: str, states: tuple[str, ...], gates: str, biases: tuple[str, ...]
) -> tuple[Input, ...]:
    """x, the states before the first step, the weights of x and of the state, and the biases."""
    return (
        Input("x", f"{axes} D"),
        *(Input(name, "N H") for name in states),
        Input("Wx", f"D {gates}", fill=small),
        Input("Wh", f"H {gates}", fill=small),
        *(Input(name, gates, fill=small) for name in biases),
    )


def torch_step(x, prev_h, Wx, Wh, b):
    """torch.rnn_tanh_cell, the function of torch.nn.RNNCell, with one of its two biases."""
    import torch

    return torch.rnn_tanh_cell(x, prev_h, Wx.T, Wh.T, b, torch.zeros_like(b))


def jax_step(x, prev_h, Wx, Wh, b):
    """From the formula: there are no recurrent cells in JAX itself."""
    import jax.numpy as jnp

    return jnp.tanh(x @ Wx + prev_h @ Wh + b)


def torch_sequence(x, h0, Wx, Wh, b):
    """torch.rnn_tanh, the function of torch.nn.RNN, with one of its two biases."""
    import torch

    weights = [Wx.T, Wh.T, b, torch.zeros_like(b)]
    return one_layer(torch.rnn_tanh, x, h0[None], weights)


def one_layer(network, x, state, weights):
    """h, (N, T, H), of one of torch's recurrent networks: one layer, one direction."""
    return network(
        x,
        state,
        weights,
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=True,
        bidirectional=False,
        batch_first=True,
    )[0]


def jax_sequence(x, h0, Wx, Wh, b):
    """The step, by jax.lax.scan over time."""
    return over_time(lambda x_t, h: (jax_step(x_t, h, Wx, Wh, b),), x, h0)


def over_time(step, x, *state):
    """h, (N, T, H), of a step that takes x[t] and a state, and returns the next one: (h, …)."""
    import jax.numpy as jnp
    from jax import lax

    def body(state, x_t):
        state = step(x_t, *state)
        return state, state[0]

    _, h = lax.scan(body, state, jnp.moveaxis(x, 1, 0))
    return jnp.moveaxis(h, 0, 1)


def terms(slip, inputs, cotangents):
    """All quantities of a sequence in NumPy, and the slips that people make."""
    x, h0, Wx, Wh, b = (inputs[name] for name in ("x", "h0", "Wx", "Wh", "b"))
    upstream = cotangents["dh"]
    last_only = np.zeros_like(upstream)
    last_only[:, -1] = upstream[:, -1]
    dh = slip(upstream, {"only the last state's upstream gradient is used": last_only})
    mixed = {"batch and time are swapped by a reshape, not by a transposition": swapped(x)}
    x = slip(x, mixed)
    states, sums = [h0], []
    for t in range(x.shape[1]):
        before = slip(states[-1], {"every step starts from h0": h0})
        sums.append(x[:, t] @ Wx + before @ Wh + b)
        powers = np.exp(2 * sums[-1])
        wrong = {
            "no tanh is taken": sums[-1],
            "tanh is computed from exponentials that overflow": (powers - 1) / (powers + 1),
        }
        states.append(slip(np.tanh(sums[-1]), wrong))
    back = slip(Wh.T, {"Wh is not transposed in the backward": Wh})
    da, later = np.zeros_like(dh), np.zeros_like(h0)
    unchained = "no gradient flows from one step to the one before"
    past = "the later steps' gradient does not pass through the slope of tanh"
    for t in reversed(range(x.shape[1])):
        h = np.tanh(sums[t])
        slope = slip(
            1 - h**2,
            {
                "tanh is taken once more, of h, in the slope": 1 - np.tanh(h) ** 2,
                "the slope of tanh is 1 - a², not 1 - tanh²(a)": 1 - sums[t] ** 2,
                "the slope of tanh is left out": 1.0,
                "the slope of tanh is taken at the state before": 1 - states[t] ** 2,
            },
        )
        da[:, t] = slip((dh[:, t] + later) * slope, {past: dh[:, t] * slope + later})
        if t == x.shape[1] - 1:
            da[:, t] = slip(da[:, t], {"the last step is left out": 0.0})
        later = slip(da[:, t] @ back, {unchained: 0.0 * h0})
    before = np.stack(states[:-1], axis=1)
    own = {"each da is paired with its own state, not the one before": np.stack(states[1:], axis=1)}
    return {
        "h": np.stack(states[1:], axis=1),
        "dx": da @ Wx.T,
        "dh0": first_state(slip, da, back, dh),
        **summed_over_steps(
            slip, {"dWx": (x, da), "dWh": (slip(before, own), da), "db": (None, da)}
        ),
    }


def swapped(x):
    """(N, T, D) as if it were (T, N, D), and swapped back."""
    return x.reshape(x.shape[1], len(x), -1).swapaxes(0, 1)


def first_state(slip, da, back, dh):
    """What reaches h0 through the sums of the first step."""
    second = da[:, 1] @ back if da.shape[1] > 1 else np.zeros_like(da[:, 0] @ back)
    wrong = {
        "dh0 is taken one step late": second,
        "the upstream gradient of h[0] is added to dh0": da[:, 0] @ back + dh[:, 0],
        "dh0 is taken from the last step": da[:, -1] @ back,
    }
    if da.shape[2] == back.shape[1]:
        wrong["dh0 is the gradient of the first step's sum, without Whᵀ"] = da[:, 0]
    return slip(da[:, 0] @ back, wrong)


def summed_over_steps(slip, pairs):
    """Gradients of weights, and of a bias (paired with None), summed over batch and time."""
    found = {}
    for name, (a, da) in pairs.items():
        ones = np.ones((*da.shape[:2], 1))
        by_step = np.einsum("ntd,nth->tdh", ones if a is None else a, da)
        by_step = by_step[:, 0] if a is None else by_step
        found[name] = slip(
            by_step.sum(axis=0),
            {
                "the first step alone counts: = stands where += should": by_step[0],
                "the last step alone counts: = stands where += should": by_step[-1],
            },
        )
    return found


def of_step(of_sequence):
    """The terms of a step, from those of a sequence of one."""

    def terms(slip, inputs, cotangents):
        one = {"h0": inputs["prev_h"], **inputs, "x": inputs["x"][:, None]}
        upstream = {"dh": cotangents["dnext_h"][:, None], **cotangents}
        found = dict(of_sequence(slip, one, upstream))
        found["next_h"], found["dx"] = found.pop("h")[:, 0], found["dx"][:, 0]
        return {"dprev_h": found.pop("dh0")} | found

    return terms


rnn_step = Layer(
    name="rnn_step",
    formula="h' = tanh(x·Wx + h·Wh + b)    with da = dh'·(1 - h'²):  "
    "dx = da·Wxᵀ    dh = da·Whᵀ    dWx = xᵀ·da    dWh = hᵀ·da    db = Σₙ da",
    inputs=inputs("N", ("prev_h",), "H", ("b",)),
    outputs=(Output("next_h", "N H"),),
    points=STEP_POINTS,
    torch=torch_step,
    jax=(jax_step,),
    terms=of_step(terms),
)

rnn = Layer(
    name="rnn",
    formula="h[t] = tanh(x[t]·Wx + h[t-1]·Wh + b), h[-1] = h0    "
    "with da[t] = (dh[t] + da[t+1]·Whᵀ)·(1 - h[t]²):  dx[t] = da[t]·Wxᵀ    dh0 = da[0]·Whᵀ    "
    "dWx = Σₜ x[t]ᵀ·da[t]    dWh = Σₜ h[t-1]ᵀ·da[t]    db = Σₙₜ da[t]",
    inputs=inputs("N T", ("h0",), "H", ("b",)),
    outputs=(Output("h", "N T H"),),
    points=SEQUENCE_POINTS,
    torch=torch_sequence,
    jax=(jax_sequence,),
    terms=terms,
)
