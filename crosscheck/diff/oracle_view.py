"""Two oracle files in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from crosscheck.diff.elements import BoundChange, Move, QuantityDiff
from crosscheck.diff.note import CHANGED, NOTED, Note, View, number, place, some, times
from crosscheck.diff.oracles import LayerDiff, OracleDiff
from crosscheck.text import counted

_COLUMNS = (
    "layer", "quantity", "elements", "moved", "in bounds", "other bounds", "by", "most in"
)  # fmt: skip
_LEGEND = (
    "Moved: another answer; the largest move in bounds of the old file / of the new one, of which "
    "2 are allowed. Other bounds: more than twice, or less than half."
)


def view(diff: OracleDiff) -> View:
    """The diff in words."""
    differing = [layer for layer in diff.layers.values() if layer.differs]
    return View(
        _source(diff.old),
        _source(diff.new),
        _COLUMNS,
        [row for layer in differing for row in _rows(layer)],
        _LEGEND,
        [note for layer in differing for note in _notes(layer)],
        _summary(diff),
    )


def _source(about: Mapping[str, str]) -> str:
    """Where a file comes from."""
    return (
        f"{about['path']}: torch {about['torch']}, jax {about['jax']}, NumPy {about['numpy']}, "
        f"{about['platform']}, recorded {about['recorded'][:10]}"
    )


def _rows(layer: LayerDiff) -> Iterator[tuple[str, ...]]:
    """A row of the table for each quantity whose elements differ."""
    for name, q in layer.quantities.items():
        if q.moved or q.bounds:
            most = q.largest_move or q.largest_bound_change
            yield (
                layer.layer,
                name,
                str(q.elements),
                str(q.moved or ""),
                _in_bounds(q.largest_move) if q.largest_move else "",
                str(q.bounds or ""),
                _factor(q.largest_bound_change) if q.largest_bound_change else "",
                f"{most.case}  {place(name, most.index)}" if most else "",
            )


def _notes(layer: LayerDiff) -> Iterator[Note]:
    """What is to be read beside the table: changed verdicts, and disputes."""
    for name, q in layer.quantities.items():
        yield from _quantity_notes(layer.layer, name, q)
    for framework, cases in layer.lost.items():
        text = f"the vote of {framework} is lost: its own result is outside the bound now"
        yield _about(layer, text, cases)
    for framework, cases in layer.won.items():
        text = f"the vote of {framework} is won: its own result is within the bound now"
        yield _about(layer, text, cases)
    for text, cases in (
        ("answered for other inputs, so not compared", layer.redrawn),
        ("only in the old file", layer.only_old),
        ("only in the new file", layer.only_new),
    ):
        if cases:
            yield _about(layer, text, cases)


def _about(layer: LayerDiff, text: str, cases: tuple[str, ...]) -> Note:
    headline = f"{layer.layer}: {text}, in {counted(len(cases), 'case')}"
    return Note(CHANGED, headline, [("cases", some(cases))])


def _quantity_notes(layer: str, name: str, q: QuantityDiff) -> Iterator[Note]:
    if q.changed and q.largest_move:
        headline = (
            f"{layer}: {name} moved further than is allowed at {q.beyond} of "
            f"{counted(q.elements, 'element')}, in {counted(len(q.changed), 'case')}"
        )
        yield Note(
            CHANGED, headline, [*_evidence(name, q.largest_move), ("cases", some(q.changed))]
        )
    for style, text, cases in (
        (CHANGED, f"{name} has another shape, or only one file has it", q.reshaped),
        (NOTED, f"{name} is in dispute now: a second answer is accepted", q.disputed),
        (NOTED, f"{name} is in dispute no longer: one answer is accepted", q.settled),
    ):
        if cases:
            headline = f"{layer}: {text}, in {counted(len(cases), 'case')}"
            yield Note(style, headline, [("cases", some(cases))])


def _evidence(name: str, move: Move) -> Iterator[tuple[str, str]]:
    yield "where", f"{place(name, move.index)} in {move.case}, the largest move"
    yield "old", f"{_answers(move.old)}  ± {move.allowed_old:.2g} allowed"
    yield "new", f"{_answers(move.new)}  ± {move.allowed_new:.2g} allowed"
    old, new = times(move.in_old_bounds), times(move.in_new_bounds)
    yield "moved", f"{old} bounds of the old file, {new} of the new one; 2 are allowed"


def _answers(answers: tuple[float, ...]) -> str:
    return " or ".join(map(number, answers))


def _in_bounds(move: Move) -> str:
    return f"{times(move.in_old_bounds)} / {times(move.in_new_bounds)}"


def _factor(change: BoundChange) -> str:
    """``× 3``, ``÷ 8``; where a bound is 0 or infinite on one side, both."""
    if math.isinf(change.size):
        return f"{_bound(change.old)} → {_bound(change.new)}"
    return f"{'×' if change.new > change.old else '÷'} {change.size:.2g}"


def _bound(bound: float) -> str:
    return "no claim" if math.isinf(bound) else f"{bound:.2g}" if bound else "exact"


def _summary(diff: OracleDiff) -> str:
    """What was compared, and how much of it differs."""
    quantities = [q for layer in diff.layers.values() for q in layer.quantities.values()]
    cases = sum(layer.cases for layer in diff.layers.values())
    return (
        f"{counted(len(diff.layers), 'layer')}, {counted(cases, 'case')} in both: "
        f"{counted(sum(q.moved for q in quantities), 'element')} moved, "
        f"another bound at {sum(q.bounds for q in quantities)}."
    )
