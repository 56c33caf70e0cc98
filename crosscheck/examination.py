"""A candidate before one case: what a trial shows, as findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn
from crosscheck.compare import Judgement, judge
from crosscheck.convention import by_convention
from crosscheck.dropped import masked
from crosscheck.errors import OracleFileError
from crosscheck.finding import LOST, NOT_JUDGED, WARNING, WRONG, Finding
from crosscheck.oracle import UNDERPOWERED, Expected, Oracle, Power
from crosscheck.trial import Trial

Judged: TypeAlias = dict[str, Judgement]


@dataclass(frozen=True)
class CaseResult:
    """What one case showed. ``worst``: the largest error as a fraction of what is allowed;
    ``power``: what the case can see at all; ``zero``: whether a loss and its gradients came back
    as 0, as a stub's do. ``answered``: the quantities that were returned.
    """

    case: Case
    findings: tuple[Finding, ...]
    worst: float
    power: Power
    zero: bool = False
    answered: frozenset[str] = frozenset()

    @property
    def underpowered(self) -> bool:
        """Whether an error of 10 % would go unseen: the case is no evidence."""
        return self.power.floor > UNDERPOWERED


@dataclass(slots=True)
class Examination:
    """A candidate before a case and its oracle."""

    candidate: Candidate
    case: Case
    drawn: Drawn
    oracle: Oracle

    def __post_init__(self) -> None:
        """Raises OracleFileError if the oracle was recorded for other inputs."""
        if self.drawn.checksum != self.oracle.checksum:
            raise OracleFileError(
                f"The oracle was recorded for other inputs than those that {self.case.id} stands "
                "for now. Make the oracle file again with this version: crosscheck freeze -o FILE"
            )

    def result(
        self, trial: Trial, worst: float | None, around: Sequence[tuple[Trial, float | None]] = ()
    ) -> CaseResult:
        """What a trial showed; ``worst``: its error, if it is known that all of it is right.
        ``around``: what became of an answer once other data came and what it was around them, each
        with the same.
        """
        judged = self.judged(trial) if worst is None else {}
        findings = self.findings(trial, judged)
        if is_wrong(findings):
            findings = self.weighed(findings, judged or self.judged(trial))
        elif around:
            findings += self.state_findings(around)
        return CaseResult(
            self.case,
            tuple(findings),
            worst=max((j.worst for j in judged.values()), default=worst or 0.0),
            power=self.oracle.power,
            zero=self.is_zero(trial),
            answered=frozenset(trial.results),
        )

    @property
    def claimed(self) -> Oracle | None:
        """The oracle, if it is claimed of every candidate as it is."""
        return None if self.case.layer.keep or self.candidate.rescaled else self.oracle

    def judged(self, trial: Trial) -> Judged:
        """What was returned, quantity by quantity."""
        expected, remarks = self.oracle.expected, list[str]()
        if self.case.layer.keep:
            expected, remarks = masked(self.case, expected, trial.results)
        if self.candidate.rescaled:
            expected = {q: self._rescaled(q, e) for q, e in expected.items()}
        judged = {
            quantity: judge(self.case, quantity, expected[quantity], got)
            for quantity, got in trial.results.items()
        }
        if any(j.wrong for j in judged.values()):
            judged = by_convention(self.case, self.drawn, expected, judged)
        for remark in remarks:
            output = self.case.layer.outputs[0].name
            message, function = f"{output} {remark}", self._function_of(output)
            found = self._found("mask", WRONG, output, message, function)
            judged.setdefault(output, Judgement()).findings.append(found)
        return judged

    def _rescaled(self, quantity: str, e: Expected) -> Expected:
        """With room for the roundings of 1/N and of a product with N, where an adapter has taken
        a mean for a sum.
        """
        if quantity not in self.candidate.rescaled:
            return e
        return replace(e, bound=e.bound + 2 * self.case.format.unit * np.abs(e.value))

    def findings(self, trial: Trial, judged: Judged) -> list[Finding]:
        """Everything that one run showed, with the function that each finding is about."""
        findings = []
        if trial.failure:
            kind, function = self._kind(trial.failure.kind), trial.failure.function
            severity = WARNING if kind in (*NOT_JUDGED, "declined") else WRONG
            message = f"{function} {trial.failure}"
            findings.append(self._found(kind, severity, trial.failure.quantity, message, function))
        if any(j.wrong for j in judged.values()) and self.is_zero(trial):
            function = self.candidate.names[0]
            message = f"{function} returns a loss of 0 and gradients of 0"
            return [self._found("unfinished", WARNING, "", message, function)]
        for quantity, judgement in judged.items():
            if judgement.findings:
                where = self.candidate.location(self._function_of(quantity))
                findings += [replace(f, location=where) for f in judgement.findings]
        for function, name in trial.changed:
            message = f"{function} overwrites {name}, which it was given"
            findings.append(self._found("mutation", WARNING, name, message, function))
        for quantity, name in trial.shared:
            message = f"{quantity} shares memory with {name}: changing one changes the other"
            function = self._function_of(quantity)
            findings.append(self._found("alias", WARNING, quantity, message, function))
        return findings

    def is_zero(self, trial: Trial) -> bool:
        """Whether what a loss returned is what the course's stub returns."""
        layer = self.case.layer
        if not layer.loss:
            return False
        returned = [trial.results.get(name) for name in ("loss", *layer.gradients)]
        return all(isinstance(a, np.ndarray) and a.size and not a.any() for a in returned)

    def _kind(self, kind: str) -> str:
        """What an assertion of theirs says depends on what the function is for."""
        if kind != "assertion":
            return kind
        return "declined" if self.candidate.specialised else "crash"

    def _found(
        self, kind: str, severity: str, quantity: str, message: str, function: str
    ) -> Finding:
        where = self.candidate.location(function)
        return Finding(
            kind, severity, quantity, self.case.id, message, self.case.size, location=where
        )

    def _function_of(self, quantity: str) -> str:
        return self.candidate.names[-1 if quantity in self.case.layer.gradients else 0]

    def _wrong(self, trial: Trial) -> list[Finding]:
        judged = self.judged(trial)
        weighed = self.weighed(self.findings(trial, judged), judged)
        return [f for f in weighed if f.severity == WRONG]

    def weighed(self, findings: list[Finding], judged: Judged) -> list[Finding]:
        """What is wrong only where accepted course code is known to fail becomes a warning."""
        scenario = self.case.scenario
        if any(f.kind in LOST for f in findings):
            return findings
        if scenario.values_of:
            plain = replace(self, case=self.case.plain)
            # Wrong in any form: neither layout nor the labels' dtype is to blame.
            anyway = plain._places_of_wrong()
            message = f"only with {scenario.about}: {{}}"
            return [
                plain._guarded(f)
                if (f.quantity, f.location) in anyway
                else _demoted(f, scenario.guard, message)
                for f in findings
            ]
        if scenario.guard:
            return [self._guarded(f) for f in findings]
        if scenario.stress and self._only_outputs_overflow(judged):
            message = "{}, though the gradients are right"
            return [_demoted(f, "overflow", message) for f in findings]
        return findings

    def _places_of_wrong(self) -> set[tuple[str, str]]:
        """What is wrong in this case, guarded or not: quantities, and where they are written."""
        trial = self.candidate.trial(self.case, self.drawn)
        found = self.findings(trial, self.judged(trial))
        return {(f.quantity, f.location) for f in found if f.severity == WRONG}

    def _guarded(self, f: Finding) -> Finding:
        scenario = self.case.scenario
        message = f"with {scenario.about}: {{}}"
        return _demoted(f, scenario.guard, message) if scenario.guard else f

    def _only_outputs_overflow(self, judged: Judged) -> bool:
        """Every quantity was returned, every gradient is right, and what is wrong is infinite (or
        a loss, of which many forms saturate).
        """
        layer = self.case.layer
        return judged.keys() == set(layer.quantities) and all(
            not j.wrong or ((j.overflow or layer.loss) and name not in layer.gradients)
            for name, j in judged.items()
        )

    def state_findings(self, around: Sequence[tuple[Trial, float | None]]) -> list[Finding]:
        """After other data: what was returned before is still right, and so is a new answer. Of one
        that was lost there is a trial alone.
        """
        remarks = (
            "once other data came: it lies in memory that is used again",
            "when asked again after other data: something is kept outside the cache",
        )
        return [
            replace(f, kind="state", message=f"{f.message} {remark}")
            for (trial, worst), remark in zip(
                around, remarks[len(remarks) - len(around) :], strict=True
            )
            if worst is None or trial.failure
            for f in self._wrong(trial)
        ]


def _demoted(f: Finding, kind: str, message: str) -> Finding:
    if f.severity != WRONG:
        return f
    return replace(f, kind=kind, severity=WARNING, message=message.replace("{}", f.message))


def is_wrong(findings: Iterable[Finding]) -> bool:
    """Whether any of them is more than a warning."""
    return any(f.severity == WRONG for f in findings)
