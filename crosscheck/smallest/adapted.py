"""A failing case of code that an adapter calls, as the adapter's calls: in the student's own words,
layout and convention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.calling import Update
from crosscheck.oracle import Array
from crosscheck.recorded.show import Shown, shown
from crosscheck.smallest.shrink import Smallest
from crosscheck.smallest.written import imports, printed, printed_shape
from crosscheck.worker.remote import RemoteCandidate
from crosscheck.worker.session import LostError

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

_LONGEST = 40  # lines that anybody would paste


def adapted(smallest: Smallest, candidate: Candidate) -> str:
    """Python code, or nothing: where there is none that shows what is wrong."""
    fails = smallest.finding.kind in ("crash", "arity")
    found = _shown(smallest, candidate, "" if fails else smallest.quantity)
    if found is None:
        return ""
    lines = [*imports(found.imports), "", *found.lines]
    if fails:
        reason = " ".join(smallest.finding.message.split()).partition(" ")[2]
        lines[-1] += f"  # {reason}"
    else:
        last = _printed(smallest, found)
        lines = [*lines, last] if last else []
    return "\n".join(lines) + "\n" if 0 < len(lines) <= _LONGEST else ""


def _shown(smallest: Smallest, candidate: Candidate, quantity: str) -> Shown | None:
    case, drawn = smallest.case, smallest.drawn
    if not isinstance(candidate, RemoteCandidate):
        return shown(candidate, case, drawn, quantity)
    request = {
        "do": "shown",
        "candidate": candidate.name,
        "case": case.seedless,
        "quantity": quantity,
    }
    try:
        answer, arrays = candidate.session.ask(
            request, [*drawn.inputs.values(), *drawn.cotangents.values()]
        )
    except LostError:
        return None
    return Shown.told(answer["shown"], arrays) if answer["shown"] else None


def _printed(smallest: Smallest, found: Shown) -> str:
    """``print(layer.dLdW)  # expected …, got …``; empty where there is nothing to see."""
    got, ours, place = found.got, smallest.expected, found.place
    if got is None or ours is None:
        return ""
    if isinstance(smallest.case.layer.calling, Update):
        ours = ours[-1]
    expected = place.as_theirs(ours, got.shape, found.factor)
    if smallest.finding.kind == "shape":
        return printed_shape(found.what, got, expected) if got.shape != expected.shape else ""
    if expected.shape != got.shape or _near(got, expected):
        return ""
    return printed(found.what, got, expected, _worst(got, expected))


def _near(got: Array, expected: Array) -> bool:
    return bool(np.allclose(got, expected, rtol=1e-9, atol=0, equal_nan=True))


def _worst(got: Array, expected: Array) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        error = np.nan_to_num(np.abs(got - expected), nan=np.inf)
    place: Any = np.unravel_index(int(np.argmax(error)), error.shape)
    return tuple(map(int, place))
