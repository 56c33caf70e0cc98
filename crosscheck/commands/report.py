"""``crosscheck report``: every output of a graded class again, from its stored results."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from crosscheck.commands._common import Commands
from crosscheck.commands._outputs import STDOUT, one_at_most, place, write
from crosscheck.errors import CrosscheckError, SelectionError

if TYPE_CHECKING:
    from crosscheck.grading.marks import Marked
    from crosscheck.grading.rows import Stored

_FILES = ("html", "csv", "gradescope", "junit")
_OUTPUTS = (*_FILES, "github")


def add(commands: Commands) -> None:
    """Register the command."""
    from crosscheck.report.feedback import LEVELS
    from crosscheck.report.gradescope import VISIBILITIES

    command = commands.add_parser(
        "report",
        help="write the results of crosscheck grade for students and instructors",
        description="Write outputs from stored results. Nothing is run. FILE may be -, which is "
        "standard output.",
        epilog="Exit codes: 0 written, 2 it could not be done.",
    )
    command.add_argument("results", type=Path, metavar="RESULTS", help="what grade --out named")
    command.add_argument(
        "--html", type=place, metavar="DIR|FILE", help="pages for the instructor; of FILE the class"
    )
    command.add_argument("--csv", type=place, metavar="FILE", help="the gradebook")
    command.add_argument(
        "--gradescope",
        type=place,
        metavar="DIR|FILE",
        help="results for Gradescope; of a single submission FILE.json",
    )
    command.add_argument("--junit", type=place, metavar="FILE", help="JUnit XML")
    command.add_argument("--github", action="store_true", help="the step's summary and annotations")
    command.add_argument(
        "--hints", choices=LEVELS, default="quantity", help="what students are told (%(default)s)"
    )
    command.add_argument(
        "--visibility", choices=VISIBILITIES, default="visible", help="on Gradescope (%(default)s)"
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="points of another crosscheck.toml"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if not any(getattr(options, name) for name in _OUTPUTS):
        options_there = ", ".join(f"--{name}" for name in _OUTPUTS)
        raise SelectionError(f"Nothing is asked for. Say what to write: {options_there}.")
    files = {f"--{name}": getattr(options, name) for name in _FILES}
    one_at_most(files | {"--github": STDOUT if options.github else None})
    from crosscheck.grading.marks import marked, rules_of, unnamed
    from crosscheck.grading.rows import read

    stored = read(options.results)
    rules = rules_of(stored, options.config)
    if not stored.finished:
        print(
            f"crosscheck: the grading has not ended; so far it has {len(stored.submissions)} "
            "submissions.",
            file=sys.stderr,
        )

    if told := unnamed(stored, rules):
        print(f"crosscheck: {told}", file=sys.stderr)

    def each() -> Iterator[Marked]:
        return marked(stored, rules)

    if options.csv:
        from crosscheck.report.gradebook import to_csv

        write(options.csv, to_csv(m.line() for m in each()))
    if options.gradescope:
        _gradescope(options, each(), len(stored.submissions))
    if options.junit:
        from crosscheck.report.quantities_junit import to_junit

        found = ((m.stored.name, m.stored.layers, m.error, m.asked) for m in each())
        write(options.junit, to_junit(found, options.hints))
    if options.github:
        _github(options, stored, each())
    if options.html:
        _html(options.html, stored, each(), told)
    return 0


def _gradescope(options: argparse.Namespace, each: Iterable[Marked], count: int) -> None:
    from crosscheck.report.gradescope import to_json
    from crosscheck.report.html import page_file

    path: Path = options.gradescope
    single = path.suffix == ".json" or path == STDOUT
    if single and count != 1:
        raise SelectionError(
            f"{path} is one file, and {options.results} has {count} submissions: name a folder."
        )
    if not single:
        _make(path)
    for m in each:
        file = path if single else (path / page_file(m.stored.name)).with_suffix(".json")
        write(file, to_json(m.gradescope(options.hints, options.visibility)))


def _github(options: argparse.Namespace, stored: Stored, each: Iterable[Marked]) -> None:
    from crosscheck.grading.where import prefix
    from crosscheck.report.github import commands, summary

    told_in = os.environ.get("GITHUB_STEP_SUMMARY", "")
    for m in each:
        text = summary(
            m.stored.name, m.stored.layers, m.stored.closing, m.shown, options.hints, m.shared
        )
        if told_in:
            try:
                with Path(told_in).open("a", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                raise CrosscheckError(f"Cannot write {told_in}: {error.strerror}.") from None
        else:
            print(text)
        folder = prefix(stored.grading, m.stored.name)
        for line in commands(m.stored.layers, options.hints, folder):
            print(line)


def _html(path: Path, stored: Stored, each: Iterable[Marked], told: str) -> None:
    from crosscheck.report.html import (
        ClassView,
        Facts,
        Points,
        class_entry,
        class_page,
        page_file,
        submission_page,
    )
    from crosscheck.report.html.engine import needed

    needed()
    pages = path.suffix not in (".html", ".htm") and path != STDOUT
    if pages:
        _make(path)
    names, seconds, entries = stored.submissions.names, stored.seconds, []
    links = [(name, page_file(name)) for name in names]
    for i, m in enumerate(each):
        name, closing = m.stored.name, m.stored.closing
        as_shown = {n: (float(e), float(p)) for n, (e, p) in m.shown.items()}
        points = Points(*as_shown[""], {n: as_shown[n] for n in m.asked}, m.apart)
        facts = Facts(
            closing.get("isolation", ""),
            m.error,
            closing.get("flags", ()),
            None if m.is_ours else points,
            seconds.get(name),
        )
        entries.append(class_entry(name, m.report, facts, href=page_file(name) if pages else ""))
        if pages:
            near = {
                "before": links[i - 1] if i else ("", ""),
                "after": links[i + 1] if i + 1 < len(links) else ("", ""),
            }
            page = submission_page(name, m.report, facts, home="class.html", **near)
            write(path / page_file(name), page)
    title = f"Class: {stored.grading['submissions']['name'] or stored.folder.resolve().name}"
    view = ClassView(title, entries, _of_class(stored), notice=told)
    write(path / "class.html" if pages else path, class_page(view))


def _of_class(stored: Stored) -> dict[str, str]:
    """What the whole class was graded with."""
    grading = stored.grading
    oracle, config = grading.get("oracle", {}), grading.get("config", {})
    facts = {"Oracle": f"{oracle.get('name')} (SHA-256 {str(oracle.get('sha256'))[:12]}…)"}
    if config.get("name"):
        facts["Configuration"] = config["name"]
    facts["crosscheck"] = str(grading.get("crosscheck"))
    return facts


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrosscheckError(f"Cannot make the folder {folder}: {error.strerror}.") from None
