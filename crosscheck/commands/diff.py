"""``crosscheck diff``: what differs between two oracle files, or between two reports."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crosscheck.commands._common import Commands, console


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser(
        "diff",
        help="say what differs between two oracle files, or two JSON reports",
        epilog="Exit codes: 0 no verdict changed, 1 a verdict changed, 2 it could not run.",
    )
    about = "an oracle file (crosscheck freeze), or a JSON report (crosscheck check --json)"
    command.add_argument("old", type=Path, metavar="OLD", help=about)
    command.add_argument("new", type=Path, metavar="NEW", help="another of the same kind")
    command.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="NAME",
        help="only this layer (may be repeated)",
    )
    command.add_argument("--json", action="store_true", help="print the diff as JSON")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.diff import compare

    diff = compare(options.old, options.new, options.layer)
    if options.json:
        from crosscheck.diff.plain import to_json

        sys.stdout.write(to_json(diff))
    else:
        from crosscheck.diff.terminal import show

        show(diff, console())
    return int(diff.verdict_changed)
