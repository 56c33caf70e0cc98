"""SiLU, also called swish: out = x·σ(x), elementwise, σ being the logistic sigmoid.

P. Ramachandran, B. Zoph and Q. V. Le, "Searching for Activation Functions", 2017, with β = 1.
"""

from crosscheck.layers.sigmoid import activation


def torch_reference(x):
    """torch.nn.functional.silu."""
    from torch.nn.functional import silu

    return silu(x)


def jax_reference(x):
    """jax.nn.silu."""
    from jax.nn import silu

    return silu(x)


silu = activation(
    "silu",
    "out = x · σ(x)    dx = dout · (σ(x) + x·σ(x)·(1 - σ(x)))",
    torch_reference,
    jax_reference,
)
