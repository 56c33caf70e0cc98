"""A mask that the candidate draws itself, as dropout does: read back from what it kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np

from crosscheck.case import Case
from crosscheck.oracle import Array, Expected

# A number kept so far from the mean, in standard deviations, is not chance: one in 500 million.
_UNLIKELY = 6.0
_IMPOSSIBLE = 2e-9


def masked(
    case: Case, expected: Mapping[str, Expected], results: Mapping[str, Any]
) -> tuple[Mapping[str, Expected], list[str]]:
    """What is expected given the elements that the candidate kept, and what is wrong with their
    choice, if anything. ``expected`` is what it is if all are kept.
    """
    output, p = case.layer.outputs[0].name, float(case.options[case.layer.keep])
    kept, known = _mask(expected, results)
    scale = _scale(expected[output], _numbers(results.get(output), kept.shape), kept)
    # Its scale tells which of p and 1 - p it took for the probability to keep an element.
    taken = [q for q in (p, 1 - p) if abs(scale * q / p - 1) < 0.1] or [p, 1 - p]
    given = {
        quantity: _where(kept, e, 1.0 if quantity == output else p / taken[0])
        for quantity, e in expected.items()
    }
    return given, [*_miscounted(kept[known], taken), *_shared(kept, p)]


def _mask(expected: Mapping[str, Expected], results: Mapping[str, Any]) -> tuple[Array, Array]:
    """Which elements were kept, and of which this is known: where something is expected that is
    not 0 if it is kept, the first such quantity tells. Elsewhere it makes no difference.
    """
    shape = next(iter(expected.values())).value.shape
    kept, known = np.zeros(shape, bool), np.zeros(shape, bool)
    for quantity, e in expected.items():
        got = _numbers(results.get(quantity), shape)
        if got is not None:
            telling = ~known & (e.value != 0)
            kept |= telling & (got != 0)
            known |= telling
    return kept, known


def _numbers(got: Any, shape: tuple[int, ...]) -> Array | None:
    """None if it is no array of as many numbers: that is found elsewhere."""
    if not isinstance(got, np.ndarray):
        return None
    array = np.asarray(got)  # not of a class of theirs
    readable = array.dtype.kind in "fiub" or array.dtype.name == "bfloat16"
    if not readable or array.size != np.prod(shape, dtype=np.int64):
        return None
    return array.astype(np.float64).reshape(shape)


def _scale(expected: Expected, got: Array | None, kept: Array) -> float:
    """How many times too large what was kept is; NaN if nothing was."""
    places = kept & (expected.value != 0)
    if got is None or not places.any():
        return np.nan
    return float(np.median(got[places] / expected.value[places]))


def _where(kept: Array, e: Expected, factor: float) -> Expected:
    """``factor`` times what is expected, and 0 exactly where nothing was kept."""
    value, bound = e.value * factor, e.bound * max(factor, 1.0)
    return replace(e, value=np.where(kept, value, 0.0), bound=np.where(kept, bound, 0.0))


def _miscounted(kept: Array, probabilities: list[float]) -> Iterator[str]:
    """Whether so many are kept with none of these probabilities."""
    count, size = int(kept.sum()), kept.size

    def chance(q: float) -> bool:
        return abs(count - size * q) <= _UNLIKELY * max(sqrt(size * q * (1 - q)), 0.5)

    if not any(map(chance, probabilities)):
        either = " or ".join(f"{q:g}" for q in probabilities)
        yield f"keeps {count} of {size} elements, where each is kept with probability {either}"


def _shared(kept: Array, p: float) -> Iterator[str]:
    """One mask for all examples, or for all features, is not drawn for each element."""
    if not 0 < kept.sum() < kept.size:
        return
    for axis, length in enumerate(kept.shape):
        chance = (p**length + (1 - p) ** length) ** (kept.size // length)
        if chance < _IMPOSSIBLE and (kept == kept.take([0], axis)).all():
            yield f"keeps or drops all elements along axis {axis} together"
