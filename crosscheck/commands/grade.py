"""``crosscheck grade``: judge a folder of submissions, and keep the results."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from crosscheck.commands._common import Commands
from crosscheck.commands._outputs import place
from crosscheck.commands._stopped import StoppedError, stoppable
from crosscheck.report.progress import shown_progress
from crosscheck.selection import Selection

if TYPE_CHECKING:
    from crosscheck.grading.grade import Outcome
    from crosscheck.grading.plan import Plan
    from crosscheck.grading.pool import Pool
    from crosscheck.grading.shards import Shard

_LEVELS = ("process", "landlock", "bubblewrap")


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser(
        "grade",
        help="judge a folder of submissions, none of which is trusted",
        description="Judge a folder of submissions and keep the results in another. Interrupted, "
        "the same command goes on where it stopped; what was changed is graded again.",
        epilog="Exit codes: 0 graded, whatever the grades are; 2 it could not be done, or not for "
        "every submission through no fault of its own; 130 interrupted by Ctrl-C, 143 by SIGTERM.",
    )
    command.add_argument(
        "submissions",
        type=Path,
        metavar="SUBMISSIONS",
        help="a folder; each entry is a submission: a .py file, a notebook, a folder or a .zip",
    )
    command.add_argument(
        "--out", type=place, required=True, metavar="RESULTS", help="the folder of the results"
    )
    _add_what(command)
    _add_which(command)
    _add_where(command)
    command.set_defaults(run=_run)


def _add_what(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--oracle", type=Path, metavar="FILE", help="the answers (default: those of crosscheck)"
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="a crosscheck.toml: names, points, strictness"
    )
    command.add_argument("--adapter", metavar="NAME", default="", help="how the code is to be read")
    command.add_argument(
        "--file", metavar="NAME", default="", help="of a folder or .zip, judge the file NAME"
    )
    for name in ("layer", "dtype"):
        about = f"only this {name} (may be repeated)"
        command.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=about)
    command.add_argument(
        "--again", action="store_true", help="begin anew where RESULTS is of something else"
    )


def _add_which(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="only this submission (may be repeated)",
    )
    command.add_argument(
        "--single", action="store_true", help="SUBMISSIONS is itself one submission"
    )
    command.add_argument(
        "--limit", type=_above_0, default=0, metavar="N", help="only the first N submissions"
    )
    command.add_argument(
        "--shard",
        type=_shard,
        metavar="K/N",
        help="only part K of N; put the parts together with crosscheck merge",
    )


def _add_where(command: argparse.ArgumentParser) -> None:
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", type=_above_0, default=0, metavar="N", help="processes (default: all cores)"
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler whose workers do the work"
    )
    command.add_argument(
        "--require-isolation",
        choices=_LEVELS,
        default="",
        metavar="LEVEL",
        help=f"refuse to run with less than {', '.join(_LEVELS)} (default: the strongest there is)",
    )


def _above_0(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _shard(text: str) -> Shard:
    from crosscheck.grading.shards import Shard

    try:
        return Shard.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _run(options: argparse.Namespace) -> int:
    from crosscheck.grading.grade import chosen, grade
    from crosscheck.grading.plan import plan
    from crosscheck.grading.shards import WHOLE
    from crosscheck.grading.where import where

    made = plan(
        options.oracle,
        options.config,
        Selection(tuple(options.layer), tuple(options.dtype)),
        isolation=options.require_isolation,
        adapter=options.adapter,
        file=options.file,
        where=where(options.submissions, single=options.single),
    )
    _require(options.require_isolation)
    found = chosen(
        options.submissions,
        options.out,
        single=options.single,
        only=options.only,
        shard=options.shard or WHOLE,
        limit=options.limit,
    )
    from crosscheck.grading.task import graded

    try:
        with stoppable(), shown_progress() as progress, _pool(options, made) as pool:
            outcome = grade(
                found, made, options.out, pool, graded, again=options.again, progress=progress
            )
    except KeyboardInterrupt as interrupted:
        is_stopped = isinstance(interrupted, StoppedError)
        how, code = ("stopped by SIGTERM", 143) if is_stopped else ("interrupted", 130)
        print(
            f"crosscheck: {how}. What was graded is in {options.out}: the same command goes on "
            "from there.",
            file=sys.stderr,
        )
        return code
    _show(outcome, options.out)
    _show_unnamed(options.out)
    return 2 if outcome.failed else 0


def _require(level: str) -> None:
    """Raise CrosscheckError if this machine cannot isolate as is asked."""
    if level:
        from crosscheck.sandbox import require

        require(level)


@contextlib.contextmanager
def _pool(options: argparse.Namespace, made: Plan) -> Iterator[Pool]:
    if options.scheduler:
        from crosscheck.grading.cluster import cluster_pool

        with cluster_pool(options.scheduler, made) as pool:
            yield pool
    else:
        from crosscheck.grading.local import local_pool

        yield local_pool(options.jobs)


def _show(outcome: Outcome, out: Path) -> None:
    from crosscheck.grading.names import shown
    from crosscheck.text import counted

    for note in outcome.notes:
        print(note)
    before = f", {outcome.before} of them before" if outcome.before else ""
    print(f"{counted(outcome.asked, 'submission')} graded{before}. The results are in {out}.")
    for names, what in (
        (outcome.refused, "could not be judged and {count} as 0"),
        (outcome.failed, "could not be graded, through no fault of theirs: run it again"),
    ):
        if names:
            some = ", ".join(map(shown, sorted(names)[:5])) + (" …" if len(names) > 5 else "")
            told = what.format(count="counts" if len(names) == 1 else "count")
            print(f"{counted(len(names), 'submission')} {told}: {some}")


def _show_unnamed(out: Path) -> None:
    """What there is to tell before anybody is given points."""
    from crosscheck.grading.marks import rules_of, unnamed
    from crosscheck.grading.rows import read

    stored = read(out)
    if told := unnamed(stored, rules_of(stored)):
        print(told)
