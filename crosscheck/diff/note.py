"""What a diff says on a terminal, whatever it compares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

CHANGED, NOTED, GONE = "bold red", "yellow", "green"
MARKS = {CHANGED: "✗", NOTED: "!", GONE: "✓"}


@dataclass(frozen=True)
class Note:
    """One thing to read. ``style`` says how bad it is, ``lines`` are pairs of label and text."""

    style: str
    headline: str
    lines: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class View:
    """A diff in words: where both sides come from, a table, what is to be read beside it."""

    old: str
    new: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: str
    notes: Sequence[Note]
    summary: str


def some(cases: Sequence[str], shown: int = 3) -> str:
    """The first few of them, and how many more there are."""
    more = f" and {len(cases) - shown} more" if len(cases) > shown else ""
    return ", ".join(cases[:shown]) + more


def number(value: object) -> str:
    """With the digits that tell two answers apart; a text (``"inf"`` in JSON) as it is."""
    return repr(value) if isinstance(value, float) else str(value)


def times(size: float) -> str:
    """How many bounds, or how much of what is allowed."""
    return "∞" if math.isinf(size) else f"{size:.2g}"


def place(quantity: str, index: Sequence[int]) -> str:
    """``dx[1, 2]``; ``loss`` where there is no index."""
    return quantity + (f"[{', '.join(map(str, index))}]" if index else "")
