"""One submission, judged: its code runs in a confined worker, and the answers stay here."""

from __future__ import annotations

import atexit
import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from crosscheck.case import masters
from crosscheck.errors import CrosscheckError, TargetError
from crosscheck.grading import few
from crosscheck.grading.graded import Graded, flag, unjudged
from crosscheck.grading.inspection import NUMERICAL, flags
from crosscheck.grading.plan import Plan
from crosscheck.grading.submissions import Submission
from crosscheck.report.json import to_dict
from crosscheck.report.record import Report
from crosscheck.run import Exam, exam, narrowed, sit
from crosscheck.sandbox import Level, require, shield, strongest
from crosscheck.selection import Selection
from crosscheck.worker.process import Process, Worker
from crosscheck.worker.session import Workers

if TYPE_CHECKING:
    from crosscheck.worker.nursery import Nursery

# What rows leave out: it says nothing about a student, and is most of a report.
_LEFT_OUT = ("floors", "errors")
# A process has one parent of workers, also where an executor gives it more jobs, in threads.
_ONE_AT_A_TIME = Lock()
_MOST_CALLS = 2  # of a forward in one run: itself, and once more in a backward that keeps little


def graded(submission: Submission, plan: Plan) -> Graded:
    """The rows of a submission that lies at its path.

    Raises CrosscheckError for what no submission can help: no worker starts, or none is isolated
    as the plan asks.
    """
    with _ONE_AT_A_TIME:
        start = time.perf_counter()
        return replace(_graded(submission, plan), seconds=time.perf_counter() - start)


def _graded(submission: Submission, plan: Plan) -> Graded:
    config = plan.configuration()
    config = replace(config, adapter=plan.adapter or config.adapter)
    level = require(plan.isolation) if plan.isolation else strongest()
    selection = narrowed(plan.selection, config)
    workers = _confined(level, plan.oracle_path, plan.oracle_sha256, selection)
    target = Path(submission.path)
    workers.readable = target if target.is_dir() else target.parent
    # How long a search for a smallest case takes depends on the machine; what it finds as well.
    limits = replace(plan.limits, explaining=0.0)
    try:
        report = sit(str(target), workers.posed, config, limits=limits, workers=workers)
    except TargetError as error:
        return unjudged(submission, plan, str(error))
    told = [*_flags(submission), *_suspicions(report), *few.flags(report, config)]
    return Graded(_rows(submission, plan, few.without(report, config), level, told))


def _rows(
    submission: Submission,
    plan: Plan,
    report: Report,
    level: Level,
    told: Sequence[dict[str, str]],
) -> list[dict[str, Any]]:
    whole = to_dict(report)
    layers = whole.pop("layers")
    del whole["seconds"]
    closing = {
        "report": whole,
        "isolation": level.name,
        "error": "",
        "flags": [*told],
        "layers": list(layers),
    }
    head = {"submission": submission.name, "key": plan.key(submission)}
    rows = [{**head, "name": name, "layer": _lean(layer)} for name, layer in layers.items()]
    return [*rows, {**head, "closing": closing}]


def _flags(submission: Submission) -> Iterator[dict[str, str]]:
    """What somebody should look at in its files."""
    for path, content in submission.files.items():
        if path.endswith(".py") and submission.target in ("", path):
            yield from flags(content.decode(errors="replace"), path)


def _suspicions(report: Report) -> Iterator[dict[str, str]]:
    """What somebody should look at in how it answered."""
    for name, layer in report.layers.items():
        if layer.forward_calls > _MOST_CALLS:
            text = f"{name}: its forward is called {layer.forward_calls} times for one backward"
            yield flag(NUMERICAL, f"{text}: a numerical derivative?")


def _lean(layer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in layer.items() if name not in _LEFT_OUT}


class Confined(Workers):
    """Workers of one level of isolation that know the cases of an exam, and may read one folder.

    ``readable``: that folder.
    """

    def __init__(self, level: Level, posed: Exam, hidden: Path) -> None:
        shield()
        self.posed, self.readable = posed, Path()
        self._level, self._hidden = level, [hidden]
        self._nursery: Nursery | None = None
        self._questions = [q for cases in posed.cases.values() for c in cases for q in c.questions]
        gc.collect()
        gc.freeze()  # all this stays, and need not be looked through again and again
        if hasattr(os, "pidfd_open"):  # Linux; elsewhere every worker is executed anew
            known = enumerate(self._questions)
            self.held = {(q.case.id, q.other is not None): i for i, q in known}
            self.arrays = {id(drawn): i for i, (_, drawn) in enumerate(masters(self._questions))}

    def new(self) -> Worker:
        """A new one: of a new parent, if the one before is lost. Raises CrosscheckError."""
        if not self.held:
            return Process([self.readable])
        if self._nursery:
            try:
                return self._nursery.child([self.readable], self._hidden)
            except CrosscheckError:
                self._nursery.close()
        from crosscheck.worker.nursery import Nursery

        self._nursery = Nursery(self._level)
        atexit.register(self._nursery.close)
        self._nursery.hold(self._questions)
        return self._nursery.child([self.readable], self._hidden)


@lru_cache(maxsize=4)  # one, in every process that grades one class
def _confined(level: Level, oracle: Path, _sha256: str, selection: Selection) -> Confined:
    return Confined(level, exam("", selection, oracle), oracle)
