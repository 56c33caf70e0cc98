"""``crosscheck check``: judge the layers that a target defines."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crosscheck.commands._common import Commands, add_selection, console, selection, write
from crosscheck.errors import SelectionError
from crosscheck.report.progress import shown_progress
from crosscheck.run import OWN_TARGET, check

_STDOUT = "-"


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("check", help="check the layers that a target defines")
    command.add_argument(
        "target",
        nargs="?",
        default=OWN_TARGET,
        help=f"a module, a .py file or a folder (default: {OWN_TARGET})",
    )
    add_selection(command)
    command.add_argument("--case", metavar="ID", help="run exactly that case")
    command.add_argument("--strict", action="store_true", help="warnings fail too")
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--live", action="store_true", help="compute the answers now (needs torch and jax)"
    )
    source.add_argument("--oracle", type=Path, metavar="FILE", help="take the answers from FILE")
    command.add_argument(
        "--json",
        nargs="?",
        const=_STDOUT,
        metavar="FILE",
        help="write the report as JSON (without FILE, to standard output instead of the table)",
    )
    command.add_argument("--junit", metavar="FILE", help="write the report as JUnit XML")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    json_file = None if options.json == _STDOUT else _report_file("--json", options.json)
    junit_file = _report_file("--junit", options.junit)
    with shown_progress() as progress:
        report = check(
            options.target,
            selection(options),
            oracle=options.oracle.absolute() if options.oracle else None,
            live=options.live,
            strict=options.strict,
            progress=progress,
        )
    if junit_file:
        from crosscheck.report.junit import to_junit

        write(junit_file, to_junit(report))
    if options.json:
        from crosscheck.report.json import to_json

        text = to_json(report)
        write(json_file, text) if json_file else sys.stdout.write(text)
    if options.json != _STDOUT:
        from crosscheck.report.terminal import show

        show(report, console())
    return report.exit_code


def _report_file(option: str, path: str | None) -> Path | None:
    """Where to write a report; absolute, for the code under test may change the folder.

    Raises SelectionError for what cannot be meant: ``--json layers.py`` would overwrite the code.
    """
    if path is None:
        return None
    if path in ("", _STDOUT) or path.endswith(".py") or Path(path).is_dir():
        raise SelectionError(
            f"{path or repr(path)} is not a file to write a report to. "
            f"Put the target first: crosscheck check TARGET {option} FILE"
        )
    return Path(path).absolute()
