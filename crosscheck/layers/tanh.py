"""Hyperbolic tangent: out = tanh x, elementwise."""

from crosscheck.layers.sigmoid import activation
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


tanh = activation(
    "tanh",
    "out = tanh x    dx = dout · (1 - out²)",
    torch_reference,
    jax_reference,
    jax_by_sigmoid,
    scenarios=SCENARIOS,
)
