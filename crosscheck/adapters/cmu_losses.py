"""The losses of CMU 11-785's mytorch, from 2022 on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.cmu import SMALL, averages, moderate, shifts
from crosscheck.adapters.family import Family, has, parameters
from crosscheck.adapters.shaped import one_hot, reshaped, times

OF_THE_SUM = "backward is that of the sum, where forward is the mean (divided by N here)"
OF_THE_HALVED_SUM = (
    "backward is that of half the sum of squares, where forward is their mean "
    "(times 2 and divided by N·C here)"
)


def add_losses(family: Family) -> None:
    """``CrossEntropyLoss`` of scores and rows with a 1, and ``MSELoss``."""
    for is_mean in (True, False):
        for is_safe in (True, False):
            family.form(
                *("softmax_loss", "CrossEntropyLoss"),
                called=("CrossEntropyLoss.forward",),
                when=lambda cls, m=is_mean, s=is_safe: (
                    _is_loss(cls) and averages(cls.backward) == m and shifts(cls) == s
                ),
                only=_some if is_safe else _some_moderate,
                conventions=(OF_THE_SUM,) * (not is_mean) + (SMALL,) * (not is_safe),
            )(lambda cls, m=is_mean: (cross_entropy(cls, m),))
        family.form(
            *("mse_loss", "MSELoss"),
            called=("MSELoss.forward",),
            when=lambda cls, m=is_mean: _is_loss(cls) and averages(cls.backward) == m,
            only=_has_two_axes,
            conventions=() if is_mean else (OF_THE_HALVED_SUM,),
        )(lambda cls, m=is_mean: (mean_squares(cls, m),))


def _is_loss(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls.forward) == ("A", "Y")
        and parameters(cls.backward) == ()
    )


def _some(N: int, **_: Any) -> bool:
    return N > 0


def _some_moderate(N: int, scenario: str, **_: Any) -> bool:
    return N > 0 and moderate(scenario)


def _has_two_axes(s: tuple[int, ...], **_: Any) -> bool:
    return len(s) == 2 and s[0] > 0


def cross_entropy(cls: Any, is_mean: bool) -> Callable[..., Any]:
    """``.forward(A, Y)``, and ``.backward()``."""

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        return _answers(cls, x, one_hot(y, x), 1 if is_mean else 1 / len(x))

    return loss


def mean_squares(cls: Any, is_mean: bool) -> Callable[..., Any]:
    """The same. Where backward has neither a 2 nor a mean, both are its convention."""
    doubled = 2 in cls.backward.__code__.co_consts

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        return _answers(cls, x, y, 1 if is_mean else (1 if doubled else 2) / x.size)

    return loss


def _answers(cls: Any, x: np.ndarray, y: np.ndarray, scale: float) -> Any:
    layer = cls()
    value = layer.forward(x, y)
    if value is None:
        return None
    # A product of matrices, as the writeup has it, is (1, 1).
    return reshaped(value, ()), times(layer.backward(), scale)
