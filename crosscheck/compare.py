"""Oracle against a candidate's arrays: what is wrong with one quantity, in the order in which it
makes sense to ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from crosscheck.case import Case
from crosscheck.dtypes import name_of
from crosscheck.finding import WARNING, WRONG, Finding
from crosscheck.oracle import FACTOR, Array, Expected, Oracle, worst_errors
from crosscheck.text import counted
from crosscheck.trial import Opaque

_NOTHING: Array = np.zeros(0, bool)


@dataclass(frozen=True)
class Judgement:
    """What was found about a quantity, and its worst error as a fraction of what is allowed.

    ``array``, in the shape expected, and which of its elements are ``bad``: if it came to values at
    all. ``overflow``: all that is wrong is that elements are infinite.
    """

    findings: list[Finding] = field(default_factory=list)
    worst: float = 0.0
    array: Array = field(default_factory=lambda: _NOTHING)
    bad: Array = field(default_factory=lambda: _NOTHING)
    overflow: bool = False

    @property
    def compared(self) -> bool:
        """Whether it came to values at all."""
        return self.array is not _NOTHING

    @property
    def wrong(self) -> bool:
        """Whether any finding is more than a warning."""
        return any(f.severity == WRONG for f in self.findings)


def judge(case: Case, quantity: str, expected: Expected, got: Array | Opaque) -> Judgement:
    """Attributes before values: kind of number, shape, dtype, finite, then every element."""
    if _is_plain(got, expected, case):
        misfit = expected.misfit(got, case.format)
        worst = float(misfit.max(initial=0.0))
        if worst <= 1:
            return Judgement([], worst, got, np.zeros(got.shape, bool))
    finder = _Finder(case, quantity)
    if isinstance(got, Opaque):
        if got.too_large:
            expects = f"expected {expected.value.shape}"
            return Judgement([finder.found("shape", WRONG, f"is {got.kind}, {expects}")])
        return Judgement([finder.found("dtype", WRONG, f"is {got.kind}, not an array of floats")])
    findings = list(_shape_findings(finder, got, expected.value.shape))
    if any(f.severity == WRONG for f in findings):
        return Judgement(findings)
    findings += _dtype_findings(finder, got, case)
    array = got.reshape(expected.value.shape)
    misfit = expected.misfit(array, case.format)
    worst = float(misfit.max(initial=0.0))
    if worst <= 1:
        return Judgement(findings, worst, array, misfit > 1)
    findings.append(_value_finding(finder, expected, array, misfit))
    overflow = bool(np.isinf(array.astype(np.float64)[misfit > 1]).all())
    return Judgement(findings, worst, array, misfit > 1, overflow)


def worst_of_right(
    asked: Sequence[tuple[Case, Oracle | None, Mapping[str, Any]]],
) -> list[float | None]:
    """The worst error of each case's results, if there is nothing to say of any, None if there is,
    or may be. All at once: most are right.
    """
    plain = {
        number: (oracle, arrays)
        for number, (case, oracle, results) in enumerate(asked)
        if oracle and (arrays := _plain_arrays(results, oracle, case))
    }
    worst = dict(zip(plain, worst_errors([*plain.values()]), strict=True))
    return [error if (error := worst.get(i, np.inf)) <= 1 else None for i in range(len(asked))]


def _plain_arrays(results: Mapping[str, Any], oracle: Oracle, case: Case) -> list[Array]:
    """The results in the oracle's order, if all of them are; else none."""
    if results.keys() != oracle.expected.keys():
        return []
    arrays = [results[quantity] for quantity in oracle.expected]
    for got, expected in zip(arrays, oracle.expected.values(), strict=True):
        if not _is_plain(got, expected, case):
            return []
    return arrays


def _is_plain(got: Array | Opaque, expected: Expected, case: Case) -> TypeGuard[Array]:
    """Whether it is an array of the shape and dtype expected, as nearly all are."""
    return (
        isinstance(got, np.ndarray)
        and got.shape == expected.value.shape
        and name_of(got.dtype) == case.format.name
    )


@dataclass(frozen=True)
class _Finder:
    case: Case
    quantity: str

    def found(self, kind: str, severity: str, message: str, **evidence: Any) -> Finding:
        text = f"{self.quantity} {message}"
        return Finding(
            kind, severity, self.quantity, self.case.id, text, size=self.case.size, **evidence
        )


def _shape_findings(finder: _Finder, array: Array, shape: tuple[int, ...]) -> Iterator[Finding]:
    if array.shape == shape:
        return
    if [n for n in array.shape if n != 1] == [n for n in shape if n != 1]:
        yield finder.found(
            "shape",
            WARNING,
            f"has shape {array.shape}, not {shape}: an axis of length 1 too many or too few",
        )
    else:
        yield finder.found("shape", WRONG, f"has shape {array.shape}, expected {shape}")


def _dtype_findings(finder: _Finder, array: Array, case: Case) -> Iterator[Finding]:
    if name_of(array.dtype) == case.format.name:
        return
    floating = array.dtype.kind == "f" or array.dtype.name == "bfloat16"
    wider = floating and array.dtype.itemsize > case.format.dtype.itemsize
    how = "promoted to" if wider else "turned into"
    yield finder.found(
        "dtype",
        WARNING,  # integers may be right: what is lost in them is judged as values
        f"is {how} {array.dtype.name}: the inputs are {case.format.name}, and so should it be",
    )


def _value_finding(finder: _Finder, expected: Expected, array: Array, misfit: Array) -> Finding:
    """The one finding that says best why elements are outside their bounds."""
    got = array.astype(np.float64)
    bad = misfit > 1
    escaped = bad & ~np.isfinite(got) & np.isfinite(expected.value)
    telling = escaped if escaped.any() else misfit
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(telling)), telling.shape))
    evidence = {
        "index": index,
        "got": float(got[index]),
        "expected": float(expected.value[index]),
        "allowed": float(FACTOR * expected.bound[index]),
        "elements": int(bad.sum()),
        "of": int(bad.size),
    }
    where = f"at {_place(index)} " if index else ""
    if escaped.any():
        return finder.found(
            "nonfinite",
            WRONG,
            f"is {_number(got[index])} {where}where {_number(expected.value[index])} is expected",
            **evidence,
        )
    return finder.found(
        "value",
        WRONG,
        f"is wrong at {evidence['elements']} of {counted(bad.size, 'element')}",
        **evidence,
    )


def _place(index: tuple[int, ...]) -> str:
    return "[" + ", ".join(map(str, index)) + "]"


def _number(value: float) -> str:
    return f"{value:.6g}"
