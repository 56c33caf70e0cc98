"""Gated recurrent unit, a step and a whole sequence: with x·Wx + bx and h·Wh + bh in three parts,
r = σ(xᵣ + hᵣ), z = σ(x_z + h_z), n = tanh(xₙ + r·hₙ); h' = (1 - z)·n + z·h.

K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, in the form
of cuDNN and torch.nn.GRU. There the reset gate is applied after the product with Wh, bias included:
nothing else has a use for two biases, so r·h before the product is another layer, not a convention.
"""

from collections.abc import Mapping
from typing import Any

from crosscheck.layer import Dims, Layer, Output
from crosscheck.layers.rnn import SEQUENCE_POINTS, STEP_POINTS, inputs, one_layer, over_time


def torch_step(x, prev_h, Wx, Wh, bx, bh):
    """torch.gru_cell, the function of torch.nn.GRUCell."""
    import torch

    return torch.gru_cell(x, prev_h, Wx.T, Wh.T, bx, bh)


def jax_step(x, prev_h, Wx, Wh, bx, bh):
    """From the formula, with jax.nn.sigmoid."""
    import jax.numpy as jnp
    from jax.nn import sigmoid

    x_r, x_z, x_n = jnp.split(x @ Wx + bx, 3, axis=1)
    h_r, h_z, h_n = jnp.split(prev_h @ Wh + bh, 3, axis=1)
    z = sigmoid(x_z + h_z)
    return (1 - z) * jnp.tanh(x_n + sigmoid(x_r + h_r) * h_n) + z * prev_h


def torch_sequence(x, h0, Wx, Wh, bx, bh):
    """torch.gru, the function of torch.nn.GRU."""
    import torch

    return one_layer(torch.gru, x, h0[None], [Wx.T, Wh.T, bx, bh])


def jax_sequence(x, h0, Wx, Wh, bx, bh):
    """The step, by jax.lax.scan over time."""
    return over_time(lambda x_t, h: (jax_step(x_t, h, Wx, Wh, bx, bh),), x, h0)


def gate_sizes(dims: Mapping[str, Any]) -> Dims:
    """Three gates side by side."""
    return {"3H": 3 * dims["H"]}


gru_step = Layer(
    name="gru_step",
    formula="[xᵣ x_z xₙ] = x·Wx + bx, [hᵣ h_z hₙ] = h·Wh + bh, r = σ(xᵣ + hᵣ), z = σ(x_z + h_z), "
    "n = tanh(xₙ + r·hₙ), h' = (1 - z)·n + z·h    with daₙ = (1-n²)·(1-z)·dh', "
    "daᵣ = r(1-r)·hₙ·daₙ, da_z = z(1-z)·(h-n)·dh', da = [daᵣ da_z daₙ], de = [daᵣ da_z r·daₙ]:  "
    "dx = da·Wxᵀ    dh = z·dh' + de·Whᵀ    dWx = xᵀ·da    dWh = hᵀ·de    dbx = Σₙ da    "
    "dbh = Σₙ de",
    inputs=inputs("N", ("prev_h",), "3H", ("bx", "bh")),
    outputs=(Output("next_h", "N H"),),
    points=STEP_POINTS,
    torch=torch_step,
    jax=(jax_step,),
    derived=gate_sizes,
)

gru = Layer(
    name="gru",
    formula="h[t] = gru_step(x[t], h[t-1]), h[-1] = h0    "
    "with dh[t] += z[t+1]·dh[t+1] + de[t+1]·Whᵀ and da[t], de[t] as there:  dx[t] = da[t]·Wxᵀ    "
    "dh0 = z[0]·dh[0] + de[0]·Whᵀ    dWx = Σₜ x[t]ᵀ·da[t]    dWh = Σₜ h[t-1]ᵀ·de[t]    "
    "dbx = Σₙₜ da[t]    dbh = Σₙₜ de[t]",
    inputs=inputs("N T", ("h0",), "3H", ("bx", "bh")),
    outputs=(Output("h", "N T H"),),
    points=SEQUENCE_POINTS,
    torch=torch_sequence,
    jax=(jax_sequence,),
    derived=gate_sizes,
)
