"""Two mistakes in one quantity: one where all is finite, another where it escapes to NaN or inf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from crosscheck.hints import factor, terms
from crosscheck.hints.clue import Clue, Key
from crosscheck.hints.evidence import View
from crosscheck.hints.memory import CaseKey
from crosscheck.hints.slip import Slip


def clues(view: View, first: Key) -> Iterator[Clue]:
    """The slips that predict what was returned if they are made besides the ``first`` mistake, of
    which the key is empty if there is none.
    """
    made = ((name, _made(view, first, name)) for name in _slips(view))
    yield from terms.of_slips(view, {name: found for name, found in made if found})


def _made(view: View, first: Key, name: str) -> Mapping[str, np.ndarray]:
    """What every quantity is with a slip; and with the first mistake, this one."""
    evidence = view.evidence
    kind, *told = first or ("",)
    chosen = (name, *map(str, told)) if kind == "slip" else (name,)
    found = dict(terms.worked(evidence.case, evidence.drawn, Slip(*chosen)))
    if view.quantity not in found:
        return {}
    mine = found[view.quantity]
    if kind == "factor":
        mine = terms.summed(mine) * factor.valued(evidence, str(told[0]))
    elif kind == "term" and isinstance(mine, Mapping):
        coefficient, term = told
        times = (
            coefficient
            if isinstance(coefficient, float)
            else factor.valued(evidence, str(coefficient))
        )
        others = {n: value for n, value in mine.items() if n != term}
        mine = {**others, **({str(term): times * mine[term]} if times else {})}
    return {q: terms.summed(value) for q, value in {**found, view.quantity: mine}.items()}


def silent(view: View) -> set[Key]:
    """The slips that change nothing of the quantity in this case, so that it says nothing against
    them.
    """
    return {
        ("slip", name)
        for name, quantities in _slips(view).items()
        if view.quantity in quantities and not view.differ(quantities[view.quantity], view.expected)
    }


def _slips(view: View) -> Mapping[str, Mapping[str, np.ndarray]]:
    evidence = view.evidence
    declared = evidence.case.layer.terms is not None
    return terms.slips(CaseKey(evidence.case, evidence.drawn)) if declared else {}
