"""The interpreter against JAX itself, and against arithmetic that really rounds."""

from __future__ import annotations

import numpy as np
import pytest

from crosscheck.dtypes import FORMATS
from crosscheck.rounding import Approx, Arithmetic


def traced(function, *arrays):
    import jax

    with jax.enable_x64(True):
        return jax.make_jaxpr(function)(*arrays)


def followed(function, *arrays, dtype="float64"):
    from crosscheck.jaxpr import interpret

    return interpret(traced(function, *arrays), arrays, FORMATS[dtype])


def assert_as_jax(function, *arrays):
    """Every value is what JAX computes in float64, and the bound stays small."""
    import jax

    with jax.enable_x64(True):
        leaves = jax.tree.leaves(jax.jit(function)(*arrays))
    expected = [np.asarray(leaf) for leaf in leaves]
    results = followed(function, *arrays)
    assert len(results) == len(expected)
    for result, want in zip(results, expected, strict=True):
        assert result.value.shape == want.shape
        same = (result.value == want) | (np.isnan(result.value) & np.isnan(want))
        with np.errstate(invalid="ignore"):
            assert (same | (abs(result.value - want) <= 2 * result.error + 1e-300)).all()
        assert (result.error < 1e-12).all()


def vjp(function, *places):
    """A function and its derivative with respect to the first argument, or those at ``places``,
    for a cotangent of halves.
    """
    import jax
    import jax.numpy as jnp

    def derived(*arrays):
        chosen = places or (0,)

        def of_chosen(*some):
            every = list(arrays)
            for place, array in zip(chosen, some, strict=True):
                every[place] = array
            return function(*every)

        out, pull = jax.vjp(of_chosen, *(arrays[place] for place in chosen))
        return out, pull(jnp.arange(1, 1 + out.size).reshape(out.shape) % 5 - 2.5)

    return derived


class Rounding(Arithmetic):
    """What an implementation does: every result rounded to the format, every sum one by one in an
    order that ``random`` draws, or in the order as it stands.
    """

    def __init__(self, fmt, random=None):
        super().__init__(fmt)
        self._random = random

    def _kept(self, value):
        with np.errstate(all="ignore"):
            value = np.asarray(value).astype(self.format.dtype).astype(np.float64)
        return Approx(value, np.zeros(value.shape), abs(value), np.ones(value.shape))

    def exact(self, values):
        return self._kept(values)

    constant = exact

    def plain(self, value, *_, **__):
        return self._kept(value)

    def finalise(self, a):
        return a

    def add(self, a, b, sign=1.0):
        return self._kept(a.value + sign * b.value)

    def sums(self, a, add_up):
        return self._one_by_one(a, lambda part: self._kept(add_up(part)).value)

    def contract(self, a, b, product):
        return self._one_by_one(a, lambda part: self._kept(product(part, b.value)).value)

    def scatter_add(self, a, add_at, b, _):
        return self._one_by_one(b, lambda part: add_at(np.zeros(a.value.shape), part), a.value)

    def route(self, source, shape, flat, winner, *_):
        def added(share):
            result = np.zeros(shape)
            shares = np.broadcast_to(share, flat.shape)[winner]
            np.add.at(result.reshape(-1), flat[winner], shares)
            return result

        return self._one_by_one(source, added)

    def _one_by_one(self, a, linear, start=0.0):
        """A linear map is the sum of what it makes of each element."""
        value, order = start, np.arange(a.value.size)
        if self._random is not None:
            self._random.shuffle(order)
        for place in order:
            only = np.where(np.arange(a.value.size) == place, a.value.reshape(-1), 0.0)
            value = self._kept(value + linear(only.reshape(a.value.shape))).value
        return self._kept(value + linear(np.zeros(a.value.shape)))


def computed(function, *arrays, dtype, random=None):
    """The program in the format, with every operation rounded."""
    from crosscheck.jaxpr.program import run
    from crosscheck.jaxpr.rules import number

    arithmetic = Rounding(FORMATS[dtype], random)
    arguments = [number(arithmetic.exact, a) for a in arrays]
    with np.errstate(all="ignore"):
        results = run(arithmetic, traced(function, *arrays), arguments)
    return [r.value for r in results if isinstance(r, Approx)]


def assert_inside(function, *arrays, dtype, random=None):
    """A computation in the format is inside the bound; returns how much of it is used at most."""
    used = 0.0
    results = followed(function, *arrays, dtype=dtype)
    got = computed(function, *arrays, dtype=dtype, random=random)
    for result, value in zip(results, got, strict=True):
        off = np.where(result.value == value, 0.0, abs(result.value - value))
        assert (off <= result.error).all()
        used = max(used, (off / np.maximum(result.error, 1e-300)).max(initial=0.0))
    return used


def assert_exact(function, *arrays):
    """Whole numbers stay exact, in every dtype and order: nothing is tolerated."""
    for dtype in FORMATS:
        for result in followed(function, *arrays, dtype=dtype):
            assert (result.error == 0).all()
    assert_inside(function, *arrays, dtype="bfloat16", random=np.random.default_rng(0))


def whole(*shape, seed=0):
    return np.random.default_rng(seed).integers(-2, 3, shape).astype(np.float64)


def real(*shape, seed=0):
    """Random numbers of full precision in float16."""
    drawn = np.random.default_rng(seed).standard_normal(shape)
    return drawn.astype(np.float16).astype(np.float64)


DTYPES = pytest.mark.parametrize("dtype", ["float16", "float32"])
SEEDS = pytest.mark.parametrize("seed", range(2))
