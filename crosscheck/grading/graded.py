"""The results of one submission as plain rows: one for each layer, and one that closes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crosscheck.grading.plan import Plan
from crosscheck.grading.submissions import Submission
from crosscheck.report.json import SCHEMA as REPORT

INFRASTRUCTURE = "infrastructure"  # the flag of a failure that is nobody's but ours


@dataclass(frozen=True)
class Graded:
    """One submission's rows, the closing one last; and the seconds that it took, no result."""

    rows: Sequence[dict[str, Any]]
    seconds: float = 0.0


def line(row: dict[str, Any]) -> bytes:
    """A row as it is stored: the same content gives the same bytes."""
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def unjudged(submission: Submission, plan: Plan, error: str, *, ours: bool = False) -> Graded:
    """The results of a submission that could not be judged; ``ours``: through no fault of its own,
    so that the next run tries again.
    """
    flags = [flag("left-out", text) for text in submission.left_out]
    if ours:
        flags.append(flag(INFRASTRUCTURE, error))
    closing = {
        "report": {"schema": REPORT, "target": submission.name, "status": "none"},
        "isolation": "",
        "error": error,
        "flags": flags,
        "layers": [],
    }
    row = {"submission": submission.name, "key": plan.key(submission), "closing": closing}
    return Graded([row])


def flag(kind: str, message: str, where: str = "") -> dict[str, str]:
    """Something that the instructor should see."""
    return {"kind": kind, "message": message, "where": where}


def is_ours(closing: dict[str, Any]) -> bool:
    """Whether it was not judged for a reason that lies with us."""
    return any(f.get("kind") == INFRASTRUCTURE for f in closing.get("flags", ()))
