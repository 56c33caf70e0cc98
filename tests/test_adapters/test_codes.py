"""What is told from code that is not run."""

import numpy as np
import pytest

from crosscheck.adapters.codes import (
    averages,
    complements,
    divides,
    divides_by_a_name,
    does_nothing,
    factors,
    multiplies_matrices,
    returned_counts,
    small_constants,
    strings,
)

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


def test_factors_are_what_is_multiplied_or_divided_by_and_no_exponents():
    assert factors(lambda x, n, c: x / (2 * n * c)) == {2}
    assert factors(lambda x: 0.5 * np.sum((x - 1) ** 3)) == {0.5}
    assert factors(lambda x: np.sum(x, axis=1)[2] / 7) == {7}
    assert factors(lambda x: np.power(x, 2) + x.shape[3]) == set()


def test_a_complement_is_one_minus_something():
    assert complements(lambda s, g: s.m * s.v + (1 - s.m) * g)
    assert complements(lambda m, g: (1.0 - m) * g)
    assert not complements(lambda m, g: m - 1 + 1 * g)
    assert not complements(lambda m, g: (2 - m) * g)


def test_a_mean_is_a_division_or_one_of_numpys():
    assert averages(lambda x: x.mean(0))
    assert averages(lambda x, m: x @ x / m)
    assert not averages(lambda x: np.sum(x) + 1)


def test_a_division_by_a_number_is_none_by_a_name():
    assert divides_by_a_name(lambda x, m: 1.0 / m * x)
    assert divides_by_a_name(lambda x, n, c: x / (2 * n * c))
    assert not divides_by_a_name(lambda x: x.sum() / 2)


def test_products_of_matrices_are_seen():
    assert multiplies_matrices(lambda a, b: a @ b)
    assert multiplies_matrices(lambda a, b: np.dot(a, b) + 1)
    assert not multiplies_matrices(lambda a, b: a * b)


def _either(x):
    if x is None:
        return None
    return (x, x) if len(x) else (x, 0)


def _some(x):
    if len(x):
        return x
    return x, 0


def test_what_is_returned_is_counted_as_it_is_written():
    assert returned_counts(lambda x: x + 1) == {1}
    assert returned_counts(lambda x: (x, 1, 2)) == {3}
    assert returned_counts(_either) == {2}
    assert returned_counts(_some) == {1, 2}
    assert returned_counts(_nothing) == set()
