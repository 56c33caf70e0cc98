"""What a class page is made of: of each submission only what that page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crosscheck.report.html.causes import Cause, causes
from crosscheck.report.html.given import NOTHING, Facts
from crosscheck.report.html.submission import checked_by, quantities
from crosscheck.report.html.words import anchor, status_of


@dataclass(frozen=True)
class Cell:
    """A layer of one submission: its mark in the style sheet, and which quantities are wrong; where
    on the submission's page it is.
    """

    mark: str
    word: str
    is_right: bool
    anchor: str = ""


@dataclass(frozen=True)
class Entry:
    """One submission; small, for a class may have thousands. ``versions``: which layer each cell is
    of.
    """

    name: str
    href: str
    facts: Facts
    cells: Mapping[str, Cell]
    causes: Sequence[Cause]
    checked_by: Mapping[str, str]
    cases: int
    versions: Mapping[str, str]


@dataclass(frozen=True)
class ClassView:
    """``facts``: what there is to tell of the whole, by its label. ``layers``: the columns, if not
    all layers that any submission has. ``notice``: what has to be known of its points.
    """

    title: str
    entries: Sequence[Entry]
    facts: Mapping[str, str] = field(default_factory=dict)
    layers: Sequence[str] = ()
    notice: str = ""


def class_entry(
    name: str, report: Mapping[str, Any], facts: Facts = NOTHING, *, href: str = ""
) -> Entry:
    """A submission in its class. ``href``: the address of its page, relative to the class page."""
    layers = report.get("layers", {})
    apart = ("Target", "Time", "Isolation")
    by = {label: text for label, text in checked_by(report, facts) if label not in apart}
    return Entry(
        name,
        href,
        facts,
        {n: _cell(n, entry) for n, entry in layers.items()},
        [cause for n, entry in layers.items() for cause in causes(n, entry)],
        by,
        sum(entry.get("cases", 0) for entry in layers.values()),
        {n: _column_of(n, entry, facts) for n, entry in layers.items()},
    )


def _column_of(name: str, entry: Mapping[str, Any], facts: Facts) -> str:
    has_its_own = facts.points and name in facts.points.apart
    return name if has_its_own else str(entry.get("layer") or name)


def _cell(name: str, entry: Mapping[str, Any]) -> Cell:
    status = status_of(entry)
    bad = [q for q, s in quantities(entry).items() if s not in ("pass", "warning")]
    named = ": " + ", ".join(bad) if bad and status.mark in "xh" else ""
    return Cell(status.mark, f"{status.word}{named}", status.mark in "pw", anchor(name))
