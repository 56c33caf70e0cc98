"""Rows or steps left out of a sum, or the only ones in it: a loop that ends early, = for +=."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from crosscheck.case import Drawn
from crosscheck.errors import CrosscheckError
from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View
from crosscheck.hints.memory import CaseKey
from crosscheck.local import drawn_from, right_one

_AXES = {"N": "example", "T": "step"}
_PARTS = {
    "the last {} is left out": slice(None, -1),
    "the first {} is left out": slice(1, None),
    "the last {} alone counts: perhaps = stands where += should": slice(-1, None),
    "the first {} alone counts: perhaps = stands where += should": slice(0, 1),
}


def clues(view: View) -> Iterator[Clue]:
    """A sum over the batch or the steps is that of a part of them."""
    if not view.shaped:
        return
    evidence, quantity = view.evidence, view.quantity
    for (told, share), results in _answers(CaseKey(evidence.case, evidence.drawn)).items():
        predicted = results.get(quantity)
        if isinstance(predicted, np.ndarray):
            whole = np.asarray(predicted, np.float64)
            for scale in (1.0, share) if evidence.case.layer.loss else (1.0,):
                if view.fits(whole * scale):
                    text = f"{quantity} is exactly what comes out if {told}"
                    yield Clue(("rows", told), text, cost=3, predicts={quantity: whole * scale})
                    break


@lru_cache(maxsize=512)
def _answers(key: CaseKey) -> Mapping[tuple[str, float], Mapping[str, Any]]:
    """What the right functions return for a part, and how large a part it is."""
    case, found = key.case, {}
    right = right_one(case.layer)
    for axis, word in _AXES.items():
        length = case.dims.get(axis)
        if not isinstance(length, int) or length < 1 or case.layer.keep:
            continue
        for told, part in _PARTS.items():
            kept = len(range(length)[part])
            asked = replace(case, dims={**case.dims, axis: kept})
            try:
                results = right.trial(asked, _cut(key.drawn, case.layer, axis, part)).results
            except (CrosscheckError, ArithmeticError, ValueError, IndexError):
                continue
            found[told.format(word), kept / length] = results
    return found


def _cut(drawn: Drawn, layer: Any, axis: str, part: slice) -> Drawn:
    shapes = {i.name: i.shape for i in layer.inputs}
    shapes |= {"d" + o.name: o.shape for o in layer.upstream}

    def cut(name: str, array: np.ndarray) -> np.ndarray:
        symbols = shapes[name].split()
        if axis not in symbols:
            return array
        return array[(slice(None),) * symbols.index(axis) + (part,)]

    inputs, cotangents = (
        {name: cut(name, a) for name, a in arrays.items()}
        for arrays in (drawn.inputs, drawn.cotangents)
    )
    return drawn_from(inputs, cotangents)
