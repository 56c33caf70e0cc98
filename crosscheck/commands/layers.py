"""``crosscheck layers``: list what crosscheck knows."""

from __future__ import annotations

import argparse
import sys

from crosscheck.commands._common import Commands, console


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("layers", help="list the layers that crosscheck knows")
    command.add_argument("--markdown", action="store_true", help="as a table in Markdown")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.report.catalogue import as_markdown, show_catalogue

    if options.markdown:
        sys.stdout.write(as_markdown())
    else:
        show_catalogue(console())
    return 0
