"""The class as a table for spreadsheets: CSV in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crosscheck.report.columns import columns

# What a spreadsheet takes for a formula; and our own mark, so that it can be taken off again.
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "'")


@dataclass(frozen=True)
class Line:
    """One submission; ``layers``: the points of each layer, or version of one, as they are shown;
    ``versions``: which layer these are of, where their columns may be that of the layer.
    """

    name: str
    total: str
    possible: str
    layers: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    isolation: str = ""
    flags: Sequence[str] = ()
    error: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def to_csv(lines: Iterable[Line]) -> str:
    """The table, a line for each submission in their order, a column for each layer."""
    kept = list(lines)
    column = columns(line.versions for line in kept)
    layers = list(dict.fromkeys(column.get(n, n) for line in kept for n in line.layers))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["submission", "total", "possible", *layers, "status", "isolation", "flags", "error"]
    writer.writerow(map(as_text, head))
    for line in kept:
        told = {column.get(n, n): points for n, points in line.layers.items()}
        points = [told.get(name, "") for name in layers]
        rest = [line.status, line.isolation, " ".join(line.flags), line.error]
        cells = [line.name, line.total, line.possible, *points, *rest]
        writer.writerow(map(as_text, cells))
    return text.getvalue()


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe in front, if it begins
    like one. A carriage return is written out: a reader may take it for the end of a line.
    """
    cell = (
        cell.replace("\0", "\ufffd")
        .replace("\r", "\\r")
        .encode("utf-8", "backslashreplace")
        .decode()
    )
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
