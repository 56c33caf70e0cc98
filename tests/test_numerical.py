"""The derivative of a candidate's own forward: right, and honest about how far off it may be."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impl_numpy
from crosscheck import numerical
from crosscheck.candidate import Candidate
from crosscheck.case import Case, cases
from crosscheck.layers import catalogue, layer_named
from crosscheck.numerical import DIRECTIONS, own_slopes

RELU = Case.parse("relu/float64/normal/s5x2x3/0")
TANH = Case.parse("tanh/float64/normal/s5x2x3/0")
AFFINE = Case.parse("affine/float64/normal/N5-d2x3-M7/0")


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A slow machine is no failure."""
    monkeypatch.setattr(numerical, "SECONDS", 60.0)


def _made(layer, **replacements):
    layer = layer_named(layer)
    return Candidate(layer, {n: getattr(impl_numpy, n) for n in layer.functions} | replacements)


def _slopes(case, **replacements):
    with np.errstate(all="ignore"):
        return own_slopes(_made(case.layer.name, **replacements), case)


def _only(layer, forward):
    """A candidate's forward of one input, at the case of that layer's above."""
    case = {"relu": RELU, "tanh": TANH}[layer]
    return _slopes(case, **{f"{layer}_forward": lambda x: (forward(x), x)})["dx"]


# -- right ------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [n for n, found in catalogue().items() if found.gradients])
def test_it_is_the_gradient_of_every_layer_and_tells_it_from_one_a_thousandth_off(layer):
    normal = sorted(cases(layer_named(layer), ["float64"], ["normal"]), key=lambda c: c.size)
    # Of one class, softmax is 1 and its loss 0: there is nothing to differentiate.
    case = next(c for c in normal if c.dims.get("C") != 1 and c.dims.get("V") != 1)
    results = _made(layer).trial(case, case.draw()).results
    slopes = _slopes(case)
    assert set(slopes) == set(case.layer.gradients)
    for name, own in slopes.items():
        gradient = results[name]
        assert (np.abs(own.along(gradient) - own.values) <= own.allowed).all(), name
        if np.abs(gradient).max() > 1e-12:  # a bias before batch norm has none
            assert own.fits(gradient, 1.001 * gradient) is True, name
            assert own.fits(1.001 * gradient, gradient) is False, name


def test_few_numbers_are_looked_at_one_by_one():
    slopes = _slopes(Case.parse("affine/float64/normal/N3-d5-M2/0"))
    assert {n: s.directions.shape for n, s in slopes.items()} == {
        "dx": (15, 3, 5),
        "dw": (10, 5, 2),
        "db": (2, 2),
    }
    assert (slopes["dx"].directions.sum(axis=0) == 1).all()


def test_many_numbers_are_looked_at_along_random_directions_and_an_error_in_one_is_seen():
    slopes = _slopes(AFFINE)
    assert slopes["dw"].directions.shape == (DIRECTIONS, 6, 7)
    assert set(np.unique(slopes["dw"].directions)) == {-1, 1}
    right = _made("affine").trial(AFFINE, AFFINE.draw()).results["dw"]
    wrong = right.copy()
    wrong[5, 3] *= 1.0001
    assert slopes["dw"].fits(right, wrong) is True
    assert slopes["dw"].fits(wrong, right) is False


def test_a_backward_that_crashes_is_not_needed():
    def affine_backward(dout, cache):
        raise ValueError("no")

    assert set(_slopes(AFFINE, affine_backward=affine_backward)) == {"dx", "dw", "db"}


def test_an_axis_of_length_1_too_many_does_no_harm():
    case = Case.parse("svm_loss/float64/normal/N1-C3/0")

    def svm_loss(x, y):
        loss, dx = impl_numpy.svm_loss(x, y)
        return np.array([loss]), dx

    (slopes,) = _slopes(case, svm_loss=svm_loss).values()
    (right,) = _slopes(case).values()
    assert (slopes.values == right.values).all()


# -- honest -----------------------------------------------------------------------------------


def test_at_a_kink_nothing_is_known_and_elsewhere_everything():
    case = Case.parse("relu/float64/kinks/s5x2x3/0")
    x, dout = case.draw().inputs["x"], case.draw().cotangents["dout"]
    slopes = _slopes(case)["dx"]
    at_kink = x.ravel() == 0
    assert at_kink.any()
    assert (slopes.allowed[at_kink] >= np.abs(dout.ravel()[at_kink]) / 2).all()
    assert (slopes.allowed[~at_kink] < 1e-7).all()


@given(st.floats(-3, 3), st.integers(0, 29))
def test_a_kink_nearby_widens_what_is_allowed_as_far_as_it_misleads(steps, element):
    x, dout = RELU.draw().inputs["x"], RELU.draw().cotangents["dout"]
    kink = x + steps * 2.0**-18  # the step is 2**-17 or 2**-18
    slopes = _only("relu", lambda x: np.maximum(x - kink, 0) + x)
    right = dout * (1 + np.where(x == kink, 0.5, x > kink))
    assert abs(slopes.values[element] - right.ravel()[element]) <= slopes.allowed[element]


def test_a_forward_in_float32_is_measured_with_longer_steps_as_noise_demands():
    case, noisy = TANH, _only("tanh", lambda x: np.tanh(x.astype(np.float32)))
    right = _made("tanh").trial(case, case.draw()).results["dx"]
    exact = _only("tanh", np.tanh)
    assert (np.abs(noisy.along(right) - noisy.values) <= noisy.allowed).all()
    assert noisy.allowed.min() > 1e3 * exact.allowed.max()
    assert noisy.fits(right, 1.1 * right) is True
    assert noisy.fits(1.1 * right, right) is False
    assert noisy.fits(right, (1 + 1e-7) * right) is None


def test_two_gradients_closer_than_the_derivative_is_known_cannot_be_told_apart():
    slopes = _slopes(TANH)["dx"]
    right = _made("tanh").trial(TANH, TANH.draw()).results["dx"]
    assert slopes.fits(right, right) is None
    assert slopes.fits(right, right * (1 + 1e-13)) is None


def test_a_gradient_rounded_to_float32_is_neither_right_nor_wrong():
    slopes = _slopes(TANH)["dx"]
    right = _made("tanh").trial(TANH, TANH.draw()).results["dx"]
    rounded = right.astype(np.float32).astype(np.float64)
    assert slopes.fits(rounded, 2 * right) is None
    assert slopes.fits(right * (1 + 1e-5), 2 * right) is False


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_no_derivative_of_what_is(bad):
    slopes = _slopes(TANH)["dx"]
    right = _made("tanh").trial(TANH, TANH.draw()).results["dx"]
    wrong = right.copy()
    wrong[0, 0, 0] = bad
    assert slopes.fits(wrong, right) is False


# -- silent -----------------------------------------------------------------------------------


def test_what_does_not_return_the_same_again_has_no_derivative():
    calls = iter(range(1000))
    forward = {"relu_forward": lambda x: (np.maximum(x, 0) + next(calls), x)}
    assert _slopes(RELU, **forward) == {}


@pytest.mark.parametrize(
    "out",
    [
        np.ones_like,
        lambda x: np.full_like(x, np.nan),
        lambda x: x[:, :, :2],
        lambda x: x.T,
        lambda x: x.astype(object),
        lambda x: None,
    ],
    ids=["constant", "nan", "too short", "transposed", "of objects", "none"],
)
def test_what_is_no_function_of_numbers_has_no_derivative(out):
    assert _slopes(RELU, relu_forward=lambda x: (out(x), x)) == {}


def test_a_memo_of_the_first_answer_is_no_function():
    seen = {}

    def relu_forward(x):
        return seen.setdefault(x.shape, np.maximum(x, 0)), x

    assert _slopes(RELU, relu_forward=relu_forward) == {}


def test_what_fails_nearby_has_no_derivative():
    x = RELU.draw().inputs["x"]

    def relu_forward(given):
        assert (given == x).all()
        return given.copy(), given

    assert _slopes(RELU, relu_forward=relu_forward) == {}


def test_what_is_too_slow_is_left_alone(monkeypatch):
    monkeypatch.setattr(numerical, "SECONDS", 1e-3)
    calls = []

    def affine_forward(x, w, b):
        calls.append(1)
        time.sleep(1e-3)
        return impl_numpy.affine_forward(x, w, b)

    assert _slopes(AFFINE, affine_forward=affine_forward) == {}
    assert len(calls) < 20


def test_the_same_case_gives_the_same_numbers():
    first, second = _slopes(AFFINE), _slopes(AFFINE)
    for name, slopes in first.items():
        assert (slopes.values == second[name].values).all()
        assert (slopes.allowed == second[name].allowed).all()
