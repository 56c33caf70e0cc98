"""What speaks for and against each half of a candidate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crosscheck.case import Case
from crosscheck.dropped import masked
from crosscheck.examination import CaseResult
from crosscheck.finding import WRONG
from crosscheck.numerical import alike, own_slopes
from crosscheck.oracle import Oracle, Oracles

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

RIGHT, CONSISTENT, UNKNOWN = "right", "consistent", "unknown"
# Cases of different dims that are enough where the forward is wrong, and where it is right.
_ENOUGH = {True: 2, False: 1}
_TRIED = 6  # cases, until then


def first_of(order: Iterable[str], verdicts: Sequence[str]) -> str:
    """The first in that order of those that were given."""
    return next(v for v in order if v in verdicts)


@dataclass(frozen=True)
class Evidence:
    """Everything that is wrong with a candidate."""

    candidate: Candidate
    results: Sequence[CaseResult]
    oracles: Oracles

    @cached_property
    def wrong(self) -> dict[str, dict[str, Case]]:
        """Each quantity that is wrong, and where: cases by their ids. What is wrong only after
        other data came is no matter of halves, and an overflow of one may be that of the other.
        """
        found: dict[str, dict[str, Case]] = {q: {} for q in self.candidate.layer.quantities}
        for r in self.results:
            for f in r.findings:
                overflows = r.case.scenario.stress and f.kind == "nonfinite"
                if (
                    f.severity == WRONG
                    and f.kind != "state"
                    and not overflows
                    and f.quantity in found
                ):
                    found[f.quantity][r.case.id] = r.case
        return {quantity: where for quantity, where in found.items() if where}

    @property
    def outputs(self) -> list[str]:
        """Those of them that are results of the forward."""
        return [o.name for o in self.candidate.layer.outputs if o.name in self.wrong]

    @cached_property
    def misled(self) -> set[str]:
        """The cases in which an output that has a cotangent is not the oracle's: wrong, or by
        another convention. There the oracle's gradient says nothing about the backward.
        """
        upstream = {o.name for o in self.candidate.layer.upstream}
        return {
            r.case.id
            for r in self.results
            for f in r.findings
            if f.quantity in upstream and (f.severity == WRONG or f.kind == "convention")
        }

    def fails(self, function: str) -> bool:
        """Whether a function gives no answer in a case where it must."""
        return any(
            f.severity == WRONG
            and f.kind != "unfinished"
            and f.quantity not in self.candidate.layer.quantities
            and f.message.startswith((f"{function} ", f"{function}."))
            for r in self.results
            for f in r.findings
        )

    @cached_property
    def gradients(self) -> dict[str, str]:
        """The verdict on each gradient."""
        smallest = min((c for where in self.wrong.values() for c in where.values()), key=_size)
        answered = self.candidate.trial(smallest, smallest.draw()).results
        return {q: self._verdict(q, q in answered) for q in self.candidate.layer.gradients}

    def _verdict(self, gradient: str, answered: bool) -> str:
        if gradient not in self.wrong:
            return RIGHT if answered else UNKNOWN
        if not self.misled:
            return WRONG  # the forward is right, and so is the oracle's derivative of it
        found = [UNKNOWN, *(v for _, looked in self._looks for q, v in looked if q == gradient)]
        return first_of((WRONG, CONSISTENT, UNKNOWN), found)

    def apart(self, gradient: str) -> bool:
        """Whether a gradient is wrong also where the forward is right."""
        return not self.misled or any(
            case.id not in self.misled and (gradient, WRONG) in looked
            for case, looked in self._looks
        )

    @cached_property
    def _looks(self) -> list[tuple[Case, list[tuple[str, str]]]]:
        """What the candidate's own forward says of the gradients that are wrong, in the smallest
        plain float64 cases: some in which that forward is wrong, one in which it is right.
        """
        found = [c for q in self.candidate.layer.gradients for c in self.wrong.get(q, {}).values()]
        plain = {
            c.id: c
            for c in sorted(found, key=lambda c: (c.scenario.name != "normal", _size(c)))
            if c.format.name == "float64" and not (c.scenario.guard or c.scenario.values_of)
        }
        looks: list[tuple[Case, list[tuple[str, str]]]] = []
        for case in list(plain.values())[:_TRIED]:
            misled = case.id in self.misled
            done = [c.dims for c, _ in looks if (c.id in self.misled) == misled]
            if case.dims in done or len(done) == _ENOUGH[misled]:
                continue
            looked = [
                (q, verdict)
                for q, verdict in _by_own_forward(self.candidate, case, self.oracles.oracle(case))
                if verdict != UNKNOWN and case.id in self.wrong.get(q, {})
            ]
            if looked:
                looks.append((case, looked))
        return looks


def _size(case: Case) -> tuple[int, str]:
    return case.size, case.id


def _by_own_forward(candidate: Candidate, case: Case, oracle: Oracle) -> Iterator[tuple[str, str]]:
    """Each gradient against the slopes of the candidate's own forward."""
    results = candidate.trial(case, case.draw()).results
    expected = oracle.expected
    if case.layer.keep:
        expected, _ = masked(case, expected, results)
    slopes, shapes = own_slopes(candidate, case), case.layer.shapes(case.dims)
    for q in case.layer.gradients:
        got, fits = results.get(q), None
        if isinstance(got, np.ndarray) and alike(got.shape, shapes[q]):
            if q in slopes:
                mine = got.astype(np.float64).reshape(shapes[q])
                fits = slopes[q].fits(mine, expected[q].value)
        elif got is not None:
            fits = False  # whatever the forward is
        yield q, UNKNOWN if fits is None else CONSISTENT if fits else WRONG
