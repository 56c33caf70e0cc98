"""What hints say, when they are silent, and on what they rest."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from variants import VARIANTS

import impl_numpy
from crosscheck.candidate import Candidate
from crosscheck.case import Case, cases
from crosscheck.hints import Evidence, gathered, hints
from crosscheck.layers import catalogue, layer_named
from crosscheck.local import LocalOracles, right_one
from test_hints import failing, shown


def evidence_of(layer, change, dims=None):
    """What the right functions return in plain cases, with ``change(quantity, array, case)``."""
    layer, right = layer_named(layer), right_one(layer_named(layer))
    found = []
    for case in cases(layer, ("float64",), ("normal",)):
        if 0 < case.size <= 500 and case.exists and (dims is None or case.dims in dims):
            drawn = case.draw()
            got = right.trial(case, drawn).results
            got = {q: np.asarray(change(q, a, case)) for q, a in got.items()}
            found.append(Evidence(case, drawn, LocalOracles().oracle(case).expected, got))
    return found


def only(quantity, change):
    """Change one quantity, and leave the others."""
    return lambda q, a, case: change(a, case) if q == quantity else a


def text(quantity, evidence):
    """The one hint's text."""
    [hint] = hints(quantity, evidence)
    return hint.text


def test_a_factor_is_named_by_the_size_that_explains_it_in_every_case():
    found = evidence_of("affine", only("dw", lambda a, case: a / case.dims["N"]))
    sorted_by_size = sorted(found, key=lambda e: e.case.dims["N"])
    said = text("dw", [e for e in sorted_by_size if e.case.dims["N"] in (3, 5)])
    assert said == (
        "dw is the correct gradient times exactly 1/N: here that is 1/3, as N = 3; in a case with "
        "N = 5 it is 1/5. Likely it is averaged over the batch, where the loss already is."
    )


def test_one_case_is_no_evidence():
    found = evidence_of("affine", only("dw", lambda a, case: a / case.dims["N"]))
    one = next(e for e in found if e.case.dims["N"] == 5)
    assert hints("dw", [one]) == []
    assert hints("dw", [one, replace(one, case=replace(one.case, seed=7))]) == []


def test_what_holds_in_some_cases_only_is_not_said():
    """N = 3 in one case and M = 7 in another name no factor."""

    def change(a, case):
        return a / (3 if case.dims["N"] == 3 else 7)

    assert hints("dw", evidence_of("affine", only("dw", change))) == []


def test_two_names_that_the_cases_cannot_tell_apart_are_both_said():
    square = Case.parse("affine_relu/float64/normal/N3-d5-M3/0")
    wider = Case.parse("affine_relu/float64/normal/N7-d2-M7/0")
    right, found = right_one(square.layer), []
    for case in (square, wider):
        got = right.trial(case, case.draw()).results
        got["dw"] = got["dw"] / case.dims["N"]
        expected = LocalOracles().oracle(case).expected
        found.append(Evidence(case, case.draw(), expected, got))
    assert [hint.key for hint in hints("dw", found)] == [(("factor", "1/N"), ("factor", "1/M"))]
    said = text("dw", found)
    assert "1/N: here that is 1/3, as N = 3" in said
    assert "Or this, which these cases cannot tell apart: dw is the correct gradient times" in said


@pytest.mark.parametrize(
    ("layer", "quantity", "change", "said"),
    [
        ("affine", "db", lambda a, case: 0 * a, "db is 0 everywhere."),
        ("affine", "dx", lambda a, case: -a, "dx has the wrong sign, and is right otherwise."),
        ("affine", "dw", lambda a, case: a.T.copy(), "dw is the correct one transposed."),
        ("relu", "dx", lambda a, case: case.draw().cotangents["dout"], "as it was passed in."),
        ("affine", "out", lambda a, case: a.astype("f4"), "to about 7 digits only: every element"),
        ("rnn", "dx", lambda a, case: a[:, ::-1], "dx is the correct one backwards along T."),
        ("softmax_loss", "loss", lambda a, case: a / np.log(2), "times exactly 1/ln 2."),
    ],
)
def test_what_a_mistake_leaves_behind_is_said(layer, quantity, change, said):
    assert said in text(quantity, evidence_of(layer, only(quantity, change)))


def test_quantities_that_changed_places_are_called_swapped():
    found = [
        replace(e, got={**e.got, "dgamma": e.got["dbeta"], "dbeta": e.got["dgamma"]})
        for e in evidence_of("batchnorm", lambda q, a, case: a)
    ]
    assert text("dgamma", found) == (
        "dgamma is the correct dbeta, and dbeta is the correct dgamma: they are swapped."
    )


def test_a_missing_term_is_named():
    def without_bias(a, case):
        return a - case.draw().inputs["b"]

    said = text("out", evidence_of("affine", only("out", without_bias)))
    assert said == "out lacks the bias, and is right otherwise."


def test_a_case_that_passes_refutes_what_would_make_it_wrong():
    """If dout were not multiplied in, it would be missing everywhere."""
    evidence = evidence_of("relu", only("dx", lambda a, case: (a != 0) * 1.0))
    before = hints("dx", evidence)
    assert "dout is not multiplied in" in before[0].text
    right = evidence_of("relu", lambda q, a, case: a)[-1]
    assert hints("dx", [*evidence[:-1], right]) == []


def test_the_scenario_is_named_where_plain_values_are_right():
    def relu_backward(dout, cache):
        return np.where(cache >= 0, dout, 0) + np.where(cache == 0, dout, 0)

    functions = {"relu_forward": impl_numpy.relu_forward, "relu_backward": relu_backward}
    candidate = Candidate(layer_named("relu"), functions)
    results, wrong = failing(candidate)
    evidence = gathered(candidate, candidate.layer, results, LocalOracles())
    said = text(*wrong, evidence)
    assert said.startswith("dx is exactly what comes out if the slope at 0 is 2.")
    assert "These cases are of the scenario" in said


def shown_of(layer, **functions):
    """The hints' texts on a loss, by quantity."""
    found = shown(SimpleNamespace(layer=layer, functions=functions))
    return {quantity: [hint.text for hint in hints] for quantity, hints in found.items()}


def _loss_and_gradient(x, y, p):
    rows = np.arange(len(x))
    dx = p.copy()
    dx[rows, y] -= 1
    return -np.log(p[rows, y]).mean(), dx


def test_nan_is_no_proof_of_a_slip_that_changes_nothing_of_that_quantity():
    """The loss is NaN by 0·log 0, which has nothing to do with the mask of dx."""

    def temporal_softmax_loss(x, y, mask):
        p = np.exp(x - x.max(2, keepdims=True, initial=-np.inf))
        p /= p.sum(2, keepdims=True)
        n, t = np.ogrid[: x.shape[0], : x.shape[1]]
        loss = -(np.log(p[n, t, y]) * mask).sum() / x.dtype.type(len(x))
        p[n, t, y] -= 1
        return loss, p / x.dtype.type(len(x))

    found = shown_of("temporal_softmax_loss", temporal_softmax_loss=temporal_softmax_loss)
    assert found["dx"] == ["dx is exactly what comes out if the mask is ignored in dx."]
    [said] = found["loss"]
    assert "the mask is ignored" not in said
    assert "log p is multiplied by the mask, and 0·log 0 is NaN" in said


def test_a_slip_that_would_make_a_right_gradient_nan_does_not_explain_the_loss():
    def softmax_loss(x, y):
        p = np.exp(x - x.max(1, keepdims=True, initial=-np.inf))
        p /= p.sum(1, keepdims=True)
        onehot, n = np.eye(x.shape[1], dtype=x.dtype)[y], x.dtype.type(len(x))
        return -(onehot * np.log(p)).sum() / n, p - onehot

    [said] = shown_of("softmax_loss", softmax_loss=softmax_loss)["loss"]
    assert said.startswith(
        "loss is exactly what comes out if log p is multiplied by one-hot labels, and 0·log 0 is "
        "NaN. These cases are of the scenario large"
    )


def test_what_is_nan_elsewhere_does_not_hide_a_factor_and_is_told_besides():
    def softmax_loss(x, y):
        return _loss_and_gradient(x, y, np.exp(x) / np.exp(x).sum(1, keepdims=True))

    factor, overflow = shown_of("softmax_loss", softmax_loss=softmax_loss)["dx"]
    assert factor.startswith("dx is the correct gradient times exactly N: here that is 11")
    assert factor.endswith("That explains the cases in which it is finite.")
    assert overflow.startswith(
        "In the cases in which dx is not finite: dx is exactly what comes out if the maximum is "
        "not subtracted: exp overflows. These cases are of the scenario large"
    )


def test_nan_in_random_places_gets_no_hint():
    rng = np.random.default_rng(11)

    def softmax_loss(x, y):
        loss, dx = impl_numpy.softmax_loss(x, y)
        if np.abs(x).max(initial=0) > 500:
            dx[rng.random(dx.shape) < 0.5] = np.nan
        return loss, dx

    assert shown_of("softmax_loss", softmax_loss=softmax_loss) == {"dx": []}


def test_a_wrong_size_is_told_beside_what_is_wrong_with_the_values():
    def conv_backward(dout, cache):
        pad = cache[4]
        dx, dw, db = impl_numpy.conv_backward(dout, cache)
        padded = np.pad(dx, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        return -padded[:, :, pad:-pad, pad:-pad], dw, db

    functions = {"conv_forward": impl_numpy.conv_forward, "conv_backward": conv_backward}
    sign, size = shown_of("conv", **functions)["dx"]
    assert sign == (
        "dx has the wrong sign, and is right otherwise. That explains the cases in which its shape "
        "is right."
    )
    assert size.startswith("In the cases in which dx has another shape: dx has shape ")
    assert size.endswith("it is empty, as what [pad:-pad] cuts out if pad is 0.")


def test_evidence_is_of_several_shapes_smallest_first():
    def relu_backward(dout, cache):
        return dout * (cache < 0)

    functions = {"relu_forward": impl_numpy.relu_forward, "relu_backward": relu_backward}
    candidate = Candidate(layer_named("relu"), functions)
    results, _ = failing(candidate)
    evidence = gathered(candidate, candidate.layer, results, LocalOracles())
    assert 2 <= len({e.shape for e in evidence}) <= 6
    assert [e.case.size for e in evidence] == sorted(e.case.size for e in evidence)
    assert {e.case.format.name for e in evidence} == {"float64"}


RANDOM = [name for name, layer in catalogue().items() if not layer.keep]


@pytest.mark.parametrize("layer", RANDOM)
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-7], ids=str)
def test_random_errors_get_no_hint(layer, size):
    rng = np.random.default_rng(20_231)

    def noisy(q, a, case):
        return a + size * rng.standard_normal(a.shape) * (np.abs(a).max(initial=0) + 1e-3)

    evidence = evidence_of(layer, noisy)
    for quantity in layer_named(layer).quantities:
        assert [hint.text for hint in hints(quantity, evidence)] == []


@pytest.mark.parametrize("layer", ["affine", "softmax_loss", "conv", "lstm_step", "layernorm"])
def test_one_random_element_gets_no_hint(layer):
    rng = np.random.default_rng(7)

    def one_off(q, a, case):
        changed = np.array(a)
        if changed.size > 1:
            changed.flat[rng.integers(changed.size)] += rng.standard_normal()
        return changed

    evidence = evidence_of(layer, one_off)
    for quantity in layer_named(layer).quantities:
        assert [hint.text for hint in hints(quantity, evidence)] == []


@pytest.mark.parametrize("variant", VARIANTS[::7], ids=lambda v: v.name)
def test_right_variants_get_no_hint(variant):
    candidate = Candidate(layer_named(variant.layer), variant.functions)
    results, wrong = failing(candidate)
    assert wrong == ()
    assert gathered(candidate, candidate.layer, results, LocalOracles()) == []
