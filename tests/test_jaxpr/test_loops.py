"""Calls, loops and branches."""

from __future__ import annotations

import numpy as np
import pytest

from crosscheck.errors import DescriptionError
from test_jaxpr import (
    DTYPES,
    SEEDS,
    assert_as_jax,
    assert_exact,
    assert_inside,
    followed,
    real,
    traced,
    vjp,
    whole,
)

pytestmark = pytest.mark.live


def recurrent(reverse=False, multiply=None):
    import jax.numpy as jnp
    from jax import lax

    def function(x, h, w):
        def step(h, x):
            h = x + h @ w
            h = jnp.tanh(h) if multiply is None else h * multiply
            return h, (h, x[0])

        last, (every, first) = lax.scan(step, h, x, reverse=reverse)
        return jnp.concatenate([every.reshape(-1), first.reshape(-1), last.reshape(-1)])

    return function


@pytest.mark.parametrize("length", [0, 1, 4])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_loop_over_time_and_its_derivative_are_what_jax_computes(length, reverse):
    arrays = real(length, 2, 3), real(2, 3, seed=1), real(3, 3, seed=2) / 4
    assert_as_jax(vjp(recurrent(reverse), 0, 1, 2), *arrays)


def test_a_loop_over_whole_numbers_is_exact():
    function = recurrent(multiply=0.5)
    assert_exact(function, 4 * whole(3, 2, 2), whole(2, 2, seed=1), whole(2, 2, seed=2))


@SEEDS
@DTYPES
def test_a_loop_is_inside_the_bound(dtype, seed):
    arrays = real(3, 2, 3, seed=seed), real(2, 3, seed=7), real(3, 3, seed=8) / 4
    random = np.random.default_rng(seed)
    assert_inside(vjp(recurrent(), 0, 1, 2), *arrays, dtype=dtype, random=random)


def test_what_a_loop_adds_up_is_one_sum():
    """Σ over time of what may cancel may be added up in one go."""
    from jax import lax

    def looped(x):
        return lax.scan(lambda total, term: (total + term, None), 0.0, x)[0]

    x = real(9)
    [by_loop], [at_once] = (followed(f, x, dtype="float32") for f in (looped, lambda x: x.sum()))
    assert 0.9 * at_once.error <= by_loop.error <= 2 * at_once.error
    assert_exact(looped, whole(9))


def test_counted_loops_are_what_jax_computes():
    from jax import lax

    assert_as_jax(vjp(lambda x: lax.fori_loop(0, 4, lambda i, y: y * x + i, x)), real(3))
    assert_as_jax(
        lambda x, n: lax.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, s[1] * x), (0, x))[1],
        real(3),
        np.array(3),
    )


def test_a_loop_that_ends_by_a_rounded_number_is_refused():
    from jax import lax

    def halved(x):
        return lax.while_loop(lambda y: y > 1 / 3, lambda y: y / 3, x)

    assert_as_jax(halved, np.array(6.0))
    with pytest.raises(DescriptionError, match="comparison that rounding could turn"):
        followed(halved, np.array(3.0))


def test_branches_are_what_jax_computes():
    import jax.numpy as jnp
    from jax import lax

    def either(x, i):
        return lax.switch(i, [lambda y: y * 2, lambda y: y + 1, jnp.tanh], x)

    for i in (-1, 1, 7):
        assert_as_jax(vjp(either), real(3), np.array(i))
    assert_as_jax(lambda x: lax.cond(x[0] > 0, jnp.tanh, jnp.exp, x), real(3))


def test_a_branch_by_a_rounded_number_is_refused():
    from jax import lax

    with pytest.raises(DescriptionError, match="comparison that rounding could turn"):
        followed(lambda x: lax.cond(x / 3 > 1 / 3, lambda: x, lambda: -x), np.array(1.0))


def test_the_branch_of_the_cpu_is_taken():
    import jax.numpy as jnp

    assert_as_jax(jnp.diag, real(3, 3))


def called():
    import jax
    import jax.numpy as jnp

    @jax.custom_vjp
    def by_hand(x):
        return x**3

    by_hand.defvjp(lambda x: (x**3, x), lambda x, g: (3 * x**2 * g,))

    @jax.custom_jvp
    def named(x):
        return jnp.exp(x)

    named.defjvp(lambda x, t: (named(x[0]), named(x[0]) * t[0]))
    return {
        "custom_vjp_call": by_hand,
        "custom_jvp_call": named,
        "remat2": jax.checkpoint(lambda x: jnp.tanh(x) * x),
        "jit": jax.jit(jnp.tanh),
    }


@pytest.mark.parametrize("name", ["custom_vjp_call", "custom_jvp_call", "remat2", "jit"])
def test_a_call_is_what_it_calls(name):
    function = called()[name]
    assert name in {e.primitive.name for e in traced(function, real(3)).jaxpr.eqns}
    assert_as_jax(vjp(function), real(3))
