"""``crosscheck fuzz``: search for cases that fail, beyond the fixed ones."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crosscheck.commands._common import Commands, console
from crosscheck.report.progress import shown_progress

if TYPE_CHECKING:
    from crosscheck.fuzzing.fuzz import Found, FuzzReport

_LONGEST = 24 * 60  # minutes


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser(
        "fuzz", help="search for cases that fail, beyond the fixed ones (needs hypothesis)"
    )
    command.add_argument("target", help="a module, a .py file or a folder")
    command.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="NAME",
        help="only this layer (may be repeated)",
    )
    command.add_argument(
        "--minutes", type=_minutes, default=1.0, metavar="M", help="how long, in all (default: 1)"
    )
    command.set_defaults(run=_run)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes <= _LONGEST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of minutes above 0 and up to {_LONGEST}"
        )
    return minutes


def _run(options: argparse.Namespace) -> int:
    from crosscheck.fuzzing.fuzz import fuzz

    with shown_progress() as progress:
        report = fuzz(options.target, options.layer, options.minutes, progress)
    _show(report)
    return report.exit_code


def _show(report: FuzzReport) -> None:
    from rich.text import Text

    from crosscheck.text import printable

    terminal = console()
    blamed = ""
    for found in report.found:
        terminal.print(Text(printable(_headline(found)), "bold red"), soft_wrap=True)
        for line in _explanation(found, blamed):
            terminal.print(Text(printable(line)), soft_wrap=True)
        blamed = found.candidate
        if found.snippet:
            terminal.print(Text(printable(_indented(found.snippet))), soft_wrap=True)
        terminal.print()
    for line in _summary(report):
        terminal.print(Text(printable(line)), soft_wrap=True)


def _headline(found: Found) -> str:
    smallest = found.smallest
    where = f"\n  code  {smallest.finding.location}" if smallest.finding.location else ""
    return f"✗ {found.candidate}: {smallest.finding.message}\n  case  {smallest.case.id}{where}"


def _explanation(found: Found, blamed: str) -> Iterator[str]:
    """What explains it: its hints, and which half is wrong, once for each candidate."""
    for hint in found.diagnosis.hints.get(found.smallest.quantity, ()):
        yield f"  hint  {hint}"
    if found.diagnosis.blame and found.candidate != blamed:
        yield f"  blame {found.diagnosis.blame}"


def _indented(code: str) -> str:
    return "\n" + "".join(f"    {line}".rstrip() + "\n" for line in code.splitlines())


def _summary(report: FuzzReport) -> list[str]:
    from crosscheck.text import counted

    if not report.layers:
        return ["The target defines none of the layers asked for."]
    layers = counted(len(report.layers), "layer")
    tried = f"{layers}, {counted(report.cases, 'case')} in {report.seconds:.0f} s: "
    lines = [tried + (f"{counted(len(report.found), 'mistake')} found." if report.found else "")]
    if not report.found:
        lines[0] += "nothing wrong."
    if report.judges:
        lines.append(f"Judged by {report.judges}: what is wrong is wrong by both.")
    else:
        lines.append(
            "Judged by impl_numpy alone, the layers that ship with crosscheck. For the frameworks' "
            "own verdict, install them: pip install 'crosscheck-grad[live]'"
        )
    if report.dismissed:
        cases = counted(report.dismissed, "more case")
        lines.append(f"{cases} differed from impl_numpy, but not from the frameworks: no mistake.")
    if report.kept:
        lines.append(f"Kept for later checks: {report.kept}")
    return lines
