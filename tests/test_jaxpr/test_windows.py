"""Convolution and pooling."""

from __future__ import annotations

import numpy as np
import pytest

from crosscheck.dtypes import FORMATS
from test_jaxpr import (
    DTYPES,
    SEEDS,
    assert_as_jax,
    assert_exact,
    assert_inside,
    followed,
    real,
    vjp,
    whole,
)

pytestmark = pytest.mark.live

IMAGES, WEIGHTS = (2, 4, 5, 6), (6, 4, 3, 2)
CONVOLUTIONS = {
    "plain": {},
    "stride and padding": {"window_strides": (2, 3), "padding": [(1, 1), (2, 1)]},
    "a last column unread": {"window_strides": (3, 3)},
    "negative padding": {"padding": [(-1, 0), (0, -2)]},
    "holes in the weights": {"rhs_dilation": (1, 3)},
    "holes in the images": {"lhs_dilation": (2, 3), "padding": [(1, 2), (-1, 0)]},
    "groups of channels": {"feature_group_count": 2, "weights": (6, 2, 3, 2)},
    "a group per channel": {"feature_group_count": 4, "weights": (8, 1, 3, 2)},
    "groups of images": {"batch_group_count": 2},
    "channels last": {
        "dimension_numbers": ("NHWC", "HWIO", "NHWC"),
        "images": (2, 5, 6, 4),
        "weights": (3, 2, 4, 6),
    },
    "one axis": {"images": (2, 3, 7), "weights": (4, 3, 3), "padding": [(2, 1)]},
    "three axes": {"images": (2, 2, 3, 4, 3), "weights": (3, 2, 2, 2, 3)},
    "no image": {"images": (0, 4, 5, 6)},
    "windows larger than images": {"weights": (6, 4, 7, 2), "padding": [(0, 0), (1, 1)]},
}


def convolution(name):
    from jax import lax

    options = dict(CONVOLUTIONS[name])
    images, weights = options.pop("images", IMAGES), options.pop("weights", WEIGHTS)
    axes = len(images) - 2
    settings = {"window_strides": (1,) * axes, "padding": [(0, 0)] * axes, **options}
    return lambda x, w: lax.conv_general_dilated(x, w, **settings), images, weights


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_and_its_derivative_are_what_jax_computes(name):
    function, images, weights = convolution(name)
    assert_as_jax(vjp(function, 0, 1), real(*images), real(*weights, seed=1))


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_of_whole_numbers_is_exact(name):
    function, images, weights = convolution(name)
    assert_exact(function, whole(*images), whole(*weights, seed=1))


@SEEDS
@DTYPES
@pytest.mark.parametrize("name", ["stride and padding", "groups of channels"])
def test_a_convolution_in_any_order_is_inside_the_bound(name, dtype, seed):
    function, images, weights = convolution(name)
    arrays = real(*images, seed=seed), real(*weights, seed=seed + 9)
    assert_inside(function, *arrays, dtype=dtype, random=np.random.default_rng(seed))


def test_padding_adds_no_term_to_a_convolution():
    from jax import lax

    def alone(x, w):
        return lax.conv_general_dilated(x, w, (1,), [(1, 1)])

    x, w = np.full((1, 1, 3), 1.0), np.full((1, 1, 3), 1 / 3)
    [result] = followed(alone, x, w, dtype="bfloat16")
    assert result.error[0, 0, 0] < result.error[0, 0, 1]


def pooling(kind, window=(2, 3), strides=(2, 2), padding=((0, 0), (0, 0)), **holes):
    from jax import lax

    start, operation = {
        "max": (-np.inf, lax.max),
        "min": (np.inf, lax.min),
        "sum": (0.0, lax.add),
    }[kind]
    every = (1, 1, *window), (1, 1, *strides), ((0, 0), (0, 0), *padding)
    return lambda x: lax.reduce_window(x, start, operation, *every, **holes)


KINDS = pytest.mark.parametrize("kind", ["max", "min", "sum"])
POOLINGS = {
    "apart": {},
    "overlapping": {"strides": (1, 1)},
    "padded": {"padding": ((1, 0), (1, 2))},
    "with gaps": {"window": (1, 2), "strides": (2, 3)},
}


@KINDS
@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_and_its_derivative_are_what_jax_computes(kind, name):
    assert_as_jax(vjp(pooling(kind, **POOLINGS[name])), real(2, 3, 6, 7))


@KINDS
def test_pooling_with_holes_is_what_jax_computes(kind):
    holes = {"base_dilation": (1, 1, 2, 1), "window_dilation": (1, 1, 1, 2)}
    assert_as_jax(pooling(kind, **holes), real(2, 3, 4, 7))


@KINDS
@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_of_whole_numbers_is_exact(kind, name):
    function, x = pooling(kind, **POOLINGS[name]), whole(1, 2, 6, 7)
    assert_exact(function, x)
    # Ties too: the first of them wins, as XLA has it.
    assert_as_jax(vjp(function), x)
    assert all((r.error == 0).all() for r in followed(vjp(function), x, dtype="bfloat16"))


@KINDS
@SEEDS
@DTYPES
def test_pooling_and_its_derivative_are_inside_the_bound(kind, dtype, seed):
    function, random = pooling(kind, strides=(1, 1)), np.random.default_rng(seed)
    x = real(1, 1, 4, 5, seed=seed)
    assert_inside(vjp(lambda x: function(x / 3) / 3), x, dtype=dtype, random=random)


def close(x):
    """Two numbers that rounding may turn: 1/3 of the first, and the second."""
    import jax.numpy as jnp

    return jnp.concatenate([x[..., :1] / 3, x[..., 1:]], -1)


def test_each_element_that_may_have_been_largest_may_get_the_derivative():
    x = np.array([[[[1.0, 1 / 3, 0.25, 0.75]]]])
    function = pooling("max", (1, 2), (1, 2))
    [result] = followed(lambda x, g: jax_vjp(function, close(x), g), x, 5.0 * ONE, dtype="float32")
    assert (result.error[0, 0, 0, :2] == 5).all()
    assert (result.error[0, 0, 0, 2:] == 0).all()


ONE = np.ones((1, 1, 1, 2))


def jax_vjp(function, x, cotangent):
    import jax

    return jax.vjp(function, x)[1](cotangent)[0]


def test_the_padding_of_a_max_makes_nothing_unknown():
    x = np.arange(6.0).reshape(1, 1, 2, 3) - 9
    for dtype in FORMATS:
        [result] = followed(
            lambda x: pooling("max", padding=((1, 1), (1, 1)))(x).sum(), x, dtype=dtype
        )
        assert np.isfinite(result.value)
        assert result.error == 0


def test_a_max_of_rounded_numbers_knows_its_only_winner():
    """x == max(x) would be ambiguous for every winner, if it were only a comparison."""
    x = np.array([[3.0, 1.0, 2.0]])
    [result] = followed(
        lambda x, g: jax_vjp(lambda z: (z / 3).max(1), x, g), x, np.full(1, 3.0), dtype="float32"
    )
    assert np.array_equal(result.value, [[1, 0, 0]])
    assert result.error.max() < 1e-6


def test_a_max_of_rounded_numbers_that_may_tie_covers_each():
    x = np.array([[3.0, 1.0, 3 - 2.0**-9], [3.0, 1.0, 2.0]])
    [result] = followed(
        lambda x, g: jax_vjp(lambda z: (z / 3).max(1), x, g), x, np.full(2, 3.0), dtype="float16"
    )
    assert (result.error[0, [0, 2]] >= 1).all()
    assert result.error[1].max() < 0.01


def test_a_hinge_of_rounded_numbers_knows_its_side():
    import jax.numpy as jnp

    x = np.array([0.1, -0.1])
    [result] = followed(
        lambda x, g: jax_vjp(lambda z: jnp.maximum(0, z / 3), x, g),
        x,
        np.full(2, 3.0),
        dtype="float32",
    )
    assert result.value[1] == 0
    assert result.error[1] == 0
    assert result.error[0] < 1e-6
