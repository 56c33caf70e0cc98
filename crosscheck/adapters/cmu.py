"""What the generations of mytorch, of CMU 11-785, have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from crosscheck.adapters.codes import averages
from crosscheck.adapters.family import Family, Kept, mentions, parameters
from crosscheck.adapters.probe import answered, numbers, shape_of, unless_misread
from crosscheck.adapters.shaped import reshaped, rows, times, turned
from crosscheck.candidate import always

Functions = tuple[Callable[..., Any], ...]

MEANS = "the gradients of parameters are means over the batch (times N here)"
SMALL = "exp is taken of scores as they come, as in the writeup: not judged where it overflows"
AS_IT_IS = "weights are (in, out), as the class makes them"
TRANSPOSED = "weights and their gradients are (out, in): transposed here"
_OVERFLOWING = ("large", "near-overflow", "underflow", "far-rows")


def batch_mean(N: int, scenario: str, **_: Any) -> bool:
    """Where a mean times N is the sum, but for rounding: not of no examples, and not where sums
    are exact and thirds are not.
    """
    return N > 0 and scenario != "integers"


def moderate(scenario: str, **_: Any) -> bool:
    """Where exp does not overflow."""
    return scenario not in _OVERFLOWING


def shifts(cls: Any) -> bool:
    """Whether exp is taken of what was made small first."""
    return mentions(cls, "max", "amax", "logsumexp", "log_sum_exp", "tanh")


def in_dtype(layer: Any, dtype: np.dtype) -> Any:
    """A new layer with its buffers in the case's dtype, of which ``__init__`` knows nothing."""
    for name, value in list(vars(layer).items()):
        setattr(layer, name, _cast(value, dtype))
    return layer


def _cast(value: Any, dtype: np.dtype) -> Any:
    if isinstance(value, list):
        return [_cast(item, dtype) for item in value]
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(dtype) if is_float else value


def like(layer: Any, name: str, value: np.ndarray, default: tuple[int, ...]) -> np.ndarray:
    """A parameter in the shape that ``__init__`` gave it; if it gave none, in the handout's."""
    found = getattr(layer, name, None)
    if isinstance(found, np.ndarray) and found.size == value.size:
        return value.reshape(found.shape)
    return value.reshape(default)


def add_linear(family: Family, when: Callable[[Any], bool]) -> None:
    """``Linear(in, out)`` with W (out, in), b, dLdW and dLdb, which some years are means. One that
    makes W as (in, out), and answers only so, is read so.
    """
    for is_turned in (True, False):
        for is_mean in (True, False):
            family.form(
                *("affine", "Linear"),
                when=lambda cls, m=is_mean, t=is_turned: (
                    when(cls) and averages(cls.backward) >= m and is_transposed(cls) == t
                ),
                only=batch_mean if is_mean else always,
                conventions=(TRANSPOSED if is_turned else AS_IT_IS,) + (MEANS,) * is_mean,
                rescaled=("dw", "db") if is_mean else (),
            )(lambda cls, m=is_mean, t=is_turned: linear(cls, m, t))


@cache
def is_transposed(cls: Any) -> bool:
    """Whether W is (out, in), as in the handouts; not if it is made otherwise, and only answers
    so.
    """
    if shape_of(getattr(answered(cls, 2, 3), "W", None)) != (2, 3):
        return True

    def fits(is_turned: bool) -> bool:
        forward, _ = linear(cls, False, is_turned)
        returned = answered(forward, numbers(5, 2), numbers(2, 3), numbers(3))
        return returned is not None and shape_of(returned[0]) == (5, 3)

    return fits(True) or not fits(False)


def linear(cls: Any, is_mean: bool, is_turned: bool) -> Functions:
    """``cls(in, out)``, its parameters set afterwards."""
    as_theirs = turned if is_turned else _same

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = in_dtype(cls(*w.shape), x.dtype)
        layer.W, layer.b = as_theirs(w), like(layer, "b", b, (len(b), 1))
        given = rows(x)
        out = unless_misread(
            lambda: layer.forward(given),
            lambda: cls(*w.shape).forward(given),
            f"{cls.__name__}.forward",
            (len(given), len(b)),
        )
        return out, (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        (kept, shape), count = cache, len(dout) if is_mean else 1
        dx = kept.of.backward(dout)
        if dx is None:
            return None
        dw, db = (getattr(kept.of, name, None) for name in ("dLdW", "dLdb"))
        db = reshaped(db, dout.shape[1:])
        return reshaped(dx, shape), times(as_theirs(dw), count), times(db, count)

    return forward, backward


def _same(value: Any) -> Any:
    return value


ACTIVATIONS = {"ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh"}


def add_activation(
    family: Family, layer: str, name: str, backward: str, when: Callable[[Any], bool]
) -> None:
    """An elementwise class whose ``backward`` method, without an argument, gives the slope, or else
    takes the upstream gradient.
    """
    called = (f"{name}.forward", f"{name}.{backward}")
    if layer in ("tanh", "softmax"):
        family.form(
            *(layer, name),
            called=called,
            when=lambda cls: when(cls) and not shifts(cls),
            only=moderate,
            conventions=(SMALL,),
        )(lambda cls: activation(cls, backward))
    family.form(layer, name, called=called, when=when)(lambda cls: activation(cls, backward))


def activation(cls: Any, name: str) -> Functions:
    """``cls().forward(x)``, and ``backward`` or ``derivative``."""
    gives_slope = "dLdA" not in parameters(getattr(cls, name))

    def forward(x: np.ndarray) -> Any:
        layer = cls()
        return layer.forward(x), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        method = getattr(cache.of, name)
        if not gives_slope:
            return method(dout)
        slope = method()
        return slope if slope is None or slope is NotImplemented else dout * slope

    return forward, backward
