"""The spine: candidate, case, oracle → findings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn
from crosscheck.compare import Judgement, judge
from crosscheck.errors import OracleFileError
from crosscheck.finding import WARNING, WRONG, Finding
from crosscheck.oracle import UNDERPOWERED, Oracle, Oracles
from crosscheck.trial import Trial, run


@dataclass(frozen=True)
class CaseResult:
    """What one case showed. ``worst``: the largest error as a fraction of what is allowed;
    ``floor``: the smallest relative error that the case can see; ``untested``: how many elements
    the oracle makes no claim on.
    """

    case: Case
    findings: tuple[Finding, ...]
    worst: float
    floor: float
    untested: int

    @property
    def underpowered(self) -> bool:
        """Whether an error of 10 % would go unseen: the case is no evidence."""
        return self.floor > UNDERPOWERED


def check_cases(
    candidate: Candidate,
    cases: Iterable[Case],
    oracles: Oracles,
    progress: Callable[[int], None] = lambda done: None,
) -> list[CaseResult]:
    """Judge a candidate on every case, telling ``progress`` how many are done."""
    results = []
    for case in cases:
        results.append(check_case(candidate, case, oracles.oracle(case)))
        progress(len(results))
    return _without_echoes(_unfinished_in_part(results))


def _unfinished_in_part(results: list[CaseResult]) -> list[CaseResult]:
    """A function that answers some cases is finished: to give nothing in others is wrong."""
    unfinished = [any(f.kind == "unfinished" for f in r.findings) for r in results]
    if all(unfinished) or not any(unfinished):
        return results
    return [
        replace(
            r,
            findings=tuple(
                replace(f, severity=WRONG, message=f"{f.message}, though not in other cases")
                if f.kind == "unfinished"
                else f
                for f in r.findings
            ),
        )
        for r in results
    ]


def _without_echoes(results: list[CaseResult]) -> list[CaseResult]:
    """What is wrong anyway says nothing about empty batches or NaN: there it is not repeated."""
    wrong = {f.quantity for r in results for f in r.findings if f.severity == WRONG}
    return [
        replace(r, findings=tuple(f for f in r.findings if f.quantity not in wrong))
        if r.case.scenario.guard and not any(f.severity == WRONG for f in r.findings)
        else r
        for r in results
    ]


def check_case(candidate: Candidate, case: Case, oracle: Oracle) -> CaseResult:
    """Judge a candidate on one case.

    Raises OracleFileError if the oracle was recorded for other inputs than those drawn here.
    """
    drawn = case.draw()
    if drawn.checksum != oracle.checksum:
        raise OracleFileError(
            f"The oracle was recorded for other inputs than those that {case.id} stands for now. "
            "Make the oracle file again with this version: crosscheck freeze -o FILE"
        )
    # Neither NumPy's warnings nor a filter that makes errors of them may turn a verdict.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial = run(candidate, case, drawn)
        judged = _judged(case, drawn, oracle, trial)
        findings = _findings(candidate, case, trial, judged)
        if _is_wrong(findings):
            findings = _weighed(candidate, case, drawn, oracle, findings, judged)
        elif case.scenario.name == "normal":
            findings += _state_findings(candidate, case, drawn, oracle, trial)
    return CaseResult(
        case,
        tuple(findings),
        worst=max((j.worst for j in judged.values()), default=0.0),
        floor=oracle.floor,
        untested=sum(e.untested for e in oracle.expected.values()),
    )


def _judged(case: Case, drawn: Drawn, oracle: Oracle, trial: Trial) -> dict[str, Judgement]:
    return {
        quantity: judge(case, drawn, quantity, oracle.expected[quantity], got)
        for quantity, got in trial.results.items()
    }


def _findings(
    candidate: Candidate, case: Case, trial: Trial, judged: dict[str, Judgement]
) -> list[Finding]:
    """Everything one trial showed, with the function each finding is about."""

    def found(kind: str, severity: str, quantity: str, message: str, function: str) -> Finding:
        where = candidate.location(function)
        return Finding(kind, severity, quantity, case.id, message, case.size, location=where)

    findings = []
    if trial.failure:
        kind, function = trial.failure.kind, trial.failure.function
        severity = WARNING if kind == "unfinished" else WRONG
        message = f"{function} {trial.failure}"
        findings.append(found(kind, severity, trial.failure.quantity, message, function))
    for quantity, judgement in judged.items():
        where = candidate.location(_function_of(case, quantity))
        findings += [replace(f, location=where) for f in judgement.findings]
    for function, name in trial.changed:
        message = f"{function} overwrites {name}, which it was given"
        findings.append(found("mutation", WARNING, name, message, function))
    for quantity, name in trial.shared:
        message = f"{quantity} shares memory with {name}: changing one changes the other"
        findings.append(found("alias", WARNING, quantity, message, _function_of(case, quantity)))
    return findings


def _function_of(case: Case, quantity: str) -> str:
    return case.layer.functions[-1 if quantity in case.layer.gradients else 0]


def _is_wrong(findings: Iterable[Finding]) -> bool:
    return any(f.severity == WRONG for f in findings)


def _weighed(
    candidate: Candidate,
    case: Case,
    drawn: Drawn,
    oracle: Oracle,
    findings: list[Finding],
    judged: dict[str, Judgement],
) -> list[Finding]:
    """What is wrong only where accepted course code is known to fail becomes a warning."""
    scenario = case.scenario
    if scenario.guard:
        if scenario.values_of and _is_wrong(_plain_findings(candidate, case, drawn, oracle)):
            return findings  # wrong in any form: neither layout nor the labels' dtype is to blame
        only = "only " if scenario.values_of else ""
        return _demoted(findings, scenario.guard, f"{only}with {scenario.about}: {{}}")
    if scenario.stress and _only_outputs_overflow(case, judged):
        return _demoted(findings, "overflow", "{}, though the gradients are right")
    return findings


def _only_outputs_overflow(case: Case, judged: dict[str, Judgement]) -> bool:
    """Every quantity was returned, every gradient is right, and what is wrong is infinite."""
    gradients = case.layer.gradients
    return judged.keys() == set(case.layer.quantities) and all(
        not j.wrong or (j.overflow and quantity not in gradients) for quantity, j in judged.items()
    )


def _demoted(findings: list[Finding], kind: str, message: str) -> list[Finding]:
    return [
        replace(f, kind=kind, severity=WARNING, message=message.replace("{}", f.message))
        if f.severity == WRONG
        else f
        for f in findings
    ]


def _plain_findings(
    candidate: Candidate, case: Case, drawn: Drawn, oracle: Oracle
) -> list[Finding]:
    """What the same values show in C order, with int64 labels."""
    trial = run(candidate, case.plain, drawn)
    return _findings(candidate, case, trial, _judged(case, drawn, oracle, trial))


def _state_findings(
    candidate: Candidate, case: Case, drawn: Drawn, oracle: Oracle, first: Trial
) -> list[Finding]:
    """After other data: what was returned before is still right, and so is a second answer."""
    other = replace(case, seed=case.seed + 1).draw()

    def wrong_now(trial: Trial, remark: str) -> list[Finding]:
        return [
            replace(f, kind="state", message=f"{f.message} {remark}")
            for f in _findings(candidate, case, trial, _judged(case, drawn, oracle, trial))
            if f.severity == WRONG
        ]

    run(candidate, case, other)
    reused = wrong_now(first, "once other data came: it lies in memory that is used again")
    again = run(candidate, case, drawn, between=other)
    return reused + wrong_now(
        again, "when asked again after other data: something is kept outside the cache"
    )
