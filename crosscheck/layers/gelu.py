"""Gaussian error linear unit: out = x·Φ(x), elementwise, Φ being the standard normal distribution
function; and its approximation by tanh.

D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units (GELUs)", 2016, section 2, which gives both
forms. torch.nn.functional.gelu is the exact one if not said otherwise, jax.nn.gelu the other.
"""

from collections.abc import Iterator
from math import erfc

import numpy as np

from crosscheck.layer import Alternative, Arrays, Defect
from crosscheck.layers.sigmoid import activation, elementwise
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


def terms(slip, inputs, cotangents):
    """Out and dx of the exact form in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    cdf, pdf = _distribution(x), np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    below, above = tanh_form(x)
    bend = np.sqrt(8 / np.pi) * (1 + 3 * 0.044715 * x**2)
    out = slip(
        x * cdf,
        {
            "erf is taken of x, not of x/√2": x * _distribution(x * np.sqrt(2)),
            "x·σ(1.702·x) is computed, the crudest approximation": x / (1 + np.exp(-1.702 * x)),
            "x is not multiplied in: Φ(x) alone": cdf,
        },
    )
    slope = slip(
        cdf + x * pdf,
        {
            "the product rule is forgotten: Φ(x) alone": cdf,
            "x is left out of the slope: Φ + φ": cdf + pdf,
            "the density lacks its factor 1/√(2π)": cdf + x * pdf * np.sqrt(2 * np.pi),
            "the density has exp(-x²) for exp(-x²/2)": cdf
            + x * np.exp(-(x**2)) / np.sqrt(2 * np.pi),
            "the slope is that of relu": (x > 0) * 1.0,
            "the slope is that of the form with tanh": below + x * below * above * bend,
        },
    )
    return elementwise(slip, out, slope, dout)


def _distribution(x):
    """The standard normal distribution function, as erfc: accurate also where it is small."""
    return np.vectorize(erfc, otypes=[float])(-x / np.sqrt(2)) / 2


def tanh_terms(slip, inputs, cotangents):
    """Out and dx of the form with tanh in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]

    root = np.sqrt(2 / np.pi)

    def form(scale=root, cubic=0.044715):
        return x / (1 + np.exp(-2 * scale * (x + cubic * x**3)))

    power = np.exp(np.sqrt(8 / np.pi) * (x + 0.044715 * x**3))
    below, above = tanh_form(x)
    out = slip(
        x * below,
        {
            "0.044715 is mistyped as 0.44715": form(cubic=0.44715),
            "0.044715 is rounded to 0.0447": form(cubic=0.0447),
            "2/π stands for its root": form(scale=2 / np.pi),
            "the exact form is computed, with erf": x * _distribution(x),
            "tanh is computed as a quotient of exponentials, which is inf / inf at large x": x
            * power
            / (power + 1),
        },
    )
    chain = slip(
        root * (1 + 3 * 0.044715 * x**2),
        {
            "the chain rule stops at tanh: u' is left out": 1.0,
            "the slope of x³ is taken to be x²": root * (1 + 0.044715 * x**2),
            "√(2/π) is left out of u'": 1 + 3 * 0.044715 * x**2,
            "the term with the slope of tanh is left out": 0.0,
        },
    )
    exact = _distribution(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    slope = slip(
        below + 2 * x * below * above * chain, {"the slope is that of the exact form": exact}
    )
    return elementwise(slip, out, slope, dout)


gelu = activation(
    "gelu",
    "out = x · Φ(x), Φ(x) = (1 + erf(x/√2)) / 2    dx = dout · (Φ(x) + x·φ(x)), φ = Φ'",
    torch_reference,
    jax_reference,
    jax_tanh_reference,  # an Alternative must have room for its own rounding
    scenarios=SCENARIOS,
    terms=terms,
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
    terms=tanh_terms,
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
