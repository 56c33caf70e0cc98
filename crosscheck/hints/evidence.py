"""What a hint is drawn from: cases in which a candidate is wrong, and what was expected there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.compare import judge
from crosscheck.oracle import FACTOR, Array, Expected
from crosscheck.trial import Opaque

_WIDEST = 1e-7  # relative: a relation that holds no better than that says nothing

_VISIBLE = 1e-6  # relative: what differs by more would have been seen


@dataclass(frozen=True)
class Evidence:
    """One case: what was expected of it, and what was returned.

    ``found``: the quantities that the check found wrong in it, None if it was never asked. Another
    one that is off follows a convention, and says nothing about a mistake.
    """

    case: Case
    drawn: Drawn
    expected: Mapping[str, Expected]
    got: Mapping[str, Array | Opaque]
    found: frozenset[str] | None = None

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """The shapes of all that goes in: two cases of the same shape are hardly two."""
        return tuple(a.shape for a in self.drawn.inputs.values())

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """All float arrays and masks that go in, in float64: the inputs, then the cotangents."""
        given = {**self.drawn.inputs, **self.drawn.cotangents}
        return {n: a.astype(np.float64) for n, a in given.items() if a.dtype.kind in "fb"}

    @cached_property
    def options(self) -> dict[str, float]:
        """The options of the case by name."""
        return {name: float(value) for name, value in self.case.options.items()}

    @cached_property
    def least(self) -> float:
        """Below this, next to the numbers that go in, all is rounding."""
        return 1e-6 * max(map(_largest, self.arrays.values()), default=0.0)

    def is_wrong(self, quantity: str) -> bool:
        """Whether this quantity was returned, and is wrong."""
        return (self.found is None or quantity in self.found) and self._is_off(quantity)

    def _is_off(self, quantity: str) -> bool:
        got = self.got.get(quantity)
        return got is not None and judge(self.case, quantity, self.expected[quantity], got).wrong

    def kind(self, quantity: str) -> str:
        """In what way a quantity is wrong, if it is."""
        view = self.view(quantity)
        if view is None:
            return "no array"
        return "shape" if not view.shaped else "not finite" if view.escaped else "value"

    def view(self, quantity: str) -> View | None:
        """The quantity for the relations to look at; None if it is no array of numbers."""
        return self.views.get(quantity)

    @cached_property
    def views(self) -> dict[str, View]:
        """All quantities that are arrays of numbers."""
        names = (n for n, got in self.got.items() if isinstance(got, np.ndarray))
        return {name: self._view(name) for name in names}

    def _view(self, quantity: str) -> View:
        got = np.asarray(self.got[quantity])
        wanted = self.expected[quantity]
        array = got.astype(np.float64)
        if array.shape != wanted.value.shape and _squeezed(array) == _squeezed(wanted.value):
            array = array.reshape(wanted.value.shape)
        return View(self, quantity, array, wanted.value, wanted.bound, not self._is_off(quantity))


@dataclass(frozen=True)
class View:
    """One quantity of one case: ``got`` and ``expected`` in float64, which may differ in shape.

    ``passed``: it is right here, and a relation that says otherwise is refuted. ``refuting``: asked
    what does not fit, not what does.
    """

    evidence: Evidence
    quantity: str
    got: Array
    expected: Array
    bound: Array
    passed: bool
    refuting: bool = False

    @property
    def shaped(self) -> bool:
        """Whether it has the shape expected, so that values can be compared."""
        return self.got.shape == self.expected.shape

    def escapes_as(self, predicted: Array) -> bool:
        """Whether NaN or inf was returned, and exactly where a relation predicts it."""
        same = self.got.shape == predicted.shape
        return self.escaped and same and bool((_wild(self.got) == _wild(predicted)).all())

    def stays_where(self, predicted: Array) -> bool:
        """Whether a number was returned somewhere where a relation predicts NaN or inf."""
        same = self.got.shape == predicted.shape
        return same and bool((_wild(predicted) & ~_wild(self.got)).any())

    @property
    def refutes(self) -> bool:
        """Whether it is right, where nothing else is: then what says otherwise is refuted."""
        return self.passed and self.evidence.expected[self.quantity].other is None

    @cached_property
    def relative(self) -> float:
        """The bound of the whole array: its widest, as a fraction of its largest magnitude."""
        largest, widest = _largest(self.expected), _largest(self.bound)
        unit = self.evidence.case.format.unit
        # What is 0 in theory has no relative bound: nothing but rounding errors are expected.
        return min(max(widest / largest if largest else 0.0, 8 * unit), _WIDEST)

    @cached_property
    def escaped(self) -> bool:
        """Whether NaN or inf was returned where a number is expected."""
        return self.shaped and bool((~np.isfinite(self.got) & np.isfinite(self.expected)).any())

    def fits(self, predicted: Array) -> bool:
        """Whether a relation predicts every element that was returned, within the bound, which
        grows with the magnitude of what is predicted; and what is expected does not, unless the
        quantity passed here. Of a view that is ``refuting``: whether it predicts anything else
        than what was returned.
        """
        if self.refuting:
            return self.differ(self.got, predicted)
        if self.got.shape != predicted.shape or (self.right and not self.passed):
            return False
        got, there = (
            float(a.flat[self._largest]) if a.size else 0.0 for a in (self.got, predicted)
        )
        if abs(got - there) > 1e-3 * abs(got):
            return False  # nearly always, and at a tenth of the cost of asking every element
        return self.close(self.got, predicted)

    def differ(self, one: Array, other: Array) -> bool:
        """Whether two arrays are so far apart that no rounding explains it."""
        if one.shape != other.shape:
            return True
        largest = max(_largest(self.expected), self.evidence.least)
        far = np.abs(one - other) > FACTOR * self.bound + _VISIBLE * largest
        here, there = np.isfinite(one), np.isfinite(other)
        return bool((far & here & there).any() or (here != there).any())

    @cached_property
    def _largest(self) -> int:
        """Where the largest finite element is that was returned."""
        return int(np.argmax(np.where(np.isfinite(self.got), np.abs(self.got), -1.0)))

    @cached_property
    def right(self) -> bool:
        """Whether what was returned is right by the same measure: then nothing explains it."""
        return self.shaped and self.close(self.got, self.expected)

    def close(self, got: Array, predicted: Array) -> bool:
        """Whether two arrays are the same within the bound."""
        if got.shape != predicted.shape:
            return False
        finite = np.isfinite(predicted)
        if not finite.all():
            same = (got == predicted) | (np.isnan(got) & np.isnan(predicted))
            if not (same | finite).all():
                return False
            got, predicted = np.where(finite, got, 0.0), np.where(finite, predicted, 0.0)
        largest = _largest(predicted) or self.evidence.least
        allowed = FACTOR * self.relative * largest
        return bool((np.abs(got - predicted) <= allowed).all())

    @cached_property
    def off(self) -> Array:
        """Which elements are off, by the same measure."""
        allowed = FACTOR * self.relative * max(_largest(self.expected), self.evidence.least)
        with np.errstate(invalid="ignore"):
            right = np.abs(self.got - self.expected) <= allowed
        return ~(right | (self.got == self.expected))


def _wild(array: Array) -> Array:
    return ~np.isfinite(array)


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def _squeezed(array: Array) -> list[int]:
    return [n for n in array.shape if n != 1]


def different_shapes(evidence: Iterable[Evidence]) -> int:
    """How many different shapes there are among cases."""
    return len({e.shape for e in evidence})
