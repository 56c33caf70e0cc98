"""deeplearning.ai's courses on Coursera (A. Ng): examples are columns, (features, examples), images
are (m, height, width, channels), and dW and db of dense layers are means over the examples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from crosscheck.adapters.codes import averages, multiplies_matrices
from crosscheck.adapters.family import Adapt, Family, Functions, mentions, parameters
from crosscheck.adapters.shaped import reshaped, rows, times, turned
from crosscheck.adapters.uncached import without_cache
from crosscheck.layers import layer_named

family = Family(
    "coursera",
    "deeplearning.ai: linear_forward(A, W, b) -> (Z, cache), linear_backward(dZ, cache) -> "
    "(dA_prev, dW, db), conv_forward(A_prev, W, b, hparameters), …",
)

MEANS = "dW and db are means over the m examples (times m here)"
SUMS = "dW and db are sums over the m examples"


def column(b: np.ndarray) -> np.ndarray:
    """A bias as a column."""
    return b.reshape(-1, 1)


def _first(*names: str) -> Callable[..., bool]:
    """Whether the first arguments of the functions found have these names."""
    return lambda *found: all(parameters(f)[:1] == (n,) for f, n in zip(found, names, strict=True))


def _sums(backward_of: Any) -> bool:
    """Whether dW and db are sums: nothing is divided where they are computed."""
    inner = getattr(backward_of, "__globals__", {}).get("linear_backward")
    found = [backward_of, *([inner] if mentions(backward_of, "linear_backward") else [])]
    return any(map(multiplies_matrices, found)) and not any(map(averages, found))


def _affine(
    forward_of: Callable[..., Any], backward_of: Callable[..., Any], is_mean: bool
) -> Functions:
    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        returned = forward_of(rows(x).T, w.T, column(b))
        if not isinstance(returned, tuple) or len(returned) != 2:
            return returned
        out, cache = returned
        return turned(out), (cache, x.shape)

    def backward(dout: np.ndarray, kept: tuple[Any, tuple[int, ...]]) -> Any:
        (cache, shape), count = kept, len(dout) if is_mean else 1
        returned = backward_of(dout.T, cache)
        if not isinstance(returned, tuple) or len(returned) != 3:
            return returned
        dx, dw, db = returned
        db = reshaped(times(db, count), dout.shape[1:])
        return reshaped(turned(dx), shape), times(turned(dw), count), db

    return forward, backward


def affine(forward_of: Any, backward_of: Any, is_mean: bool) -> Functions:
    """One layer without its activation."""
    return _affine(forward_of, backward_of, is_mean)


def affine_relu(forward_of: Any, backward_of: Any, is_mean: bool) -> Functions:
    """One layer with ``activation="relu"``."""
    return _affine(
        lambda a, w, b: forward_of(a, w, b, "relu"),
        lambda da, cache: backward_of(da, cache, "relu"),
        is_mean,
    )


for _layer, _stem, _fits, _adapt in (
    ("affine", "linear", _first("A", "dZ"), affine),
    ("affine_relu", "linear_activation", _first("A_prev", "dA"), affine_relu),
):
    for _is_mean in (False, True):
        _names = f"{_stem}_forward", f"{_stem}_backward"
        family.form(
            *(_layer, *_names),
            called=_names,
            conventions=(MEANS if _is_mean else SUMS,),
            rescaled=("dw", "db") if _is_mean else (),
            when=lambda f, g, fits=_fits, m=_is_mean: fits(f, g) and _sums(g) != m,
        )(lambda f, g, adapt=_adapt, m=_is_mean: adapt(f, g, m))


for _layer in ("relu", "sigmoid"):
    _names = _layer, f"{_layer}_backward"
    family.form(
        *(_layer, *_names),
        called=_names,
        conventions=(f"{_layer} returns no cache: {_layer}_backward is given Z or A in its place",),
        when=lambda f, g, of=_layer: _first("Z", "dA")(f, g) and bool(_uncached(of, f, g)),
    )(lambda f, g, of=_layer: _uncached(of, f, g))
    family.form(_layer, *_names, called=_names, when=_first("Z", "dA"))(
        lambda *functions: tuple(map(partial, functions))
    )  # a form notes of what they were made


def _uncached(layer: str, forward: Any, backward: Any) -> Functions:
    """Both functions, if they keep no cache; otherwise none."""
    names = layer, f"{layer}_backward"
    found = dict(zip(names, (forward, backward), strict=True))
    return tuple((without_cache(layer_named(layer), names, found) or {}).values())


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
