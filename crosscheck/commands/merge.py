"""``crosscheck merge``: put the results of several shards together."""

from __future__ import annotations

import argparse
from pathlib import Path

from crosscheck.commands._common import Commands
from crosscheck.commands._outputs import place
from crosscheck.text import counted


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser(
        "merge",
        help="put the results of crosscheck grade --shard together",
        epilog="Exit codes: 0 merged, 2 it could not be done.",
    )
    command.add_argument("results", type=Path, nargs="+", metavar="RESULTS", help="a folder each")
    command.add_argument(
        "-o", "--out", type=place, required=True, metavar="FOLDER", help="where there are none yet"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.grading.shards import merge

    number = merge(options.results, options.out)
    print(f"{counted(number, 'submission')}. The results are in {options.out}.")
    return 0
