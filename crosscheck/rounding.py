"""How far correct rounding may carry a result: running error analysis, element by element.

A computation is followed in float64. Each number carries how far an implementation in the working
format, of any order of summation, may lie from it. N. J. Higham, *Accuracy and Stability of
Numerical Algorithms* (2nd ed.): §2.2 for the model fl(a∘b) = (a∘b)(1+δ), |δ| ≤ u; §3.3 for running
error analysis; §4.2 for sums, where every order of n terms errs by at most (n-1)·u·Σ|terms|
(Jeannerod and Rump, "Improved error bounds for inner products in floating-point arithmetic", SIMAX
34, 2013, without the restriction on n).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from crosscheck.dtypes import FORMATS, Format

Array = np.ndarray
# Library functions (exp, log, tanh, …) are accurate to this many units; SIMD versions reach 4 ulp.
FUNCTION_UNITS = 4.0


@dataclass(frozen=True)
class Approx:
    """An array of real numbers as a computation in the working format knows them.

    ``value``: float64. ``error``: how far the terms may be off. ``mass``: Σ|terms| of a *pending
    sum*, whose own rounding is charged only once another operation consumes it, so that any order
    and grouping of its terms is inside the bound; ``terms``: their number (1: no sum is pending).
    ``grid``: a power of two of which all elements are known to be exact multiples, 0 if there is
    none. While sums stay below 2**precision grid steps, every order gives the exact result.
    """

    value: Array
    error: Array
    mass: Array
    terms: Array
    grid: float = 0.0

    def map(self, move: Callable[[Array], Array]) -> Approx:
        """The same numbers in other places: ``move`` reshapes, transposes, slices, gathers."""
        error, mass, terms = (
            move(np.broadcast_to(p, self.value.shape)) for p in (self.error, self.mass, self.terms)
        )
        return Approx(move(self.value), error, mass, terms, self.grid)


@dataclass(frozen=True)
class Discrete:
    """Integers or truth values; ``ambiguous`` marks comparisons that rounding could turn."""

    value: Array
    ambiguous: Array

    def map(self, move: Callable[[Array], Array]) -> Discrete:
        """The same numbers in other places."""
        return Discrete(move(self.value), move(np.broadcast_to(self.ambiguous, self.value.shape)))


Number = Approx | Discrete


def grid_of(values: Array) -> float:
    """The largest power of two that divides every element: ∞ for zeros, 0 if any is not finite."""
    values = values[values != 0]
    if not values.size:
        return float("inf")
    if not np.isfinite(values).all():
        return 0.0
    fraction, exponent = np.frexp(values)
    significand = np.abs(fraction * 2.0**53).astype(np.int64)
    return float(np.min(np.ldexp((significand & -significand).astype(np.float64), exponent - 53)))


def is_short(values: Array) -> Array:
    """Which constants every format holds exactly: 0.5 or 3 is what the formula says, while 1e-5 or
    1/3 is already a rounding of it.
    """
    coarse = np.ldexp(np.rint(np.ldexp(np.frexp(values)[0], 8)), np.frexp(values)[1] - 8)
    half = FORMATS["float16"]
    in_range = (np.abs(values) >= half.smallest_normal) & (np.abs(values) <= half.largest)
    return np.asarray((coarse == values) & (in_range | (values == 0) | np.isinf(values)))


class Arithmetic:
    """The rules for one working format: each takes and returns numbers with their errors."""

    def __init__(self, fmt: Format) -> None:
        self.format = fmt
        self.u = fmt.unit
        self.eta = fmt.underflow

    # -- numbers in ---------------------------------------------------------------------------

    def exact(self, values: Array) -> Approx:
        """Inputs, already rounded to the format: no error."""
        values = np.asarray(values, np.float64)
        return self._plain(values, np.zeros(values.shape), grid_of(values))

    def constant(self, values: Array) -> Approx:
        """Constants of the formula: long ones are charged their own rounding."""
        values = np.asarray(values, np.float64)
        short = is_short(values)
        error = np.where(short, 0.0, self.u * np.abs(values) + self.eta)
        return self._plain(values, error, grid_of(values) if short.all() else 0.0)

    def joined(self, numbers: Sequence[Approx], join: Callable[[list[Array]], Array]) -> Approx:
        """Several arrays as one: ``join`` concatenates or stacks."""
        value, error, mass, terms = (
            join([np.broadcast_to(getattr(n, part), n.value.shape) for n in numbers])
            for part in ("value", "error", "mass", "terms")
        )
        return Approx(value, error, mass, terms, min(n.grid for n in numbers))

    # -- sums ---------------------------------------------------------------------------------

    def finalise(self, a: Approx) -> Approx:
        """Charge a pending sum for its rounding, in any order, and for being stored.

        For two terms too: u·(|a|+|b|), not u·|a+b|, so that (x-μ)·s may be written x·s-μ·s.
        """
        stored = self.u * (_finite(a.value) + a.error) + self.eta
        charge = self._summing(a.terms - 1) * a.mass + stored
        error = a.error + np.where(self._rounds(a), charge, 0.0)
        # In some order a partial sum may overflow, although the sum itself does not.
        error = np.where((a.terms > 1) & (a.mass > self.format.largest), np.inf, error)
        return self._plain(a.value, error, a.grid, reach=a.mass)

    def _rounds(self, a: Approx) -> Array:
        """Where a pending sum can round at all: not where every partial sum, in any order, is a
        multiple of the grid that fits the significand.
        """
        fits = (a.mass <= 2.0**self.format.precision * a.grid) & (a.error == 0)
        return (a.terms > 1) & ~(fits & (a.grid >= self.format.smallest_normal))

    def _error_if_stored(self, a: Approx) -> Array:
        """A pending sum may be stored in the format before it goes into a larger one."""
        return a.error + np.where(self._rounds(a), self.u * _finite(a.value), 0.0)

    def _summing(self, additions: Array) -> Array:
        """The relative error of that many additions: one by one in the format, or in the wider
        accumulator with the format's own rounding only along a tree.
        """
        u, wide = self.u, self.format.accumulator
        native = additions * u
        if wide == u:
            return native
        tree = np.ceil(np.log2(additions + 2.0)) * u
        return np.minimum(native, additions * wide + tree)

    def add(self, a: Approx, b: Approx, sign: float = 1.0) -> Approx:
        """A + sign·b, pending."""
        value = a.value + sign * b.value
        error_a, error_b = self._error_if_stored(a), self._error_if_stored(b)
        no_a, no_b = self._is_zero(a), self._is_zero(b)

        def either(only_a: Array, only_b: Array, both: Array) -> Array:
            return np.where(no_a, only_b, np.where(no_b, only_a, both))

        return Approx(
            value,
            either(a.error, b.error, error_a + error_b),
            either(a.mass, b.mass, a.mass + b.mass),
            either(a.terms, b.terms, a.terms + b.terms),
            min(a.grid, b.grid),
        )

    def subtract(self, a: Approx, b: Approx) -> Approx:
        """``a - b``, pending."""
        return self.add(a, b, -1.0)

    def negate(self, a: Approx) -> Approx:
        """-a: no rounding; a pending sum stays pending."""
        return Approx(-a.value, a.error, a.mass, a.terms, a.grid)

    def total(self, a: Approx, axes: tuple[int, ...]) -> Approx:
        """The sum over axes, pending. Exact zeros do not count as terms."""
        if prod(a.value.shape[i] for i in axes) == 1:
            return a.map(lambda part: part.sum(axes))
        there = ~self._is_zero(a)
        return Approx(
            a.value.sum(axes),
            self._error_if_stored(a).sum(axes),
            (a.mass * there).sum(axes),
            np.maximum((a.terms * there).sum(axes), 1.0),
            a.grid,
        )

    def scatter_add(self, a: Approx, add_at: Callable[[Array, Array], Array], b: Approx) -> Approx:
        """``b``'s elements added into ``a`` where ``add_at`` puts them, pending."""
        count_a, count_b = (np.where(self._is_zero(n), 0.0, n.terms) for n in (a, b))
        return Approx(
            add_at(a.value, b.value),
            add_at(a.error, b.error),
            add_at(a.mass, b.mass),
            np.maximum(add_at(count_a, count_b), 1.0),
            min(a.grid, b.grid),
        )

    def contract(
        self, a: Approx, b: Approx, product: Callable[[Array, Array], Array], length: Array
    ) -> Approx:
        """A sum of products (dot, convolution) of ``length`` terms each, pending.

        ``product`` is the bilinear map itself: applied to magnitudes it gives the mass.
        """
        a, b = self.finalise(a), self.finalise(b)
        abs_a, abs_b = _finite(a.value), _finite(b.value)
        mass = product(abs_a + a.error, abs_b + b.error)
        carried = product(abs_a, b.error) + product(a.error, abs_b) + product(a.error, b.error)
        grid = _product_grid(a, b)
        exact = (carried == 0) & (mass <= 2.0**self.format.precision * grid)
        rounding = self.format.accumulator * mass + length * self.eta
        return Approx(
            product(a.value, b.value),
            np.where(exact, 0.0, carried + rounding),
            mass,
            np.broadcast_to(np.maximum(length, 2.0), mass.shape),
            grid,
        )

    # -- elementwise --------------------------------------------------------------------------

    def multiply(self, a: Approx, b: Approx) -> Approx:
        """``a·b``, exact where the grid says that the product fits the significand."""
        a, b = self.finalise(a), self.finalise(b)
        value = a.value * b.value
        abs_a, abs_b = _finite(a.value), _finite(b.value)
        carried = abs_a * b.error + abs_b * a.error + a.error * b.error
        grid = _product_grid(a, b)
        fits = np.abs(value) <= 2.0**self.format.precision * grid
        short = fits & (a.error == 0) & (b.error == 0) & (grid >= self.format.smallest_normal)
        unit = _is_unit(a) | _is_unit(b)
        return self._rounded(value, carried, exact=short | unit, grid=grid, reach=abs_a * abs_b)

    def divide(self, a: Approx, b: Approx) -> Approx:
        """``a/b``; unbounded where b could be 0."""
        a, b = self.finalise(a), self.finalise(b)
        value = a.value / b.value
        room = np.abs(b.value) - b.error
        carried = np.where(room > 0, (a.error + _finite(value) * b.error) / room, np.inf)
        # What stands over an exact 0 is ±∞ or NaN for everybody.
        carried = np.where((b.value == 0) & (a.error == 0) & (b.error == 0), 0.0, carried)
        exact, overflown = _is_unit(b) & (b.value != 0), _is_born(value, a) & (b.value != 0)
        return self._rounded(value, carried, exact=exact, reach=np.where(overflown, np.inf, 0.0))

    def absolute(self, a: Approx) -> Approx:
        """|a|: no rounding."""
        a = self.finalise(a)
        return self._plain(np.abs(a.value), a.error, a.grid)

    def sign(self, a: Approx) -> Approx:
        """-1, 0 or 1; off by up to 2 where the sign itself is uncertain."""
        a = self.finalise(a)
        unsure = (np.abs(a.value) <= a.error) & (a.error > 0)
        return self._plain(np.sign(a.value), np.where(unsure, 2.0, 0.0), 1.0)

    def power(self, a: Approx, exponent: int) -> Approx:
        """a**exponent by multiplication: |exponent| roundings."""
        a = self.finalise(a)
        value = a.value**exponent if exponent >= 0 else 1.0 / a.value**-exponent
        far = np.abs(a.value) + a.error
        steep = (
            far**exponent if exponent >= 0 else 1.0 / _nearest_zero(a.value, a.error) ** -exponent
        )
        carried = np.where(a.error > 0, steep - np.abs(value), 0.0)
        units, overflown = max(1.0, abs(exponent)), _is_born(value, a) & (a.value != 0)
        return self._rounded(value, carried, units, reach=np.where(overflown, np.inf, 0.0))

    def function(self, name: str, a: Approx) -> Approx:
        """An elementary function: the steepest slope over [a - error, a + error] times the error,
        and the library's own inaccuracy.
        """
        a = self.finalise(a)
        function, spread, units = _FUNCTIONS[name]
        value = function(a.value)
        moved = np.where(a.error > 0, spread(a.value, a.error, value), 0.0)
        overflown = _is_born(value, a) & (a.value > 0)
        result = self._rounded(value, moved, units, reach=np.where(overflown, np.inf, 0.0))
        if name != "logistic":
            return result
        # One unit of 1 more admits ½·(1 + tanh(x/2)).
        return self._plain(result.value, result.error + self.u)

    # -- choices ------------------------------------------------------------------------------

    def compare(self, relation: Callable[[Array, Array], Array], a: Approx, b: Approx) -> Discrete:
        """Ambiguous where the operands could swap within their errors; never for exact ones."""
        a, b = self.finalise(a), self.finalise(b)
        slack = a.error + b.error
        return Discrete(
            relation(a.value, b.value), (np.abs(a.value - b.value) <= slack) & (slack > 0)
        )

    def extreme(self, choose: Callable[[Array, Array], Array], a: Approx, b: Approx) -> Approx:
        """Max or min: the winner's error, the larger one where either could win."""
        a, b = self.finalise(a), self.finalise(b)
        value = choose(a.value, b.value)
        close = np.abs(a.value - b.value) <= a.error + b.error
        winner = np.where(value == a.value, a.error, b.error)
        error = np.where(close, np.maximum(a.error, b.error), winner)
        return self._plain(value, error, min(a.grid, b.grid))

    def extreme_of(self, reduce: Callable[..., Array], a: Approx, axes: tuple[int, ...]) -> Approx:
        """Max or min over axes."""
        a = self.finalise(a)
        return self._plain(reduce(a.value, axis=axes), a.error.max(axis=axes, initial=0.0), a.grid)

    def select(self, which: Discrete, cases: Sequence[Approx]) -> Approx:
        """``cases[which]``; where the choice is ambiguous the bound covers every case."""
        finals = [self.finalise(c) for c in cases]
        index = which.value.astype(np.intp)
        value = np.choose(index, [c.value for c in finals])
        error = np.choose(index, [c.error for c in finals])
        if which.ambiguous.any():
            reach = [np.abs(c.value - value) + c.error for c in finals]
            error = np.where(which.ambiguous, np.maximum.reduce(reach), error)
        return self._plain(value, error, min(c.grid for c in finals))

    # -- results ------------------------------------------------------------------------------

    def _rounded(
        self,
        value: Array,
        carried: Array,
        units: float = 1.0,
        exact: Array | bool = False,
        grid: float = 0.0,
        reach: Array | float = 0.0,
    ) -> Approx:
        """One rounding on top of the carried error, unless the operation is exact."""
        rounding = units * self.u * (_finite(value) + carried) + self.eta
        return self._plain(value, carried + np.where(exact, 0.0, rounding), grid, reach)

    def _plain(
        self, value: Array, error: Array, grid: float = 0.0, reach: Array | float = 0.0
    ) -> Approx:
        """No pending sum. An overflow gives an infinite error: no claim. A value that is not
        finite, although the finite parts of its operands only ``reach`` so far, was carried
        through from the inputs, and is claimed exactly.
        """
        finite = np.isfinite(value)
        error = np.where(np.isnan(error) & finite, np.inf, error)
        far = np.where(finite, np.abs(value) + error, reach)
        lost = np.isinf(error) | (far > self.format.largest)
        error = np.where(lost, np.inf, np.where(finite, error, 0.0))
        return Approx(value, error, _finite(value) + error, np.ones(value.shape), grid)

    @staticmethod
    def _is_zero(a: Approx) -> Array:
        return (a.value == 0) & (a.error == 0) & (a.mass == 0)


def _product_grid(a: Approx, b: Approx) -> float:
    return a.grid * b.grid if a.grid and b.grid else 0.0


def _finite(values: Array) -> Array:
    """Magnitudes, with 0 for what is not finite: that is carried through, not rounded."""
    return np.where(np.isfinite(values), np.abs(values), 0.0)


def _is_born(value: Array, a: Approx) -> Array:
    """Where an infinity comes out of a finite operand."""
    return np.isinf(value) & np.isfinite(a.value)


def _is_unit(a: Approx) -> Array:
    """0, 1 or -1 exactly: a factor that causes no rounding."""
    return (a.error == 0) & ((a.value == 0) | (np.abs(a.value) == 1))


def _erf(x: Array) -> Array:
    from scipy.special import erf  # comes with JAX, without which nothing is traced

    return np.asarray(erf(x))


def _logistic(x: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -x))


def _log_spread(x: Array, error: Array) -> Array:
    """|log(x - error) - log(x)|, the larger side; unbounded if x - error reaches 0."""
    ratio = error / x
    return np.where((ratio >= 0) & (ratio < 1), -np.log1p(-np.minimum(ratio, 1 - 2**-53)), np.inf)


def _nearest_zero(x: Array, error: Array) -> Array:
    return np.maximum(np.abs(x) - error, 0.0)


def _logistic_slope(x: Array) -> Array:
    return _logistic(x) * _logistic(-x)


# name: (the function, how far the result moves when x moves by ±error (given x, error, value),
#        roundings)
_FUNCTIONS: dict[
    str, tuple[Callable[[Array], Array], Callable[[Array, Array, Array], Array], float]
] = {
    "exp": (np.exp, lambda x, e, v: v * np.expm1(e), FUNCTION_UNITS),
    "expm1": (np.expm1, lambda x, e, v: np.exp(x) * np.expm1(e), FUNCTION_UNITS),
    "log": (np.log, lambda x, e, v: _log_spread(x, e), FUNCTION_UNITS),
    "log1p": (np.log1p, lambda x, e, v: _log_spread(1 + x, e), FUNCTION_UNITS),
    "tanh": (
        np.tanh,
        lambda x, e, v: np.minimum((1 - np.tanh(_nearest_zero(x, e)) ** 2) * e, 2.0),
        FUNCTION_UNITS,
    ),
    "logistic": (
        _logistic,
        lambda x, e, v: np.minimum(_logistic_slope(_nearest_zero(x, e)) * e, 1.0),
        FUNCTION_UNITS,
    ),
    "erf": (
        _erf,
        lambda x, e, v: 2 / np.sqrt(np.pi) * np.exp(-(_nearest_zero(x, e) ** 2)) * e,
        FUNCTION_UNITS,
    ),
    "sqrt": (np.sqrt, lambda x, e, v: v - np.sqrt(np.maximum(x - e, 0.0)), 1.0),
    "rsqrt": (
        lambda x: 1 / np.sqrt(x),
        lambda x, e, v: np.where(x > e, 1 / np.sqrt(np.maximum(x - e, 2.0**-1074)) - v, np.inf),
        2.0,
    ),
}
FUNCTIONS = frozenset(_FUNCTIONS)
