"""The losses of CMU 11-785's mytorch, from 2022 on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from crosscheck.adapters.cmu import SMALL, moderate, shifts
from crosscheck.adapters.codes import averages, divides_by_a_name, factors, takes_mean
from crosscheck.adapters.family import Family, has, mentions, parameters
from crosscheck.adapters.probe import answered, numbers
from crosscheck.adapters.shaped import one_hot, reshaped, times

OF_THE_SUM = "backward is that of the sum, where forward is the mean (divided by N here)"
OF_THE_HALVED_SUM = (
    "backward is that of half the sum of squares, where forward is their mean "
    "(times 2 and divided by N·C here)"
)

OF_BOTH_HALVED = (
    "backward is that of half the sum of squares, where forward is half their mean "
    "(divided by N·C here)"
)
LABELLED = "Y are labels, and no rows with a 1"
_LOOK_UP = ("arange", "range", "take_along_axis", "eye")


def add_losses(family: Family) -> None:
    """``CrossEntropyLoss`` of scores and rows with a 1, or labels, and ``MSELoss``."""
    for is_mean, is_safe, labelled in product((True, False), repeat=3):
        family.form(
            *("softmax_loss", "CrossEntropyLoss"),
            called=("CrossEntropyLoss.forward",),
            when=lambda cls, m=is_mean, s=is_safe, n=labelled: (
                _is_loss(cls)
                and averages(cls.backward) == m
                and shifts(cls) == s
                and takes_labels(cls) == n
            ),
            only=_some if is_safe else _some_moderate,
            conventions=(LABELLED,) * labelled
            + (OF_THE_SUM,) * (not is_mean)
            + (SMALL,) * (not is_safe),
        )(lambda cls, m=is_mean, n=labelled: (cross_entropy(cls, m, n),))
    for is_mean, is_halved in product((True, False), repeat=2):
        family.form(
            *("mse_loss", "MSELoss"),
            called=("MSELoss.forward",),
            when=lambda cls, m=is_mean, h=is_halved: (
                _is_loss(cls)
                and _is_as_it_stands(cls) == m
                and (m or bool(factors(cls.forward) & {2, 0.5}) == h)
            ),
            only=_has_two_axes,
            conventions=() if is_mean else (OF_BOTH_HALVED if is_halved else OF_THE_HALVED_SUM,),
        )(lambda cls, m=is_mean, h=is_halved: (mean_squares(cls, m, h),))


@cache
def takes_labels(cls: Any) -> bool:
    """Whether it is made for labels: it looks entries up by number, fails on rows with a 1, and
    answers on labels.
    """
    if not mentions(cls, *_LOOK_UP):
        return False
    scores, labels = numbers(5, 3), np.arange(5) % 3

    def answers(y: np.ndarray) -> bool:
        return np.size(answered(lambda: cls().forward(scores, y)) or ()) == 1

    return not answers(one_hot(labels, scores)) and answers(labels)


def _is_loss(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls.forward) == ("A", "Y")
        and parameters(cls.backward) == ()
    )


def _is_as_it_stands(cls: Any) -> bool:
    """Whether the gradient needs no declared factor: it is a mean, or the loss is none either."""
    is_mean = takes_mean(cls.forward) or divides_by_a_name(cls.forward)
    return averages(cls.backward) or not is_mean


def _some(N: int, **_: Any) -> bool:
    return N > 0


def _some_moderate(N: int, scenario: str, **_: Any) -> bool:
    return N > 0 and moderate(scenario)


def _has_two_axes(s: tuple[int, ...], **_: Any) -> bool:
    return len(s) == 2 and s[0] > 0


def cross_entropy(cls: Any, is_mean: bool, labelled: bool) -> Callable[..., Any]:
    """``.forward(A, Y)``, and ``.backward()``."""

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        given = y if labelled else one_hot(y, x)
        return _answers(cls, x, given, 1 if is_mean else 1 / len(x))

    return loss


def mean_squares(cls: Any, is_mean: bool, is_halved: bool) -> Callable[..., Any]:
    """The same. Where backward has neither a 2 nor a mean, both are its convention; but a forward
    that halves its mean has no 2 to leave out.
    """
    doubled = is_halved or 2 in factors(cls.backward)

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
