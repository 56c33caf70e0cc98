"""One submission's report, as its page needs it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosscheck.report.html.given import NOTHING, Facts
from crosscheck.report.html.maps import LEVELS, NOT_FINITE, ErrorMap, error_map
from crosscheck.report.html.problems import Problem, problems
from crosscheck.report.html.source import Source, sources
from crosscheck.report.html.words import (
    STATUSES,
    Status,
    anchor,
    as_float,
    clipped,
    one_line,
    quantity_status,
    short,
    status_of,
    took,
    two_decimals,
)
from crosscheck.report.skipped import not_run
from crosscheck.text import counted
from crosscheck.theirs import Theirs

_MISSING: Mapping[str, Any] = {"status": "missing"}


@dataclass(frozen=True)
class Layer:
    """A layer of the submission. ``problems`` and what follows is shown in a section of its own."""

    name: str
    anchor: str
    status: Status
    quantities: Sequence[tuple[str, Status]]
    points: tuple[str, str] | None
    cases: int
    counts: str
    largest: str
    consistent: bool
    blame: str
    problems: Sequence[Problem]
    notes: Sequence[str]
    maps: Sequence[ErrorMap]
    sources: Sequence[Source]
    snippet: str
    output: str

    @property
    def has_section(self) -> bool:
        """Whether there is more to say than the table of all layers does."""
        return bool(self.problems or self.notes or self.output.strip())


@dataclass(frozen=True)
class SubmissionView:
    """All that the page shows. ``is_own``: it is a check of one's own, and no submission."""

    name: str
    status: Status
    summary: str
    points: tuple[str, str] | None
    error: str
    flags: Sequence[Mapping[str, str]]
    facts: Sequence[tuple[str, str]]
    notes: Sequence[str]
    layers: Sequence[Layer]
    missing: Sequence[tuple[str, str]]
    levels: Sequence[tuple[str, str]]
    is_own: bool

    @property
    def has_errors(self) -> bool:
        """Whether the largest error of any layer is known: rows of a class leave it out."""
        return any(layer.largest for layer in self.layers)


def submission_view(name: str, report: Mapping[str, Any], facts: Facts) -> SubmissionView:
    """What the page of one submission shows."""
    found = report.get("layers", {})
    points = facts.points
    worth = points.layers if points and not facts.error else {}
    rows = {n: e for n, e in found.items() if n in worth or e.get("status") != "missing"}
    rows |= {n: _MISSING for n in worth if n not in found}
    layers = [_layer(n, entry, worth.get(n), facts.again) for n, entry in rows.items()]
    return SubmissionView(
        one_line(name),
        _overall(report, facts),
        _summary(found),
        (two_decimals(points.got), two_decimals(points.of)) if points else None,
        clipped(facts.error),
        [{"kind": "", "message": "", "where": "", **flag} for flag in facts.flags],
        [fact for fact in checked_by(report, facts) if fact != ("Target", one_line(name))],
        list(_notes(report)),
        layers,
        [(n, anchor(n)) for n in found if n not in rows],
        [*((mark, text) for _, mark, text in LEVELS), NOT_FINITE],
        facts.again != NOTHING.again,
    )


def _overall(report: Mapping[str, Any], facts: Facts) -> Status:
    if facts.error:
        return STATUSES["unjudged"]
    status = str(report.get("status", "none"))
    return quantity_status("missing" if status == "none" else status)


def _summary(layers: Mapping[str, Mapping[str, Any]]) -> str:
    """What was checked, and what came out; never that all is right."""
    judged = [entry for entry in layers.values() if entry.get("cases")]
    if not judged:
        return "No layer was judged."
    cases = sum(entry["cases"] for entry in judged)
    wrong, warned = (sum(e.get(k, 0) for e in judged) for k in ("wrong", "warnings"))
    text = f"Checked {counted(len(judged), 'layer')} in {counted(cases, 'case')}: "
    text += f"wrong in {wrong}" if wrong else "nothing wrong was found"
    return text + (f", warnings in {warned}." if warned else ".")


def checked_by(report: Mapping[str, Any], facts: Facts) -> Iterator[tuple[str, str]]:
    """By which answers, how kept apart, how long."""
    oracle = report.get("oracle", {})
    if oracle:
        versions = ", ".join(f"{n} {oracle[n]}" for n in ("torch", "jax") if oracle.get(n))
        when = str(oracle.get("recorded", ""))[:10]
        parts = [str(oracle.get("source", "")), versions, f"recorded {when}" if when else ""]
        yield "Answers", "; ".join(filter(None, parts))
    if report.get("target"):
        yield "Target", one_line(str(report["target"]))
    if facts.isolation:
        yield "Isolation", facts.isolation
    seconds = facts.seconds if facts.seconds is not None else report.get("seconds")
    if seconds is not None:
        yield "Time", took(seconds)


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    if report.get("read_with"):
        yield str(report["read_with"])
    for dtype, reason in report.get("left_out", {}).items():
        yield f"Left out: {dtype}. {reason}"
    if report.get("shimmed"):
        yield f"Shimmed, for it is not here: {', '.join(report['shimmed'])}."
    for text in (*report.get("outdated", ()), *report.get("unread", ())):
        yield clipped(f"{text}.")
    yield from (f"Not read: {clipped(text)}" for text in report.get("absent", ()))


def _layer(
    name: str,
    entry: Mapping[str, Any],
    points: tuple[float, float] | None,
    again: tuple[str, str],
) -> Layer:
    findings = entry.get("findings", ())
    wrong, warned = entry.get("wrong", 0), entry.get("warnings", 0)
    counts = [f"wrong in {wrong}"] if wrong else []
    counts += [f"warnings in {warned}"] if warned else []
    theirs = {q: Theirs(**told) for q, told in entry.get("theirs", {}).items()}
    statuses, given = quantities(entry), entry.get("maps", {})
    order = [q for q in dict.fromkeys([*statuses, *given]) if q in given]
    maps = [error_map(q, given[q], theirs.get(q)) for q in order]
    return Layer(
        name,
        anchor(name),
        status_of(entry),
        [(q, quantity_status(s)) for q, s in statuses.items()],
        (two_decimals(points[0]), two_decimals(points[1])) if points else None,
        entry.get("cases", 0),
        ", ".join(counts) or ("nothing wrong" if entry.get("status") == "pass" else ""),
        _largest(entry),
        bool(entry.get("consistent")),
        entry.get("blame", ""),
        list(problems(findings, entry.get("hints", {}), again, theirs)),
        list(_layer_notes(entry)),
        [m for m in maps if m],
        sources(entry.get("source", {}), findings),
        clipped(entry.get("snippet", "").rstrip(), 20_000),
        entry.get("output", ""),
    )


def quantities(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """The status of each, outputs before gradients: stored rows have lost their order. Of an older
    report, of those that something was found about.
    """
    if "quantities" in entry:
        found = entry["quantities"]
        gradients = [q for q in entry.get("gradients", ()) if q in found]
        return {q: found[q] for q in (*(q for q in found if q not in gradients), *gradients)}
    found = {}
    for finding in entry.get("findings", ()):
        if finding["quantity"] and found.get(finding["quantity"]) != "wrong":
            found[finding["quantity"]] = finding["severity"]
    return found


def _largest(entry: Mapping[str, Any]) -> str:
    """The largest error of all cases, as a share of what is allowed."""
    errors = [as_float(value) for value in entry.get("errors", {}).values()]
    if not errors or entry.get("status") not in ("pass", "warning", "wrong"):
        return ""
    if any(map(math.isnan, errors)):
        return "NaN"
    worst = max(errors)
    if worst <= 1:
        return f"{worst:.0%}"
    return "∞" if math.isinf(worst) else f"{short(worst)} ×"


def _layer_notes(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{text}." for text in entry.get("conventions", ()))
    if skipped := entry.get("skipped"):
        yield not_run(skipped, {f["kind"] for f in entry.get("findings", ())})
