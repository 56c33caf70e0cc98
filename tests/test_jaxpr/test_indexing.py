"""Reading and writing at indices."""

from __future__ import annotations

import numpy as np
import pytest

from crosscheck.errors import DescriptionError
from test_jaxpr import assert_as_jax, assert_exact, followed, real, vjp, whole

pytestmark = pytest.mark.live

INDICES = np.array([1, 0, 1])


def programs():
    import jax.numpy as jnp
    from jax import lax

    return {
        "rows": lambda x, i: x[i],
        "set columns": lambda x, i: x.at[:, i].set(7.0),
        "set points": lambda x, i: x.at[jnp.arange(3), i].set(x[0, :3]),
        "set a slice": lambda x, i: x.at[1:3, ::2].set(x[:2, :2]),
        "dynamic slice": lambda x, i: lax.dynamic_slice(x, (i[0], i[1]), (2, 2)),
        "dynamic slice at the end": lambda x, i: lax.dynamic_slice(x, (i[0] + 5, -3), (2, 2)),
        "dynamic update": lambda x, i: lax.dynamic_update_slice(x, x[:2, :2], (i[0], i[2] + 5)),
        "one row": lambda x, i: x[i[0]],
        "add at points": lambda x, i: x.at[i, i].add(x[0, :3]),
    }


NAMES = [
    "rows",
    "set columns",
    "set points",
    "set a slice",
    "dynamic slice",
    "dynamic slice at the end",
    "dynamic update",
    "one row",
    "add at points",
]


def test_every_program_is_tried():
    assert sorted(NAMES) == sorted(programs())


@pytest.mark.parametrize("name", NAMES)
def test_values_and_derivatives_are_what_jax_computes(name):
    assert_as_jax(vjp(programs()[name]), real(3, 4), INDICES)


def test_what_is_written_outside_is_dropped():
    assert_as_jax(lambda x, i: x.at[i + 2, 1].set(7.0, mode="drop"), real(3, 4), INDICES)


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_stay_exact(name):
    assert_exact(programs()[name], whole(3, 4), INDICES)


def uncertain(x):
    """0 or 1: rounding could turn it."""
    return (x / 3 > 1 / 3).astype(int)


ONE = np.array([1.0, 2.0])


def test_a_read_at_an_index_that_rounding_could_turn_covers_everything():
    [result] = followed(lambda x: x[uncertain(x)], ONE)
    assert result.error[0] >= 1
    assert result.error[1] == 0


def test_an_addition_at_an_index_that_rounding_could_turn_may_arrive_anywhere():
    import jax.numpy as jnp

    [result] = followed(lambda x: jnp.zeros(3).at[uncertain(x)].add(x), ONE)
    assert (result.error >= 1).all()
    assert (result.error < 1.5).all()


def test_a_slice_at_an_index_that_rounding_could_turn_is_refused():
    from jax import lax

    with pytest.raises(DescriptionError, match="index that rounding could turn"):
        followed(lambda x: lax.dynamic_slice(x, (uncertain(x)[0],), (1,)), ONE)
    with pytest.raises(DescriptionError, match="index that rounding could turn"):
        followed(lambda x: x.at[uncertain(x)].set(0.0), ONE)
