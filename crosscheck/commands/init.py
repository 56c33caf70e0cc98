"""``crosscheck init``: a first ``crosscheck.toml``, of what a target defines."""

from __future__ import annotations

import argparse
from pathlib import Path

from crosscheck.commands._common import Commands
from crosscheck.config import NAME


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("init", help=f"write a first {NAME} for course code")
    command.add_argument("target", help="a .py file, a notebook, a folder or a module")
    command.add_argument(
        *("-o", "--output"), type=Path, metavar="FILE", help=f"default: {NAME} beside the target"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.init import write_first

    target = Path(options.target)
    beside = target if target.is_dir() else target.parent if target.is_file() else Path()
    path = (options.output or beside / NAME).absolute()
    write_first(options.target, path)
    print(f"Written: {path}. Read it and mend it, then run: crosscheck check {options.target}")
    return 0
