"""``crosscheck explain``: the mathematics of a layer."""

from __future__ import annotations

import argparse

from crosscheck.commands._common import Commands, console


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("explain", help="print the mathematics of a layer")
    command.add_argument(
        "layer", metavar="LAYER", help="its name, or a function's: batchnorm, conv_backward_naive"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.explain import explanation, layers_called
    from crosscheck.report.explain import show_explanation, show_others

    layer, *others = layers_called(options.layer)
    terminal = console()
    show_explanation(explanation(layer), terminal)
    show_others(options.layer, [other.name for other in others], terminal)
    return 0
