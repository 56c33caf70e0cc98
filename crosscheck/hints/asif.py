"""What comes out if one thing that goes in were another: a bias of 0, an eps of 1e-5, no mask.

The right functions (impl_numpy's) are run with it, so both passes are consistent with the mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.case import Case, Drawn
from crosscheck.errors import CrosscheckError
from crosscheck.hints.clue import Clue, Key
from crosscheck.hints.evidence import Evidence, View
from crosscheck.hints.memory import CaseKey
from crosscheck.local import drawn_from, right_one

Arrays = Mapping[str, np.ndarray]
# What people write for an option that they were told to take from the arguments.
_DEFAULTS = (0.0, 1e-5, 1e-8, 1e-7, 1e-2, 1e-3, 0.9, 0.999, 0.99, 0.5, 1.0)
_EPSILONS = (0.0, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)


@dataclass(frozen=True)
class What:
    """Other arrays, or other options, and how that is told."""

    key: Key
    told: str
    arrays: Arrays
    dims: Mapping[str, Any]
    cost: float = 0
    cause: str = ""


def clues(view: View) -> Iterator[Clue]:
    """What was returned is what the right functions make of something else."""
    evidence = view.evidence
    for what, results in _answers(CaseKey(evidence.case, evidence.drawn)):
        if what.key[0] == "keep" and not _shows_forward(evidence):
            continue
        predicted = results.get(view.quantity)
        if isinstance(predicted, np.ndarray) and view.fits(predicted.astype(np.float64)):
            text = f"{view.quantity} is exactly what comes out {what.told}"
            key, cost = ("as if", *what.key), 4 + what.cost
            yield Clue(key, text, cause=what.cause, cost=cost, predicts=results)


def _shows_forward(evidence: Evidence) -> bool:
    """Whether any output is wrong: how many elements are dropped shows there first."""
    views = (evidence.view(o.name) for o in evidence.case.layer.outputs)
    return any(view and not view.passed for view in views)


@lru_cache(maxsize=512)  # every quantity of a case asks for the same
def _answers(key: CaseKey) -> tuple[tuple[What, Mapping[str, Any]], ...]:
    return tuple(_computed(key.case, key.drawn))


def _computed(case: Case, drawn: Drawn) -> Iterator[tuple[What, Mapping[str, Any]]]:
    right = right_one(case.layer)
    for what in _whats(case, drawn):
        asked = replace(case, dims={**case.dims, **what.dims}) if what.dims else case
        inputs = {n: what.arrays.get(n, a) for n, a in drawn.inputs.items()}
        cotangents = {n: what.arrays.get(n, a) for n, a in drawn.cotangents.items()}
        try:
            results = right.trial(asked, drawn_from(inputs, cotangents)).results
        except (CrosscheckError, ArithmeticError, ValueError):
            continue
        if not case.layer.keep:
            yield what, results


def _whats(case: Case, drawn: Drawn) -> Iterator[What]:
    yield from _of_options(case)
    if "seed" in case.options:
        return  # a net with everything or nothing dropped is like many others
    for name, array in drawn.inputs.items():
        if array.dtype.kind == "f":
            yield from _of_floats(name, array)
            yield from _of_rows(name, array)
        elif array.dtype.kind == "b":
            yield What((name, "inverted"), f"with {name} inverted", {name: ~array}, {})
            yield What((name, "all"), f"if {name} is ignored", {name: np.ones_like(array)}, {})
    for name, array in drawn.cotangents.items():
        if array.dtype.kind == "f" and not case.layer.loss:
            ones = np.ones_like(array)
            yield What((name, "ones"), f"if {name} is not multiplied in", {name: ones}, {}, 1)
            if len(drawn.cotangents) > 1:
                yield What((name, "zero"), f"if {name} is ignored", {name: 0 * array}, {}, 1)
    for (one, a), (other, b) in combinations(drawn.inputs.items(), 2):
        if a.shape == b.shape and a.dtype == b.dtype and a.dtype.kind == "f":
            swapped = {one: b, other: a}
            yield What((one, other, "swapped"), f"with {one} and {other} swapped", swapped, {}, 2)
            yield What((one, "is", other), f"if {other} stands for {one}", {one: b}, {}, 2)
            yield What((other, "is", one), f"if {one} stands for {other}", {other: a}, {}, 2)


def _of_floats(name: str, array: np.ndarray) -> Iterator[What]:
    yield What((name, "zero"), f"if {name} is left out (as if it were 0)", {name: 0 * array}, {})
    ones = np.ones_like(array)
    yield What((name, "ones"), f"if {name} is left out (as if it were 1)", {name: ones}, {}, 0.5)
    yield What((name, "twice"), f"with 2·{name} for {name}", {name: 2 * array}, {}, 1)
    yield What((name, "negative"), f"with -{name} for {name}", {name: -array}, {}, 1)
    if array.ndim == 2 and min(array.shape) > 1:
        if array.shape[0] == array.shape[1]:
            turned, told = array.T, f"with {name} transposed"
        else:
            turned, told = array.T.reshape(array.shape), f"with {name} reshaped, not transposed"
        yield What((name, "transposed"), told, {name: turned}, {}, 1)
        refit = array.reshape(array.shape[::-1]).T
        told = f"if {name} is reshaped where it should be transposed"
        if array.shape[0] != array.shape[1]:
            yield What((name, "refitted"), told, {name: refit}, {}, 1)
    if array.ndim == 4 and min(array.shape[2:]) >= 1:
        flipped = array[:, :, ::-1, ::-1]
        yield What(
            (name, "flipped"), f"with {name} flipped in both directions", {name: flipped}, {}
        )
        turned = array.swapaxes(2, 3).reshape(array.shape)
        told = f"with height and width of {name} swapped, its shape kept"
        yield What((name, "turned"), told, {name: turned}, {}, 1)
    if array.ndim >= 3:
        fortran = array.reshape(len(array), -1, order="F").reshape(array.shape)
        told = f"if {name} is flattened in Fortran order"
        yield What((name, "fortran"), told, {name: fortran}, {})


def _of_rows(name: str, array: np.ndarray) -> Iterator[What]:
    if array.ndim < 2:
        return
    first, last = (np.broadcast_to(array[i], array.shape) for i in (slice(0, 1), slice(-1, None)))
    yield What((name, "first"), f"if the first of {name} serves for all", {name: first}, {}, 2)
    yield What((name, "last"), f"if the last of {name} serves for all", {name: last}, {}, 2)
    if array.ndim == 3:
        backwards = array[:, ::-1]
        yield What((name, "reversed"), f"if {name} is read from its end", {name: backwards}, {}, 1)


def _of_options(case: Case) -> Iterator[What]:
    for name, value in case.options.items():
        if isinstance(value, float):
            yield from _of_number(case, name, value)
        else:
            yield from _of_count(case, name, value)
    for one, other in combinations(case.options, 2):
        a, b = case.options[one], case.options[other]
        if type(a) is type(b):
            told = f"with {one} and {other} swapped"
            yield What((one, other), told, {}, {one: b, other: a})


def _of_number(case: Case, name: str, value: float) -> Iterator[What]:
    """An option of any value: a probability, an epsilon, a rate."""
    for other in _EPSILONS if name in ("eps", "epsilon") else _DEFAULTS:
        # A loss whose options are 0 is another loss, but for its penalty.
        if other != value and (other or not case.layer.loss or name == "reg"):
            told = f"with {name} = {other:g}, whatever the case says"
            cost, cause = 0.5 if other else 0, _unread(case, name)
            yield What((name, other), told, {}, {name: other}, cost, cause)
    if 0 < value < 1:
        yield What((name, "complement"), f"with 1 - {name} for {name}", {}, {name: 1 - value})
    for word, told, another in (
        ("twice", f"2·{name}", 2 * value),
        ("half", f"{name}/2", value / 2),
        ("negative", f"-{name}", -value),
    ):
        yield What((name, word), f"with {told} for {name}", {}, {name: another}, 1)


def _unread(case: Case, name: str) -> str:
    """Why an option has no effect, if it comes in a dict."""
    for argument in case.layer.arguments:
        if isinstance(argument, Bundle) and name in argument.holds:
            return f'Likely {argument.name}["{name}"] is never read, or under another key.'
    return ""


def _of_count(case: Case, name: str, value: int) -> Iterator[What]:
    """An option that is a whole number: a stride, the number of heads or groups."""
    if name in ("stride", "pad", "pool_stride"):
        for other in (0, 1, value + 1):
            if other != value:
                told = f"with {name} = {other}, whatever the case says"
                yield What((name, other), told, {}, {name: other})
    elif name in ("G", "num_heads"):
        width = case.dims["C" if name == "G" else "D"]
        assert isinstance(width, int)
        each = "the width of a head" if name == "num_heads" else "C/G"
        for told, other in (("1", 1), ("all channels", width), (each, width // value)):
            yield What((name, told), f"with {told} for {name}", {}, {name: other}, 1)
