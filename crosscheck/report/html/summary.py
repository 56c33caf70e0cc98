"""A class, summed up: columns, rows, causes, the slowest and the flagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crosscheck.report.columns import columns
from crosscheck.report.html.causes import Cause, Cluster, clusters
from crosscheck.report.html.classview import Cell, ClassView, Entry
from crosscheck.report.html.histogram import Histogram, histogram
from crosscheck.report.html.words import (
    STATUSES,
    Status,
    anchor,
    clipped,
    one_line,
    percent,
    took,
    two_decimals,
)
from crosscheck.text import counted

_SLOWEST = 10
_CLUSTERS = 200  # of a class with more causes, the rarest are on the submissions' own pages only
_NAMED = 40  # members of a cluster; the filter of the table shows all
_NOT_THERE = Cell("m", STATUSES["missing"].word, is_right=False)
_NOT_JUDGED = Cell("j", STATUSES["unjudged"].word, is_right=False)


@dataclass(frozen=True)
class Column:
    """A layer, and how many have it right, in percent."""

    name: str
    anchor: str
    right: int


@dataclass(frozen=True)
class Row:
    """A submission in the table. ``clusters``: which causes it shares."""

    name: str
    href: str
    points: float | None
    shown_points: str
    right: int
    cells: Sequence[Cell]
    clusters: Sequence[int]
    flags: Sequence[str]
    is_judged: bool


@dataclass(frozen=True)
class Link:
    """A submission elsewhere on the page, with something to say about it: of which ``kind``, and
    ``where`` in its code.
    """

    name: str
    href: str
    text: str = ""
    share: float = 0.0
    kind: str = ""
    where: str = ""


@dataclass(frozen=True)
class ShownCluster:
    """A cluster with the first of its members by name."""

    number: int
    cluster: Cluster
    members: Sequence[Link]
    more: int


@dataclass(frozen=True)
class ClassPage:
    """All that the page shows."""

    title: str
    summary: str
    notice: str
    facts: Sequence[tuple[str, str]]
    histogram: Histogram | None
    of: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    failures: Sequence[ShownCluster]
    warnings: Sequence[ShownCluster]
    left_out: int
    slowest: Sequence[Link]
    flagged: Sequence[Link]
    errors: Sequence[Link]
    statuses: Sequence[Status]


def summarised(view: ClassView) -> ClassPage:
    """The whole page, from its entries."""
    column = columns(entry.versions for entry in view.entries)
    entries = [_in_columns(entry, column) for entry in view.entries]
    names = [column.get(n, n) for n in view.layers] or [*_layers(entries)]
    shown = {name for name, its in column.items() if its in names}
    found = clusters([_shown_causes(entry, shown) for entry in entries])
    kept = found[:_CLUSTERS]
    told = [_shown(i, cluster, entries) for i, cluster in enumerate(kept)]
    return ClassPage(
        view.title,
        _summary(entries, len(names)),
        view.notice,
        list(_facts(view)),
        _histogram(entries, names),
        _of(entries),
        [_column(name, entries) for name in names],
        _rows(entries, names, kept),
        [c for c in told if c.cluster.severity != "warning"],
        [c for c in told if c.cluster.severity == "warning"],
        len(found) - len(kept),
        _slowest(entries),
        [_flagged(e, flag) for e in entries for flag in e.facts.flags if _is_news(e, flag)],
        [Link(one_line(e.name), e.href, clipped(e.facts.error)) for e in entries if e.facts.error],
        sorted(STATUSES.values(), key=lambda s: -s.rank),
    )


def _in_columns(entry: Entry, column: Mapping[str, str]) -> Entry:
    """With what belongs to a version under the name of the version's column."""
    points = entry.facts.points
    if points:
        layers = {column.get(n, n): worth for n, worth in points.layers.items()}
        points = replace(points, layers=layers)
    cells = {column[n]: cell for n, cell in entry.cells.items()}
    return replace(entry, cells=cells, facts=replace(entry.facts, points=points))


def _layers(entries: Sequence[Entry]) -> Iterator[str]:
    """Every layer that any submission defines; and what nobody does, if all lose points by it."""
    worth = [e.facts.points.layers for e in entries if e.facts.points]
    names = dict.fromkeys(name for entry in entries for name in entry.cells)
    names |= dict.fromkeys(name for points in worth for name in points)
    for name in names:
        is_there = any(name in e.cells and e.cells[name].mark != "m" for e in entries)
        if is_there or (worth and all(name in points for points in worth)):
            yield name


def _shown_causes(entry: Entry, layers: set[str]) -> list[Cause]:
    return [cause for cause in entry.causes if cause.layer in layers]


def _summary(entries: Sequence[Entry], layers: int) -> str:
    failed = sum(bool(e.facts.error) for e in entries)
    text = f"{counted(len(entries), 'submission')}, {counted(layers, 'layer')}."
    return f"{text} {failed} could not be judged." if failed else text


def _facts(view: ClassView) -> Iterator[tuple[str, str]]:
    """What all have in common, or how many have what."""
    entries = view.entries
    cases = [e.cases for e in entries if e.cases]
    if cases:
        low, high = min(cases), max(cases)
        yield "Checked", f"{f'{low} to ' if low < high else ''}{counted(high, 'case')} of each"
    for label in dict.fromkeys(label for e in entries for label in e.checked_by):
        yield label, _common([e.checked_by[label] for e in entries if label in e.checked_by])
    if levels := [e.facts.isolation for e in entries if e.facts.isolation]:
        yield "Isolation", _common(levels)
    yield from view.facts.items()


def _common(texts: Sequence[str]) -> str:
    counts = Counter(texts).most_common()
    return texts[0] if len(counts) == 1 else "; ".join(f"{text} ({n})" for text, n in counts)


def _histogram(entries: Sequence[Entry], names: Sequence[str]) -> Histogram | None:
    """Of points; of layers in which nothing is wrong where there are no points."""
    points = [e.facts.points for e in entries if e.facts.points]
    if points:
        of = max(p.of for p in points)
        return histogram("Points", [p.got for p in points], of)
    return histogram("Layers right", [_right(e, names) for e in entries], len(names), whole=True)


def _of(entries: Sequence[Entry]) -> str:
    of = {e.facts.points.of for e in entries if e.facts.points}
    return two_decimals(max(of)) if of else ""


def _right(entry: Entry, names: Sequence[str]) -> int:
    return sum(entry.cells[n].is_right for n in names if n in entry.cells)


def _column(name: str, entries: Sequence[Entry]) -> Column:
    right = sum(e.cells[name].is_right for e in entries if name in e.cells)
    return Column(name, anchor(name), percent(right, len(entries)))


def _rows(entries: Sequence[Entry], names: Sequence[str], kept: Sequence[Cluster]) -> list[Row]:
    of_entry: dict[int, list[int]] = {}
    for number_, cluster in enumerate(kept):
        for member in cluster.members:
            of_entry.setdefault(member, []).append(number_)
    return [
        Row(
            one_line(e.name),
            e.href,
            e.facts.points.got if e.facts.points else None,
            two_decimals(e.facts.points.got) if e.facts.points else "",
            _right(e, names),
            [e.cells.get(n, _NOT_JUDGED if e.facts.error else _NOT_THERE) for n in names],
            of_entry.get(i, ()),
            list(dict.fromkeys(str(flag.get("kind", "flag")) for flag in e.facts.flags)),
            not e.facts.error,
        )
        for i, e in enumerate(entries)
    ]


def _shown(i: int, cluster: Cluster, entries: Sequence[Entry]) -> ShownCluster:
    section = anchor(cluster.layer)
    members = [_link(entries[m], section) for m in cluster.members[:_NAMED]]
    return ShownCluster(i, cluster, members, len(cluster.members) - len(members))


def _link(entry: Entry, section: str) -> Link:
    return Link(one_line(entry.name), f"{entry.href}#{section}" if entry.href else "")


def _is_news(entry: Entry, flag: Mapping[str, str]) -> bool:
    """Whether it says more than why the submission could not be judged."""
    return not entry.facts.error or flag.get("message") != entry.facts.error


def _flagged(entry: Entry, flag: Mapping[str, str]) -> Link:
    texts = {name: str(flag.get(name, "")) for name in ("message", "kind", "where")}
    return Link(
        one_line(entry.name),
        entry.href,
        clipped(texts["message"]),
        kind=one_line(texts["kind"]),
        where=one_line(texts["where"]),
    )


def _slowest(entries: Sequence[Entry]) -> list[Link]:
    timed: Mapping[int, float] = {
        i: e.facts.seconds for i, e in enumerate(entries) if e.facts.seconds is not None
    }
    order = sorted(timed, key=lambda i: -timed[i])[:_SLOWEST]
    longest = max(timed.values(), default=0.0) or 1.0
    return [
        Link(
            one_line(entries[i].name),
            entries[i].href,
            took(timed[i]),
            round(100 * timed[i] / longest, 1),
        )
        for i in order
    ]
