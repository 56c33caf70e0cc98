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


rnn_step = Layer(
    name="rnn_step",
    formula="h' = tanh(x·Wx + h·Wh + b)    with da = dh'·(1 - h'²):  "
    "dx = da·Wxᵀ    dh = da·Whᵀ    dWx = xᵀ·da    dWh = hᵀ·da    db = Σₙ da",
    inputs=inputs("N", ("prev_h",), "H", ("b",)),
    outputs=(Output("next_h", "N H"),),
    points=STEP_POINTS,
    torch=torch_step,
    jax=(jax_step,),
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
)
