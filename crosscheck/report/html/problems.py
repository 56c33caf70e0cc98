"""What was found about one layer, as its page shows it: each with its evidence and its hints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosscheck.report.again import command, nearby
from crosscheck.report.html.words import STATUSES, Status, clipped, number, told_apart
from crosscheck.text import counted
from crosscheck.theirs import Theirs

_OTHERS = 6  # scenarios that are named


@dataclass(frozen=True)
class Problem:
    """The findings of one kind about one quantity, shown by the first. ``is_open``: it is the first
    of its kind, or has a hint of its own.
    """

    severity: Status
    kind: str
    quantity: str
    message: str
    evidence: Sequence[tuple[str, str]]
    hints: Sequence[str]
    is_open: bool


def problems(
    findings: Iterable[Mapping[str, Any]],
    hints: Mapping[str, Sequence[str]],
    again: tuple[str, str],
    theirs: Mapping[str, Theirs],
) -> Iterator[Problem]:
    """What was found about one layer. ``again``: see ``Facts``; ``theirs``: by quantity."""
    told: set[str] = set()
    seen: set[tuple[str, str]] = set()
    for first, *others in _grouped(findings):
        quantity, is_wrong = first["quantity"], first["severity"] == "wrong"
        new = []
        for hint in hints.get(quantity, ()) if is_wrong else ():
            said = re.sub(rf"\b{re.escape(quantity)}\b", "it", hint)  # once is enough
            if said not in told:
                new.append(hint)
            told.add(said)
        yield Problem(
            STATUSES["wrong" if is_wrong else "warning"],
            first["kind"],
            quantity,
            clipped(first["message"]),
            list(_evidence(first, others, again, theirs.get(quantity))),
            new,
            bool(new) or (first["severity"], first["kind"]) not in seen,
        )
        seen.add((first["severity"], first["kind"]))


def _grouped(findings: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Findings of one kind about one quantity together."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for f in findings:
        groups.setdefault((f["severity"], f["kind"], f["quantity"]), []).append(f)
    return list(groups.values())


def _evidence(
    first: Mapping[str, Any],
    others: Sequence[Mapping[str, Any]],
    again: tuple[str, str],
    theirs: Theirs | None,
) -> Iterator[tuple[str, str]]:
    if {"got", "expected", "allowed"} <= first.keys():
        if first.get("index"):
            place = f"{first['quantity']}[{', '.join(map(str, first['index']))}]"
            yield "where", f"{place}, the worst of {first['elements']}"
        if theirs:
            yield "called", f"{theirs.place(first.get('index'))} in the code"
        got, expected = told_apart(first["got"], first["expected"])
        yield "got", got
        yield "expected", expected
        yield "allowed", f"± {number(first['allowed'], 2)}"
    if first.get("location"):
        yield "code", nearby(str(first["location"]))
    target, options = again
    if target:
        yield "repeat", command(target, str(first["case"]), options)
    else:
        yield "case", str(first["case"])
    if others:
        yield "also in", _summed_up(others)


def _summed_up(findings: Sequence[Mapping[str, Any]]) -> str:
    parts = [[*str(f["case"]).split("/"), "", ""] for f in findings]
    dtypes, scenarios = (list(dict.fromkeys(p[i] for p in parts)) for i in (1, 2))
    more = ", …" if len(scenarios) > _OTHERS else ""
    where = f"{', '.join(dtypes)}; {', '.join(scenarios[:_OTHERS])}{more}"
    return f"{counted(len(findings), 'other case')}: {where}"
