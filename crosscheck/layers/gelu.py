"""Gaussian error linear unit: out = x·Φ(x), elementwise, Φ being the standard normal distribution
function; and its approximation by tanh.

D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units (GELUs)", 2016, section 2, which gives both
forms. torch.nn.functional.gelu is the exact one if not said otherwise, jax.nn.gelu the other.
"""

from collections.abc import Iterator

import numpy as np

from crosscheck.layer import Alternative, Arrays, Defect
from crosscheck.layers.sigmoid import activation
from crosscheck.scenario import FORMS

# Not where x² overflows in float64 as well: there the frameworks' own derivatives are NaN.
SCENARIOS = (
    "normal",
    "integers",
    "kinks",
    "large",
    "large-upstream",
    "tiny",
    "nan",
    "inf",
    *FORMS,
)


def torch_reference(x):
    """torch.nn.functional.gelu."""
    from torch.nn.functional import gelu

    return gelu(x)


def jax_reference(x):
    """jax.nn.gelu, with approximate=False."""
    from jax.nn import gelu

    return gelu(x, approximate=False)


def torch_tanh_reference(x):
    """torch.nn.functional.gelu, with approximate="tanh"."""
    from torch.nn.functional import gelu

    return gelu(x, approximate="tanh")


def jax_tanh_reference(x):
    """jax.nn.gelu."""
    from jax.nn import gelu

    return gelu(x)


def tanh_out(_: np.ndarray, inputs: Arrays, __: Arrays) -> Iterator[np.ndarray]:
    """What out is in the other form."""
    x = inputs["x"].astype(np.float64)
    yield x * tanh_form(x)[0]


def tanh_dx(_: np.ndarray, inputs: Arrays, cotangents: Arrays) -> Iterator[np.ndarray]:
    """What dx is in the other form."""
    x, dout = (a.astype(np.float64) for a in (inputs["x"], cotangents["dout"]))
    below, above = tanh_form(x)
    slope = np.sqrt(8 / np.pi) * (1 + 3 * 0.044715 * x**2)
    yield dout * (below + x * below * above * slope)


def tanh_form(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 ± tanh u) / 2, without cancellation where tanh u is nearly ∓1."""
    doubled = np.sqrt(8 / np.pi) * (x + 0.044715 * x**3)
    return 1 / (1 + np.exp(-doubled)), 1 / (1 + np.exp(doubled))


gelu = activation(
    "gelu",
    "out = x · Φ(x), Φ(x) = (1 + erf(x/√2)) / 2    dx = dout · (Φ(x) + x·φ(x)), φ = Φ'",
    torch_reference,
    jax_reference,
    jax_tanh_reference,  # an Alternative must have room for its own rounding
    scenarios=SCENARIOS,
    conventions=tuple(
        Alternative(quantity, "Φ is approximated by tanh, as jax.nn.gelu does by default", answers)
        for quantity, answers in (("out", tanh_out), ("dx", tanh_dx))
    ),
    defects=(
        Defect(
            "torch",
            "out",
            ("float32", "bfloat16"),
            ("inf",),
            "its vectorised erf makes NaN of gelu(inf)",
        ),
    ),
)

gelu_tanh = activation(
    "gelu_tanh",
    "out = x/2 · (1 + t), t = tanh u, u = √(2/π)·(x + 0.044715·x³)    "
    "dx = dout · ((1 + t)/2 + x/2·(1 - t²)·u')",
    torch_tanh_reference,
    jax_tanh_reference,
    scenarios=SCENARIOS,
    defects=(
        Defect(
            "jax",
            "dx",
            ("float16",),
            ("large",),
            "x² overflows, and times 1 - t², which is 0, it is NaN",
        ),
    ),
)
