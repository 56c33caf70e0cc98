"""What a hint is drawn from: cases in which a candidate is wrong, and what was expected there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.compare import judge
from crosscheck.dropped import masked
from crosscheck.dtypes import format_named
from crosscheck.errors import CrosscheckError
from crosscheck.finding import WRONG
from crosscheck.layer import Dims, Layer
from crosscheck.local import LocalOracles
from crosscheck.oracle import FACTOR, Array, Expected, Oracles
from crosscheck.scenario import Scenario, by_name
from crosscheck.trial import Opaque

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.judging import CaseResult

_ENOUGH = 5  # cases of different shape: a coincidence in all of them is none
_KINDS = ("value", "shape", "nonfinite", "mask")
_WIDEST = 1e-7  # relative: a relation that holds no better than that says nothing
_LARGE = 3000  # numbers: a larger case says no more, and takes longer


@dataclass(frozen=True)
class Evidence:
    """One failing case: what was expected of it, and what was returned."""

    case: Case
    drawn: Drawn
    expected: Mapping[str, Expected]
    got: Mapping[str, Array | Opaque]

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

    def is_wrong(self, quantity: str) -> bool:
        """Whether this quantity was returned, and is wrong."""
        got = self.got.get(quantity)
        return got is not None and judge(self.case, quantity, self.expected[quantity], got).wrong

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
        return View(self, quantity, array, wanted.value, wanted.bound, not self.is_wrong(quantity))


@dataclass(frozen=True)
class View:
    """One quantity of one case: ``got`` and ``expected`` in float64, which may differ in shape.

    ``passed``: it is right here, and a relation that says otherwise is refuted.
    """

    evidence: Evidence
    quantity: str
    got: Array
    expected: Array
    bound: Array
    passed: bool

    @property
    def shaped(self) -> bool:
        """Whether it has the shape expected, so that values can be compared."""
        return self.got.shape == self.expected.shape

    @cached_property
    def relative(self) -> float:
        """The bound of the whole array: its widest, as a fraction of its largest magnitude."""
        largest, widest = _largest(self.expected), _largest(self.bound)
        unit = self.evidence.case.format.unit
        # What is 0 in theory has no relative bound: nothing but rounding errors are expected.
        return min(max(widest / largest if largest else 0.0, 8 * unit), _WIDEST)

    def fits(self, predicted: Array) -> bool:
        """Whether a relation predicts every element that was returned, within the bound, which
        grows with the magnitude of what is predicted; and what is expected does not, unless the
        quantity passed here.
        """
        return self.close(self.got, predicted) and (self.passed or not self.right)

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
        largest = max(_largest(predicted), _least(self.evidence) * (not predicted.any()))
        allowed = FACTOR * self.relative * largest
        return bool((np.abs(got - predicted) <= allowed).all())

    @cached_property
    def off(self) -> Array:
        """Which elements are off, by the same measure."""
        allowed = FACTOR * self.relative * max(_largest(self.expected), _least(self.evidence))
        with np.errstate(invalid="ignore"):
            right = np.abs(self.got - self.expected) <= allowed
        return ~(right | (self.got == self.expected))


def _least(evidence: Evidence) -> float:
    """Below this, next to the numbers that go in, all is rounding."""
    return 1e-6 * max(map(_largest, evidence.arrays.values()), default=0.0)


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def _squeezed(array: Array) -> list[int]:
    return [n for n in array.shape if n != 1]


def gathered(
    candidate: Candidate, layer: Layer, results: Sequence[CaseResult], oracles: Oracles
) -> list[Evidence]:
    """Some failing cases in float64 of different shapes, smallest first: of each wrong quantity in
    the first scenario in which it is wrong. Where the oracle has too few, impl_numpy's own answers
    to more cases of that scenario are evidence as well.
    """
    found: dict[str, Evidence] = {}
    with np.errstate(all="ignore"):
        for quantity, failing in _failing(results).items():
            for evidence in _of_scenario(candidate, layer, quantity, failing, oracles):
                found.setdefault(evidence.case.id, evidence)
    return sorted(found.values(), key=lambda e: e.case.size)


def _failing(results: Sequence[CaseResult]) -> dict[str, list[Case]]:
    """By quantity, the cases in float64 in which it is wrong; those of its first scenario."""
    by_quantity: dict[str, list[Case]] = {}
    for result in results:
        if result.case.format.name == "float64" and not result.case.scenario.guard:
            for f in result.findings:
                if f.severity == WRONG and f.kind in _KINDS and f.quantity:
                    by_quantity.setdefault(f.quantity, []).append(result.case)
    return {
        quantity: [c for c in cases if c.scenario.name == _plainest(cases)]
        for quantity, cases in by_quantity.items()
    }


def _plainest(cases: list[Case]) -> str:
    names = [c.scenario.name for c in cases]
    return "normal" if "normal" in names else names[0]


def _of_scenario(
    candidate: Candidate, layer: Layer, quantity: str, failing: list[Case], oracles: Oracles
) -> Iterator[Evidence]:
    """Evidence about one quantity, one case of each shape."""
    seen: set[tuple[Any, ...]] = set()
    local = LocalOracles()
    pool = [(case, oracles) for case in sorted(failing, key=lambda c: c.size)]
    pool += [(case, local) for case in _more_cases(layer, failing[0])]
    for case, answers in pool:
        if len(seen) >= _ENOUGH or not 0 < case.size <= _LARGE or not case.exists:
            continue
        evidence = _evidence(candidate, case, answers)
        if evidence and evidence.shape not in seen and evidence.is_wrong(quantity):
            seen.add(evidence.shape)
            yield evidence
    if failing[0].scenario.name != "normal":
        # That plain values are right there refutes what would make them wrong.
        for case in _more_cases(layer, failing[0], by_name()["normal"]):
            if 0 < case.size <= _LARGE and case.exists:
                evidence = _evidence(candidate, case, local)
                if evidence:
                    yield evidence
                    break


def _more_cases(layer: Layer, like: Case, scenario: Scenario | None = None) -> Iterator[Case]:
    """The same scenario, or another, at the layer's other dims, and at larger ones."""
    like = replace(like, scenario=scenario or like.scenario)
    for dims in (*(p.dims for p in layer.points), *_stretched(layer, like.dims)):
        if dims.get("N") == 0 or 0 in (s for d in dims.values() if isinstance(d, tuple) for s in d):
            continue  # an empty batch
        yield replace(like, format=format_named("float64"), dims=dims, seed=0)


def _stretched(layer: Layer, dims: Dims) -> Iterator[Dims]:
    """One size after the other made larger, where it stands for itself."""
    for name, size in dims.items():
        if name not in layer.options and isinstance(size, int):
            for more in (2, 4):
                yield {**dims, name: size + more}


def _evidence(candidate: Candidate, case: Case, oracles: Oracles) -> Evidence | None:
    """What a candidate does with a case; None if there is nothing to be had of it."""
    try:
        drawn, expected = case.draw(), oracles.oracle(case).expected
    except (CrosscheckError, ArithmeticError, ValueError):
        return None
    got = candidate.trial(case, drawn).results
    if case.layer.keep:
        expected, _ = masked(case, expected, got)
    return Evidence(case, drawn, expected, got)


def different_shapes(evidence: Iterable[Evidence]) -> int:
    """How many different shapes there are among cases."""
    return len({e.shape for e in evidence})
