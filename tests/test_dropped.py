"""A candidate's own mask: read from what it returned, and proved to be drawn as it should be."""

import numpy as np
import pytest

from crosscheck.case import Case
from crosscheck.dropped import masked
from crosscheck.oracle import Expected

CASE = Case.parse("dropout/float64/normal/s17x23-p=0.3-seed=5/0")
SHAPE, P = (17, 23), 0.3
RNG = np.random.default_rng(0)
X, DOUT = RNG.normal(size=SHAPE), RNG.normal(size=SHAPE)
MASK = RNG.random(SHAPE) < P


def _expected(x=X, dout=DOUT):
    return {
        "out": Expected(x / P, np.full(SHAPE, 1e-9)),
        "dx": Expected(dout / P, np.full(SHAPE, 1e-9)),
    }


def _results(mask=MASK, p=P, x=X, dout=DOUT):
    return {"out": x * mask / p, "dx": dout * mask / p}


def _remarks(results, expected=None):
    return masked(CASE, expected or _expected(), results)[1]


def _fits(expected, results):
    return all(
        (e.misfit(results[quantity], CASE.format) <= 1).all() for quantity, e in expected.items()
    )


# -- what is expected -------------------------------------------------------------------------


def test_what_was_dropped_is_expected_to_be_exactly_0():
    expected, remarks = masked(CASE, _expected(), _results())
    assert remarks == []
    for e, source in ((expected["out"], X), (expected["dx"], DOUT)):
        np.testing.assert_array_equal(e.value, np.where(MASK, source / P, 0))
        np.testing.assert_array_equal(e.bound, np.where(MASK, 1e-9, 0))


def test_a_gradient_under_another_mask_does_not_fit():
    results = _results() | {"dx": DOUT * ~MASK / P}
    expected, _ = masked(CASE, _expected(), results)
    assert (expected["dx"].misfit(results["dx"], CASE.format) > 1).all()


def test_where_x_is_0_the_gradient_tells():
    x = np.where(RNG.random(SHAPE) < 0.5, 0.0, X)
    x[0, 0] = -0.0
    expected, remarks = masked(CASE, _expected(x), _results(x=x))
    assert remarks == []
    np.testing.assert_array_equal(expected["dx"].value != 0, MASK)


def test_where_x_and_dout_are_0_nothing_tells_and_nothing_is_counted():
    x, dout = np.zeros((2, *SHAPE))
    x[0], dout[1] = X[0], DOUT[1]
    results = _results(x=x, dout=dout)
    expected, remarks = masked(CASE, _expected(x, dout), results)
    assert remarks == []
    assert _fits(expected, results)


@pytest.mark.parametrize("mask", [np.ones(SHAPE, bool), np.zeros(SHAPE, bool)])
def test_all_zeros_say_nothing_about_the_mask(mask):
    zeros = np.zeros(SHAPE)
    assert _remarks(_results(mask, x=zeros, dout=zeros), _expected(zeros, zeros)) == []


@pytest.mark.parametrize(
    "out",
    [None, "text", X.tolist(), X[:-1], X.astype(complex), X.astype(object), X.astype(str)],
    ids=["missing", "text", "list", "shape", "complex", "objects", "strings"],
)
def test_if_the_output_cannot_be_read_the_gradient_tells(out):
    expected, remarks = masked(CASE, _expected(), _results() | {"out": out})
    assert remarks == []
    np.testing.assert_array_equal(expected["dx"].value != 0, MASK)


def test_nothing_returned_gives_no_remark():
    assert _remarks({}) == []


def test_an_output_of_another_shape_is_read_in_its_order():
    expected, remarks = masked(CASE, _expected(), {"out": _results()["out"].ravel()})
    assert remarks == []
    np.testing.assert_array_equal(expected["dx"].value != 0, MASK)


def test_an_output_of_bfloat16_is_read():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    out = _results()["out"].astype(ml_dtypes.bfloat16)
    np.testing.assert_array_equal(masked(CASE, _expected(), {"out": out})[0]["dx"].value != 0, MASK)


def test_an_empty_batch_gives_no_remark():
    case, empty = Case.parse("dropout/float64/empty/s0x7-p=0.3-seed=1/0"), np.zeros((0, 7))
    none = Expected(empty, empty)
    expected, remarks = masked(case, {"out": none, "dx": none}, {"out": empty, "dx": empty})
    assert remarks == []
    assert expected["dx"].value.shape == (0, 7)


# -- how many are kept ------------------------------------------------------------------------


def test_all_kept_is_no_chance():
    assert _remarks(_results(np.ones(SHAPE, bool))) == [
        "keeps 391 of 391 elements, where each is kept with probability 0.3"
    ]


def test_none_kept_is_no_chance_with_either_probability():
    assert _remarks(_results(np.zeros(SHAPE, bool))) == [
        "keeps 0 of 391 elements, where each is kept with probability 0.3 or 0.7"
    ]


def test_half_kept_is_no_chance():
    (remark,) = _remarks(_results(RNG.random(SHAPE) < 0.5))
    assert remark.endswith("of 391 elements, where each is kept with probability 0.3")


@pytest.mark.parametrize(("kept", "likely"), [(63, True), (62, False), (171, True), (172, False)])
def test_six_standard_deviations_are_the_limit(kept, likely):
    mask = np.zeros(X.size, bool)
    mask[:kept] = True
    remarks = _remarks(_results(RNG.permutation(mask).reshape(SHAPE)))
    assert (remarks == []) is likely


def test_chance_is_not_taken_for_a_mistake():
    for seed in range(200):
        mask = np.random.default_rng(seed).random(SHAPE) < P
        assert _remarks(_results(mask)) == []


# -- which of p and 1 - p it took -------------------------------------------------------------


def test_p_may_be_the_probability_to_drop_and_the_gradient_must_agree():
    results = _results(~MASK, 1 - P)
    expected, remarks = masked(CASE, _expected(), results)
    assert remarks == []
    assert _fits({"dx": expected["dx"]}, results)
    # The output is left as the frameworks have it: that it differs is a convention of the layer.
    assert not _fits({"out": expected["out"]}, results)


@pytest.mark.parametrize("p", [P, 1 - P])
def test_the_gradient_must_be_scaled_as_the_output(p):
    mask = MASK if p == P else ~MASK
    results = _results(mask, p) | {"dx": DOUT * mask / (1 - p)}
    expected, _ = masked(CASE, _expected(), results)
    assert not _fits({"dx": expected["dx"]}, results)


@pytest.mark.parametrize("p", [P, 1 - P])
def test_the_number_kept_must_go_with_the_scale(p):
    mask = ~MASK if p == P else MASK
    (remark,) = _remarks(_results(mask, p))
    assert remark == (
        f"keeps {mask.sum()} of 391 elements, where each is kept with probability {p:g}"
    )


@pytest.mark.parametrize("mask", [MASK, ~MASK])
def test_at_any_other_scale_either_number_will_do(mask):
    assert _remarks(_results(mask, 1.0)) == []


# -- each element on its own ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "axis"), [((1, 23), 0), ((17, 1), 1)], ids=["one-row", "one-column"]
)
def test_a_mask_drawn_for_less_than_all_elements_is_seen(shape, axis):
    for seed in range(100):
        row = np.random.default_rng(seed).random(shape) < P
        if abs(row.mean() - P) < 0.1:  # as many as if each were drawn
            break
    mask = np.broadcast_to(row, SHAPE)
    assert _remarks(_results(mask)) == [f"keeps or drops all elements along axis {axis} together"]


def test_few_elements_may_be_alike_by_chance():
    case = Case.parse("dropout/float64/normal/s2x3-p=0.3-seed=5/0")
    x = np.ones((2, 3))
    mask = np.array([[True, False, False]] * 2)
    some = Expected(x / P, x)
    assert (
        masked(case, {"out": some, "dx": some}, {"out": x * mask / P, "dx": x * mask / P})[1] == []
    )
