"""The digits of a narrower format: right as far as float32 or float16 goes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View

# Digits of the significand, and the numbers that a student would call it.
_FORMATS = (("float32", 24, "7"), ("float16", 11, "3"))


def clues(view: View) -> Iterator[Clue]:
    """The errors are as small as those of a narrower format, and no smaller."""
    if not view.shaped or not np.isfinite(view.got).all():
        return
    quantity, largest = view.quantity, np.abs(view.expected).max(initial=0.0)
    if np.array_equal(view.got, np.trunc(view.expected)):
        text = (
            f"{quantity} is the correct one without its fractions: it was made an array of integers"
        )
        yield Clue(("integers",), text)
        return
    if np.array_equal(view.got, np.floor(view.expected)):
        text = f"{quantity} is the correct one rounded down to integers, as // does it"
        yield Clue(("integers", "down"), text)
        return
    error = np.abs(view.got - view.expected).max(initial=0.0)
    for name, digits, decimal in _FORMATS:
        unit = 2.0**-digits * largest
        exact = bool((view.got == view.got.astype(name)).all())
        if 0 < error < 16 * unit and (exact or error > unit / 512):
            how = f"every element is a {name}" if exact else f"as if computed in {name}"
            text = f"{quantity} is right to about {decimal} digits only: {how}"
            yield Clue(("precision", name), text)
