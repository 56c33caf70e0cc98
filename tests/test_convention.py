"""Other answers that are as defensible: a warning where one explains all that differs."""

from dataclasses import replace

import numpy as np
import pytest

from crosscheck.case import Case
from crosscheck.compare import judge
from crosscheck.convention import by_convention
from crosscheck.dtypes import FORMATS
from crosscheck.finding import WARNING, WRONG
from crosscheck.layer import Alternative, Input, Layer, Output, Point
from crosscheck.oracle import Expected
from crosscheck.trial import numbers

CASE = Case.parse("relu/float32/normal/s3x11/0")
KINKS = Case.parse("relu/float32/kinks/s5x2x3/0")


def _judged(case, expected, got):
    judged = {q: judge(case, q, expected[q], numbers(array)) for q, array in got.items()}
    return by_convention(case, case.draw(), expected, judged)


def _finding(got, expected, case, quantity="dx"):
    (finding,) = _judged(case, {quantity: expected}, {quantity: got})[quantity].findings
    return finding


def _with_slope(slope):
    drawn = KINKS.draw()
    x, dout = drawn.inputs["x"], drawn.cotangents["dout"]
    return np.where(x > 0, dout, np.where(x == 0, np.float32(slope) * dout, np.float32(0)))


def _kinks_expected():
    value = _with_slope(0).astype(np.float64)
    return Expected(value, np.zeros(value.shape))


@pytest.mark.parametrize("slope", [1.0, 0.5])
def test_another_slope_at_a_kink_is_a_convention(slope):
    finding = _finding(_with_slope(slope), _kinks_expected(), KINKS)
    assert (finding.kind, finding.severity) == ("convention", WARNING)
    assert finding.message.startswith("dx differs from the frameworks by convention: ")
    assert finding.message.endswith("the slope at 0 is taken as 1 or 1/2, not 0")
    assert finding.elements > 0


@pytest.mark.parametrize("slope", [2.0, -1.0, 0.25])
def test_a_slope_that_nobody_takes_is_wrong(slope):
    finding = _finding(_with_slope(slope), _kinks_expected(), KINKS)
    assert (finding.kind, finding.severity) == ("value", WRONG)


@pytest.mark.parametrize("slope", [2.0, 0.75])
def test_where_0_is_expected_a_convention_allows_no_more_than_the_bound(slope):
    expected = _kinks_expected()
    some = Expected(expected.value, np.full(expected.value.shape, 2.0**-20))
    assert _finding(_with_slope(slope), some, KINKS).severity == WRONG
    assert _finding(_with_slope(0.5), some, KINKS).kind == "convention"


def _doubled_case(**declared):
    """A case of a layer with an option whose ``out`` may as well be ``factor`` times as large."""

    def times(expected, inputs, cotangents, *, factor):
        yield factor * expected

    layer = Layer(
        "f", "", (Input("x", "N"),), (Output("out", "N"),),
        (Point({"N": 3, "factor": 8}),), torch=print, jax=(), options=("factor",),
        conventions=(Alternative("out", "a matter of taste", times),),
    )  # fmt: skip
    return Case(layer, FORMATS["float32"], CASE.scenario, layer.points[0].dims, 0)


@pytest.mark.parametrize(("error", "severity"), [(15.0, WARNING), (17.0, WRONG)])
def test_another_answer_has_the_options_and_a_bound_as_much_wider_as_it_is_larger(error, severity):
    expected = Expected(np.array([1.0, 2.0, 4.0]), np.ones(3))
    got = np.array([8.0, 16.0 + error, 32.0], np.float32)
    finding = _finding(got, expected, _doubled_case(), "out")
    assert finding.severity == severity


def test_an_answer_that_is_smaller_has_no_narrower_bound():
    expected = Expected(np.array([-800.0, 1600.0]), np.ones(2))
    case = replace(_doubled_case(), dims={"N": 2, "factor": 0.125})
    got = np.array([-101.5, 198.5], np.float32)
    assert _finding(got, expected, case, "out").severity == WARNING


def test_a_convention_does_not_excuse_other_elements():
    got = _with_slope(1.0)
    got[KINKS.draw().inputs["x"] > 0] += 1
    assert _finding(got, _kinks_expected(), KINKS).severity == WRONG


def test_a_convention_of_one_quantity_is_none_of_another():
    got = _with_slope(1.0)
    assert _finding(got, _kinks_expected(), KINKS, "out").severity == WRONG


# -- of several quantities together -----------------------------------------------------------

HALF = "half of it is meant"


def _of_two(*reasons):
    """A case of a layer whose ``out`` and ``norm`` may both be half as large, for each reason."""

    def halves(expected, inputs, cotangents):
        yield expected / 2
        yield expected / 4

    layer = Layer(
        "f", "", (Input("x", "N"),), (Output("out", "N"), Output("norm", "")),
        (Point({"N": 2}),), torch=print, jax=(),
        conventions=tuple(Alternative(q, r, halves) for r in reasons for q in ("out", "norm")),
    )  # fmt: skip
    return Case(layer, FORMATS["float32"], CASE.scenario, layer.points[0].dims, 0)


TWO = {
    "out": Expected(np.array([8.0, 16.0]), np.full(2, 1e-6)),
    "norm": Expected(np.array(24.0), np.array(1e-6)),
}


def _severities(out, norm, reasons=(HALF,), expected=TWO):
    """That of each quantity's finding; None where there is none."""
    got = {"out": np.array(out, np.float32), "norm": np.float32(norm)}
    judged = _judged(_of_two(*reasons), expected, got)
    return tuple(next((f.severity for f in judged[q].findings), None) for q in ("out", "norm"))


def test_a_convention_followed_in_all_its_quantities_is_a_warning():
    assert _severities([4, 8], 12) == (WARNING, WARNING)
    assert _severities([2, 4], 6) == (WARNING, WARNING)


def test_a_convention_followed_in_one_quantity_only_is_wrong():
    assert _severities([4, 8], 24) == (WRONG, None)
    assert _severities([8, 16], 12) == (None, WRONG)


def test_two_answers_of_a_convention_do_not_mix():
    assert _severities([4, 8], 6) == (WRONG, WRONG)


def test_a_quantity_in_which_a_convention_makes_no_difference_may_look_as_the_frameworks_do():
    nothing = TWO | {"norm": Expected(np.array(0.0), np.array(0.0))}
    assert _severities([4, 8], 0, expected=nothing) == (WARNING, None)


def test_conventions_of_different_reasons_need_not_go_together():
    case = _of_two(HALF)
    [out, norm] = case.layer.conventions
    apart = replace(case, layer=replace(case.layer, conventions=(out, replace(norm, reason="?"))))
    got = {"out": np.array([4, 8], np.float32), "norm": np.float32(24)}
    assert [f.severity for f in _judged(apart, TWO, got)["out"].findings] == [WARNING]


def test_a_quantity_that_was_not_returned_does_not_count():
    got = {"out": np.array([4, 8], np.float32)}
    judged = _judged(_of_two(HALF), TWO, got)
    assert [f.severity for f in judged["out"].findings] == [WARNING]


def test_a_quantity_of_the_wrong_shape_keeps_its_finding():
    got = {"out": np.array([4, 8], np.float32), "norm": np.ones(3, np.float32)}
    judged = _judged(_of_two(HALF), TWO, got)
    assert [f.kind for f in judged["norm"].findings] == ["shape"]
