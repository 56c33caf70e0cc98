"""deeplearning.ai's courses on Coursera (A. Ng): examples are columns, (features, examples), images
are (m, height, width, channels), and dW and db of dense layers are means over the examples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from crosscheck.adapters.family import Adapt, Family, Functions, parameters
from crosscheck.adapters.shaped import reshaped, rows, times, turned

family = Family(
    "coursera",
    "deeplearning.ai: linear_forward(A, W, b) -> (Z, cache), linear_backward(dZ, cache) -> "
    "(dA_prev, dW, db), conv_forward(A_prev, W, b, hparameters), …",
)

MEANS = "dW and db are means over the m examples (times m here)"


def column(b: np.ndarray) -> np.ndarray:
    """A bias as a column."""
    return b.reshape(-1, 1)


def _first(*names: str) -> Callable[..., bool]:
    """Whether the first arguments of the functions found have these names."""
    return lambda *found: all(parameters(f)[:1] == (n,) for f, n in zip(found, names, strict=True))


def _affine(forward_of: Callable[..., Any], backward_of: Callable[..., Any]) -> Functions:
    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        returned = forward_of(rows(x).T, w.T, column(b))
        if not isinstance(returned, tuple) or len(returned) != 2:
            return returned
        out, cache = returned
        return turned(out), (cache, x.shape)

    def backward(dout: np.ndarray, kept: tuple[Any, tuple[int, ...]]) -> Any:
        cache, shape = kept
        returned = backward_of(dout.T, cache)
        if not isinstance(returned, tuple) or len(returned) != 3:
            return returned
        dx, dw, db = returned
        means = times(turned(dw), len(dout)), times(db, len(dout))
        return reshaped(turned(dx), shape), means[0], reshaped(means[1], dout.shape[1:])

    return forward, backward


@family.form(
    *("affine", "linear_forward", "linear_backward"),
    called=("linear_forward", "linear_backward"),
    conventions=(MEANS,),
    rescaled=("dw", "db"),
    when=_first("A", "dZ"),
)
def affine(forward_of: Any, backward_of: Any) -> Functions:
    """One layer without its activation."""
    return _affine(forward_of, backward_of)


_ACTIVATED = ("linear_activation_forward", "linear_activation_backward")


@family.form(
    *("affine_relu", *_ACTIVATED),
    called=_ACTIVATED,
    conventions=(MEANS,),
    rescaled=("dw", "db"),
    when=_first("A_prev", "dA"),
)
def affine_relu(forward_of: Any, backward_of: Any) -> Functions:
    """One layer with ``activation="relu"``."""
    return _affine(
        lambda a, w, b: forward_of(a, w, b, "relu"),
        lambda da, cache: backward_of(da, cache, "relu"),
    )


for _layer in ("relu", "sigmoid"):
    family.form(
        *(_layer, _layer, f"{_layer}_backward"),
        called=(_layer, f"{_layer}_backward"),
        when=_first("Z", "dA"),
    )(lambda *functions: tuple(map(partial, functions)))  # a form notes of what they were made


def pair(
    layer: str, forward: str, backward: str, when: Callable[[Any], bool], **more: Any
) -> Callable[[Adapt], Adapt]:
    """A form for both functions, and one for where there is no backward yet."""

    def register(adapt: Adapt) -> Adapt:
        called = forward, backward
        family.form(layer, *called, called=called, when=lambda f, _: when(f), **more)(adapt)
        family.form(layer, forward, called=called, when=when, **more)(
            lambda forward_of: adapt(forward_of, _missing)
        )
        return adapt

    return register


def _missing(*_: Any) -> None:
    raise NotImplementedError("it is not defined")


def entry(gradients: Any, key: str) -> Any:
    """What a dict of theirs has under this key; None if it is not there."""
    return gradients.get(key) if isinstance(gradients, dict) else None
