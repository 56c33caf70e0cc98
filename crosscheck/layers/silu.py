"""SiLU, also called swish: out = x·σ(x), elementwise, σ being the logistic sigmoid.

P. Ramachandran, B. Zoph and Q. V. Le, "Searching for Activation Functions", 2017, with β = 1.
"""

import numpy as np

from crosscheck.layers.sigmoid import activation, elementwise, logistic


def torch_reference(x):
    """torch.nn.functional.silu."""
    from torch.nn.functional import silu

    return silu(x)


def jax_reference(x):
    """jax.nn.silu."""
    from jax.nn import silu

    return silu(x)


def terms(slip, inputs, cotangents):
    """Out and dx in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    p = logistic(x)
    out = slip(
        x * p,
        {
            "x is not multiplied in: σ(x) alone": p,
            "the minus before x is forgotten: x / (1 + exp(x))": x * logistic(-x),
            "σ is of 1.702·x, not of x": x * logistic(1.702 * x),
            "x·exp(x) / (1 + exp(x)) is computed, which is inf / inf at large x": x
            * np.exp(x)
            / (1 + np.exp(x)),
            "the piecewise 'hard' swish is computed": x * np.clip(x + 3, 0, 6) / 6,
        },
    )
    again = x * p
    slope = slip(
        p + x * p * (1 - p),
        {
            "the product rule is forgotten: σ(x) alone": p,
            "the product rule is forgotten: x·σ'(x) alone": x * p * (1 - p),
            "x is left out of the slope: σ + σ·(1 - σ)": p + p * (1 - p),
            "out stands for σ(x) in the slope: σ + out·(1 - out)": p + again * (1 - again),
            "out is taken for x": logistic(again) + again * logistic(again) * (1 - logistic(again)),
        },
    )
    return elementwise(slip, out, slope, dout)


silu = activation(
    "silu",
    "out = x · σ(x)    dx = dout · (σ(x) + x·σ(x)·(1 - σ(x)))",
    torch_reference,
    jax_reference,
    terms=terms,
)
