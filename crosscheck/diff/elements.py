"""Two answers to one case, element by element: how far apart, in bounds of either."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.oracle import FACTOR, Array, Expected

MUCH = 2.0  # a bound that grew or shrank by more than this is listed
_GRAIN = 1 / 512  # of its bound: what a value may have lost where oracle.trimmed rounded it


@dataclass(frozen=True)
class Move:
    """The element that moved most: its answers (two, where a dispute allows two), how far apart
    they are in bounds of either file, and how far a candidate may be from them.
    """

    case: str
    index: tuple[int, ...]
    old: tuple[float, ...]
    new: tuple[float, ...]
    in_old_bounds: float
    in_new_bounds: float
    allowed_old: float
    allowed_new: float

    @property
    def size(self) -> float:
        """In bounds of that file in which it is larger."""
        return max(self.in_old_bounds, self.in_new_bounds)


@dataclass(frozen=True)
class BoundChange:
    """The element whose bound changed most, from ``old`` to ``new``: infinite is no claim."""

    case: str
    index: tuple[int, ...]
    old: float
    new: float

    @property
    def size(self) -> float:
        """The larger bound in units of the smaller."""
        small, large = sorted((self.old, self.new))
        return large / small if small else np.inf


@dataclass(frozen=True)
class QuantityDiff:
    """One array, in one case or in several. ``moved``: elements with another answer; ``beyond``:
    those whose answer the other file calls wrong; ``bounds``: those whose bound is more than twice
    or less than half. The cases: ``changed`` where there are elements beyond, ``disputed`` and
    ``settled`` where a second accepted answer came or went, ``reshaped`` where shapes differ.
    """

    elements: int = 0
    moved: int = 0
    beyond: int = 0
    bounds: int = 0
    largest_move: Move | None = None
    largest_bound_change: BoundChange | None = None
    changed: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()

    def __add__(self, other: QuantityDiff) -> QuantityDiff:
        """Both together: counts added, the larger of the largest."""
        moves = [m for m in (self.largest_move, other.largest_move) if m]
        changes = [c for c in (self.largest_bound_change, other.largest_bound_change) if c]
        return QuantityDiff(
            self.elements + other.elements,
            self.moved + other.moved,
            self.beyond + other.beyond,
            self.bounds + other.bounds,
            max(moves, key=lambda m: m.size, default=None),
            max(changes, key=lambda c: c.size, default=None),
            self.changed + other.changed,
            self.disputed + other.disputed,
            self.settled + other.settled,
            self.reshaped + other.reshaped,
        )

    @property
    def verdict_changed(self) -> bool:
        """Whether a candidate may be right by one file and wrong by the other."""
        return bool(self.changed or self.reshaped)

    @property
    def differs(self) -> bool:
        """Whether there is anything to list."""
        lists = (self.changed, self.disputed, self.settled, self.reshaped)
        return bool(self.moved or self.bounds or any(lists))


def compare(case: str, old: Expected | None, new: Expected | None, fmt: Format) -> QuantityDiff:
    """One quantity of one case, in both files. ``None``: that file has no such quantity."""
    if old is None or new is None or old.value.shape != new.value.shape:
        return QuantityDiff(reshaped=(case,))
    if _identical(old, new):
        return QuantityDiff(elements=old.value.size)
    in_old, in_new = _in_bounds(new, old, fmt), _in_bounds(old, new, fmt)
    apart = np.maximum(in_old, in_new)
    beyond = int((apart > FACTOR).sum())
    ratio = _ratio(old.bound, new.bound)
    return QuantityDiff(
        elements=old.value.size,
        moved=int((apart > 0).sum()),
        beyond=beyond,
        bounds=int((ratio > MUCH).sum()),
        largest_move=_largest_move(case, old, new, in_old, in_new) if apart.any() else None,
        largest_bound_change=_largest_bound_change(case, old.bound, new.bound, ratio),
        changed=(case,) if beyond else (),
        disputed=(case,) if old.other is None and new.other is not None else (),
        settled=(case,) if old.other is not None and new.other is None else (),
    )


def _identical(old: Expected, new: Expected) -> bool:
    return (old.other is new.other is None) and all(
        np.array_equal(a, b, equal_nan=True)
        for a, b in ((old.value, new.value), (old.bound, new.bound))
    )


def _answers(expected: Expected) -> list[Array]:
    return [expected.value] if expected.other is None else [expected.value, expected.other]


def _in_bounds(answer: Expected, by: Expected, fmt: Format) -> Array:
    """How far an accepted answer of one file lies from the nearest one of the other, in bounds of
    the other: above FACTOR it is wrong by that file. The digits that files drop are no move.
    """
    with np.errstate(all="ignore"):
        grain = (answer.bound + by.bound) * _GRAIN
        distances = [
            [
                Expected(own, by.bound).misfit(_nearer(theirs, own, grain), fmt)
                for own in _answers(by)
            ]
            for theirs in _answers(answer)
        ]
        nearest = [reduce(np.minimum, to_each) for to_each in distances]
        return FACTOR * np.asarray(reduce(np.maximum, nearest))


def _nearer(answer: Array, own: Array, grain: Array) -> Array:
    """``answer``, nearer to ``own`` by ``grain``; not finite, it is as far as it was."""
    gap = answer - own
    moved = own + np.sign(gap) * np.maximum(np.abs(gap) - grain, 0)
    return np.where(np.isfinite(gap), moved, answer)


def _ratio(old: Array, new: Array) -> Array:
    """The larger bound in units of the smaller, element by element."""
    small, large = np.minimum(old, new), np.maximum(old, new)
    with np.errstate(all="ignore"):
        return np.where(small == large, 1.0, large / small)


def _largest_move(case: str, old: Expected, new: Expected, in_old: Array, in_new: Array) -> Move:
    at = _place_of_largest(np.maximum(in_old, in_new))
    return Move(
        case,
        at,
        tuple(dict.fromkeys(float(a[at]) for a in _answers(old))),
        tuple(dict.fromkeys(float(a[at]) for a in _answers(new))),
        float(in_old[at]),
        float(in_new[at]),
        FACTOR * float(old.bound[at]),
        FACTOR * float(new.bound[at]),
    )


def _largest_bound_change(case: str, old: Array, new: Array, ratio: Array) -> BoundChange | None:
    if ratio.max(initial=1.0) <= MUCH:
        return None
    at = _place_of_largest(ratio)
    return BoundChange(case, at, float(old[at]), float(new[at]))


def _place_of_largest(array: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(array)), array.shape))
