"""The catalogue on a terminal: every layer, its functions, conventions and defects."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from crosscheck.case import cases
from crosscheck.layer import Alternative, Layer
from crosscheck.layers import catalogue


def show_catalogue(console: Console) -> None:
    """Print what crosscheck knows."""
    for layer in catalogue().values():
        _show(layer, console)
        console.print()


def _show(layer: Layer, console: Console) -> None:
    console.print(Text(layer.name, "bold"))
    arguments = ", ".join(f"{i.name} ({', '.join(i.shape.split())})" for i in layer.inputs)
    lines = [
        ("formula", layer.formula),
        ("functions", ", ".join(layer.functions)),
        ("inputs", arguments),
        ("judged", ", ".join(layer.quantities)),
        ("cases", f"{len(list(cases(layer)))} in four dtypes"),
    ]
    lines += [
        ("accepted", f"{c.quantity}: {c.reason}{' (a warning)' * isinstance(c, Alternative)}")
        for c in layer.conventions
    ]
    lines += [
        ("defect", f"{d.framework} {'/'.join(d.dtypes)}, {d.quantity}: {d.reason}")
        for d in layer.defects
    ]
    for label, text in lines:
        console.print(Text.assemble((f"    {label:<11}", "dim"), text), soft_wrap=True)
