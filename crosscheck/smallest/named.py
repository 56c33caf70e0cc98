"""What a student's own code calls the quantities that are wrong: looked for in one run of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from crosscheck.calling import Update
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.finding import Finding
from crosscheck.recorded.show import shown
from crosscheck.theirs import Theirs
from crosscheck.worker.remote import RemoteCandidate
from crosscheck.worker.session import LostError

# A name, with attributes and keys; not one that the recorder made up, or made its own by a number.
# It may come from a process of theirs, which may say anything.
_NAME = re.compile(r'(?!returned\d*$|\w*\d$)[A-Za-z_]\w*(\.\w+|\[\w+\]|\["\w+"\])*', re.ASCII)
_LONGEST = 80


def named(candidate: Candidate, wrong: Iterable[Finding]) -> dict[str, Theirs]:
    """By quantity of these findings, what it is called where an adapter reads it; not where it is
    called as we do, and not of an optimizer, whose steps are ours.
    """
    if not candidate.adapted or isinstance(candidate.layer.calling, Update):
        return {}
    found: dict[str, Theirs] = {}
    first = {f.quantity: f for f in sorted(wrong, key=lambda f: -f.size) if f.index is not None}
    for quantity, finding in first.items():
        try:
            theirs = _named(candidate, Case.parse(finding.case), quantity)
        except LostError:
            break  # what ends its process once will do so again
        if theirs and (theirs.is_turned or theirs.name != quantity):
            found[quantity] = theirs
    return found


def _named(candidate: Candidate, case: Case, quantity: str) -> Theirs | None:
    drawn = case.draw()
    if not isinstance(candidate, RemoteCandidate):
        found = shown(candidate, case, drawn, quantity)
        plain, arrays = found.plain() if found else (None, [])
    else:
        asked = {
            "do": "shown",
            "candidate": candidate.name,
            "case": case.seedless,
            "quantity": quantity,
        }
        given = [*drawn.inputs.values(), *drawn.cotangents.values()]
        answer, arrays = candidate.session.ask(asked, given)
        plain = answer.get("shown")
    ours = case.layer.shapes(case.dims)[quantity]
    return _read(plain, arrays[0].shape if arrays else (), ours)


def _read(told: Any, shape: tuple[int, ...], ours: tuple[int, ...]) -> Theirs | None:
    """What was said of it, if that makes sense. ``shape``: of theirs."""
    place = told.get("place") if isinstance(told, dict) else None
    if not isinstance(place, dict) or place.get("around") != "{}":
        return None
    name, axes = place.get("text"), place.get("axes")
    if not isinstance(name, str) or len(name) > _LONGEST or not _NAME.fullmatch(name):
        return None
    if not isinstance(axes, (list, tuple)) or {*map(type, axes)} - {int}:
        return None
    whole = sorted(axes) == [*range(len(shape))] and tuple(shape[a] for a in axes) == ours
    return Theirs(name, tuple(axes) if whole else ())
