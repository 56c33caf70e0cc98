"""What a student is told, at a level: never an expected value, an input or a seed.

Whoever sees one of these could hand in a table of answers. So no finding's numbers are shown, no
smallest case, nothing that the code printed; and in the text of an exception no fractions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crosscheck.text import counted, printable

LEVELS = ("none", "quantity", "full")

_LONGEST = 300  # characters of one message
_EXPECTED = re.compile(r" where \S+ is expected")
_FRACTION = re.compile(r"[-+]?\d*\.\d+(?:[eE][-+]?\d+)?|[-+]?\d+\.?[eE][-+]?\d+|\d{7,}")

# What a kind of finding is, in a few words.
_KINDS = {
    "value": "wrong values",
    "nonfinite": "NaN or infinite where it must not be",
    "shape": "another shape",
    "dtype": "another dtype",
    "arity": "something else is returned",
    "crash": "it raises an exception",
    "timeout": "it does not end in time",
    "died": "it ends the process",
    "unfinished": "not finished",
    "missing": "it needs a module that is not here",
    "signature": "it takes other arguments",
    "declined": "it refuses some cases",
    "few-cases": "it leaves no choice for most cases",
    "state": "something is kept between calls",
    "mask": "the mask is no right one",
    "params": "the parameters have other names",
    "mutation": "an input is overwritten",
    "alias": "the result shares memory with an input",
    "convention": "another convention",
    "overflow": "it overflows at extreme values",
    "layout": "wrong for some layouts of memory",
    "labels": "wrong for some dtypes of labels",
    "empty": "wrong for an empty batch",
    "scalar": "wrong for arrays of no dimensions",
    "cancellation": "wrong for numbers far from 0",
    "masked-row": "another answer where all is masked",
    "dropout": "the mask is drawn in another way",
    "output": "it prints very much",
}


def feedback(name: str, entry: Mapping[str, Any], level: str) -> str:
    """What is said of one layer, some lines, from its entry in a ``crosscheck-report/1``."""
    return "\n".join(printable(line) for line in _lines(name, entry, level))


def judged_by(report: Mapping[str, Any]) -> str:
    """``The answers are those of torch 2.13.0 and jax 0.10.2.``; nothing if nobody knows."""
    oracle = report.get("oracle", {})
    torch, jax = oracle.get("torch"), oracle.get("jax")
    return f"The answers are those of torch {torch} and jax {jax}." if torch and jax else ""


def remarks(report: Mapping[str, Any], level: str) -> list[str]:
    """What there is to tell of a submission as a whole."""
    told = [f"{dtype} was left out: {why}" for dtype, why in report.get("left_out", {}).items()]
    if level != "none":
        told += [f"Not read: {text}" for text in report.get("unread", ())]
        told += [f"No longer there: {text}" for text in report.get("outdated", ())]
    return [harmless(text) for text in told]


def sharing(shared: Mapping[str, tuple[Sequence[str], str]]) -> list[str]:
    """That versions of a layer share its points: by the layer, the versions and the points."""
    return [
        f"{counted(len(names), 'version')} of {layer} share {points} points: "
        f"{printable(', '.join(names))}. Of several files, --file of crosscheck grade picks one."
        for layer, (names, points) in shared.items()
    ]


def annotated(entry: Mapping[str, Any], level: str) -> Iterator[tuple[str, str, str]]:
    """Severity, ``file:line`` and text of what is wrong at a place; nothing at the level none."""
    if level == "none":
        return
    for findings in _grouped(entry.get("findings", ())):
        first = findings[0]
        if first.get("location"):
            yield first["severity"], first["location"], _said(first, level)


def _lines(name: str, entry: Mapping[str, Any], level: str) -> Iterator[str]:
    yield from _checked(name, entry)
    if level == "none":
        return
    for findings in _grouped(entry.get("findings", ())):
        yield _finding(findings, level)
    if level == "full":
        if entry.get("blame"):
            yield entry["blame"]
        for texts in entry.get("hints", {}).values():
            yield from (f"Hint: {text}" for text in texts)
        if theirs := entry.get("theirs"):  # no less: names can carry whatever code likes to say
            names = ", ".join(f"{quantity} is {told['name']}" for quantity, told in theirs.items())
            yield f"In your code, {names}."
    if entry.get("findings"):
        yield (
            "On your own computer, numbers and a smallest example are shown: "
            f"crosscheck check FILE --layer {entry.get('layer') or name.partition(':')[0]}"
        )


def _checked(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """What was done, and what came out of it in a word."""
    status, cases = entry.get("status", "missing"), entry.get("cases", 0)
    if status == "missing" or not cases:
        yield f"{name} was not found in what you handed in."
        return
    found = {
        "pass": "nothing wrong was found",
        "warning": "nothing wrong was found, but there are warnings",
        "unfinished": "it is not finished",
        "unjudged": "it could not be judged",
    }.get(status, "something is wrong")
    dtypes = " and ".join(entry.get("dtypes", ()))
    yield f"Checked: {counted(cases, 'case')} of {name}{' in ' * bool(dtypes)}{dtypes}: {found}."
    if skipped := entry.get("skipped", 0):
        yield f"{counted(skipped, 'more case')} got no answer: these points are missing."


def _finding(findings: list[Mapping[str, Any]], level: str) -> str:
    first = findings[0]
    mark = "Wrong" if first["severity"] == "wrong" else "Warning"
    where = f" ({first['location']})" if level == "full" and first.get("location") else ""
    return f"{mark}: {_said(first, level)}, in {counted(len(findings), 'case')}{where}"


def _said(finding: Mapping[str, Any], level: str) -> str:
    if level == "full":
        return harmless(finding["message"])
    about = _KINDS.get(finding["kind"], finding["kind"])
    return f"{finding['quantity']}: {about}" if finding["quantity"] else about


def harmless(message: str) -> str:
    """A sentence on one line, without what is expected, and without numbers that the text of an
    exception may carry out of the arrays.
    """
    text = _EXPECTED.sub(" where it must be finite", message)
    return _clipped(_FRACTION.sub("…", " ".join(printable(text).split())))


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _grouped(findings: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Findings of one kind about one quantity together."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for f in findings:
        groups.setdefault((f["severity"], f["kind"], f["quantity"]), []).append(f)
    return list(groups.values())
