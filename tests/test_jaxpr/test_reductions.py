"""Sums, extremes, products and orders along axes."""

from __future__ import annotations

import numpy as np
import pytest

from test_jaxpr import (
    DTYPES,
    SEEDS,
    assert_as_jax,
    assert_exact,
    assert_inside,
    computed,
    followed,
    real,
    vjp,
    whole,
)

pytestmark = pytest.mark.live


def sums():
    """Every rule that adds up, as a sum of the elements of a vector."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    def routed(x):
        ones = jnp.zeros((1, 2 * x.size)).at[0, x.size].set(9.0)
        pool = lambda z: lax.reduce_window(z, -jnp.inf, lax.max, (1, x.size), (1, 1), "VALID")  # noqa: E731
        return jax.vjp(pool, ones)[1](jnp.pad(x, (1, 0))[None])[0][0, x.size]

    return {
        "reduce_sum": lambda x: x.sum(),
        "cumsum": lambda x: jnp.cumsum(x)[-1],
        "dot_general": lambda x: x @ jnp.ones(x.size),
        "conv_general_dilated": lambda x: lax.conv_general_dilated(
            x[None, None], jnp.ones((1, 1, x.size)), (1,), [(0, 0)]
        ),
        "reduce_window_sum": lambda x: lax.reduce_window(x, 0.0, lax.add, (x.size,), (1,), "VALID"),
        "select_and_scatter_add": routed,
        "scatter-add": lambda x: jnp.zeros(2).at[jnp.zeros(x.size, int)].add(x),
        "scan": lambda x: lax.scan(lambda s, y: (s + y, None), 0.0, x)[0],
    }


SUMS = [
    "reduce_sum",
    "cumsum",
    "dot_general",
    "conv_general_dilated",
    "reduce_window_sum",
    "select_and_scatter_add",
    "scatter-add",
    "scan",
]


def test_every_sum_is_tried():
    assert sorted(SUMS) == sorted(sums())


@pytest.mark.parametrize("name", SUMS)
def test_each_addition_of_a_sum_is_charged(name):
    """1 and then what float32 loses one by one: far more than one rounding is lost, and allowed."""
    x = np.array([1.0, *[2.0**-24] * 16])
    function = sums()[name]
    assert_as_jax(function, x)
    [result] = followed(function, x, dtype="float32")
    [got] = computed(function, x, dtype="float32")
    lost = abs(got - result.value).max()
    assert lost > 3 * 2.0**-24
    assert lost <= result.error.max()
    assert result.error.max() < 4 * 17 * 2.0**-24


@SEEDS
@DTYPES
@pytest.mark.parametrize("name", SUMS)
def test_a_sum_in_any_order_is_inside_the_bound(name, dtype, seed):
    random = np.random.default_rng(seed)
    assert_inside(sums()[name], real(13, seed=seed), dtype=dtype, random=random)


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_of_whole_numbers_is_exact(name):
    assert_exact(sums()[name], whole(13))


def programs():
    import jax.numpy as jnp
    from jax import lax

    return {
        "cumsum": lambda x: jnp.cumsum(x, 1),
        "cumsum backwards": lambda x: lax.cumsum(x, 0, reverse=True),
        "cumsum of whole numbers": lambda x: x * jnp.cumsum(jnp.arange(4)),
        "all and any": lambda x: jnp.where((x > 2).any(1) | (x < 3).all(1), x.sum(1), 0.0),
        "prod": lambda x: lax.reduce_prod(x, (1,)),
        "prod of whole numbers": lambda x: x * jnp.prod(jnp.arange(1, 5)),
        "argmax and argmin": lambda x: x.sum(1) * jnp.argmax(x, 1) + jnp.argmin(x, 1),
        "what is largest": lambda x: jnp.take_along_axis(x, jnp.argmax(x, 1)[:, None], 1),
        "largest whole number": lambda x: x * jnp.argsort(x, 1).max(1, keepdims=True),
        "sort": lambda x: jnp.sort(x, 1),
        "sort along the first axis": lambda x: jnp.sort(x, 0),
        "argsort": lambda x: x * jnp.argsort(x, 1),
        "median": lambda x: jnp.sort(x, 1)[:, 1:3].mean(1),
    }


NAMES = [
    "cumsum",
    "cumsum backwards",
    "cumsum of whole numbers",
    "all and any",
    "prod",
    "prod of whole numbers",
    "argmax and argmin",
    "what is largest",
    "largest whole number",
    "sort",
    "sort along the first axis",
    "argsort",
    "median",
]


def test_every_program_is_tried():
    assert sorted(NAMES) == sorted(programs())


@pytest.mark.parametrize("name", NAMES)
def test_values_and_derivatives_are_what_jax_computes(name):
    assert_as_jax(vjp(programs()[name]), real(3, 4))


@SEEDS
@DTYPES
@pytest.mark.parametrize("name", NAMES)
def test_programs_on_rounded_numbers_are_inside_the_bound(name, dtype, seed):
    def function(x):
        return programs()[name](x / 3) / 3

    random = np.random.default_rng(seed)
    assert_inside(function, real(3, 4, seed=seed), dtype=dtype, random=random)


@pytest.mark.parametrize("name", ["sort", "what is largest", "cumsum"])
def test_whole_numbers_stay_exact(name):
    assert_exact(programs()[name], whole(3, 4))


# 1/3 rounded lies on either side of what stands beside it.
CLOSE = np.array([[1.0, 1 / 3, -5.0, 7.0]])


def near(x):
    import jax.numpy as jnp

    return jnp.concatenate([x[:, :1] / 3, x[:, 1:3]], 1)


def test_a_position_that_rounding_could_turn_covers_what_else_it_could_be():
    import jax.numpy as jnp

    def payload(x):
        order = jnp.argsort(near(x), 1)
        return jnp.take_along_axis(jnp.array([[10.0, 20.0, 30.0]]), order, 1)

    [result] = followed(payload, CLOSE, dtype="float32")
    assert np.array_equal(result.error > 0, [[False, True, True]])
    assert (result.error[0, 1:] >= 10).all()


def test_a_largest_element_that_rounding_could_turn_covers_what_else_it_could_be():
    import jax.numpy as jnp

    def payload(x):
        return jnp.array([10.0, 20.0, 30.0])[jnp.argmax(near(x), 1)]

    [result] = followed(payload, CLOSE, dtype="float32")
    assert result.error >= 10
    [result] = followed(payload, CLOSE + np.eye(4)[1], dtype="float32")
    assert result.error == 0


def test_only_those_that_could_win_count_for_the_error_of_a_max():
    import jax.numpy as jnp

    def function(x):
        return jnp.concatenate([x[:, :1], x[:, 1:3] * (1 / 3)], 1).max(1)

    [result] = followed(function, np.array([[3.0, 1.0, 1.0]]), dtype="float32")
    assert result.value == 3
    assert result.error == 0
