"""A student's own lines, with those marked that a finding names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crosscheck.report.html.words import clipped, one_line

_SAID = re.compile(r"\(([^()]*), line (\d+)\)")
_LOCATION = re.compile(r"(.*):(\d+)", re.DOTALL)
_LONGEST_LINE = 400
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Line:
    """``named``: a finding is about it."""

    number: int
    text: str
    named: bool


@dataclass(frozen=True)
class Source:
    """One function. ``turned``: it holds characters that make code read otherwise than it runs.
    ``is_open``: findings name a line of it, or of none.
    """

    function: str
    file: str
    lines: Sequence[Line]
    turned: bool
    is_open: bool = True


def sources(
    given: Mapping[str, Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]
) -> list[Source]:
    """Each function, its lines numbered as in its file; those with a named line first."""
    found = list(_read(given, findings))
    named = [source for source in found if any(line.named for line in source.lines)]
    others = [source for source in found if source not in named]
    return [*named, *(replace(source, is_open=not named) for source in others)]


def _read(
    given: Mapping[str, Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]
) -> Iterator[Source]:
    said = {place for f in findings for place in _said(str(f["message"]))}
    located = {place for f in findings if (place := _located(str(f.get("location", ""))))}
    order = sorted(given.items(), key=lambda item: (str(item[1]["file"]), int(item[1]["line"])))
    for function, entry in order:
        file, first, text = str(entry["file"]), int(entry["line"]), str(entry["text"])
        texts = text.rstrip("\n").split("\n")
        numbers = range(first, first + len(texts))
        # Where an exception came from says more than where the function begins.
        named = _among(said, file, numbers) or _among(located, file, numbers)
        lines = [
            Line(n, clipped(t.rstrip("\r"), _LONGEST_LINE), n in named)
            for n, t in zip(numbers, texts, strict=True)
        ]
        yield Source(function, one_line(file), lines, bool(_BIDI.search(text)))


def _among(places: Iterable[tuple[str, int]], file: str, numbers: range) -> set[int]:
    return {line for other, line in places if line in numbers and _name(other) == _name(file)}


def _said(message: str) -> list[tuple[str, int]]:
    """``(layers.py, line 36)`` at the end of what an exception says."""
    return [(file, int(line)) for file, line in _SAID.findall(message)]


def _located(location: str) -> tuple[str, int] | None:
    found = _LOCATION.fullmatch(location)
    return (found[1], int(found[2])) if found else None


def _name(file: str) -> str:
    return re.split(r"[/\\]", file)[-1]
