"""Logistic sigmoid: out = 1 / (1 + exp(-x)), elementwise."""

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.layer import Input, Layer, Output, Point


def activation(
    name: str,
    formula: str,
    torch: Callable[..., Any],
    *jax: Callable[..., Any],
    scenarios: tuple[str, ...] | None = None,
    **more: Any,
) -> Layer:
    """A smooth function of each element: ``jax`` are its accepted formulas, ``scenarios`` those of
    its main point.
    """
    return Layer(
        name=name,
        formula=formula,
        inputs=(Input("x", "*s"),),
        outputs=(Output("out", "*s"),),
        points=(
            Point({"s": (5, 2, 3)}, scenarios=scenarios, seeds=(0, 1, 2)),
            Point({"s": ()}, scenarios=("scalar",)),
            Point({"s": (7,)}),
            Point({"s": (2, 3, 5, 7)}),
            Point({"s": (0, 7)}, scenarios=("empty",)),
        ),
        torch=torch,
        jax=jax,
        **more,
    )


def torch_reference(x):
    """torch.sigmoid."""
    import torch

    return torch.sigmoid(x)


def jax_reference(x):
    """jax.nn.sigmoid."""
    from jax.nn import sigmoid

    return sigmoid(x)


def terms(slip, inputs, cotangents):
    """Out and dx in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    p, e = logistic(x), np.exp(-x)
    out = slip(
        p,
        {
            "exp(x) / (1 + exp(x)) is computed, which is inf / inf at large x": np.exp(x)
            / (1 + np.exp(x)),
            "the minus before x is forgotten": logistic(-x),
            "x stands where x/2 should, in (1 + tanh(x/2))/2": logistic(2 * x),
            "x is cut off at -10 and 10": logistic(np.clip(x, -10, 10)),
            "the piecewise linear 'hard' sigmoid is computed": np.clip(0.2 * x + 0.5, 0, 1),
        },
    )
    slope = slip(
        p * (1 - p),
        {
            "x itself is taken for σ(x) in σ·(1 - σ)": x * (1 - x),
            "the sigmoid is taken once more, of out": logistic(p) * logistic(-p),
            "the factor 1 - σ(x) is left out of the slope": p,
            "the factor σ(x) is left out of the slope σ·(1 - σ)": 1 - p,
            "the slope is 1 - σ(x)², which is that of tanh": 1 - p**2,
            "the slope is (1 - σ(x))², where one factor should be σ(x)": (1 - p) ** 2,
            "the slope has 1 + σ(x) for 1 - σ(x)": p * (1 + p),
            "the slope is taken at dout, not at x": logistic(dout) * logistic(-dout),
            "exp(-x) / (1 + exp(-x))² is computed, which is inf / inf": e / (1 + e) ** 2,
        },
    )
    return elementwise(slip, out, slope, dout)


def logistic(x):
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def elementwise(slip, out, slope, dout):
    """Out, and dx = dout · slope."""
    return {"out": out, "dx": slip(dout * slope, {"dout is not multiplied in": slope})}


sigmoid = activation(
    "sigmoid",
    "out = 1 / (1 + exp(-x))    dx = dout · out · (1 - out)",
    torch_reference,
    jax_reference,
    terms=terms,
)
