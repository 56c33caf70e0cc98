"""Numbers into a computation, and sums: pending until another operation consumes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.rounding.number import (
    Approx,
    Array,
    finite,
    grid_of,
    grid_of_product,
    is_short,
)


class Sums:
    """Sums of any order, in one working format."""

    def __init__(self, fmt: Format) -> None:
        self.format = fmt
        self.u = fmt.unit
        self.eta = fmt.underflow

    # -- numbers in ---------------------------------------------------------------------------

    def exact(self, values: Array) -> Approx:
        """Inputs, already rounded to the format: no error."""
        values = np.asarray(values, np.float64)
        return self.plain(values, np.zeros(values.shape), grid_of(values))

    def constant(self, values: Array) -> Approx:
        """Constants of the formula: long ones are charged their own rounding."""
        values = np.asarray(values, np.float64)
        short = is_short(values)
        error = np.where(short, 0.0, self.u * np.abs(values) + self.eta)
        return self.plain(values, error, grid_of(values) if short.all() else 0.0)

    def joined(self, numbers: Sequence[Approx], join: Callable[[list[Array]], Array]) -> Approx:
        """Several arrays as one: ``join`` concatenates, stacks, pads, writes into."""
        value, error, mass, terms = (
            join([np.broadcast_to(getattr(n, part), n.value.shape) for n in numbers])
            for part in ("value", "error", "mass", "terms")
        )
        return Approx(value, error, mass, terms, min(n.grid for n in numbers))

    def plain(
        self, value: Array, error: Array, grid: float = 0.0, reach: Array | float = 0.0
    ) -> Approx:
        """No pending sum. An overflow gives an infinite error: no claim. A value that is not
        finite, although the finite parts of its operands only ``reach`` so far, was carried
        through from the inputs, and is claimed exactly.
        """
        is_finite = np.isfinite(value)
        error = np.where(np.isnan(error) & is_finite, np.inf, error)
        far = np.where(is_finite, np.abs(value) + error, reach)
        lost = np.isinf(error) | (far > self.format.largest)
        error = np.where(lost, np.inf, np.where(is_finite, error, 0.0))
        return Approx(value, error, finite(value) + error, np.ones(value.shape), grid)

    # -- pending sums -------------------------------------------------------------------------

    def finalise(self, a: Approx) -> Approx:
        """Charge a pending sum for its rounding, in any order, and for being stored.

        For two terms too: u·(|a|+|b|), not u·|a+b|, so that (x-μ)·s may be written x·s-μ·s.
        """
        if (a.terms == 1).all():
            return a
        stored = self.u * (finite(a.value) + a.error) + self.eta
        charge = self._summing(a.terms - 1) * a.mass + stored
        error = a.error + np.where(self._rounds(a), charge, 0.0)
        # In some order a partial sum may overflow, although the sum itself does not.
        error = np.where((a.terms > 1) & (a.mass > self.format.largest), np.inf, error)
        return self.plain(a.value, error, a.grid, reach=a.mass)

    def _rounds(self, a: Approx) -> Array:
        """Where a pending sum can round at all: not where every partial sum, in any order, is a
        multiple of the grid that fits the significand.
        """
        return (a.terms > 1) & ~((a.error == 0) & self._fits(a.mass, a.grid))

    def _fits(self, magnitude: Array, grid: float) -> Array:
        """Where multiples of the grid are numbers of the format."""
        normal = grid >= self.format.smallest_normal
        return np.asarray(normal & (magnitude <= 2.0**self.format.precision * grid))

    def _error_if_stored(self, a: Approx) -> Array:
        """A pending sum may be stored in the format before it goes into a larger one."""
        return a.error + np.where(self._rounds(a), self.u * finite(a.value), 0.0)

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
        no_a, no_b = a.is_zero, b.is_zero

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

    def sums(self, a: Approx, add_up: Callable[[Array], Array]) -> Approx:
        """Sums of chosen elements, pending: over axes, windows, everything up to an index.

        ``add_up`` is the linear map itself, with coefficients 0 and 1. Exact zeros do not count.
        """
        there = ~a.is_zero
        alone = add_up(there * 1.0) <= 1
        return Approx(
            add_up(a.value),
            np.where(alone, add_up(a.error), add_up(self._error_if_stored(a))),
            add_up(a.mass),
            np.maximum(add_up(a.terms * there), 1.0),
            a.grid,
        )

    def total(self, a: Approx, axes: tuple[int, ...]) -> Approx:
        """The sum over axes, pending."""
        return self.sums(a, lambda part: part.sum(axes))

    def scatter_add(
        self, a: Approx, add_at: Callable[[Array, Array], Array], b: Approx, unsure: Array
    ) -> Approx:
        """``b``'s elements added into ``a`` where ``add_at`` puts them, pending; those of which it
        is unsure where they go may be missing there, and arrive anywhere.
        """
        count_a, count_b = (np.where(n.is_zero, 0.0, n.terms) for n in (a, b))
        astray, mass, terms = (
            np.sum(part, where=unsure) for part in (finite(b.value) + b.error, b.mass, count_b)
        )
        return Approx(
            add_at(a.value, b.value),
            add_at(self._error_if_stored(a), self._error_if_stored(b)) + astray,
            add_at(a.mass, b.mass) + mass,
            np.maximum(add_at(count_a, count_b) + terms, 1.0),
            min(a.grid, b.grid),
        )

    def contract(self, a: Approx, b: Approx, product: Callable[[Array, Array], Array]) -> Approx:
        """Sums of products (dot, convolution), pending. Products with an exact 0 do not count.

        ``product`` is the bilinear map itself: applied to magnitudes it gives the mass, applied to
        what is not 0 the number of terms.
        """
        a, b = self.finalise(a), self.finalise(b)
        abs_a, abs_b = finite(a.value), finite(b.value)
        mass = product(abs_a + a.error, abs_b + b.error)
        terms = product(~a.is_zero * 1.0, ~b.is_zero * 1.0)
        carried = np.zeros(mass.shape)
        # Most operands are inputs, without errors: nothing to multiply out.
        if b.error.any():
            carried = carried + product(abs_a + a.error, b.error)
        if a.error.any():
            carried = carried + product(a.error, abs_b)
        grid = grid_of_product(a, b)
        exact = (carried == 0) & self._fits(mass, grid)
        rounding = self.format.accumulator * mass + terms * self.eta
        return Approx(
            product(a.value, b.value),
            np.where(exact, 0.0, carried + rounding),
            mass,
            np.maximum(terms, 2.0),
            grid,
        )
