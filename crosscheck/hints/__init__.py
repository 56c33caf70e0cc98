"""What the likely mistake is: the relations between what is expected and what was returned.

Most files of this package are each a family of relations. A relation is shown only if it holds in
every case at hand in which the quantity is wrong, and in at least two of different shape. No hint
changes a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from crosscheck.hints.clue import Clue, Hint, Key
from crosscheck.hints.evidence import Evidence, View, different_shapes
from crosscheck.hints.gather import gathered

__all__ = ["Evidence", "Hint", "gathered", "hints"]

Family = Callable[[View], Iterator[Clue]]
Found = dict[Key, list[Clue]]
_SHOWN = 2
_OF_SIZE = ("empty", "uncropped", "outer", "size")  # of a shape alone, whatever the values are


def hints(quantity: str, evidence: Sequence[Evidence]) -> list[Hint]:
    """What explains a wrong quantity: the simplest relation of the first family that has any.

    If none explains all that is wrong, what is finite and what is not may be two mistakes: then
    one of each, if they are found. Empty if there are not two failing cases of different shape, or
    if nothing explains them.
    """
    with np.errstate(all="ignore"):
        wrong = [e for e in evidence if e.is_wrong(quantity)]
        failed = [view for e in wrong if (view := e.view(quantity))]
        if len(failed) < len(wrong):
            return []
        passed = [v for e in evidence if (v := e.view(quantity)) and v.refutes]
        if found := _explaining(failed, passed):
            return [_told(found, failed)]
        return list(_apart(failed, passed))


def _explaining(failed: Sequence[View], passed: Sequence[View]) -> Found:
    """The simplest relations that explain all of these, and are not refuted by what passed."""
    if _shapes(failed) < 2:
        return {}
    for family, predicts in families(failed[0]):
        found = _in_all(family, failed)
        if predicts:
            found = _not_refuted(found, family, passed)
        if found:
            return _simplest(_most_telling(found, failed), failed)
    return {}


def _apart(failed: Sequence[View], passed: Sequence[View]) -> Iterator[Hint]:
    """What explains one kind of failure each, where none explains all: wrong numbers, and shapes
    that are wrong or, made besides what explains the numbers, what turns them into NaN or inf.
    """
    finite = [view for view in failed if view.shaped and not view.escaped]
    escaped = [view for view in failed if view.escaped]
    shapeless = [view for view in failed if not view.shaped]
    if not finite or bool(escaped) == bool(shapeless):
        return
    first = _explaining(finite, passed)
    if escaped:
        so, where, views = "it is finite", "is not finite", escaped
        second = _besides(finite, escaped, passed, first)
    else:
        so, where, views = "its shape is right", "has another shape", shapeless
        second = _explaining(shapeless, passed)
        if not all(key[0] in _OF_SIZE for key in second) or not second:
            return  # the same mistake may show in the shape here, and in the values there
    if first:
        told = _told(first, finite)
        yield replace(told, text=f"{told.text} That explains the cases in which {so}.")
    if second:
        told, start = _told(second, views), f"In the cases in which {finite[0].quantity} {where}: "
        yield replace(told, text=start + told.text)


def _besides(
    finite: Sequence[View], escaped: Sequence[View], passed: Sequence[View], first: Found
) -> Found:
    """Which slip, made besides the first mistake, turns numbers into NaN or inf, and changes
    nothing where all is finite.
    """
    from crosscheck.hints import both

    if _shapes(escaped) < 2:
        return {}
    found = _in_all(lambda view: both.clues(view, next(iter(first), ())), escaped)
    for view in (*finite, *passed):
        quiet = both.silent(view)
        found = {key: clues for key, clues in found.items() if key in quiet}
    return _simplest(_most_telling(found, escaped), escaped)


def _shapes(views: Sequence[View]) -> int:
    return different_shapes(view.evidence for view in views)


def families(view: View) -> list[tuple[Family, bool]]:
    """Every family of relations, the simplest and most telling first; and whether it says what
    comes out of any case, so that a case that passes can refute it.

    Where plain values are right, a layer's own slips come first: zeros and factors are then only
    what they come to.
    """
    from crosscheck.hints import entry, factor, precision, region, same, shape, sizes

    simple = [(f, False) for f in (same.zero, shape.clues, same.clues, factor.clues)]
    plain = view.evidence.case.scenario.name == "normal"
    first = [*simple, (_what_if, True)] if plain else [(_what_if, True), *simple]
    last = [(same.others, False), (shape.sums, False), (entry.clues, True), (region.clues, True)]
    return [*first, *last, (precision.clues, False), (sizes.clues, True), (shape.outer, False)]


def _what_if(view: View) -> Iterator[Clue]:
    """The relations that say what comes out of any case, right or wrong."""
    from crosscheck.hints import asif, rows, terms

    for family in (terms, rows, asif):
        yield from family.clues(view)


def _not_refuted(found: Found, family: Family, passed: Sequence[View]) -> Found:
    """Those that nothing contradicts that came out of the cases that passed."""
    for view in passed:
        if found:
            refuted = {clue.key for clue in family(replace(view, refuting=True))}
            found = {key: clues for key, clues in found.items() if key not in refuted}
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
                wide = predicted.astype(np.float64)
                fits = other.fits(wide)
                explained += (fits or other.escapes_as(wide)) and not other.passed
                contradicted += (other.passed and not fits) or other.stays_where(wide)
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


def _simplest(found: Found, views: Sequence[View]) -> Found:
    """Those that cost least; of more than two, the first two. Where no number that came out tells
    them apart, more than two are no explanation.
    """
    least = min((clues[0].cost for clues in found.values()), default=0.0)
    simplest = [item for item in found.items() if item[1][0].cost == least]
    blank = not any(view.shaped and np.isfinite(view.got).any() for view in views)
    return {} if blank and len(simplest) > _SHOWN else dict(simplest[:_SHOWN])


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
