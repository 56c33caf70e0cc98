"""``crosscheck init``: a first ``crosscheck.toml``, of what a target defines."""

from __future__ import annotations

import argparse
import shlex
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

    beside = _beside(Path(options.target))
    path = (options.output or beside / NAME).absolute()
    nothing = write_first(options.target, path)
    check = f"crosscheck check {shlex.quote(options.target)}"
    if path != (beside / NAME).absolute():  # elsewhere it is not looked for
        check += f" --config {shlex.quote(str(options.output))}"
    then = f"{nothing} Then" if nothing else "Read it and mend it, then"
    print(f"Written: {path}. {then} run: {check}")
    return 0


def _beside(target: Path) -> Path:
    """The folder that a target is or lies in; the current one, if it is a module's name."""
    try:
        return target if target.is_dir() else target.parent if target.is_file() else Path()
    except (OSError, ValueError):  # no file can have that name, which is told in its place
        return Path()
