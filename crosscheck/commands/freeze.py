"""``crosscheck freeze``: write oracles to a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from crosscheck.commands._common import Commands, add_selection, selection
from crosscheck.errors import SelectionError
from crosscheck.report.progress import shown_progress


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("freeze", help="write oracles to a file (needs torch and jax)")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    add_selection(command)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.live import LiveOracles
    from crosscheck.oracle_file import freeze

    if options.output.is_dir() or not options.output.absolute().parent.is_dir():
        raise SelectionError(f"{options.output} is not a file in a folder that is there.")
    oracles = LiveOracles()
    wanted = [case for layer in selection(options).cases().values() for case in layer]
    with shown_progress() as progress:
        oracles.prepare(wanted, progress)
    freeze(options.output, oracles.all, oracles.provenance)
    size = options.output.stat().st_size / 1000
    print(
        f"{options.output}: the answers to {oracles.cases} cases, on {oracles.agreed} of which "
        f"torch {oracles.provenance.torch} and jax {oracles.provenance.jax} agree; {size:.0f} kB."
    )
    return 0
