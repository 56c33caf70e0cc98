"""What the likely mistake is: the relations between what is expected and what was returned.

Most files of this package are each a family of relations. A relation is shown only if it holds in
every case at hand in which the quantity is wrong, and in at least two of different shape. No hint
changes a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from crosscheck.hints.clue import Clue, Hint, Key
from crosscheck.hints.evidence import Evidence, View, different_shapes
from crosscheck.hints.gather import gathered

__all__ = ["Evidence", "Hint", "gathered", "hints"]

Family = Callable[[View], Iterator[Clue]]
Found = dict[Key, list[Clue]]
_SHOWN = 2


def hints(quantity: str, evidence: Sequence[Evidence]) -> list[Hint]:
    """What explains a wrong quantity: the simplest relation of the first family that has any.

    Empty if there are not two failing cases of different shape, or if nothing explains all.
    """
    with np.errstate(all="ignore"):
        wrong = [e for e in evidence if e.is_wrong(quantity)]
        views = [view for e in evidence if (view := e.view(quantity))]
        failed = [view for view in views if not view.passed]
        if len(failed) < len(wrong) or different_shapes(wrong) < 2:
            return []
        passed = [view for view in views if view.passed]
        for family, predicts in families(failed[0]):
            found = _in_all(family, failed)
            if predicts:
                found = _not_refuted(found, family, passed)
            if found:
                return [_told(_simplest(_most_telling(found, failed)), failed)]
    return []


def families(view: View) -> list[tuple[Family, bool]]:
    """Every family of relations, the simplest and most telling first; and whether it says what
    comes out of any case, so that a case that passes can refute it.

    Where plain values are right, a layer's own slips come first: zeros and factors are then only
    what they come to.
    """
    from crosscheck.hints import entry, factor, precision, region, same, shape

    simple = [(f, False) for f in (same.zero, shape.clues, same.clues, factor.clues)]
    plain = view.evidence.case.scenario.name == "normal"
    first = [*simple, (_what_if, True)] if plain else [(_what_if, True), *simple]
    last = [(same.others, False), (shape.sums, False), (entry.clues, True), (region.clues, True)]
    return [*first, *last, (precision.clues, False)]


def _what_if(view: View) -> Iterator[Clue]:
    """The relations that say what comes out of any case, right or wrong."""
    from crosscheck.hints import asif, rows, terms

    for family in (terms, rows, asif):
        yield from family.clues(view)


def _not_refuted(found: Found, family: Family, passed: Sequence[View]) -> Found:
    """Those that also say what came out of the cases that passed."""
    for view in passed:
        if found:
            holding = {clue.key for clue in family(view)}
            found = {key: clues for key, clues in found.items() if key in holding}
    return found


def _most_telling(found: Found, views: Sequence[View]) -> Found:
    """Those that explain most of the other quantities that are wrong; among them, those that say
    least against what is right.
    """
    if len(found) < 2:
        return found
    scores = {key: _score(clues, views) for key, clues in found.items()}
    return {key: clues for key, clues in found.items() if scores[key] == min(scores.values())}


def _score(clues: Sequence[Clue], views: Sequence[View]) -> tuple[int, int]:
    explained, contradicted = 0, 0
    for clue, view in zip(clues, views, strict=True):
        for quantity, other in view.evidence.views.items():
            predicted = clue.predicts.get(quantity)
            if quantity != view.quantity and isinstance(predicted, np.ndarray):
                fits = other.fits(predicted.astype(np.float64))
                explained += fits and not other.passed
                contradicted += other.passed and not fits
    return -explained, contradicted


def _in_all(family: Family, views: Sequence[View]) -> Found:
    """The relations of a family that hold in all of these cases, with what each case says."""
    found: Found = {}
    for i, view in enumerate(views):
        here = {clue.key: clue for clue in family(view)}
        found = {
            key: [*found.get(key, []), clue] for key, clue in here.items() if not i or key in found
        }
        if not found:
            break
    return found


def _simplest(found: Found) -> Found:
    """Those that cost least; of more than two, the first two."""
    least = min(clues[0].cost for clues in found.values())
    return dict([item for item in found.items() if item[1][0].cost == least][:_SHOWN])


def _told(found: Found, views: Sequence[View]) -> Hint:
    """One relation; or two that cannot be told apart, as either."""
    sentences = [_sentence(clues) for clues in found.values()]
    cause = next((clues[0].cause for clues in found.values()), "")
    text = ". Or this, which these cases cannot tell apart: ".join(sentences) + "."
    scenario = views[0].evidence.case.scenario
    plain = scenario.name == "normal"
    where = "" if plain else f" These cases are of the scenario {scenario.name}: {scenario.about}."
    return Hint(tuple(found), f"{text} {cause}".rstrip() + where)


def _sentence(clues: Sequence[Clue]) -> str:
    first = clues[0]
    another = next((c.elsewhere for c in clues[1:] if c.elsewhere != first.elsewhere), "")
    return first.says + (f"; {another}" if another else "")
