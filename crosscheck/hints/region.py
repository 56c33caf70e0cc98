"""Right everywhere but in one region, and there something simple."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View
from crosscheck.hints.shape import symbols

Region = tuple[str, np.ndarray, float]


def clues(view: View) -> Iterator[Clue]:
    """In a region that can be named, a value that can be named."""
    if not view.shaped or not (view.passed or view.off.any()):
        return
    off, expected = view.off, view.expected
    for place, region, cost in _regions(view):
        if not view.passed and (not region.any() or (off & ~region).any()):
            continue
        for told, value, more in _values(view):
            predicted = np.where(region, value, expected)
            # The smallest region that holds what is off is the one to name.
            if view.fits(predicted) and (view.passed or (off == region).mean() > 0.5):
                spare = float((region & ~off).any())
                text = f"{view.quantity} is wrong only {place}: there it is {told}"
                yield Clue(("region", place, told), text, cost=cost + more + 3 * spare)


def _values(view: View) -> Iterator[tuple[str, np.ndarray, float]]:
    shape = view.expected.shape
    yield "0", np.zeros(shape), 0
    yield "-1 times what it should be", -view.expected, 0
    yield "twice what it should be", 2 * view.expected, 0.5
    yield "half of what it should be", view.expected / 2, 0.5
    yield "1", np.ones(shape), 1
    for name, array in view.evidence.arrays.items():
        if array.shape == shape:
            yield name, array, 1
            yield f"2·{name}", 2 * array, 1.5
            yield f"-{name}", -array, 1.5
            for option, value in view.evidence.options.items():
                if value:
                    yield f"{name}/{option}", array / value, 1.7
    for name, value in view.evidence.options.items():
        yield name, np.full(shape, value), 1
        yield f"{name} times what it should be", value * view.expected, 1
        yield f"-{name} times what it should be", -value * view.expected, 1
        if value:
            yield f"1/{name} times what it should be", view.expected / value, 1


def _regions(view: View) -> Iterator[Region]:
    yield from _slices(view)
    yield from _signs(view)
    yield from _labels(view)


def _slices(view: View) -> Iterator[Region]:
    """The first or last along an axis, or all but those; the border."""
    shape, names = view.expected.shape, symbols(view)
    for axis, length in enumerate(shape):
        index = np.arange(length).reshape([-1 if a == axis else 1 for a in range(len(shape))])
        name = names[axis]
        for what, chosen in (
            (f"at the first index of {name}", index == 0),
            (f"at the last index of {name}", index == length - 1),
            (f"after the first index of {name}", index > 0),
            (f"before the last index of {name}", index < length - 1),
        ):
            yield what, np.broadcast_to(chosen, shape), 0.5


def _signs(view: View) -> Iterator[Region]:
    """Where an array of the same shape is zero, negative, positive; where the right answer is 0."""
    for name, array in view.evidence.arrays.items():
        if array.shape == view.expected.shape:
            yield f"where {name} is exactly 0", array == 0, 0
            yield f"where {name} < 0", array < 0, 0
            yield f"where {name} ≤ 0", array <= 0, 0.2
            yield f"where {name} > 0", array > 0, 0
    yield "where the right answer is 0", view.expected == 0, 0.3
    yield "where the right answer is negative", view.expected < 0, 0.3


def _labels(view: View) -> Iterator[Region]:
    """The elements at the labels, or all others."""
    y, shape = view.evidence.drawn.inputs.get("y"), view.expected.shape
    if y is not None and len(shape) == y.ndim + 1 and shape[:-1] == y.shape:
        at_label = y[..., np.newaxis] == np.arange(shape[-1])
        yield "at the labels", at_label, 0
        yield "away from the labels", ~at_label, 0
        mask = view.evidence.drawn.inputs.get("mask")
        if mask is not None:
            yield "at masked steps", np.broadcast_to(~mask[..., np.newaxis], shape), 0
