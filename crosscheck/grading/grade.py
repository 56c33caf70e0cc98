"""Grades a class: the spine, from a folder of submissions to a folder of results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from crosscheck.grading.errors import GradingError
from crosscheck.grading.graded import Graded, is_ours
from crosscheck.grading.job import Judge
from crosscheck.grading.names import shown, text_of
from crosscheck.grading.plan import Plan
from crosscheck.grading.pool import Pool
from crosscheck.grading.shards import WHOLE, Shard
from crosscheck.grading.store import Store
from crosscheck.grading.submissions import Found, Submission, found_in
from crosscheck.progress import Progress, no_progress


@dataclass
class Outcome:
    """What was done. ``asked``: submissions of this run; ``before``: graded by an earlier one.

    ``refused``, ``failed``: names of those that could not be judged, by their fault and by ours.
    """

    asked: int = 0
    before: int = 0
    graded: int = 0
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chosen(
    folder: Path,
    out: Path,
    *,
    single: bool = False,
    only: Collection[str] = (),
    shard: Shard = WHOLE,
    limit: int = 0,
) -> list[Found]:
    """Those of a folder's submissions that are asked for; ``limit``: the first so many of them.

    ``single``: the folder, or file, is itself the only one. Raises GradingError.
    """
    if out.resolve().is_relative_to(folder.resolve()):
        raise GradingError(
            f"The results would be among the submissions: {out} is in {folder}. "
            "Name another folder with --out."
        )
    found = [Found(text_of(folder.resolve().name), folder)] if single else found_in(folder)
    wanted = [f for f in found if not only or _names(f) & {*only}]
    if missing := {*only} - {name for f in wanted for name in _names(f)}:
        names = ", ".join(shown(f.name) for f in found[:5]) + (" …" if len(found) > 5 else "")
        raise GradingError(
            f"There is no submission {shown(min(missing))} in {folder}. There are: {names}."
        )
    wanted = [f for f in wanted if shard.has(f.name)]
    return wanted[:limit] if limit else wanted


def _names(found: Found) -> set[str]:
    """``alice.py`` and ``alice``."""
    return {found.name, Path(found.name).stem}


def grade(
    found: Sequence[Found],
    plan: Plan,
    out: Path,
    pool: Pool,
    judge: Judge,
    *,
    again: bool = False,
    progress: Progress = no_progress,
    tell: Callable[[Graded], None] = lambda graded: None,
) -> Outcome:
    """Grade what is not graded yet, and write each result as it comes.

    If it is interrupted, whatever came is in ``out``, and the next run goes on from there. Raises
    GradingError if the results cannot be kept, and KeyboardInterrupt.
    """
    outcome = Outcome(len(found))
    with closing(Store(out, plan, again=again)) as store:
        outcome.notes = store.notes
        progress("graded", 0, len(found))
        waiting = _not_yet(found, plan, store, outcome)

        def keep(graded: Graded) -> None:
            store.add(graded)
            _count(outcome, graded)
            progress("graded", outcome.before + outcome.graded, len(found))
            tell(graded)

        with closing(pool.graded(waiting, plan, judge)) as results:
            _keep_all(results, keep)
        store.finish()
    return outcome


def _keep_all(results: Generator[Graded, None, None], keep: Callable[[Graded], None]) -> None:
    """Interrupted wherever it is, also by what is done by then."""
    try:
        for graded in results:
            keep(graded)
    except KeyboardInterrupt as interrupted:
        keep(results.throw(interrupted))
        for graded in results:  # which ends with the same interruption
            keep(graded)


def _not_yet(
    found: Sequence[Found], plan: Plan, store: Store, outcome: Outcome
) -> Iterator[Submission]:
    """Read one after the other: only those that are being graded are in memory."""
    for entry in found:
        submission = entry.read(plan.file)
        if store.has(submission.name, plan.key(submission)):
            outcome.before += 1
        else:
            yield submission


def _count(outcome: Outcome, graded: Graded) -> None:
    outcome.graded += 1
    last = graded.rows[-1]
    if is_ours(last["closing"]):
        outcome.failed.append(last["submission"])
    elif last["closing"]["error"]:
        outcome.refused.append(last["submission"])
