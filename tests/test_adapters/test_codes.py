"""What is told from code that is not run."""

import numpy as np
import pytest

from crosscheck.adapters.codes import divides, does_nothing, small_constants, strings

pytestmark = pytest.mark.slow


class _Layer:
    name = "not in a method"

    def forward(self, x):
        return np.sqrt(x + 10e-7) + 0.5 + 1

    def backward(self, dout):
        return np.zeros(3, "f") / dout


def _nothing(x):
    """Only this."""


def _passed(x):
    pass


def _something(x):
    return x.T


def _divided(x):
    x /= 2
    return x


def test_epsilons_are_the_small_numbers_in_the_code():
    assert small_constants(_Layer) == {1e-6}
    assert small_constants(_Layer.backward) == set()


def test_strings_are_those_of_all_methods():
    assert "f" in strings(_Layer)
    assert "f" not in strings(_Layer.forward)


def test_a_division_is_seen_in_either_form():
    assert divides(_Layer)
    assert divides(_divided)
    assert not divides(_Layer.forward)


def test_what_uses_nothing_does_nothing():
    assert does_nothing(_nothing)
    assert does_nothing(_passed)
    assert not does_nothing(_something)
    assert not does_nothing(len)  # nobody knows
