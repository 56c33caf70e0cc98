"""Logistic sigmoid: out = 1 / (1 + exp(-x)), elementwise."""

from collections.abc import Callable
from typing import Any

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


sigmoid = activation(
    "sigmoid",
    "out = 1 / (1 + exp(-x))    dx = dout · out · (1 - out)",
    torch_reference,
    jax_reference,
)
