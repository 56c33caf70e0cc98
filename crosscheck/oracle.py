"""References that agree, with a bound on rounding error per element: what a candidate is judged by.

An oracle is a value: the same whether it was computed a moment ago or read from a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Protocol

import numpy as np

from crosscheck.case import Case
from crosscheck.dtypes import Format
from crosscheck.progress import Progress

Array = np.ndarray

# A candidate may be this many bounds off. Measured with it over nine layers, four dtypes and widths
# of 1 to 4,096: no false alarm in 20,213 correct runs; one bound alone gives some in float16.
FACTOR = 2.0
# Above this floor a case could not see an error of 10 %, and is no evidence.
UNDERPOWERED = 0.1


@dataclass(frozen=True)
class Expected:
    """What one quantity must be: float64 values, and how far each element may be off, halved.

    An infinite ``bound`` makes no claim: *not tested*, never *passed*. Where the frameworks differ
    by convention, ``other`` is the second accepted answer.
    """

    value: Array
    bound: Array
    other: Array | None = None

    def misfit(self, got: Array, fmt: Format) -> Array:
        """The error as a fraction of what is allowed, element by element: above 1 is wrong.

        A non-finite element is wrong wherever the true value is finite and well inside the range
        of the format, also where the bound makes no claim: that is overflow, not rounding.
        """
        got = got.astype(np.float64, copy=False)
        with np.errstate(all="ignore"):
            misfit = _distance(got, self.value, self._allowed)
            if self.other is not None:
                misfit = np.minimum(misfit, _distance(got, self.other, self._allowed))
            if self._untested is not None:
                escaped = ~np.isfinite(got) & (np.abs(self.value) < fmt.largest / 2)
                misfit = np.where(self._untested & ~escaped, 0.0, misfit)
        return misfit

    @cached_property
    def _allowed(self) -> Array:
        return FACTOR * self.bound

    @cached_property
    def _untested(self) -> Array | None:
        untested = np.isinf(self.bound)
        return untested if untested.any() else None

    @property
    def floor(self) -> float:
        """The smallest relative error that is seen in some element; 0 if one is judged exactly."""
        claimed = np.isfinite(self.bound) & np.isfinite(self.value)
        with np.errstate(all="ignore"):
            relative = FACTOR * self.bound[claimed] / np.abs(self.value[claimed])
        return float(np.min(np.where(self.bound[claimed] == 0, 0.0, relative), initial=np.inf))


@dataclass(frozen=True)
class Power:
    """What a case can see. ``floor``: the smallest relative error, in some element; ``exact``:
    every element must match to the last bit, whatever the order of summation; ``untested``: the
    number of elements on which no claim is made.
    """

    floor: float
    exact: bool
    untested: int


_FIRST: Array = np.zeros(1)


@dataclass(frozen=True)
class Oracle:
    """The answer to one case. ``votes`` names the frameworks whose own result, computed in the
    case's dtype, lies within the bound.
    """

    checksum: str
    expected: Mapping[str, Expected]
    votes: tuple[str, ...]
    power: Power

    @cached_property
    def flat(self) -> tuple[Array, Array]:
        """The values of all quantities one after another, and how far each may be off; a 0 comes
        first, so that there is always something.
        """
        parts = self.expected.values()
        values = np.concatenate([_FIRST, *(e.value.reshape(-1) for e in parts)])
        return values, FACTOR * np.concatenate([_FIRST, *(e.bound.reshape(-1) for e in parts)])


def agreed(oracles: Iterable[Oracle]) -> int:
    """On how many of them both frameworks' own results lie within the bound."""
    return sum(len(o.votes) == 2 for o in oracles)


def power_of(expected: Mapping[str, Expected]) -> Power:
    """What a case with these expected values can see."""
    bounds = [e.bound for e in expected.values()]
    return Power(
        floor=min((e.floor for e in expected.values() if e.value.size), default=0.0),
        exact=not any(b.any() for b in bounds),
        untested=sum(int(np.isinf(b).sum()) for b in bounds),
    )


@dataclass(frozen=True)
class Provenance:
    """Where oracles come from: ``source`` is "embedded", "file" or "live"."""

    source: str
    torch: str
    jax: str
    numpy: str
    platform: str
    recorded: str  # an ISO 8601 date and time, UTC


class Oracles(Protocol):
    """Where answers come from: computed live, or read from a file."""

    provenance: Provenance

    @property
    def cases(self) -> int:
        """How many answers there are."""

    @property
    def agreed(self) -> int:
        """On how many of them both frameworks' own results lie within the bound."""

    def prepare(self, cases: Sequence[Case], progress: Progress) -> None:
        """Have the answers to all these cases at hand."""

    def oracle(self, case: Case) -> Oracle:
        """The answer to a case. Raises OracleFileError if there is none."""


def worst_errors(answers: Sequence[tuple[Oracle, Sequence[Array]]]) -> list[float]:
    """For each oracle, and what was returned in its shapes and order, the largest error as a
    fraction of what is allowed; NaN where something is not finite. All at once.
    """
    if not answers:
        return []
    got = [part for _, arrays in answers for part in (_FIRST, *arrays)]
    values, allowed = (
        np.concatenate(parts) for parts in zip(*(o.flat for o, _ in answers), strict=True)
    )
    starts = list(accumulate((len(oracle.flat[0]) for oracle, _ in answers[:-1]), initial=0))
    with np.errstate(all="ignore"):
        array = np.concatenate(got, axis=None, dtype=np.float64)
        error = np.abs(array - values)
        if np.isnan(error).any():
            error[_same(array, values)] = 0.0
        return list(np.maximum.reduceat(_fraction(error, allowed), starts).tolist())


def _distance(got: Array, value: Array, allowed: Array) -> Array:
    """|got - value| as a fraction of what is allowed; what is not finite must be the same."""
    fraction = _fraction(np.asarray(np.abs(got - value)), allowed)
    if fraction.max(initial=0.0) < np.inf:
        return fraction
    return np.where(_same(got, value), 0.0, np.where(np.isnan(fraction), np.inf, fraction))


def _same(got: Array, value: Array) -> Array:
    """Where both are the same, NaN and infinities too."""
    return np.asarray((got == value) | (np.isnan(got) & np.isnan(value)))


def _fraction(error: Array, allowed: Array) -> Array:
    """In the place of the errors; no error is 0, also where none is allowed."""
    return np.divide(error, allowed, where=error != 0, out=error)


def trimmed(value: Array, bound: Array) -> tuple[Array, Array]:
    """The same, without the digits that mean nothing, so that it packs small.

    A value keeps digits down to 1/256 of its bound, which grows by what that rounds off; a bound
    keeps 6 significant bits, rounded up (never more than 1/32 above).
    """
    with np.errstate(all="ignore"):
        scale = np.where(np.isinf(bound), np.abs(value), bound)
        step = np.ldexp(1.0, np.frexp(scale)[1] - 1 - 8)
        meaningful = np.rint(value / step) * step
        coarse = (bound > 0) & np.isfinite(meaningful)
        kept = np.where(coarse, meaningful, value)
        grown = bound + np.where(np.isfinite(value), np.abs(kept - value), 0.0)
    return kept, decoded_bounds(encoded_bounds(grown))


_DROPPED_BITS = np.uint64(47)  # of 64: the sign and 11 + 5 bits are left, and the sign is 0


def encoded_bounds(bound: Array) -> Array:
    """Bounds as the upper 16 value bits of their float64, rounded up: uint16."""
    words = np.array(bound, np.float64, order="C").view(np.uint64)
    up = np.uint64((1 << int(_DROPPED_BITS)) - 1)
    return np.asarray((words + up) >> _DROPPED_BITS).astype(np.uint16)


def decoded_bounds(codes: Array) -> Array:
    """The bounds that ``encoded_bounds`` wrote: float64."""
    return np.asarray(codes.astype(np.uint64) << _DROPPED_BITS).view(np.float64)
