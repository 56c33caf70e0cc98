"""What a layer declares itself: the terms of each quantity, and the slips that people make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View
from crosscheck.hints.factor import named
from crosscheck.hints.memory import CaseKey
from crosscheck.hints.slip import Slip

Array = np.ndarray


def clues(view: View) -> Iterator[Clue]:
    """A slip that predicts what was returned; or terms with other coefficients than 1."""
    terms = _terms(view)
    if terms is None:
        return
    yield from of_slips(view, slips(CaseKey(view.evidence.case, view.evidence.drawn)))
    yield from _coefficients(view, terms)


def of_slips(view: View, found: Mapping[str, Mapping[str, Array]]) -> Iterator[Clue]:
    """The slips, with what each makes of every quantity, that predict what was returned."""
    for name, quantities in found.items():
        predicted = quantities.get(view.quantity)
        if predicted is not None and view.fits(predicted):
            text = f"{view.quantity} is exactly what comes out if {name}"
            yield Clue(("slip", name), text, predicts=quantities)


def _terms(view: View) -> Array | Mapping[str, Array] | None:
    """What the layer declares of a quantity; None if that is nothing, or not what is expected of
    this case: then what it is with a slip proves nothing either.
    """
    if view.evidence.case.layer.terms is None:
        return None
    declared = _declared(CaseKey(view.evidence.case, view.evidence.drawn)).get(view.quantity)
    if declared is None or view.differ(summed(declared), view.expected):
        return None
    return declared


def _coefficients(view: View, terms: Array | Mapping[str, Array]) -> Iterator[Clue]:
    if not isinstance(terms, Mapping) or not view.shaped or not np.isfinite(view.got).all():
        return
    quantity = view.quantity
    total = summed(terms)
    for name, term in terms.items():
        for coefficient, told in (
            (0.0, f"lacks {name}"),
            (2.0, f"has {name} twice"),
            (-1.0, f"has {name} with the wrong sign"),
            (0.5, f"has only half of {name}"),
        ):
            if view.fits(total + (coefficient - 1) * term):
                text = f"{quantity} {told}, and is right otherwise"
                yield Clue(("term", coefficient, name), text, cost=1)
    yield from _pairs(view, terms, total)
    yield from _named_coefficients(view, terms, total)


def _pairs(view: View, terms: Mapping[str, Array], total: Array) -> Iterator[Clue]:
    if len(terms) < 3:
        return
    for names in combinations(terms, 2):
        if view.fits(total - terms[names[0]] - terms[names[1]]):
            text = f"{view.quantity} lacks {names[0]} and {names[1]}, and is right otherwise"
            yield Clue(("terms", *names), text, cost=1.5)


def _named_coefficients(view: View, terms: Mapping[str, Array], total: Array) -> Iterator[Clue]:
    for name, term in terms.items():
        rest, size = view.got - (total - term), float((term * term).sum())
        if not size:
            continue
        measured = float((rest * term).sum()) / size
        for factor, (value, where, cost) in named(view.evidence).items():
            near = view.refuting or abs(value - measured) < 1e-6 * abs(measured)
            if near and view.fits(total + (value - 1) * term):
                here = f" ({where})" if where else ""
                text = f"{view.quantity} has {name} {factor} times{here}, and is right otherwise"
                yield Clue(("term", factor, name), text, cost=2 + cost)


@lru_cache(maxsize=512)
def _declared(key: CaseKey) -> Mapping[str, Any]:
    return worked(key.case, key.drawn, Slip())


@lru_cache(maxsize=512)
def slips(key: CaseKey) -> Mapping[str, Mapping[str, Array]]:
    """By the name of each slip that the layer declares, what every quantity then is; nothing where
    it does not fit the shapes of the case.
    """
    noted = Slip()
    worked(key.case, key.drawn, noted)
    found = {}
    for name in noted.names:
        quantities = worked(key.case, key.drawn, Slip(name))
        found[name] = {q: summed(value) for q, value in quantities.items()}
    return found


def worked(case: Case, drawn: Drawn, slip: Slip) -> Mapping[str, Any]:
    """What a layer declares of every quantity; nothing where a slip does not fit the shapes."""
    terms: Callable[..., Mapping[str, Any]] | None = case.layer.terms
    assert terms is not None
    try:
        return terms(slip, wide(drawn.inputs), wide(drawn.cotangents), **case.options)
    except (ArithmeticError, ValueError, IndexError):
        return {}


def wide(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The same with all floats in float64."""
    return {n: a.astype(np.float64) if a.dtype.kind == "f" else a for n, a in arrays.items()}


def summed(value: Array | Mapping[str, Array]) -> Array:
    """A quantity, from its terms if it is declared by them."""
    return np.asarray(sum(value.values()) if isinstance(value, Mapping) else value)
