"""The catalogue: every layer, its functions, conventions and defects."""

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


def as_markdown() -> str:
    """What crosscheck knows as a table in Markdown, a row for each layer."""
    rows = ["| layer | functions | also found as |", "|---|---|---|"]
    for layer in catalogue().values():
        signatures = "<br>".join(f"`{s}`" for s in layer.calling.signatures(layer))
        others = dict.fromkeys(f for f in _others(layer) if f not in layer.functions)
        rows.append(f"| `{layer.name}` | {signatures} | {', '.join(f'`{f}`' for f in others)} |")
    return "\n".join(row.replace("|  |", "| |") for row in rows) + "\n"


def _others(layer: Layer) -> list[str]:
    return [function for functions in layer.also.values() for function in functions]


def _show(layer: Layer, console: Console) -> None:
    console.print(Text(layer.name, "bold"))
    inputs = ", ".join(f"{i.name} ({', '.join(i.shape.split())})" for i in layer.inputs)
    lines = [
        ("formula", layer.formula),
        *(("function", signature) for signature in layer.calling.signatures(layer)),
        *(("also", ", ".join(functions)) for functions in layer.also.values()),
        ("inputs", inputs),
        ("options", ", ".join(layer.options)),
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
    for label, text in filter(lambda line: line[1], lines):
        console.print(Text.assemble((f"    {label:<11}", "dim"), text), soft_wrap=True)
