"""Values that are simpler than others: zeros, ones and small integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.layer import Input
from crosscheck.local import drawn_from
from crosscheck.scenario import Bits, normal

# Halves and quarters are exact, and so are their sums: no rounding error makes or breaks a tie.
_SIMPLE = (0.0, 1.0, 2.0, 3.0, -1.0, -2.0, -3.0, 0.5, -0.5, 10.0, -10.0, 100.0, -100.0, 1000.0)
_JITTER = 2.0**-20


def changeable(case: Case) -> list[tuple[str, Input | None]]:
    """The arrays whose values may be changed, by name: inputs, then cotangents (``None``).

    A mask keeps what its fill promises, that no row is without a step for instance; and a loss is
    differentiated as it stands.
    """
    inputs = [(name, i) for i in case.layer.inputs if _dtype(case, name := i.name).kind != "b"]
    upstream = () if case.layer.loss else case.layer.upstream
    return [*inputs, *(("d" + o.name, None) for o in upstream)]


def _dtype(case: Case, name: str) -> np.dtype:
    return case.draw().inputs[name].dtype


def simpler_wholes(array: np.ndarray, i: Input | None) -> Iterator[np.ndarray]:
    """The same array with one value everywhere."""
    if array.size > 1:
        yield from (np.full_like(array, v) for v in _ladder(i) if v in (0, 1))


def simpler_values(value: Any, i: Input | None) -> Iterator[Any]:
    """Values that are simpler than this one. ``i``: whose it is, if not a cotangent's."""
    if i is not None and i.below:
        yield from range(int(value))
        return
    number = float(value)
    ladder = _ladder(i)
    if number in ladder:
        yield from ladder[: ladder.index(number)]
    elif np.isfinite(number):
        yield from ladder
        for rounded in (np.rint(number), np.rint(4 * number) / 4, float(f"{number:.2g}")):
            if len(repr(float(rounded))) < len(repr(number)) and rounded * number > 0:
                yield rounded


def _ladder(i: Input | None) -> tuple[float, ...]:
    # A fill of its own promises something: that a variance is positive, or a target a probability.
    return (1.0, 0.5) if i is not None and i.fill and i.constant else _SIMPLE


def ranked(array: np.ndarray, i: Input | None) -> Iterator[np.ndarray]:
    """Its values replaced by small integers in the same order and of the same signs: what is tied
    stays tied, what is not does not become so.
    """
    if array.dtype.kind != "f" or (i is not None and i.fill and i.constant):
        return
    places = np.zeros(array.shape)
    for sign in (1.0, -1.0):
        own = np.unique(sign * array[sign * array > 0])
        places += sign * np.where(sign * array > 0, 1 + np.searchsorted(own, sign * array), 0)
    simpler = np.where(array == 0, array, places)  # a zero keeps its sign
    if np.isfinite(array).all() and not np.array_equal(simpler, array):
        yield simpler


def jittered(case: Case, drawn: Drawn, sign: float) -> Drawn:
    """All float inputs moved a little, each number in a direction of its own, ``sign`` says which
    of two: whatever was tied is not.
    """
    bits, inputs = Bits(case.id), dict(drawn.inputs)
    for i in case.layer.inputs:
        array = inputs[i.name]
        if array.dtype.kind == "f" and not (i.fill and i.constant):
            noise = normal(bits, array.shape, case.format)
            inputs[i.name] = array + sign * _JITTER * noise * (1 + np.abs(array))
    return drawn_from(inputs, drawn.cotangents)
