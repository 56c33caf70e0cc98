"""Arrays in another shape, order or scale; what is no array is left as it is."""

import numpy as np
import pytest

from crosscheck.adapters.shaped import one_hot, reshaped, rows, times, turned

pytestmark = pytest.mark.slow


def test_rows_of_no_examples_have_their_length():
    assert rows(np.zeros((0, 2, 3))).shape == (0, 6)


def test_labels_are_rows_of_the_scores_dtype():
    rows_of_labels = one_hot(np.array([2, 0]), np.zeros((2, 3), np.float32))
    assert rows_of_labels.dtype == np.float32
    assert rows_of_labels.tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("value", [None, [1, 2], "text"])
def test_what_is_no_array_is_left_for_the_judge(value):
    assert turned(value) is value
    assert reshaped(value, (2, 1)) is value
    assert times(value, 3) is value


def test_an_array_of_another_size_keeps_its_shape():
    assert reshaped(np.zeros((2, 3)), (5,)).shape == (2, 3)
    assert reshaped(np.zeros((5, 1)), (5,)).shape == (5,)


def test_a_declared_factor_changes_no_dtype():
    assert times(np.ones(2, np.float32), 3).dtype == np.float32
    assert times(2.0, 3) == 6.0
