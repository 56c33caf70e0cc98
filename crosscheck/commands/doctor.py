"""``crosscheck doctor``: say what is installed, and what that allows."""

from __future__ import annotations

import argparse

from crosscheck.commands._common import Commands, console


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("doctor", help="say what is installed, and what that allows")
    command.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    from crosscheck.report.doctor import show_doctor

    show_doctor(console())
    return 0
