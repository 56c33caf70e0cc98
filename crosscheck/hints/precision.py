"""The digits of a narrower format: right as far as float32 or float16 goes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View

# Digits of the significand, and the numbers that a student would call it.
_FORMATS = (("float32", 24, "7"), ("float16", 11, "3"))


def clues(view: View) -> Iterator[Clue]:
    """All elements are numbers of a narrower format, and as close as that allows."""
    if not view.shaped or not np.isfinite(view.got).all() or not view.off.any():
        return
    got, expected, quantity = view.got, view.expected, view.quantity
    for rounded, told in (
        (np.trunc(expected), "without its fractions: it was made an array of integers"),
        (np.floor(expected), "rounded down to integers, as // does it"),
    ):
        if np.array_equal(got, rounded):
            yield Clue(("integers", told), f"{quantity} is the correct one {told}")
            return
    error, largest = np.abs(got - expected).max(), np.abs(expected).max()
    for name, digits, decimal in _FORMATS:
        # Errors alone, however small, say nothing about where they come from.
        if error < 16 * 2.0**-digits * largest and (got == got.astype(name)).all():
            text = f"{quantity} is right to about {decimal} digits only: every element is a {name}"
            yield Clue(("precision", name), text)
