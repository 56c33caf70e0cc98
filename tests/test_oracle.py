"""Judging by a bound: what is inside, what is outside, what is never passed, what is not tested."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.dtypes import FORMATS
from crosscheck.oracle import (
    FACTOR,
    Expected,
    Oracle,
    decoded_bounds,
    encoded_bounds,
    power_of,
    trimmed,
)

F32 = FORMATS["float32"]
INF, NAN = np.inf, np.nan
FINITE = st.floats(allow_nan=False, allow_infinity=False)
BOUNDS = st.floats(min_value=0.0, allow_nan=False, allow_infinity=True)


def _misfit(got, value, bound, other=None, fmt=F32):
    value, bound = np.array([value], np.float64), np.array([bound], np.float64)
    other = None if other is None else np.array([other], np.float64)
    return float(Expected(value, bound, other).misfit(np.array([got], np.float64), fmt)[0])


# -- misfit -----------------------------------------------------------------------------------


def test_an_error_is_a_fraction_of_twice_the_bound():
    assert FACTOR == 2
    assert _misfit(1.5, 1.0, 0.5) == 0.5
    assert _misfit(2.0, 1.0, 0.5) == 1.0
    assert _misfit(0.0, 1.0, 0.5) == 1.0


def test_beyond_twice_the_bound_is_wrong():
    assert _misfit(np.nextafter(2.0, 3.0), 1.0, 0.5) > 1


@given(value=FINITE, got=FINITE)
def test_a_bound_of_zero_admits_nothing_else(value, got):
    assert _misfit(got, value, 0.0) == (0.0 if got == value else INF)


def test_zeros_of_either_sign_are_equal():
    assert _misfit(-0.0, 0.0, 0.0) == 0


@pytest.mark.parametrize("bound", [0.0, 0.5, INF])
def test_nan_where_nan_is_expected_is_right(bound):
    assert _misfit(NAN, NAN, bound) == 0


@pytest.mark.parametrize("bound", [0.0, 0.5])
@pytest.mark.parametrize("got", [0.0, 3.0, INF, -INF])
def test_anything_else_where_nan_is_expected_is_wrong(got, bound):
    assert _misfit(got, NAN, bound) == INF


def test_an_infinity_is_matched_only_by_itself():
    assert _misfit(INF, INF, 0.0) == 0
    assert _misfit(-INF, INF, 0.0) == INF
    assert _misfit(1e38, INF, 0.0) == INF
    assert _misfit(NAN, -INF, 0.0) == INF


@pytest.mark.parametrize("got", [NAN, INF, -INF])
@pytest.mark.parametrize("bound", [0.0, 1e-3, 1e30, INF])
def test_a_number_well_inside_the_range_is_never_matched_by_what_is_not_finite(got, bound):
    assert _misfit(got, 3.0, bound) > 1


@given(got=FINITE, value=FINITE)
def test_an_infinite_bound_makes_no_claim_about_finite_numbers(got, value):
    assert _misfit(got, value, INF) == 0


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_without_a_claim_overflow_is_excused_only_near_the_largest_number(fmt):
    assert _misfit(INF, fmt.largest * 0.51, INF, fmt=fmt) == 0
    assert _misfit(NAN, fmt.largest * 0.51, INF, fmt=fmt) == 0
    assert _misfit(INF, fmt.largest * 0.49, INF, fmt=fmt) > 1
    assert _misfit(NAN, -fmt.largest * 0.49, INF, fmt=fmt) > 1


def test_with_a_finite_bound_overflow_is_never_excused():
    assert _misfit(INF, F32.largest * 0.9, 1.0) > 1


def test_the_other_answer_is_accepted_too():
    assert _misfit(0.0, 1.0, 0.01, other=0.0) == 0
    assert _misfit(0.01, 1.0, 0.01, other=0.0) == 0.5
    assert _misfit(NAN, 1.0, 0.01, other=NAN) == 0
    assert _misfit(0.5, 1.0, 0.01, other=0.0) > 1


def test_elements_are_judged_one_by_one():
    expected = Expected(np.array([1.0, NAN, 2.0, INF]), np.array([0.0, 0.0, INF, 0.0]))
    got = np.array([1.0, 1.0, NAN, INF], np.float32)
    assert (expected.misfit(got, F32) > 1).tolist() == [False, True, True, False]


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_answers_of_any_dtype_are_judged(fmt):
    expected = Expected(np.array([1.0, 2.0]), np.array([0.25, 0.0]))
    assert expected.misfit(np.array([1.25, 2.0], fmt.dtype), fmt).tolist() == [0.5, 0.0]


@given(value=FINITE, bound=st.floats(1e-300, 1e300), share=st.floats(-1, 1))
def test_what_is_within_the_bound_is_right(value, bound, share):
    with np.errstate(over="ignore"):
        got = np.float64(value) + share * bound
    if np.isfinite(got):
        assert _misfit(got, value, bound, fmt=FORMATS["float64"]) <= 1


# -- what a case can see ----------------------------------------------------------------------


def test_the_floor_is_the_smallest_relative_error_that_is_seen():
    assert Expected(np.array([1.0, 100.0]), np.array([0.01, 0.01])).floor == 2e-4
    assert Expected(np.array([-4.0]), np.array([1.0])).floor == 0.5


def test_the_floor_is_zero_where_an_element_is_judged_exactly():
    assert Expected(np.array([0.0, 1.0]), np.array([0.0, 1.0])).floor == 0


def test_no_claim_and_no_size_see_nothing():
    assert Expected(np.array([1.0]), np.array([INF])).floor == INF
    assert Expected(np.array([0.0]), np.array([1.0])).floor == INF
    assert Expected(np.array([NAN, INF]), np.array([1.0, 1.0])).floor == INF


def test_elements_without_a_claim_are_counted():
    assert _oracle(out=[INF, 1.0, INF], dx=[INF]).power.untested == 3


def _oracle(**bounds):
    expected = {q: Expected(np.ones(len(b)), np.array(b, float)) for q, b in bounds.items()}
    return Oracle("", expected, ("torch", "jax"), power_of(expected))


def test_an_oracles_floor_is_that_of_its_best_quantity():
    assert _oracle(out=[0.5, 0.25], dx=[0.1]).power.floor == 0.2


def test_a_quantity_without_elements_has_no_say_in_the_floor():
    assert _oracle(out=[], dx=[0.1]).power.floor == 0.2
    assert _oracle(out=[]).power.floor == 0


def test_an_oracle_is_exact_if_every_bound_is_zero():
    assert _oracle(out=[0, 0], dx=[0]).power.exact
    assert not _oracle(out=[0, 0], dx=[1e-30]).power.exact


# -- packing ----------------------------------------------------------------------------------


def _trimmed(value, bound):
    kept, grown = trimmed(np.array([value]), np.array([bound]))
    return float(kept[0]), float(grown[0])


@given(value=FINITE, bound=BOUNDS)
def test_trimming_never_makes_the_bound_too_small_for_what_it_rounds_off(value, bound):
    kept, grown = _trimmed(value, bound)
    with np.errstate(over="ignore"):
        assert grown >= np.float64(bound) + (abs(kept - value) if np.isfinite(bound) else 0)


@given(steps=st.integers(-(10**6), 10**6), exponent=st.integers(-100, 100))
def test_what_trimming_rounds_off_is_added_to_the_bound(steps, exponent):
    bound = 2.0**exponent  # which encoding would not round up
    value = steps / 4096 * bound
    kept, grown = _trimmed(value, bound)
    assert grown >= Fraction(bound) + abs(Fraction(kept) - Fraction(value))


@given(value=FINITE, bound=st.floats(1e-290, 1e290))
def test_trimming_keeps_the_value_within_a_256th_of_its_bound(value, bound):
    kept, grown = _trimmed(value, bound)
    assert abs(kept - value) <= bound / 256
    assert bound <= grown <= 1.036 * bound


@given(value=FINITE)
def test_what_is_exact_stays_exact(value):
    assert _trimmed(value, 0.0) == (value, 0.0)


@given(value=FINITE)
def test_without_a_claim_the_value_keeps_its_magnitude_and_there_is_still_no_claim(value):
    kept, grown = _trimmed(value, INF)
    assert grown == INF
    assert abs(kept - value) <= abs(value) / 256


@pytest.mark.parametrize("special", [NAN, INF, -INF])
@pytest.mark.parametrize("bound", [0.0, 0.5, INF])
def test_trimming_leaves_what_is_not_finite(special, bound):
    kept, grown = _trimmed(special, bound)
    np.testing.assert_equal(kept, special)
    assert grown == bound


@given(value=FINITE, bound=BOUNDS)
def test_trimming_twice_changes_the_value_no_more(value, bound):
    kept, grown = _trimmed(value, bound)
    assert abs(_trimmed(kept, grown)[0] - kept) <= (grown / 256 if np.isfinite(grown) else 0)


def _coded(bound):
    return float(decoded_bounds(encoded_bounds(np.array([bound])))[0])


@given(bound=BOUNDS)
def test_an_encoded_bound_is_rounded_up(bound):
    assert _coded(bound) >= bound


@given(bound=st.floats(1e-300, 1e300))
def test_an_encoded_bound_is_at_most_a_32nd_larger(bound):
    assert _coded(bound) <= bound * (1 + 1 / 32)


@given(bound=BOUNDS)
def test_encoding_twice_changes_nothing_more(bound):
    assert _coded(_coded(bound)) == _coded(bound)


@given(a=BOUNDS, b=BOUNDS)
def test_encoding_keeps_the_order(a, b):
    assert (_coded(a) <= _coded(b)) or a > b


def test_zero_infinity_and_the_smallest_bound_are_kept():
    assert _coded(0.0) == 0
    assert _coded(INF) == INF
    assert 0 < _coded(5e-324) < 1e-300


def test_codes_take_two_bytes():
    assert encoded_bounds(np.array([1.0, INF])).dtype == np.uint16
    assert encoded_bounds(np.zeros((2, 0, 3))).shape == (2, 0, 3)
