"""Why a layer failed, in words that are the same for all who made the same mistake."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosscheck.report.html.submission import quantities
from crosscheck.report.html.words import KINDS, clipped

# What a hint says of its cases only: "here that is 1/3, as N = 3; in a case with N = 7 it is 1/7".
_OF_CASES = re.compile(
    r": here that is .*?(?=\.(?: |$))|; in a case with .*?(?=\.(?: |$))"
    r"| \([A-Za-z]\w* = [^()]*\)| These cases are of the scenario .*"
)
_PLACE = re.compile(r" \([^()]*, line \d+\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_LONGEST = 300


@dataclass(frozen=True)
class Cause:
    """``key`` is equal for the same mistake in the same layer; ``text`` says it of ``{it}``."""

    layer: str
    severity: str
    key: str
    text: str
    quantities: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """All submissions that share a cause, by their place in the class."""

    layer: str
    severity: str
    text: str
    quantities: Sequence[str]
    members: Sequence[int]


def causes(layer: str, entry: Mapping[str, Any]) -> list[Cause]:
    """Why a layer is not as it should be: what the hints say, or else what was found."""
    if entry.get("status") == "missing":
        return [Cause(layer, "missing", "missing", "is not there", ())]
    findings = entry.get("findings", ())
    hints = entry.get("hints", {})
    order = dict.fromkeys([*quantities(entry), *hints])
    hinted = list(_hinted(layer, {q: hints[q] for q in order if q in hints}))
    wrong = [f for f in findings if f["severity"] == "wrong"]
    if hinted:  # what is wrong besides mostly follows from it
        wrong = [f for f in wrong if f["kind"] not in KINDS]
    warned = [f for f in findings if f["severity"] != "wrong"]
    return [*hinted, *_found(layer, "wrong", wrong), *_found(layer, "warning", warned)]


def clusters(causes_of: Iterable[Sequence[Cause]]) -> list[Cluster]:
    """The causes of each submission put together, the most common first, warnings last."""
    members: dict[tuple[str, str, str], dict[int, None]] = {}
    texts: dict[tuple[str, str, str], str] = {}
    named: dict[tuple[str, str, str], Counter[str]] = {}
    for i, its in enumerate(causes_of):
        for cause in its:
            key = cause.layer, cause.severity, cause.key
            members.setdefault(key, {})[i] = None
            texts.setdefault(key, cause.text)
            named.setdefault(key, Counter()).update(cause.quantities)
    found = [
        Cluster(key[0], key[1], texts[key], [q for q, _ in named[key].most_common()], [*its])
        for key, its in members.items()
    ]
    order = {"wrong": 0, "missing": 1, "warning": 2}
    return sorted(found, key=lambda c: (order[c.severity], -len(c.members), c.layer, c.text))


def _hinted(layer: str, hints: Mapping[str, Sequence[str]]) -> Iterator[Cause]:
    by_text: dict[str, list[str]] = {}
    for quantity, texts in hints.items():
        for text in texts:
            by_text.setdefault(normalised(quantity, text), []).append(quantity)
    for text, named in by_text.items():
        yield Cause(layer, "wrong", f"hint {text}", text, tuple(named))


def normalised(quantity: str, hint: str) -> str:
    """A hint without its subject, and without what is so in its cases only."""
    text = _OF_CASES.sub("", hint).strip()
    said = re.sub(rf"\bthe correct (?:gradient|{re.escape(quantity)})\b", "the right value", text)
    said = said.removeprefix(f"{quantity} ")
    return clipped(re.sub(rf"\b{re.escape(quantity)}\b", "it", said), _LONGEST)


def _found(layer: str, severity: str, findings: Iterable[Mapping[str, Any]]) -> Iterator[Cause]:
    """By kind, of what has no explanation."""
    about: dict[str, dict[str, None]] = {}
    texts: dict[str, str] = {}
    for finding in findings:
        kind, quantity = finding["kind"], finding["quantity"]
        if kind in KINDS and quantity:
            key, text = kind, KINDS[kind] + (", for a reason not found" * (kind == "value"))
        else:
            text = _PLACE.sub("", clipped(str(finding["message"]), _LONGEST))
            key, quantity = f"{kind} {_NUMBER.sub('#', text)}", ""
        texts.setdefault(key, text)
        about.setdefault(key, {})[quantity] = None
    for key, its in about.items():
        named = tuple(filter(None, its))
        # Which quantities are wrong is all that is known: it is part of the key.
        yield Cause(layer, severity, f"{key} {','.join(named)}", texts[key], named)
