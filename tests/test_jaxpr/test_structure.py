"""The same numbers in other places."""

from __future__ import annotations

import numpy as np
import pytest

from test_jaxpr import assert_as_jax, assert_exact, followed, real, vjp, whole

pytestmark = pytest.mark.live


def programs():
    import jax.numpy as jnp
    from jax import lax

    return {
        "pad": lambda x: lax.pad(x, 0.5, ((1, 2, 0), (0, 1, 0))),
        "negative pad": lambda x: lax.pad(x, 0.5, ((-1, 2, 0), (1, -2, 0))),
        "interior pad": lambda x: lax.pad(x, 0.5, ((1, 0, 2), (-1, -1, 1))),
        "nothing left": lambda x: lax.pad(x, 0.0, ((-1, -2, 0), (0, 0, 0))),
        "split": lambda x: sum(jnp.split(x, 2, 1)),
        "uneven split": lambda x: jnp.split(x, [1], 1)[1],
        "stack and unstack": lambda x: jnp.stack(jnp.unstack(x, axis=1)[::-1], 0),
        "tile": lambda x: jnp.tile(x, (2, 1, 3)),
        "roll": lambda x: jnp.roll(x, 1, 0),
        "triangle": jnp.tril,
        "barrier": lax.optimization_barrier,
        "reshape in another order": lambda x: lax.reshape(x, (2, 6), (1, 0)),
    }


NAMES = [
    "pad",
    "negative pad",
    "interior pad",
    "nothing left",
    "split",
    "uneven split",
    "stack and unstack",
    "tile",
    "roll",
    "triangle",
    "barrier",
    "reshape in another order",
]


def test_every_program_is_tried():
    assert sorted(NAMES) == sorted(programs())


@pytest.mark.parametrize("name", NAMES)
def test_values_and_derivatives_are_what_jax_computes(name):
    assert_as_jax(vjp(programs()[name]), real(3, 4))


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_stay_exact(name):
    assert_exact(programs()[name], whole(3, 4))
    assert_exact(lambda x: programs()[name](x).sum(0), whole(3, 4))


def test_zeros_that_pad_are_no_terms():
    import jax.numpy as jnp

    x = real(2, 3) / 3
    [plain] = followed(lambda x: x.sum(0), x, dtype="float32")
    [padded] = followed(lambda x: jnp.pad(x, ((4, 5), (0, 0))).sum(0), x, dtype="float32")
    assert np.array_equal(plain.error, padded.error)
