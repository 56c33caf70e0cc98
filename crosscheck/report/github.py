"""A submission in GitHub Actions: the summary of a step, and annotations beside the code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosscheck.report.feedback import annotated, feedback, harmless, judged_by, remarks, sharing
from crosscheck.text import printable

_MOST = 10  # annotations of a kind and step that GitHub shows
_LONGEST = 1_000_000  # bytes of a summary; GitHub refuses more than 1 MiB
# What Markdown takes for markup within a line (an underscore only at the edge of a word), or for
# the beginning of a link or an emoji. What is markup only at the beginning of a line stands as it
# is: every line begins with a word of ours.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|#&~@$]|_(?![^\W_])|(?<![^\W_])_|:(?=//|[\w+-]+:)|(?<=www)\.", re.IGNORECASE
)


def summary(
    name: str,
    layers: Mapping[str, Mapping[str, Any]],
    closing: Mapping[str, Any],
    shown: Mapping[str, tuple[str, str]],
    level: str = "quantity",
    shared: Mapping[str, tuple[Sequence[str], str]] | None = None,
) -> str:
    """Markdown for ``$GITHUB_STEP_SUMMARY``. ``shown``: points as they are shown, by layer, and
    under ``""`` of all. ``shared``: see ``feedback.sharing``.
    """
    total, possible = shown[""]
    report = closing.get("report", {})
    lines = [f"## {plain(name)}: {total} of {possible} points", ""]
    if closing.get("error"):
        lines += [f"It could not be judged: {plain(harmless(closing['error']))}", ""]
    texts = [judged_by(report), *remarks(report, level), *sharing(shared or {})]
    for text in filter(None, texts):
        lines += [plain(text), ""]
    lines += ["| layer | points | what was checked |", "|---|---:|---|"]
    for layer, (earned, worth) in shown.items():
        if layer:
            said = feedback(layer, layers.get(layer, {}), level).splitlines()
            told = "<br>".join(map(plain, said))
            lines.append(f"| {plain(layer)} | {earned} / {worth} | {told} |")
    return _cut("\n".join(lines) + "\n")


def commands(
    layers: Mapping[str, Mapping[str, Any]], level: str = "quantity", folder: str | None = ""
) -> list[str]:
    """Workflow commands, ``::error file=…,line=…,title=…::…``, a line each; ``folder``: what comes
    before its files' names in the repository, None if they are not there.
    """
    found: dict[str, list[str]] = {"error": [], "warning": []}
    for layer, entry in layers.items():
        for severity, location, text in annotated(entry, level):
            kind = "error" if severity == "wrong" else "warning"
            file, _, line = location.rpartition(":")
            named = {} if folder is None else {"file": folder + file, "line": line}
            named["title"] = f"crosscheck: {layer}"
            said = ",".join(f"{name}={_property(value)}" for name, value in named.items())
            found[kind].append(f"::{kind} {said}::{_data(text)}")
    return [line for lines in found.values() for line in lines[:_MOST]]


def plain(text: str) -> str:
    """Text that Markdown takes as it stands, on one line, if that line begins otherwise."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(printable(text).split()))


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cut(text: str) -> str:
    """As much of it as GitHub takes, in whole lines."""
    if len(text.encode()) <= _LONGEST:
        return text
    return "".join(_fitting(text)) + "\nThe rest is left out: GitHub takes no more.\n"


def _fitting(text: str) -> Iterator[str]:
    left = _LONGEST - 100
    for line in text.splitlines(keepends=True):
        left -= len(line.encode())
        if left < 0:
            return
        yield line
