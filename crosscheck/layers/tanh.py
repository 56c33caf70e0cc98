"""Hyperbolic tangent: out = tanh x, elementwise."""

import numpy as np

from crosscheck.layers.sigmoid import activation, elementwise
from crosscheck.scenario import FORMS

# Not "tiny": jax_by_sigmoid leaves nothing to claim of such an output.
SCENARIOS = (
    "normal",
    "integers",
    "kinks",
    "large",
    "near-overflow",
    "large-upstream",
    "nan",
    "inf",
    *FORMS,
)


def torch_reference(x):
    """torch.tanh."""
    import torch

    return torch.tanh(x)


def jax_reference(x):
    """jax.numpy.tanh."""
    import jax.numpy as jnp

    return jnp.tanh(x)


def jax_by_sigmoid(x):
    """2·σ(2x) - 1, which is as accurate beside 1, but not near 0."""
    from jax.nn import sigmoid

    return 2 * sigmoid(2 * x) - 1


def terms(slip, inputs, cotangents):
    """Out and dx in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    up, down, t = np.exp(x), np.exp(-x), np.tanh(x)
    out = slip(
        t,
        {
            "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) is computed, which is inf / inf at large x": (
                up - down
            )
            / (up + down),
            "x stands where 2x should, in 2·σ(2x) - 1": np.tanh(x / 2),
            "σ(2x) is not stretched to the range from -1 to 1": (t + 1) / 2,
        },
    )
    slope = slip(
        1 - t**2,
        {
            "x itself is taken for tanh(x) in 1 - tanh²": 1 - x**2,
            "the slope is 1 - tanh(x), not squared": 1 - t,
            "the slope is (1 - tanh(x))², the square of all, not 1 - tanh(x)²": (1 - t) ** 2,
            "the slope is (1 - x)², not 1 - tanh(x)²": (1 - x) ** 2,
            "the slope is tanh(x)², not 1 - tanh(x)²": t**2,
            "the slope is that of the sigmoid, out·(1 - out)": t * (1 - t),
            "the slope has 1 + tanh² for 1 - tanh²": 1 + t**2,
            "tanh is taken once more, of out": 1 - np.tanh(t) ** 2,
        },
    )
    found = elementwise(slip, out, slope, dout)
    misplaced = {"dout is inside the square: 1 - (dout·tanh)²": 1 - (dout * t) ** 2}
    return found | {"dx": slip(found["dx"], misplaced)}


tanh = activation(
    "tanh",
    "out = tanh x    dx = dout · (1 - out²)",
    torch_reference,
    jax_reference,
    jax_by_sigmoid,
    scenarios=SCENARIOS,
    terms=terms,
)
