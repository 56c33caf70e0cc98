"""Numbers as a computation in the working format knows them, and what is exact about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crosscheck.dtypes import FORMATS

Array = np.ndarray


@dataclass(frozen=True)
class Approx:
    """An array of real numbers as a computation in the working format knows them.

    ``value``: float64. ``error``: how far the terms may be off. ``mass``: Σ|terms| of a *pending
    sum*, whose own rounding is charged only once another operation consumes it, so that any order
    and grouping of its terms is inside the bound; ``terms``: their number (1: no sum is pending).
    ``grid``: a power of two of which all finite elements are known to be exact multiples, 0 if
    there is none. While sums stay below 2**precision grid steps, every order gives the exact
    result. ``choice``: what a max or min was chosen from.
    """

    value: Array
    error: Array
    mass: Array
    terms: Array
    grid: float = 0.0
    choice: Choice | None = None

    @property
    def is_zero(self) -> Array:
        """Which elements are 0 for everybody, and so no terms of a sum."""
        return np.asarray((self.value == 0) & (self.error == 0) & (self.mass == 0))

    def map(self, move: Callable[[Array], Array]) -> Approx:
        """The same numbers in other places: ``move`` reshapes, transposes, slices, gathers."""
        parts = (np.broadcast_to(p, self.value.shape) for p in (self.error, self.mass, self.terms))
        error, mass, terms = (move(p) for p in parts)
        return Approx(move(self.value), error, mass, terms, self.grid)


@dataclass(frozen=True)
class Choice:
    """A max or min remembers its rivals: a pair, or one array along ``axes``. Whether x = max(x, y)
    is whether x ≥ y, and not ambiguous because the two sides are near each other.
    """

    keeps: Callable[[Array, Array], Array]
    rivals: tuple[Approx, ...]
    axes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Discrete:
    """Integers or truth values; ``ambiguous`` marks those that rounding could turn."""

    value: Array
    ambiguous: Array

    def map(self, move: Callable[[Array], Array]) -> Discrete:
        """The same numbers in other places."""
        return Discrete(move(self.value), move(np.broadcast_to(self.ambiguous, self.value.shape)))


Number = Approx | Discrete


def grid_of(values: Array) -> float:
    """The largest power of two that divides every finite element: ∞ if all those are zero.

    What is not finite stays so in every order of every sum, and needs no grid.
    """
    values = values[np.isfinite(values) & (values != 0)]
    if not values.size:
        return float("inf")
    fraction, exponent = np.frexp(values)
    significand = np.abs(fraction * 2.0**53).astype(np.int64)
    return float(np.min(np.ldexp((significand & -significand).astype(np.float64), exponent - 53)))


def grid_of_product(a: Approx, b: Approx) -> float:
    """What divides every product of an element of ``a`` and one of ``b``."""
    return a.grid * b.grid if a.grid and b.grid else 0.0


def grid_of_power(a: Approx, exponent: int) -> float:
    """What divides every element to that power: 0, for none, if it is beyond float64 itself."""
    if exponent < 0:
        return 0.0
    with np.errstate(over="ignore", under="ignore"):
        grid = float(np.float64(a.grid) ** exponent)
    return grid if np.isfinite(grid) or np.isinf(a.grid) else 0.0


def is_short(values: Array) -> Array:
    """Which constants every format holds exactly: 0.5 or 3 is what the formula says, while 1e-5 or
    1/3 is already a rounding of it.
    """
    coarse = np.ldexp(np.rint(np.ldexp(np.frexp(values)[0], 8)), np.frexp(values)[1] - 8)
    half = FORMATS["float16"]
    in_range = (np.abs(values) >= half.smallest_normal) & (np.abs(values) <= half.largest)
    return np.asarray((coarse == values) & (in_range | (values == 0) | np.isinf(values)))


def finite(values: Array) -> Array:
    """Magnitudes, with 0 for what is not finite: that is carried through, not rounded."""
    return np.where(np.isfinite(values), np.abs(values), 0.0)


def is_unit(a: Approx) -> Array:
    """0, 1 or -1 exactly: a factor that causes no rounding."""
    return np.asarray((a.error == 0) & ((a.value == 0) | (np.abs(a.value) == 1)))


def is_power_of_two(a: Approx) -> Array:
    """±2**k exactly: a factor or divisor that moves the exponent only."""
    return np.asarray((a.error == 0) & (np.abs(np.frexp(a.value)[0]) == 0.5))


def is_born(value: Array, a: Approx) -> Array:
    """Where an infinity comes out of a finite operand."""
    return np.asarray(np.isinf(value) & np.isfinite(a.value))
