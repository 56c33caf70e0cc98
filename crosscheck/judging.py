"""The spine: candidate, cases, oracles → results."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice, tee
from typing import TypeAlias

import numpy as np

from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn
from crosscheck.compare import worst_of_right
from crosscheck.examination import CaseResult, Examination, is_wrong
from crosscheck.finding import LOST, WARNING, WRONG, Finding
from crosscheck.oracle import Oracle, Oracles
from crosscheck.trial import Trial


def check_cases(
    candidate: Candidate,
    cases: Iterable[Case],
    oracles: Oracles,
    progress: Callable[[int], None] = lambda done: None,
    time_limit: float = np.inf,
) -> list[CaseResult]:
    """Judge a candidate on every case, telling ``progress`` how many are done.

    It ends early once ``time_limit`` seconds are over, or the candidate has ended its process or
    had to be ended: then there are fewer results than cases.
    """
    results: list[CaseResult] = []
    start = time.monotonic()
    posed, known = tee(cases)
    with _undisturbed(), closing(candidate.trials(q for c in known for q in c.questions)) as trials:
        examinations = (
            Examination(candidate, case, case.questions[0].drawn, oracles.oracle(case))
            for case in posed
        )
        for result in _results(examinations, trials):
            results.append(result)
            progress(len(results))
            lost = any(f.kind in LOST for f in results[-1].findings)
            if lost or time.monotonic() - start > time_limit:
                break
    return _without_echoes(_unfinished_in_part(results))


_Answer: TypeAlias = tuple[Trial, list[float | None]]


def _results(posed: Iterable[Examination], came: Iterable[list[Trial]]) -> Iterator[CaseResult]:
    """What each case shows, as the answers to its questions come."""
    examinations, known = tee(posed)
    answers = _answers((e for e in known for _ in e.case.questions), came)
    for examination in examinations:
        if not (answer := next(answers, None)):
            return
        trial, [worst] = answer
        is_lost = trial.failure is not None and trial.failure.kind in LOST
        is_all = is_lost or len(examination.case.questions) == 1
        around = None if is_all else next(answers, None)
        parts = zip(around[0].each, around[1], strict=True) if around else ()
        yield examination.result(trial, worst, [*parts])


def _answers(examinations: Iterator[Examination], came: Iterable[list[Trial]]) -> Iterator[_Answer]:
    """Each with the worst error of each of its parts, where that is known to be right."""
    for trials in came:
        now = list(zip(islice(examinations, len(trials)), trials, strict=True))
        parts = [(e.case, e.claimed, each.results) for e, trial in now for each in trial.each]
        worst = iter(worst_of_right(parts))
        for _, trial in now:
            yield trial, [*islice(worst, len(trial.each))]


def _unfinished_in_part(results: list[CaseResult]) -> list[CaseResult]:
    """A function that answers some cases is finished: to give nothing in others is wrong, or a
    warning where any other failure is one.
    """
    unfinished = [r.case for r in results if any(f.kind == "unfinished" for f in r.findings)]
    if not unfinished or not any(_is_answered(r) for r in results):
        return results
    plain = {c.values_id for c in unfinished if not c.scenario.values_of}

    def settled(f: Finding, case: Case) -> Finding:
        if f.kind != "unfinished":
            return f
        # Unanswered in its plainest form as well: layout and labels have nothing to do with it.
        guard = "" if case.scenario.values_of and case.values_id in plain else case.scenario.guard
        severity, message = WARNING if guard else WRONG, f"{f.message}, though not in other cases"
        return replace(f, kind=guard or f.kind, severity=severity, message=message)

    return [replace(r, findings=tuple(settled(f, r.case) for f in r.findings)) for r in results]


def _is_answered(result: CaseResult) -> bool:
    """Whether a function is finished, by this case. Where a forward fails for another reason,
    nobody knows that of its backward; and where 0 is right, a stub is right as well.
    """
    silent = ("unfinished", "crash", result.case.scenario.guard)
    return not result.zero and not any(f.kind in silent for f in result.findings)


def _without_echoes(results: list[CaseResult]) -> list[CaseResult]:
    """What is wrong anyway says nothing about empty batches, NaN or large scores: there it is not
    repeated.
    """
    wrong = {f.quantity for r in results for f in r.findings if f.severity == WRONG}

    def kept(f: Finding, case: Case) -> bool:
        told_by_form = case.scenario.values_of and f.kind == case.scenario.guard
        return bool(told_by_form) or f.quantity not in wrong

    return [
        replace(r, findings=tuple(f for f in r.findings if kept(f, r.case)))
        if r.findings
        and (r.case.scenario.guard or r.case.scenario.stress)
        and not is_wrong(r.findings)
        else r
        for r in results
    ]


def check_case(
    candidate: Candidate, case: Case, oracle: Oracle, drawn: Drawn | None = None
) -> CaseResult:
    """Judge a candidate on one case; ``drawn``: on other arrays than the case's own.

    Raises OracleFileError if the oracle was recorded for other inputs than those drawn here.
    """
    drawn = drawn or case.questions[0].drawn
    its = [q._replace(drawn=drawn) for q in case.questions]
    with _undisturbed():
        examination = Examination(candidate, case, drawn, oracle)
        return next(_results([examination], ([candidate.trial(*q)] for q in its)))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Neither NumPy's warnings nor a filter that makes errors of them may turn a verdict."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
