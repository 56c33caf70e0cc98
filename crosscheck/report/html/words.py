"""Words, signs and numbers that both pages share."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crosscheck.text import printable


@dataclass(frozen=True)
class Status:
    """A status as it is shown: by a colour (``mark``, a class of the style sheet), a ``sign`` and a
    ``word``. ``rank`` sorts: the worst first.
    """

    mark: str
    sign: str
    word: str
    about: str
    rank: int


STATUSES = {
    "crash": Status("c", "C", "crashed", "raises, ends the process or does not end", 0),
    "wrong": Status("x", "✗", "wrong", "wrong, and no quantity is right", 1),
    "partly": Status("h", "◐", "partly wrong", "some quantities are right, others wrong", 2),
    "unfinished": Status("u", "U", "unfinished", "not written yet", 3),
    "missing": Status("m", "–", "not there", "the submission does not define it", 4),
    "unjudged": Status(
        "j", "?", "not judged", "takes other arguments, or needs what is not here", 5
    ),
    "warning": Status("w", "!", "warning", "right, with something to look at", 6),
    "pass": Status("p", "✓", "nothing wrong", "nothing wrong was found", 7),
}
_UNKNOWN = STATUSES["unjudged"]

# Of finding kinds whose messages are full of the case's own numbers: what they come to.
KINDS = {
    "value": "is wrong",
    "nonfinite": "is NaN or infinite where it should not be",
    "shape": "has another shape",
    "dtype": "has another dtype than the inputs",
    "layout": "is wrong only for another memory layout",
    "empty": "fails for a batch of no examples",
    "mask": "is masked otherwise than its scale says",
    "state": "is right at first, and wrong once other data came in between",
    "cancellation": "is wrong only where a variance cancels",
}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST_NAME = 80
_LONGEST_TEXT = 4000


def status_of(layer: Mapping[str, Any]) -> Status:
    """A layer's status; wrong is told from partly wrong by its quantities."""
    status = str(layer.get("status", ""))
    if status == "wrong" and {"pass", "warning"} & set(layer.get("quantities", {}).values()):
        status = "partly"
    return STATUSES.get(status, _UNKNOWN)


def quantity_status(status: str) -> Status:
    """The status of one quantity."""
    return STATUSES.get(status, _UNKNOWN)


def one_line(name: str) -> str:
    """A name on one line, with what would break it made visible."""
    return printable(name.replace("\n", "⏎").replace("\t", "⇥"))


def clipped(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Text of a length that a page can carry."""
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text):,} characters)"


def page_file(name: str) -> str:
    """The file name of a submission's page: fit for every file system, and its own for each name,
    also where names differ only in case or in what a file name cannot hold.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME]
    return f"{plain or 'submission'}-{_digest(name)}.html"


def anchor(layer: str) -> str:
    """The id of a layer's section, without anything that an address would have to escape."""
    plain = re.fullmatch(r"[A-Za-z0-9_]+", layer)
    return f"layer-{layer if plain else _digest(layer)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def number(value: Any, digits: int = 6) -> str:
    """A number as people read it; what is no number as it stands."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "NaN")
    return f"{value:.{digits}g}"


def told_apart(got: Any, expected: Any) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see the difference."""
    for digits in (6, 9, 12, 17):
        pair = number(got, digits), number(expected, digits)
        if pair[0] != pair[1]:
            break
    return pair


def short(value: float) -> str:
    """Two digits, with a power of ten as people write it."""
    digits, _, power = f"{value:.2g}".partition("e")
    return f"{digits}·10{str(int(power)).translate(_RAISED)}" if power else digits


def times(misfit: float) -> str:
    """An error in units of what is allowed."""
    if math.isnan(misfit):
        return "NaN"
    if math.isinf(misfit):
        return "infinite, or nothing is allowed"
    return f"{short(misfit)} × what is allowed"


def took(seconds: float) -> str:
    """``0.3 s``."""
    return f"{seconds:.1f} s" if seconds >= 0.05 else "under 0.1 s"


def as_float(value: Any) -> float:
    """A number of a report, where ``"NaN"`` and ``"inf"`` are strings."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def percent(part: float, whole: float) -> int:
    """Rounded half up, but never up to 100: that means all. 0 of nothing."""
    if not whole:
        return 0
    rounded = math.floor(100 * part / whole + 0.5)
    return rounded if part >= whole else min(rounded, 99)


def two_decimals(points: float) -> str:
    """Points as they stand in the gradebook."""
    return f"{points:.2f}"
