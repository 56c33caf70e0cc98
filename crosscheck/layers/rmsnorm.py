"""Root mean square normalisation: each row to unit mean square, then scaled.

B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019, equation 4, with ε
inside the root.
"""

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.dtypes import Format
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.scenario import FORMS, Bits, Scenario, Shape, normal


def torch_reference(x, gamma, *, eps):
    """torch.nn.functional.rms_norm; without an eps it would take the dtype's own."""
    from torch.nn.functional import rms_norm

    return rms_norm(x, gamma.shape, gamma, eps)


def jax_reference(x, gamma, *, eps):
    """From the formula: JAX has no such function."""
    import jax.numpy as jnp
    from jax import lax

    return x * lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + eps) * gamma


def zero_rows(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Every other row 0, where only ε keeps the root from 0."""
    values = normal(bits, shape, fmt)
    values[::2] = 0.0
    return values


rmsnorm = Layer(
    name="rmsnorm",
    formula="out = γ·x̂, x̂ = x/√(mean(x²) + ε) along each row    "
    "dx = (γ·dout - x̂·mean(γ·dout·x̂))/√(mean(x²) + ε)    dγ = Σₙ dout·x̂",
    inputs=(Input("x", "N D"), Input("gamma", "D")),
    outputs=(Output("out", "N D"),),
    points=(
        Point(
            {"N": 5, "D": 7, "eps": 0.1},
            scenarios=("normal", "positive", "equal-rows", "zero-rows", "large-upstream", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "D": 2, "eps": 0.3}),
        Point({"N": 1, "D": 11, "eps": 0.00001}),
        Point({"N": 5, "D": 1, "eps": 0.01}),
        Point({"N": 2, "D": 103, "eps": 0.001}, scenarios=("normal", "positive")),
        Point({"N": 0, "D": 3, "eps": 0.01}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    options=("eps",),
    arguments=("x", "gamma", Bundle("rms_param", ("eps",))),
    scenarios=(Scenario("zero-rows", "every other row 0", zero_rows),),
)
