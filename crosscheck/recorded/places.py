"""Where a quantity of ours is in what their code returns or leaves: as it is, or with its axes in
another order, in another shape, times a number, or as one factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import Any

import numpy as np

from crosscheck.calling import Update
from crosscheck.case import Case, Drawn
from crosscheck.layer import Layer
from crosscheck.recorded.recorder import Called, Recorder

_ROUNDING = 1e-9
_MOST_AXES = 5


@dataclass(frozen=True)
class Place:
    """``text`` is theirs. ``axes``: the order of theirs that is ours; ``factor``: the name of what
    theirs is multiplied by to be ours, ``N`` or ``1/N``. ``around``: what is printed of theirs,
    ``np.mean({})``, which is ours.
    """

    text: str = ""
    axes: tuple[int, ...] = ()
    factor: str = "1"
    around: str = "{}"

    def is_ours(self, theirs: Any, ours: np.ndarray, factor: float) -> bool:
        """Whether that is what we took for the quantity."""
        theirs = np.asarray(theirs)
        if theirs.dtype.kind not in "fiub" or theirs.size != ours.size:
            return False
        as_ours = theirs.transpose(self.axes) if theirs.ndim == len(self.axes) else theirs
        return _near(np.ravel(as_ours) * factor, np.ravel(ours))

    def as_theirs(self, ours: np.ndarray, shape: tuple[int, ...], factor: float) -> np.ndarray:
        """What theirs, which has this shape, has to be."""
        if len(shape) == len(self.axes) and ours.size == prod(shape):
            turned = ours.reshape([shape[a] for a in self.axes])
            return np.asarray(turned.transpose(np.argsort(self.axes)) / factor)
        if ours.ndim == len(self.axes):
            return np.asarray(ours.transpose(np.argsort(self.axes)) / factor)
        return np.asarray(ours / factor)


def factors(case: Case) -> dict[str, float]:
    """What is multiplied by to get from one convention to another: the number of examples, of
    elements, of those halved, what is kept of a dropout.
    """
    sizes = {n: prod(v) if isinstance(v, tuple) else v for n, v in case.dims.items()}
    numbers = {n: float(v) for n, v in sizes.items() if isinstance(v, (int, float)) and v}
    found = {"1": 1.0, **numbers, **{f"1/{n}": 1 / v for n, v in numbers.items()}}
    doubled = {f"2*{n}": 2 * v for n, v in found.items()}
    return {**found, **doubled, **{f"{n}/2": v / 2 for n, v in found.items()}}


def in_order(calls: Sequence[Called], quantity: str, case: Case) -> list[Called]:
    """The calls in which to look for a quantity, the first one first: a gradient is what the last
    call gives that gives it at all, and so is where an optimizer arrives; an output the first.
    """
    late = quantity in case.layer.gradients or isinstance(case.layer.calling, Update)
    return list(reversed(calls)) if late else list(calls)


def place_of(
    quantity: str, result: np.ndarray, recorder: Recorder, case: Case, drawn: Drawn
) -> Place | None:
    """Where it is, if it is anywhere."""
    part = _part(case.layer, quantity, recorder)
    for call in in_order([c for c in recorder.calls if c.part == part], quantity, case):
        for values in (call.returned, _ranked(quantity, call)):
            for text, theirs in values.items():
                place = _match(text, np.asarray(theirs), result, case, drawn)
                if place:
                    return place
    return None


def _part(layer: Layer, quantity: str, recorder: Recorder) -> str:
    """The function of ours that returns it."""
    parts = list(dict.fromkeys(c.part for c in recorder.calls))
    return parts[-1] if quantity in layer.gradients else parts[0]


def _ranked(quantity: str, call: Called) -> Mapping[str, np.ndarray]:
    """What is left, that of a like name first: several may be all zeros."""
    stem = quantity.removeprefix("d").lower()
    return dict(sorted(call.left.items(), key=lambda kv: stem not in kv[0].lower()))


def _match(
    text: str, theirs: np.ndarray, ours: np.ndarray, case: Case, drawn: Drawn
) -> Place | None:
    if theirs.dtype.kind not in "fiub":
        return None
    if theirs.size != ours.size:
        is_mean = ours.ndim == 0 and theirs.ndim == 1 and theirs.size > 0
        return Place(text, around="np.mean({})") if is_mean and _near(theirs.mean(), ours) else None
    for axes in _orders(theirs.ndim):
        turned = theirs.transpose(axes).reshape(ours.shape)
        for name, factor in factors(case).items():
            if _near(turned * factor, ours):
                return Place(text, axes, name)
    for name, upstream in drawn.cotangents.items():
        if upstream.size == theirs.size == ours.size and _near(
            upstream * theirs.reshape(upstream.shape), ours.reshape(upstream.shape)
        ):
            return Place(text, around=f"{name} * {{}}")
    return None


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    """As it is, the other way round, then all others."""
    yield tuple(range(count))
    if 1 < count <= _MOST_AXES:
        yield tuple(reversed(range(count)))
        yield from permutations(range(count))


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.allclose(a, b, rtol=_ROUNDING, atol=0, equal_nan=True))
