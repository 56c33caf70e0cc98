"""What several commands share: how cases are selected, and the terminal."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from crosscheck.case import SEED
from crosscheck.selection import Selection

if TYPE_CHECKING:
    from rich.console import Console

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_selection(command: argparse.ArgumentParser) -> None:
    """``--layer``, ``--dtype``, ``--scenario`` and ``--seed``."""
    for name, about in (
        ("layer", "only this layer (may be repeated)"),
        ("dtype", "only this dtype (may be repeated)"),
        ("scenario", "only this scenario (may be repeated)"),
    ):
        command.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=about)
    command.add_argument(
        "--seed", action="append", default=[], type=_seed, help="draw with this seed (repeatable)"
    )


def _seed(text: str) -> int:
    if not SEED.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of up to 18 digits")
    return int(text)


def selection(options: argparse.Namespace) -> Selection:
    """What those options ask for, or ``--case`` where a command has it."""
    return Selection(
        options.layer, options.dtype, options.scenario, options.seed, getattr(options, "case", None)
    )


def console() -> Console:
    """Standard output; whoever stops reading it is met as a BrokenPipeError."""
    from rich.console import Console

    class PipedConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # for main; rich would exit with 1, which says "wrong"

    return PipedConsole(highlight=False)
