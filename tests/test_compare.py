"""One quantity against its oracle: which finding it is, how severe, in which words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impl_numpy
from crosscheck.candidate import Candidate
from crosscheck.case import Case, cases
from crosscheck.compare import judge, worst_of_right
from crosscheck.dtypes import FORMATS
from crosscheck.finding import WARNING, WRONG
from crosscheck.layers import layer_named
from crosscheck.oracle import Expected
from crosscheck.trial import numbers

CASE = Case.parse("relu/float32/normal/s3x11/0")
VALUE = np.arange(33.0).reshape(3, 11)
EXPECTED = Expected(VALUE, np.full((3, 11), 0.125))
EXACT = Expected(VALUE, np.zeros((3, 11)))


def _judged(got, expected=EXPECTED, case=CASE, quantity="dx"):
    return judge(case, quantity, expected, numbers(got))


def _finding(got, expected=EXPECTED, case=CASE, quantity="dx"):
    (finding,) = _judged(got, expected, case, quantity).findings
    assert finding.quantity == quantity
    assert finding.case == case.id
    assert finding.size == case.size
    return finding


def _changed(**places):
    got = VALUE.astype(np.float32)
    for place, value in places.items():
        got[tuple(int(i) for i in place[1:].split("_"))] = value
    return got


# -- right ------------------------------------------------------------------------------------


def test_what_is_within_the_bound_gives_no_finding_and_its_worst_error():
    judgement = _judged(_changed(i1_2=VALUE[1, 2] + 0.2))
    assert judgement.findings == []
    assert judgement.worst == pytest.approx(0.8, rel=1e-5)
    assert not judgement.wrong


def test_a_scalar_may_be_a_numpy_scalar():
    expected = Expected(np.array(2.0), np.array(0.0))
    assert _judged(np.float32(2), expected).findings == []


# -- what cannot be judged --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "message"),
    [
        ("text", "dx is a str, not an array of floats"),
        ({"dx": 1}, "dx is a dict, not an array of floats"),
        ([[1.0], [1.0, 2.0]], "dx is a list, not an array of floats"),
        (np.array(["a"]), "dx is an array of <U1, not an array of floats"),
        (np.array([None]), "dx is an array of object, not an array of floats"),
        (np.ones((3, 11), complex), "dx is an array of complex128, not an array of floats"),
    ],
    ids=["text", "dict", "ragged", "strings", "objects", "complex"],
)
def test_what_is_no_array_of_numbers_is_wrong(got, message):
    finding = _finding(got)
    assert (finding.kind, finding.severity) == ("dtype", WRONG)
    assert finding.message == message


class _Hostile:
    def __array__(self, *_, **__):
        raise RuntimeError("no array")


def test_what_refuses_to_be_an_array_is_wrong():
    finding = _finding(_Hostile())
    assert (finding.kind, finding.severity) == ("dtype", WRONG)
    assert finding.message == "dx is a _Hostile, not an array of floats"


# -- shape ------------------------------------------------------------------------------------


def test_another_shape_is_wrong_whatever_the_values():
    finding = _finding(VALUE.T.astype(np.float32))
    assert (finding.kind, finding.severity) == ("shape", WRONG)
    assert finding.message == "dx has shape (11, 3), expected (3, 11)"
    assert finding.got is None


def test_a_scalar_where_an_array_is_expected_is_wrong():
    assert _finding(np.float32(1)).message == "dx has shape (), expected (3, 11)"


@pytest.mark.parametrize("shape", [(1, 3, 11), (3, 11, 1), (3, 1, 11)])
def test_an_axis_of_length_one_too_many_is_a_warning(shape):
    finding = _finding(VALUE.astype(np.float32).reshape(shape))
    assert (finding.kind, finding.severity) == ("shape", WARNING)
    assert finding.message == (
        f"dx has shape {shape}, not (3, 11): an axis of length 1 too many or too few"
    )


def test_an_axis_of_length_one_too_few_is_a_warning_and_the_values_are_judged():
    expected = Expected(np.ones((1, 1)), np.zeros((1, 1)))
    assert _finding(np.float32(1), expected, quantity="out").severity == WARNING
    judged = _judged(np.float32(2), expected, quantity="out")
    kinds = [(f.kind, f.severity) for f in judged.findings]
    assert kinds == [("shape", WARNING), ("value", WRONG)]


# -- dtype ------------------------------------------------------------------------------------


def test_a_wider_float_is_a_warning():
    finding = _finding(VALUE)
    assert (finding.kind, finding.severity) == ("dtype", WARNING)
    assert finding.message == (
        "dx is promoted to float64: the inputs are float32, and so should it be"
    )


@pytest.mark.parametrize("narrow", ["float16", "bfloat16"])
def test_a_narrower_float_is_a_warning(narrow):
    finding = _finding(VALUE.astype(FORMATS[narrow].dtype))
    assert finding.severity == WARNING
    assert finding.message == (
        f"dx is turned into {narrow}: the inputs are float32, and so should it be"
    )


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_integers_whose_values_are_right_are_a_warning(dtype):
    ones = Expected(np.ones((3, 11)), np.zeros((3, 11)))
    finding = _finding(np.ones((3, 11), dtype), ones)
    assert (finding.kind, finding.severity) == ("dtype", WARNING)
    assert finding.message.startswith(f"dx is turned into {dtype}: ")


def test_what_integers_lose_is_wrong():
    half = Expected(np.full((3, 11), 0.5), np.zeros((3, 11)))
    found = _judged(np.zeros((3, 11), "int64"), half).findings
    assert [(f.kind, f.severity) for f in found] == [("dtype", WARNING), ("value", WRONG)]


def test_a_plain_python_float_is_promoted():
    expected = Expected(np.array(2.0), np.array(0.0))
    assert _finding(2.0, expected).message.startswith("dx is promoted to float64: ")


def test_the_dtype_and_a_value_are_told_apart():
    kinds = [(f.kind, f.severity) for f in _judged(VALUE + 1).findings]
    assert kinds == [("dtype", WARNING), ("value", WRONG)]


# -- values -----------------------------------------------------------------------------------


def test_a_wrong_element_is_evidence():
    finding = _finding(_changed(i1_2=99.0, i0_0=1.0))
    assert (finding.kind, finding.severity) == ("value", WRONG)
    assert finding.message == "dx is wrong at 2 of 33 elements"
    assert finding.index == (1, 2)  # the worst
    assert (finding.got, finding.expected, finding.allowed) == (99.0, 13.0, 0.25)
    assert (finding.elements, finding.of) == (2, 33)


def test_one_element_just_outside_is_enough():
    allowed = Expected(VALUE, np.full((3, 11), 2.0**-10))
    assert not _judged(_changed(i0_1=1 + 2.0**-9), allowed).wrong
    assert _judged(_changed(i0_1=1 + 2.0**-9 + 2.0**-20), allowed).wrong


def test_a_wrong_scalar_has_no_place():
    expected = Expected(np.array(2.0), np.array(0.25))
    finding = _finding(np.float32(3), expected, quantity="out")
    assert finding.index == ()
    assert finding.message == "out is wrong at 1 of 1 element"


@pytest.mark.parametrize(("value", "text"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_what_is_not_finite_where_a_number_is_expected_is_named(value, text):
    finding = _finding(_changed(i2_3=value))
    assert (finding.kind, finding.severity) == ("nonfinite", WRONG)
    assert finding.message == f"dx is {text} at [2, 3] where 25 is expected"
    assert finding.elements == 1


def test_a_scalar_that_is_not_finite_is_named_without_a_place():
    expected = Expected(np.array(110.0), np.array(0.5))
    finding = _finding(np.float32(np.inf), expected, quantity="out")
    assert finding.message == "out is inf where 110 is expected"


def test_the_place_of_a_nonfinite_finding_is_one_that_is_not_finite():
    finding = _finding(_changed(i0_0=5.0, i2_3=np.nan), EXACT)
    assert finding.kind == "nonfinite"
    assert finding.message == "dx is nan at [2, 3] where 25 is expected"
    assert finding.index == (2, 3)
    assert finding.elements == 2


def test_a_number_where_nan_is_expected_is_a_wrong_value():
    expected = Expected(np.full((3, 11), np.nan), np.zeros((3, 11)))
    finding = _finding(VALUE.astype(np.float32), expected)
    assert (finding.kind, finding.severity) == ("value", WRONG)
    assert np.isnan(finding.expected)


def test_what_is_not_tested_is_not_found():
    expected = Expected(VALUE, np.full((3, 11), np.inf))
    assert _judged(_changed(i0_0=1e30), expected).findings == []
    assert _judged(_changed(i0_0=np.nan), expected).wrong


def test_nothing_is_wrong_with_nothing():
    expected = Expected(np.zeros((0, 7)), np.zeros((0, 7)))
    judgement = _judged(np.zeros((0, 7), np.float32), expected)
    assert (judgement.findings, judgement.worst) == ([], 0.0)


# -- many at once -----------------------------------------------------------------------------

LAYERS = ("affine", "relu", "softmax_loss", "max_pool", "layernorm", "tanh")


def _cases():
    for name in LAYERS:
        yield from (c for c in cases(layer_named(name), ("float32", "float64")) if not c.layer.keep)


@given(st.lists(st.sampled_from([*_cases()]), min_size=1, max_size=6), st.data())
def test_judged_at_once_is_judged_one_by_one(embedded, chosen, data):
    """Whatever is changed: by what is allowed, by more, by infinity, in its shape or dtype."""
    changes = [None, 0.5, 1.5, 1e300, np.inf, -np.inf, np.nan, "shape", "dtype", "missing"]
    asked = []
    for case in chosen:
        right = Candidate(case.layer, {n: getattr(impl_numpy, n) for n in case.layer.functions})
        with np.errstate(all="ignore"):
            results = dict(right.trial(case, case.draw()).results)
        oracle = embedded.oracle(case)
        quantity = data.draw(st.sampled_from([*results]))
        change = data.draw(st.sampled_from(changes))
        results |= {quantity: _spoilt(results[quantity], oracle.expected[quantity], change)}
        asked.append((case, oracle, {n: a for n, a in results.items() if a is not None}))
    for (case, oracle, results), worst in zip(asked, worst_of_right(asked), strict=True):
        judged = {q: judge(case, q, oracle.expected[q], got) for q, got in results.items()}
        right = results.keys() == oracle.expected.keys() and not any(
            j.findings for j in judged.values()
        )
        if worst is not None:
            assert right
            assert worst >= max(j.worst for j in judged.values())
        elif right:  # what is not finite, or has a second answer, is left to who looks closer
            values = [e.value for e in oracle.expected.values()]
            others = any(e.other is not None for e in oracle.expected.values())
            assert others or not all(np.isfinite(v).all() for v in values)


@np.errstate(all="ignore")
def _spoilt(array, expected, change):
    if change is None or not array.size:
        return array
    if change == "missing":
        return None
    if change == "shape":
        return array.reshape(-1)[:-1]
    if change == "dtype":
        return array.astype(np.float16)
    spoilt = np.array(array)
    spoilt.flat[0] = expected.value.flat[0] + change * 2 * expected.bound.flat[0]
    return spoilt


def test_nothing_at_once_is_nothing():
    assert worst_of_right([]) == []


def test_what_has_no_oracle_is_left_to_who_looks_closer():
    assert worst_of_right([(CASE, None, {})]) == [None]
