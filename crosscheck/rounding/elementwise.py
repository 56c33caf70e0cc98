"""Products, quotients, powers and elementary functions: one rounding or a few, on top of what the
operands' errors become.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from crosscheck.rounding.functions import FUNCTION_UNITS, FUNCTIONS, relative_power
from crosscheck.rounding.number import (
    Approx,
    Array,
    finite,
    grid_of_power,
    grid_of_product,
    is_born,
    is_power_of_two,
    is_unit,
)
from crosscheck.rounding.sums import Sums


class Elementwise(Sums):
    """Operations element by element."""

    def multiply(self, a: Approx, b: Approx) -> Approx:
        """``a·b``, exact where the grid says that the product fits the significand."""
        a, b = self.finalise(a), self.finalise(b)
        value = a.value * b.value
        abs_a, abs_b = finite(a.value), finite(b.value)
        carried = abs_a * b.error + abs_b * a.error + a.error * b.error
        grid = grid_of_product(a, b)
        short = (a.error == 0) & (b.error == 0) & self._fits(np.abs(value), grid)
        shifted = (is_power_of_two(a) | is_power_of_two(b)) & self._is_normal(value, carried)
        exact = short | is_unit(a) | is_unit(b) | shifted
        return self._rounded(value, carried, exact=exact, grid=grid, reach=abs_a * abs_b)

    def divide(self, a: Approx, b: Approx) -> Approx:
        """``a/b``; unbounded where b could be 0."""
        a, b = self.finalise(a), self.finalise(b)
        value = a.value / b.value
        room = np.abs(b.value) - b.error
        carried = np.where(room > 0, (a.error + finite(value) * b.error) / room, np.inf)
        # What stands over an exact 0 is ±∞ or NaN for everybody.
        carried = np.where((b.value == 0) & (a.error == 0) & (b.error == 0), 0.0, carried)
        # A NaN that came in goes through.
        carried = np.where(np.isnan(b.value) & np.isfinite(b.error), 0.0, carried)
        shifted = is_power_of_two(b) & self._is_normal(value, carried)
        exact = (is_unit(b) & (b.value != 0)) | (a.is_zero & (room > 0)) | shifted
        overflown = is_born(value, a) & (b.value != 0)
        grid = a.grid / float(np.abs(b.value).max(initial=1.0)) if is_power_of_two(b).all() else 0.0
        return self._rounded(
            value, carried, exact=exact, grid=grid, reach=np.where(overflown, np.inf, 0.0)
        )

    def _is_normal(self, value: Array, carried: Array) -> Array:
        """Where nothing underflows: there a shift of the exponent loses no digit."""
        return np.abs(value) - carried >= self.format.smallest_normal

    def absolute(self, a: Approx) -> Approx:
        """|a|: no rounding."""
        a = self.finalise(a)
        return self.plain(np.abs(a.value), a.error, a.grid)

    def sign(self, a: Approx) -> Approx:
        """-1, 0 or 1; off by up to 2 where the sign itself is uncertain."""
        a = self.finalise(a)
        unsure = (np.abs(a.value) <= a.error) & (a.error > 0)
        return self.plain(np.sign(a.value), np.where(unsure, 2.0, 0.0), 1.0)

    def to_integer(self, towards: Callable[[Array], Array], a: Approx) -> Approx:
        """Floor, ceiling or rounding: off by whole steps where the operand may cross one."""
        a = self.finalise(a)
        value = towards(a.value)
        low = towards(np.nextafter(a.value - a.error, -np.inf))
        high = towards(np.nextafter(a.value + a.error, np.inf))
        steps = np.where(a.error > 0, np.maximum(value - low, high - value), 0.0)
        return self.plain(value, steps, 1.0)

    def power(self, a: Approx, exponent: int) -> Approx:
        """a**exponent by multiplication: |exponent| roundings, and none on a fine enough grid."""
        if exponent == 1:
            return a
        a = self.finalise(a)
        value = a.value**exponent if exponent >= 0 else 1.0 / a.value**-exponent
        carried = finite(value) * relative_power(a.value, a.error, exponent)
        if exponent >= 0:  # near 0, where nothing is relative
            far = (np.abs(a.value) + a.error) ** exponent
            carried = np.where(a.error < np.abs(a.value), carried, far + finite(value))
        carried = np.where(a.error > 0, np.where(np.isnan(carried), np.inf, carried), 0.0)
        grid = grid_of_power(a, exponent)
        unit = is_unit(a) & ((a.value != 0) | (exponent >= 0))
        exact = np.asarray(unit | ((a.error == 0) & self._fits(np.abs(value), grid)))
        units, overflown = max(1.0, abs(exponent)), is_born(value, a) & (a.value != 0)
        reach = np.where(overflown, np.inf, 0.0)
        return self._rounded(value, carried, units, exact, grid, reach)

    def product_of(self, a: Approx, axes: tuple[int, ...]) -> Approx:
        """The product over axes, in any order."""
        a = self.finalise(a)
        value = a.value.prod(axis=axes)
        far = (np.abs(a.value) + a.error).prod(axis=axes)
        count = prod(a.value.shape[i] for i in axes)
        # Twice: the difference is itself rounded, in float64.
        return self._rounded(
            value, far - finite(value), 2 * count, np.asarray(is_unit(a).all(axis=axes))
        )

    def power_of(self, a: Approx, exponent: Approx) -> Approx:
        """a**exponent for a ≥ 0, or a whole exponent: by the library, by exp(exponent·log a), or by
        as many multiplications.
        """
        a, b = self.finalise(a), self.finalise(exponent)
        value = a.value**b.value
        size, far = np.abs(a.value), np.abs(b.value) + b.error
        log = np.where(size > 0, np.abs(np.log(size)), 0.0)
        # Where both move: (1 + by the base)·(1 + by the exponent) - 1.
        # A negative exponent is the steeper one.
        by_base = relative_power(a.value, a.error, -far)
        moved = by_base + (1 + by_base) * np.expm1(b.error * (log + np.log1p(by_base)))
        carried = np.where(np.isnan(moved), np.inf, finite(value) * moved)
        settled = (a.error == 0) & (b.error == 0)
        carried = np.where(settled, 0.0, carried)
        exact = settled & ((b.value == 0) | (b.value == 1) | (a.value == 0) | (a.value == 1))
        overflown = is_born(value, a) & (a.value != 0)
        units = np.maximum(FUNCTION_UNITS * (1 + far * log), far)
        return self._rounded(value, carried, units, exact, reach=np.where(overflown, np.inf, 0.0))

    def function(self, name: str, a: Approx) -> Approx:
        """An elementary function: the steepest slope over [a - error, a + error] times the error,
        and the library's own inaccuracy.
        """
        a = self.finalise(a)
        known = FUNCTIONS[name]
        value = known.value(a.value)
        moved = np.where(a.error > 0, known.spread(a.value, a.error, value), 0.0)
        moved = moved + known.absolute * self.u * np.isfinite(a.value)
        overflown = is_born(value, a) & (a.value > 0)
        exact = np.isinf(a.value)  # the limit, for everybody
        reach = np.where(overflown, np.inf, 0.0)
        return self._rounded(value, moved, known.units, exact, reach=reach)

    def _rounded(
        self,
        value: Array,
        carried: Array,
        units: Array | float = 1.0,
        exact: Array | bool = False,
        grid: float = 0.0,
        reach: Array | float = 0.0,
    ) -> Approx:
        """One rounding on top of the carried error, unless the operation is exact."""
        rounding = units * self.u * (finite(value) + carried) + self.eta
        return self.plain(value, carried + np.where(exact, 0.0, rounding), grid, reach)
