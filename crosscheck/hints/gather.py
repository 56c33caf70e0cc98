"""Failing cases of different shapes, for the relations to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.case import Case
from crosscheck.dropped import masked
from crosscheck.dtypes import format_named
from crosscheck.errors import CrosscheckError
from crosscheck.finding import WRONG
from crosscheck.hints.evidence import Evidence
from crosscheck.layer import Dims, Layer
from crosscheck.local import LocalOracles
from crosscheck.oracle import Oracles
from crosscheck.scenario import Scenario, by_name

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.judging import CaseResult

_ENOUGH = 5  # cases of different shape: a coincidence in all of them is none
_KINDS = ("value", "shape", "nonfinite", "mask")
_LARGE = 3000  # numbers: a larger case says no more, and takes longer


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
