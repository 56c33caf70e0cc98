"""Answers of impl_numpy: near the frozen ones, for any sizes and any arrays."""

import numpy as np
import pytest

from crosscheck.case import Case, cases
from crosscheck.errors import SelectionError
from crosscheck.judging import check_case
from crosscheck.layers import catalogue
from crosscheck.local import LocalOracles, drawn_from, right_one

UNSEEN = "affine/float64/normal/N4-d3x2-M9/12345"


@pytest.fixture
def local():
    return LocalOracles()


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_the_answers_are_those_of_the_frameworks(layer, local, embedded):
    """Well within the bound derived; but where frameworks differ themselves, at NaN."""
    for case in cases(layer, ("float64",), seeds=(0,)):
        if case.scenario.name == "nan" or not embedded.holds(case):
            continue
        frozen, ours = embedded.oracle(case), local.oracle(case)
        assert ours.checksum == frozen.checksum
        assert set(ours.expected) == set(frozen.expected)
        for quantity, e in frozen.expected.items():
            assert e.misfit(ours.expected[quantity].value, case.format).max(initial=0) <= 1, case.id


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_the_bound_is_wide_yet_sees_an_error_of_a_millionth(layer, local):
    case = next(cases(layer, ("float64",), ("normal",)))
    for quantity, e in local.oracle(case).expected.items():
        assert e.value.shape == case.layer.shapes(case.dims)[quantity]
        if np.abs(e.value).max() > 1e-3:
            assert e.misfit(e.value * (1 + 1e-6), case.format).max() > 1, quantity
        assert e.misfit(e.value * (1 + 1e-12), case.format).max() < 0.1, quantity


def test_there_is_an_answer_for_sizes_and_seeds_that_no_file_has(local, candidate, embedded):
    case = Case.parse(UNSEEN)
    assert not embedded.holds(case)
    assert check_case(candidate("affine"), case, local.oracle(case)).findings == ()
    wrong = candidate("affine", affine_backward=lambda dout, cache: (dout, dout, dout))
    found = check_case(wrong, case, local.oracle(case)).findings
    assert {f.quantity for f in found} == {"dx", "dw", "db"}


def test_what_is_zero_in_theory_may_be_rounding_errors(local):
    """The gradient of a bias before batch norm: of which nobody's digits are right."""
    layer = catalogue()["conv_bn_relu"]
    case = next(cases(layer, ("float64",), ("normal",)))
    e = local.oracle(case).expected["db"]
    assert 0 < np.abs(e.value).max() < 1e-14
    assert e.misfit(-3 * e.value, case.format).max() < 1


def test_arrays_need_not_be_drawn(local):
    case = Case.parse("affine/float64/normal/N1-d1-M1/0")
    one = np.ones((1, 1))
    drawn = drawn_from({"x": 2 * one, "w": 3 * one, "b": np.ones(1)}, {"dout": 5 * one})
    oracle = local.oracle_for(case, drawn)
    assert {q: e.value.item() for q, e in oracle.expected.items()} == {
        "out": 7,
        "dx": 15,
        "dw": 10,
        "db": 5,
    }
    assert oracle.checksum == drawn.checksum


def test_arrays_of_ones_own_are_copies_that_cannot_be_changed():
    x = np.ones((2, 3))
    drawn, again, other = (drawn_from({"x": a}, {}) for a in (x, x, 2 * x))
    assert drawn.inputs["x"] is not x
    assert not drawn.inputs["x"].flags.writeable
    assert drawn.checksum == again.checksum != other.checksum


def test_all_elements_are_kept_where_the_candidate_draws_the_mask(local):
    case = Case.parse("dropout/float64/normal/s7x11-p=0.8-seed=231/0")
    drawn, expected = case.draw(), local.oracle(case).expected
    np.testing.assert_allclose(expected["out"].value, drawn.inputs["x"] / 0.8)
    np.testing.assert_allclose(expected["dx"].value, drawn.cotangents["dout"] / 0.8)


def test_numpys_random_state_is_left_as_it_was(local):
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    for name in ("dropout", "fully_connected_net_dropout", "two_layer_net"):
        local.oracle(next(cases(catalogue()[name], ("float64",))))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    "case_id",
    [
        "conv/float64/normal/N1-C1-H2-W2-F1-HH5-WW1-stride=1-pad=0/0",
        "conv/float64/normal/N1-C1-H2-W2-F1-HH1-WW1-stride=0-pad=0/0",
        "spatial_groupnorm/float64/normal/N1-C5-H2-W2-G=3-eps=0.1/0",
        "multi_head_attention/float64/normal/N1-T2-D5-num_heads=3/0",
        "dropout/float64/normal/s3-p=1.0-seed=1/0",
    ],
)
def test_sizes_that_do_not_fit_have_no_answer(case_id, local):
    with pytest.raises(SelectionError, match="sizes and options do not fit"):
        local.oracle(Case.parse(case_id))


def test_narrow_dtypes_are_refused(local):
    with pytest.raises(ValueError, match="float64"):
        local.oracle(Case.parse("relu/float32/normal/s3/0"))


def test_the_right_functions_are_those_of_impl_numpy():
    import impl_numpy

    assert right_one(catalogue()["relu"]).functions == {
        "relu_forward": impl_numpy.relu_forward,
        "relu_backward": impl_numpy.relu_backward,
    }
