"""``results.json`` for Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/

All text is plain text: nothing that a submission says is read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosscheck.report.feedback import feedback, harmless, judged_by, remarks, sharing
from crosscheck.text import printable

if TYPE_CHECKING:
    from crosscheck.grading.score import LayerScore, Score

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
NOT_GRADED = (
    "Your submission could not be graded, for a reason that does not lie with it: the score is "
    "preliminary. Please tell your instructor."
)


def results(
    layers: Mapping[str, Mapping[str, Any]],
    closing: Mapping[str, Any],
    score: Score,
    shown: Mapping[str, tuple[str, str]],
    *,
    level: str = "quantity",
    visibility: str = "visible",
    shared: Mapping[str, tuple[Sequence[str], str]] | None = None,
) -> dict[str, Any]:
    """The results of a submission that was judged. ``shown``: points of each layer, and under
    ``""`` of all, as they are shown. ``shared``: see ``feedback.sharing``.
    """
    report = closing.get("report", {})
    total, possible = shown[""]
    judged = [name for name, part in score.layers.items() if part.possible]
    lines = [f"{total} of {possible} points.", judged_by(report), *remarks(report, level)]
    lines += sharing(shared or {})
    return {
        **_head("\n".join(filter(None, lines)), visibility),
        "score": float(total),
        "tests": [
            {
                "name": printable(name),
                "number": str(number),
                "score": float(shown[name][0]),
                "max_score": float(shown[name][1]),
                "status": "passed" if score.layers[name].is_full else "failed",
                "output": _told(name, layers.get(name, {}), score.layers[name], level),
                "visibility": visibility,
            }
            for number, name in enumerate(judged, 1)
        ],
        "extra_data": {"isolation": closing.get("isolation", "")},
    }


def refused(why: str, *, visibility: str = "visible") -> dict[str, Any]:
    """The results of a submission that could not be judged, by its own fault."""
    text = f"Your submission could not be judged: {harmless(why)}\nMend that, and hand in again."
    return {**_head(text, visibility), "score": 0.0, "tests": []}


def not_graded() -> dict[str, Any]:
    """The results if we failed, not the submission. They are always visible."""
    return {**_head(NOT_GRADED, "visible"), "score": 0.0, "tests": []}


def to_json(found: Mapping[str, Any]) -> str:
    """As Gradescope reads it, ASCII only."""
    return json.dumps(found, indent=1, allow_nan=False) + "\n"


def _head(text: str, visibility: str) -> dict[str, Any]:
    formats = dict.fromkeys(("output_format", "test_output_format", "test_name_format"), "text")
    return {**formats, "output": text, "visibility": visibility, "stdout_visibility": "hidden"}


def _told(name: str, entry: Mapping[str, Any], score: LayerScore, level: str) -> str:
    text = feedback(name, entry, level)
    if level == "none" or not entry.get("quantities"):
        return text
    lost = [q for q, (earned, possible) in score.quantities.items() if earned < possible]
    return f"{text}\nPoints are missing for: {', '.join(lost)}." if lost else text
