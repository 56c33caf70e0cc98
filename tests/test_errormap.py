"""Where an array is wrong, in units of what is allowed."""

import numpy as np
import pytest

import impl_numpy
from crosscheck.case import cases
from crosscheck.errormap import _reduced, error_maps
from crosscheck.hints import gathered
from crosscheck.judging import check_cases
from crosscheck.layers import layer_named


@pytest.fixture
def mapped(candidate, embedded):
    """The maps of affine with another backward."""

    def make(backward):
        made = candidate("affine", affine_backward=backward)
        layer = layer_named("affine")
        results = check_cases(made, cases(layer, ["float64"]), embedded)
        return error_maps(gathered(made, layer, results, embedded), ["dx", "dw", "db"])

    return make


def _spoilt(which, place, by):
    def affine_backward(dout, cache):
        found = list(impl_numpy.affine_backward(dout, cache))
        if found[which].size:
            found[which][place] += by
        return tuple(found)

    return affine_backward


def test_only_what_is_wrong_is_above_1_and_at_its_place(mapped):
    maps = mapped(_spoilt(1, (0, -1), 1e-3))
    assert set(maps) == {"dw"}
    dw = maps["dw"]
    assert dw.misfit.shape == dw.shape
    assert np.argwhere(dw.misfit > 1).tolist() == [[0, dw.shape[1] - 1]]


def test_a_vector_is_one_row(mapped):
    db = mapped(_spoilt(2, 0, 1.0))["db"]
    assert len(db.shape) == 1
    assert db.misfit.shape == (1, *db.shape)


def test_all_axes_but_the_last_are_rows():
    assert _reduced(np.zeros((2, 3, 5))).shape == (6, 5)
    assert _reduced(np.zeros(())).shape == (1, 1)


def test_a_large_array_keeps_the_worst_of_the_elements_in_a_cell():
    misfit = np.zeros((3, 1000))
    misfit[2, 777] = 5.0
    small = _reduced(misfit)
    assert small.shape == (3, 64)
    assert small.max() == 5.0
    assert np.count_nonzero(small) == 1


def test_what_cannot_be_compared_has_no_map(mapped):
    def affine_backward(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return dx, dw.T, db

    assert "dw" not in mapped(affine_backward)
