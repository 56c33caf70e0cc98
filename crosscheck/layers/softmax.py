"""Softmax over the last axis: out = exp(x) / Σ exp(x)."""

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.layer import Defect, Input, Layer, Output, Point
from crosscheck.scenario import FORMS, Bits, Scenario, Shape, equal_rows, normal, positive


def torch_reference(x):
    """torch.softmax."""
    import torch

    return torch.softmax(x, dim=-1)


def jax_reference(x):
    """jax.nn.softmax, over the last axis if not said otherwise."""
    from jax.nn import softmax

    return softmax(x)


def small(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A quarter of ``normal``: where scores are sums of products, no softmax of them saturates."""
    return normal(bits, shape, fmt) / 4


def far_rows(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Around 960 and -960 in turn, so that no row's scores survive another row's maximum."""
    centres = np.where(np.arange(shape[0]) % 2, -960.0, 960.0)
    return centres[:, None] + 4.0 * bits.below(3, shape)


softmax = Layer(
    name="softmax",
    formula="out = exp(x) / Σ exp(x)    dx = out · (dout - Σ dout·out)    each Σ over a row",
    inputs=(Input("x", "N C"),),
    outputs=(Output("out", "N C"),),
    points=(
        Point(
            {"N": 5, "C": 7},
            scenarios=(
                "normal",
                "positive",
                "ties",
                "equal-rows",
                "large",
                "far-rows",
                "large-upstream",
                "nan",
                "inf",
                *FORMS,
            ),
            seeds=(0, 1, 2),
        ),
        Point({"N": 1, "C": 3}),
        Point({"N": 3, "C": 1}),
        Point({"N": 11, "C": 2}),
        Point({"N": 2, "C": 307}, scenarios=("normal", "uniform")),
        Point({"N": 0, "C": 5}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    defects=(
        Defect(
            "jax",
            "dx",
            ("float16",),
            ("uniform",),
            "the square of Σ exp(x) overflows, and Σ dout·out over it is lost",
        ),
    ),
    scenarios=(
        Scenario("far-rows", "scores alike in each row, far from other rows'", far_rows),
        Scenario("uniform", "each row constant, upstream gradients positive", equal_rows, positive),
    ),
)
