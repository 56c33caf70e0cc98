"""Gated recurrent unit, a step and a whole sequence: with x·Wx + bx and h·Wh + bh in three parts,
r = σ(xᵣ + hᵣ), z = σ(x_z + h_z), n = tanh(xₙ + r·hₙ); h' = (1 - z)·n + z·h.

K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, in the form
of cuDNN and torch.nn.GRU. There the reset gate is applied after the product with Wh, bias included:
nothing else has a use for two biases, so r·h before the product is another layer, not a convention.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from crosscheck.layer import Dims, Layer, Output
from crosscheck.layers.lstm import careful_sigmoid
from crosscheck.layers.rnn import (
    SEQUENCE_POINTS,
    STEP_POINTS,
    inputs,
    of_step,
    one_layer,
    over_time,
    summed_over_steps,
)


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


def terms(slip, inputs, cotangents):
    """All quantities of a sequence in NumPy, and the slips that people make."""
    x, h0, dh = inputs["x"], inputs["h0"], cotangents["dh"]
    Wx, Wh, bx, bh = (_ordered(slip, inputs[name]) for name in ("Wx", "Wh", "bx", "bh"))
    W_n, b_n = np.split(Wh, 3, axis=1)[2], np.split(bh, 3)[2]
    states, gates = [h0], []
    for t in range(x.shape[1]):
        h = slip(states[-1], {"every step starts from h0": h0})
        (x_r, x_z, x_n), (h_r, h_z, h_n) = (
            np.split(a, 3, axis=1) for a in (x[:, t] @ Wx + bx, h @ Wh + bh)
        )
        r, z = (careful_sigmoid(slip, a) for a in (x_r + h_r, x_z + h_z))
        reset = slip(
            r * h_n,
            {
                "r is applied to h before the product with Wh": (r * h) @ W_n + b_n,
                "the bias of h in n is not multiplied by r": r * (h_n - b_n) + b_n,
                "r is left out of n": h_n,
            },
        )
        n = np.tanh(x_n + reset)
        kept = slip(z, {"z and 1 - z are swapped": 1 - z})
        states.append((1 - kept) * n + kept * h)
        gates.append((r, z, n, h_n))
    da, de = np.zeros((*x.shape[:2], len(bx))), np.zeros((*x.shape[:2], len(bx)))
    later = 0 * h0
    for t in reversed(range(x.shape[1])):
        upstream = dh[:, t] + later
        da[:, t], de[:, t], direct = _cell_terms(slip, upstream, states[t], gates[t])
        if t == x.shape[1] - 1 and t:
            left_out = "the last step is left out"
            da[:, t], de[:, t] = (slip(a[:, t], {left_out: 0.0}) for a in (da, de))
            direct = slip(direct, {left_out: 0 * h0})
        paths = {"the direct path": direct, "the path through the gates": de[:, t] @ Wh.T}
        chained = {"no gradient flows from one step to the one before": 0 * h0}
        if t == x.shape[1] - 1:
            latest = sum(paths.values())
        later = slip(sum(paths.values()), chained) if t else sum(paths.values())
    same = {"dbh is dbx: r is left out": da}
    pairs = {"dWx": (x, da), "dWh": (np.stack(states[:-1], axis=1), de), "dbx": (None, da)}
    return {
        "h": np.stack(states[1:], axis=1),
        "dx": da @ Wx.T,
        "dh0": slip(paths, {"dh0 is taken from the last step": latest}),
        **summed_over_steps(slip, pairs | {"dbh": (None, slip(de, same))}),
    }


def _ordered(slip, parameter):
    """With the gates in another order than r z n."""
    r, z, n = np.split(parameter, 3, axis=-1)
    return slip(parameter, {"the gates lie in the order z r n": np.concatenate([z, r, n], axis=-1)})


def _cell_terms(slip, dh, h, gates):
    """The gradients of the sums of x and of h, and the part that h gets directly."""
    r, z, n, h_n = gates
    to_n = slip(1 - z, {"n gets z of the gradient, not 1 - z": z})
    da_n = slip(1 - n**2, {"the slope of n is left out": 1.0}) * to_n * dh
    seen = slip(h_n, {"the reset gate's gradient is made of h, not of h·Wh": h})
    apart = slip(h - n, {"the update gate's gradient has the wrong sign": n - h})
    first = [r * (1 - r) * seen * da_n, z * (1 - z) * apart * dh]
    to_h_n = slip(r, {"r is left out between n and the product with Wh": 1.0})
    da, de = (np.concatenate([*first, last], axis=1) for last in (da_n, to_h_n * da_n))
    return da, de, z * dh


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
    terms=of_step(terms),
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
    terms=terms,
    derived=gate_sizes,
)
