"""Two reports in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosscheck.diff.note import CHANGED, GONE, NOTED, Note, View, number, place, some, times
from crosscheck.diff.reports import FindingDiff, LayerDiff, ReportDiff
from crosscheck.finding import WRONG
from crosscheck.text import counted

_COLUMNS = ("layer", "old", "new", "cases", "only old", "only new", "errors", "most", "most in")
_LEGEND = (
    "Cases: judged in both reports. Errors: in how many of them the largest error is another, as "
    "a share of what is allowed, and where it changed most."
)
_WORDS = {"new": "new", "gone": "gone", "severity": "of another severity", "evidence": "changed"}


def view(diff: ReportDiff) -> View:
    """The diff in words."""
    differing = [layer for layer in diff.layers.values() if layer.differs]
    return View(
        _source(diff.old),
        _source(diff.new),
        _COLUMNS,
        [row for layer in differing for row in _rows(layer)],
        _LEGEND,
        [note for layer in differing for note in _notes(layer)],
        _summary(diff),
    )


def _source(about: Mapping[str, str]) -> str:
    """Where a report comes from."""
    return (
        f"{about['path']}: {about['target']}, judged by the {about['source']} oracle: torch "
        f"{about['torch']}, jax {about['jax']}, recorded {about['recorded'][:10]}"
    )


def _rows(layer: LayerDiff) -> Iterator[tuple[str, ...]]:
    """The layer's row of the table."""
    errors = layer.errors
    yield (
        layer.layer,
        layer.old,
        layer.new,
        str(layer.cases),
        str(len(layer.only_old) or ""),
        str(len(layer.only_new) or ""),
        str(errors.cases) if errors else "",
        f"{times(errors.old)} → {times(errors.new)}" if errors else "",
        errors.case if errors else "",
    )


def _notes(layer: LayerDiff) -> Iterator[Note]:
    """Findings of one kind about one quantity together."""
    groups: dict[tuple[str, ...], list[FindingDiff]] = {}
    for diff in layer.findings:
        f = diff.finding
        groups.setdefault((diff.change, f["severity"], f["kind"], f["quantity"]), []).append(diff)
    for group in groups.values():
        yield _note(layer, group)


def _note(layer: LayerDiff, group: Sequence[FindingDiff]) -> Note:
    first = group[0]
    change, f = first.change, first.finding
    worse = change in ("new", "severity") and f["severity"] == WRONG
    headline = f"{layer.layer}: {_WORDS[change]}: {f['message']}"
    lines = [("severity", f"{f['severity']} ({f['kind']})")]
    lines += [
        (label, _said(told)) for label, told in (("old", first.old), ("new", first.new)) if told
    ]
    lines.append(("case", f["case"]))
    if len(group) > 1:
        others = [diff.finding["case"] for diff in group[1:]]
        lines.append(("also in", f"{counted(len(others), 'other case')}: {some(others)}"))
    return Note(CHANGED if worse else GONE if change == "gone" else NOTED, headline, lines)


def _said(finding: Mapping[str, Any]) -> str:
    """A finding's message and numbers."""
    if "got" not in finding or "expected" not in finding:
        return str(finding["message"])
    at = place(finding["quantity"], finding.get("index") or ())
    got, expected = number(finding["got"]), number(finding["expected"])
    return f"{finding['message']}; {at} is {got}, expected {expected}"


def _summary(diff: ReportDiff) -> str:
    """What was compared, and how much of it differs."""
    layers = [layer for layer in diff.layers.values() if layer.cases or layer.differs]
    changes = [f.change for layer in layers for f in layer.findings]
    return (
        f"{counted(len(layers), 'layer')}, {counted(sum(x.cases for x in layers), 'case')} in "
        f"both: {counted(changes.count('new'), 'new finding')}, {changes.count('gone')} gone."
    )
