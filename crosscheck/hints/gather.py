"""Failing cases of different shapes, for the relations to look at."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
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
from crosscheck.scenario import by_name

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.examination import CaseResult

_ENOUGH = 5  # cases of different shape: a coincidence in all of them is none
_KINDS = ("value", "shape", "nonfinite", "mask")
_LARGE = 3000  # numbers: a larger case says no more, and takes longer


def gathered(
    candidate: Candidate, layer: Layer, results: Sequence[CaseResult], oracles: Oracles
) -> list[Evidence]:
    """Some failing cases in float64 of different shapes, smallest first: of each wrong quantity in
    the first scenario in which it is wrong, and the first in which it is NaN or inf. Where the
    oracle has too few, impl_numpy's own answers to more cases of that scenario are evidence as
    well. With them come cases in which such a quantity is right.
    """
    found: dict[str, Evidence] = {}
    recorded = {r.case.id: r for r in results if _is_plain(r.case)}
    failing_in = _failing(recorded.values())
    with np.errstate(all="ignore"):
        for quantity, scenarios in failing_in.items():
            for failing in scenarios:
                several = _of_scenario(candidate, layer, quantity, failing, oracles)
                for evidence in chain(several, _plain(candidate, layer, failing[0])):
                    found.setdefault(evidence.case.id, evidence)
        for name in found.keys() & recorded.keys():
            found[name] = replace(found[name], found=_wrong(recorded[name]))
        for case in chain(*(_passing(q, recorded.values()) for q in failing_in)):
            if case.id not in found and (right := _evidence(candidate, case, oracles)):
                # Here for what is right in it alone: what is wrong has enough other cases.
                found[case.id] = replace(right, found=frozenset())
    return sorted(found.values(), key=lambda e: e.case.size)


def _is_plain(case: Case) -> bool:
    return case.format.name == "float64" and not case.scenario.guard


def _wrong(result: CaseResult) -> frozenset[str]:
    """The quantities that are wrong in a case."""
    return frozenset(f.quantity for f in result.findings if f.severity == WRONG)


def _passing(quantity: str, results: Iterable[CaseResult]) -> Iterator[Case]:
    """The smallest case of each scenario in which a quantity is right; of plain values, one at
    each dims. What comes out of them refutes what would make it wrong there. A size of 1 refutes
    nothing: there many a mistake shows nothing, or something else.
    """
    seen: set[Hashable] = set()
    for result in sorted(results, key=lambda r: r.case.size):
        case, about = result.case, {f.quantity for f in result.findings}
        name = case.scenario.name
        kind = (name, *case.dims.values()) if name == "normal" else name
        telling = 0 < case.size <= _LARGE and 1 not in _sizes(case)
        if telling and quantity not in about and kind not in seen:
            seen.add(kind)
            yield case


def _sizes(case: Case) -> list[Any]:
    return [size for name, size in case.dims.items() if name not in case.layer.options]


def _failing(results: Iterable[CaseResult]) -> dict[str, list[list[Case]]]:
    """By quantity, the cases in which it is wrong: those of its first scenario, and those of the
    first in which it is NaN or inf, if that is another.
    """
    wrong: dict[str, dict[str, list[Case]]] = {}
    escaping: dict[str, str] = {}
    for result in results:
        for f in result.findings:
            if f.severity == WRONG and f.kind in _KINDS and f.quantity:
                name = result.case.scenario.name
                wrong.setdefault(f.quantity, {}).setdefault(name, []).append(result.case)
                if f.kind == "nonfinite":
                    escaping.setdefault(f.quantity, name)
    found = {}
    for quantity, scenarios in wrong.items():
        first = "normal" if "normal" in scenarios else next(iter(scenarios))
        both = dict.fromkeys((first, escaping.get(quantity, first)))
        found[quantity] = [scenarios[name] for name in both]
    return found


def _of_scenario(
    candidate: Candidate, layer: Layer, quantity: str, failing: list[Case], oracles: Oracles
) -> Iterator[Evidence]:
    """Evidence about one quantity, one case of each shape; so much of each kind of failure."""
    found: dict[str, dict[tuple[Any, ...], Evidence]] = {}

    def look(pool: Iterable[tuple[Case, Oracles]]) -> None:
        for case, answers in pool:
            if found and all(len(same) >= _ENOUGH for same in found.values()):
                return
            evidence = _evidence(candidate, case, answers) if _fits(case) else None
            if evidence and evidence.is_wrong(quantity):
                same = found.setdefault(evidence.kind(quantity), {})
                if len(same) < _ENOUGH:
                    same.setdefault(evidence.shape, evidence)

    local = LocalOracles()
    look((case, oracles) for case in sorted(failing, key=lambda c: c.size))
    look((case, local) for case in _more_cases(failing[0], (p.dims for p in layer.points)))
    for same in list(found.values()):
        case = next(iter(same.values())).case
        look((more, local) for more in _more_cases(case, _stretched(layer, case.dims)))
    for same in found.values():
        yield from same.values()


def _plain(candidate: Candidate, layer: Layer, like: Case) -> Iterator[Evidence]:
    """If plain values are right: a case of them, which refutes what would make them wrong."""
    if like.scenario.name != "normal":
        plain = replace(like, scenario=by_name()["normal"])
        for case in filter(_fits, _more_cases(plain, (p.dims for p in layer.points))):
            if evidence := _evidence(candidate, case, LocalOracles()):
                yield evidence
                break


def _fits(case: Case) -> bool:
    return 0 < case.size <= _LARGE and case.exists


def _more_cases(like: Case, several: Iterable[Dims]) -> Iterator[Case]:
    """The same scenario at other dims."""
    for dims in several:
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
