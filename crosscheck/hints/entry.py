"""One array too many or too few: multiplied, divided, added or left out, perhaps broadcast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View


def clues(view: View) -> Iterator[Clue]:
    """``got`` times, over, plus or minus an array that went in is what is expected."""
    if not view.shaped or view.expected.size < 2:
        return
    got, expected, quantity = view.got, view.expected, view.quantity
    for name, array in _arrays(view):
        if view.fits(expected * array):
            yield Clue(("times", name), f"{quantity} is the correct one multiplied by {name}")
        lacking = np.where(array == 0, got, expected / array)
        if view.fits(lacking) and (expected != 0).any():
            yield Clue(("lacks", name), f"{quantity} lacks the factor {name}")
        for sign, told in (
            (-1.0, f"lacks the term {name}: it is exactly {name} too small"),
            (1.0, f"has {name} added to it once too often"),
            (2.0, f"has 2·{name} added to it"),
            (-2.0, f"is exactly 2·{name} too small: {name} has the wrong sign in it"),
        ):
            if view.fits(expected + sign * array):
                yield Clue(("plus", sign, name), f"{quantity} {told}", cost=1)


def _arrays(view: View) -> Iterator[tuple[str, np.ndarray]]:
    """What went in or should come out, in the shape of the quantity."""
    shape, layer = view.expected.shape, view.evidence.case.layer
    given = dict(view.evidence.arrays)
    for name, expected in view.evidence.expected.items():
        if name != view.quantity and name not in layer.gradients:
            given[name] = expected.value
    for name, array in given.items():
        if array.ndim == 0 or not array.any() or not np.isfinite(array).all():
            continue
        channels = array.ndim == 1 and len(shape) == 4 and array.shape == shape[1:2]
        try:
            yield name, np.broadcast_to(array[:, None, None] if channels else array, shape)
        except ValueError:
            continue
