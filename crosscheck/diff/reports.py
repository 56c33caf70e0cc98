"""Two JSON reports of a check: which verdicts, findings and errors differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeAlias

from crosscheck.diff.saved import SavedLayer, SavedReport
from crosscheck.diff.shared import shared

Cases: TypeAlias = tuple[str, ...]
SavedFinding: TypeAlias = Mapping[str, Any]
# What is compared. Not the line of the code: it moves with every edit above it.
_EVIDENCE = ("severity", "message", "index", "got", "expected", "allowed", "elements", "of")


@dataclass(frozen=True)
class FindingDiff:
    """A finding as it was and as it is, if it is there: its fields in the report."""

    old: SavedFinding | None
    new: SavedFinding | None

    @property
    def finding(self) -> SavedFinding:
        """As it is; as it was, if it is gone."""
        return self.new or self.old or {}

    @property
    def change(self) -> str:
        """``new``, ``gone``, of another ``severity``, or with other ``evidence``."""
        if self.old is None or self.new is None:
            return "gone" if self.new is None else "new"
        return "severity" if self.old["severity"] != self.new["severity"] else "evidence"


@dataclass(frozen=True)
class ErrorDiff:
    """In how many cases the largest error is another, and the case where it changed most, from
    ``old`` to ``new``: shares of what is allowed.
    """

    cases: int
    case: str
    old: float
    new: float


@dataclass(frozen=True)
class LayerDiff:
    """One layer of both reports: its status in each, how many cases both judged and which only
    one of them did, the findings that differ, and the errors, where both reports tell them.
    """

    layer: str
    old: str
    new: str
    cases: int
    only_old: Cases
    only_new: Cases
    findings: tuple[FindingDiff, ...]
    errors: ErrorDiff | None

    @property
    def verdict_changed(self) -> bool:
        """Whether its status is another, or a finding is new, gone, or of another severity."""
        return self.old != self.new or any(f.change != "evidence" for f in self.findings)

    @property
    def differs(self) -> bool:
        """Whether there is anything to list."""
        more = (self.only_old, self.only_new, self.findings, self.errors)
        return self.verdict_changed or any(more)


@dataclass(frozen=True)
class ReportDiff:
    """Two reports. ``old`` and ``new`` say where they are, of what, and by which oracle;
    ``only_old`` and ``only_new`` name the layers that one of them judged and the other left out.
    """

    old: Mapping[str, str]
    new: Mapping[str, str]
    layers: Mapping[str, LayerDiff]
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()

    @property
    def verdict_changed(self) -> bool:
        """Whether any verdict is another."""
        layers = self.layers.values()
        return bool(self.only_old or self.only_new or any(x.verdict_changed for x in layers))


def compare_reports(old: SavedReport, new: SavedReport, layers: Collection[str] = ()) -> ReportDiff:
    """What differs between two reports, in all layers or in some.

    Raises SelectionError for a layer that neither has.
    """
    both, only_old, only_new = shared(_told(old, new), _told(new, old), layers)
    return ReportDiff(
        old.about,
        new.about,
        {name: _layer(name, old.layers[name], new.layers[name]) for name in both},
        only_old,
        only_new,
    )


def _told(report: SavedReport, other: SavedReport) -> list[str]:
    """The layers of a report. One that its target does not define may be left out of the other."""
    return [n for n, x in report.layers.items() if x.status != "missing" or n in other.layers]


def _layer(name: str, old: SavedLayer, new: SavedLayer) -> LayerDiff:
    return LayerDiff(
        name,
        old.status,
        new.status,
        len([c for c in old.cases if c in new.cases]),
        tuple(c for c in old.cases if c not in new.cases),
        tuple(c for c in new.cases if c not in old.cases),
        tuple(_findings(old.findings, new.findings)),
        _errors(old.errors, new.errors),
    )


def _findings(old: Iterable[SavedFinding], new: Iterable[SavedFinding]) -> Iterator[FindingDiff]:
    olds, news = _by_subject(old), _by_subject(new)
    for subject in olds | news:
        for a, b in zip_longest(olds.get(subject, []), news.get(subject, [])):
            if a is None or b is None or any(a.get(k) != b.get(k) for k in _EVIDENCE):
                yield FindingDiff(a, b)


def _by_subject(findings: Iterable[SavedFinding]) -> dict[tuple[str, ...], list[SavedFinding]]:
    found: dict[tuple[str, ...], list[SavedFinding]] = {}
    for f in findings:
        found.setdefault((f["kind"], f["quantity"], f["case"]), []).append(f)
    return found


def _errors(old: Mapping[str, float], new: Mapping[str, float]) -> ErrorDiff | None:
    moved = [c for c in old if c in new and old[c] != new[c]]
    if not moved:
        return None
    most = max(moved, key=lambda c: abs(new[c] - old[c]))
    return ErrorDiff(len(moved), most, old[most], new[most])
