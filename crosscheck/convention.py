"""Answers that neither framework gives but that are as defensible: told apart from mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.compare import Judgement
from crosscheck.finding import WARNING
from crosscheck.layer import Alternative
from crosscheck.oracle import Array, Expected

Answer = Array | tuple[Array, Array]


def by_convention(
    case: Case, drawn: Drawn, expected: Mapping[str, Expected], judged: Mapping[str, Judgement]
) -> dict[str, Judgement]:
    """The same judgements, with a warning for what a declared convention explains.

    A convention that is declared for several quantities must be followed in all of them: half the
    penalty in the loss and all of it in the gradient is a mistake.
    """
    explained: dict[str, str] = {}
    for reason, group in _declared(case, judged).items():
        off = {q for q in group if judged[q].bad.any()}
        if off - explained.keys():
            arguments = drawn.inputs, drawn.cotangents
            several = (
                c.answers(expected[q].value, *arguments, **case.options) for q, c in group.items()
            )
            for answers in zip(*several, strict=True):
                pairs = zip(group, answers, strict=True)
                if all(_follows(case, expected[q], judged[q], a) for q, a in pairs):
                    explained = dict.fromkeys(off, reason) | explained
                    break
    return {
        q: _excused(q, judgement, explained[q]) if q in explained else judgement
        for q, judgement in judged.items()
    }


def _declared(case: Case, judged: Mapping[str, Judgement]) -> dict[str, dict[str, Alternative]]:
    """By reason, the alternatives for each quantity whose values were judged at all. What has
    overflowed does not say which one it follows.
    """
    groups: dict[str, dict[str, Alternative]] = {}
    for c in case.layer.conventions:
        told = judged.get(c.quantity)
        if isinstance(c, Alternative) and told and told.compared and not told.overflow:
            groups.setdefault(c.reason, {})[c.quantity] = c
    return groups


def _follows(case: Case, expected: Expected, judgement: Judgement, answer: Answer) -> bool:
    """Whether the answer explains every element that is off, or all if none is."""
    value, summed = answer if isinstance(answer, tuple) else (answer, np.abs(answer))
    bound = _scaled(expected, value) + case.format.unit * _finite(summed)
    fits = Expected(value, bound).misfit(judgement.array, case.format) <= 1
    if not judgement.bad.any():
        return bool(fits.all())
    # An answer that is the frameworks' own explains nothing.
    another = expected.misfit(value, case.format) > 1
    return bool(fits[judgement.bad].all() and another[judgement.bad].any())


def _scaled(expected: Expected, answer: Array) -> Array:
    """The bound for another answer: wider where it is larger in magnitude."""
    with np.errstate(all="ignore"):
        ratio = np.abs(answer / expected.value)
        wider = np.isfinite(ratio) & (ratio > 1)  # where 0 is expected, nothing says how much
        return np.asarray(expected.bound * np.where(wider, ratio, 1.0))


def _finite(magnitudes: Array) -> Array:
    return np.where(np.isfinite(magnitudes), magnitudes, 0.0)


def _excused(quantity: str, judgement: Judgement, reason: str) -> Judgement:
    *others, value = judgement.findings
    message = f"{quantity} differs from the frameworks by convention: {reason}"
    warned = replace(value, kind="convention", severity=WARNING, message=message)
    return replace(judgement, findings=[*others, warned])
