"""A diff on a terminal: what is compared, a table of what differs, then each thing to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crosscheck.diff import oracle_view, report_view
from crosscheck.diff.note import CHANGED, MARKS, Note, some
from crosscheck.diff.oracles import OracleDiff
from crosscheck.diff.reports import ReportDiff
from crosscheck.text import printable


def show(diff: OracleDiff | ReportDiff, console: Console) -> None:
    """Print the diff."""
    view = oracle_view.view(diff) if isinstance(diff, OracleDiff) else report_view.view(diff)
    _line(console, f"old  {view.old}")
    _line(console, f"new  {view.new}")
    if view.rows:
        _show_table(console, view.columns, view.rows)
        _line(console, view.legend, "dim")
    for note in view.notes:
        _show_note(console, note)
    console.print()
    same = [name for name, layer in diff.layers.items() if not layer.differs]
    if same:
        _line(console, f"The same in both: {some(same, 12)}.", "dim")
    _line(console, view.summary)
    _show_verdict(console, diff)


def _show_verdict(console: Console, diff: OracleDiff | ReportDiff) -> None:
    for which, layers in (("old", diff.only_old), ("new", diff.only_new)):
        if layers:
            names = ", ".join(layers)
            text = f"✗ Only in the {which} file: {names}. Compare the others with --layer NAME."
            _line(console, text, CHANGED)
    changed = [name for name, layer in diff.layers.items() if layer.verdict_changed]
    if changed:
        _line(console, f"Verdicts changed in: {', '.join(changed)}.", CHANGED)
    if not diff.verdict_changed:
        _line(console, "No verdict changed.", "bold green")


def _show_table(console: Console, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    # As wide as it has to be: a column cut off says less than a line that a terminal breaks.
    unlimited = console.options.update(max_width=1000)
    console.width = max(console.width, console.measure(table, options=unlimited).maximum)
    console.print()
    console.print(table)


def _show_note(console: Console, note: Note) -> None:
    console.print()
    _line(console, f"{MARKS[note.style]} {note.headline}", note.style)
    for label, text in note.lines:
        line = Text.assemble((f"    {label:<9}", "dim"), printable(text))
        console.print(line, soft_wrap=True)


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(printable(text), style=style), soft_wrap=True)
