"""Which half is wrong, in the candidate's own names; never the wrong one."""

from dataclasses import replace

import numpy as np
import pytest
from mutants import MUTANTS

import impl_numpy
from crosscheck import numerical
from crosscheck.blame import blamed
from crosscheck.candidate import Candidate
from crosscheck.case import Case, cases
from crosscheck.examination import CaseResult
from crosscheck.finding import WRONG, Finding
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue, layer_named

pytestmark = pytest.mark.slow

GRADED = [name for name, layer in catalogue().items() if layer.gradients]


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A slow machine is no failure."""
    monkeypatch.setattr(numerical, "SECONDS", 60.0)


def _smallest(layer, oracles, number=3):
    """The smallest normal float64 cases."""
    normal = cases(layer_named(layer), ["float64"], ["normal"])
    return sorted(filter(oracles.holds, normal), key=lambda c: c.size)[:number]


@pytest.fixture
def blame(candidate, embedded):
    """``blame("affine", affine_backward=wrong)`` on the smallest normal cases, or on ``on``."""

    def find(layer, on=None, **replacements):
        made = candidate(layer, **replacements)
        chosen = [Case.parse(i) for i in on] if on else _smallest(layer, embedded)
        return blamed(made, check_cases(made, chosen, embedded), embedded)

    return find


def _brief(blame):
    return blame.forward, blame.backward


# -- the forward is right ---------------------------------------------------------------------


def test_a_wrong_gradient_is_the_backwards(blame):
    def affine_backward(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return dx, dw / len(dout), db

    found = blame("affine", affine_backward=affine_backward)
    assert _brief(found) == ("right", "wrong")
    assert found.gradients == {"dx": "right", "dw": "wrong", "db": "right"}
    assert found.text == (
        "The forward is right; affine_backward, or what the forward keeps for it, is wrong: dw."
    )


def test_every_wrong_gradient_is_named(blame):
    def zeros(dout, cache):
        return tuple(map(np.zeros_like, cache))

    assert blame("affine", affine_backward=zeros).text.endswith("is wrong: dx, dw and db.")


def test_a_wrong_gradient_of_a_loss(blame):
    def softmax_loss(x, y):
        loss, dx = impl_numpy.softmax_loss(x, y)
        return loss, dx * len(x)

    found = blame("softmax_loss", softmax_loss=softmax_loss)
    assert _brief(found) == ("right", "wrong")
    assert found.text == "softmax_loss: the loss is right, and its gradient is wrong: dx."


def _right_one(layer):
    return Candidate(layer, {n: getattr(impl_numpy, n) for n in layer.functions})


def _differs(layer, functions, case):
    """The quantities in which a candidate is not impl_numpy."""
    made, right = Candidate(layer, functions), _right_one(layer)
    with np.errstate(all="ignore"):
        mine, theirs = (c.trial(case, case.draw()).results for c in (made, right))
        scale = {q: np.abs(theirs[q]).max(initial=0.0) for q in mine}
        return {
            q
            for q in mine
            if not np.allclose(mine[q], theirs[q], 1e-12, 1e-12 * scale[q], equal_nan=True)
        }


def _leaves_outputs(layer, functions):
    """Whether a candidate's outputs are right, whatever the values."""
    outputs = {o.name for o in layer.outputs}
    valued = (c for c in cases(layer, ["float64"]) if not c.scenario.guard)
    return not any(_differs(layer, functions, c) & outputs for c in valued)


def _backward_mutants():
    """One of each layer, of those that are wrong in gradients alone."""
    chosen = {}
    for m in MUTANTS:
        layer = layer_named(m.layer)
        fits = m.severity == WRONG and m.kind == "value" and m.quantity in layer.gradients
        if fits and m.layer not in chosen and _leaves_outputs(layer, m.functions):
            chosen[m.layer] = m
    return list(chosen.values())


@pytest.mark.parametrize("mutant", _backward_mutants(), ids=lambda m: m.name)
def test_a_backward_mutant_is_the_backwards_alone_and_exactly_its_gradients_are_named(
    mutant, embedded
):
    layer = layer_named(mutant.layer)
    wrong = Candidate(layer, mutant.functions)
    chosen = [c for c in cases(layer, ["float64"]) if embedded.holds(c) and not c.scenario.guard]
    results = [r for r in check_cases(wrong, chosen, embedded) if r.findings]
    differ = set().union(*(_differs(layer, mutant.functions, r.case) for r in results))
    found = blamed(wrong, results, embedded)
    assert _brief(found) == ("right", "wrong")
    assert {q for q, verdict in found.gradients.items() if verdict == "wrong"} == differ
    assert mutant.quantity in differ
    assert all(q in found.text for q in differ)


def test_backward_mutants_are_of_most_layers_and_every_convention():
    layers = [layer_named(m.layer) for m in _backward_mutants()]
    assert len(layers) >= 20
    conventions = {type(layer_named(n).calling) for n in GRADED}
    assert {type(layer.calling) for layer in layers} == conventions


# -- the forward is wrong ---------------------------------------------------------------------


def _batchnorm_of(change):
    """A forward whose epsilon is changed, and the backward that is right for that."""

    def batchnorm_forward(x, gamma, beta, bn_param):
        other = {**bn_param, "eps": change(bn_param["eps"])}
        answer = impl_numpy.batchnorm_forward(x, gamma, beta, other)
        bn_param.update({n: other[n] for n in ("running_mean", "running_var")})
        return answer

    return batchnorm_forward


def test_a_backward_that_is_right_for_a_wrong_forward_is_not_blamed(blame):
    found = blame("batchnorm", batchnorm_forward=_batchnorm_of(lambda eps: 2 * eps))
    assert _brief(found) == ("wrong", "consistent")
    assert found.gradients == {"dx": "consistent", "dgamma": "consistent", "dbeta": "right"}
    assert found.text == (
        "batchnorm_forward is wrong, and your backward is right for the forward you wrote: "
        "mend the forward, and look again."
    )


def test_a_backward_that_does_not_fit_a_wrong_forward_either(blame):
    def batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = impl_numpy.batchnorm_backward(dout, cache)
        return dx * 2, dgamma, dbeta

    found = blame(
        "batchnorm",
        batchnorm_forward=_batchnorm_of(lambda eps: 2 * eps),
        batchnorm_backward=batchnorm_backward,
    )
    assert _brief(found) == ("wrong", "wrong")
    assert found.gradients == {"dx": "wrong", "dgamma": "consistent", "dbeta": "right"}
    assert found.text == (
        "batchnorm_forward is wrong: out. Wrong too, even for the forward you wrote: dx. "
        "Mend the forward first, and look again."
    )


def test_a_tiny_mistake_of_a_forward_is_still_told_from_none(blame):
    found = blame("batchnorm", batchnorm_forward=_batchnorm_of(lambda eps: eps * (1 + 1e-5)))
    assert _brief(found) == ("wrong", "consistent")


def test_a_mistake_too_small_for_any_numerical_derivative_is_left_open(blame):
    found = blame("batchnorm", batchnorm_forward=_batchnorm_of(lambda eps: eps * (1 + 1e-10)))
    assert _brief(found) == ("wrong", "unknown")
    assert found.text == (
        "batchnorm_forward is wrong: out. Mend it first, and look again: "
        "batchnorm_backward could not be judged by itself."
    )


def test_a_net_in_float32_is_not_blamed_for_its_gradients(blame):
    class FullyConnectedNet(impl_numpy.FullyConnectedNet):
        def loss(self, X, y=None):
            self.params = {n: p.astype(np.float32) for n, p in self.params.items()}
            return super().loss(X, y)

    found = blame("fully_connected_net", FullyConnectedNet=FullyConnectedNet)
    assert _brief(found) == ("wrong", "unknown")
    assert found.text == (
        "FullyConnectedNet is wrong: scores and loss. Mend it first, and look again: "
        "the gradient could not be judged by itself."
    )


def test_a_backward_whose_gradients_are_right_is_right(blame):
    def affine_forward(x, w, b):
        out, cache = impl_numpy.affine_forward(x, w, b)
        return out + b, cache

    found = blame("affine", affine_forward=affine_forward)
    assert _brief(found) == ("wrong", "right")
    assert found.text == "affine_forward is wrong: out. The gradients of affine_backward are right."


def test_running_statistics_have_no_gradient(blame):
    def batchnorm_forward(x, gamma, beta, bn_param):
        answer = impl_numpy.batchnorm_forward(x, gamma, beta, bn_param)
        bn_param["running_var"] = np.sqrt(bn_param["running_var"])
        return answer

    def batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = impl_numpy.batchnorm_backward(dout, cache)
        return dx, dgamma, -dbeta

    found = blame("batchnorm", batchnorm_forward=batchnorm_forward)
    assert _brief(found) == ("wrong", "right")
    assert found.text.startswith("batchnorm_forward is wrong: running_var. ")
    both = {"batchnorm_forward": batchnorm_forward, "batchnorm_backward": batchnorm_backward}
    found = blame("batchnorm", **both)
    assert found.gradients == {"dx": "right", "dgamma": "right", "dbeta": "wrong"}
    assert found.text == "Both are wrong, each by itself: running_var, and dbeta."


def test_a_gradient_that_is_wrong_also_where_the_forward_is_right_is_wrong_by_itself(blame):
    def affine_forward(x, w, b):
        out, cache = impl_numpy.affine_forward(x, w, b)
        return out + (len(x) > 1), cache

    def affine_backward(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return dx, 2 * dw, db

    found = blame("affine", affine_forward=affine_forward, affine_backward=affine_backward)
    assert _brief(found) == ("wrong", "wrong")
    assert found.text == "Both are wrong, each by itself: out, and dw."


def _doubled(x, w, b):
    out, cache = impl_numpy.affine_forward(x, w, b)
    return 2 * out, cache


def test_a_gradient_of_the_wrong_shape_is_wrong_whatever_the_forward(blame):
    def affine_backward(dout, cache):
        dx, dw, _ = impl_numpy.affine_backward(2 * dout, cache)
        return dx, dw, 2 * dout

    found = blame("affine", affine_forward=_doubled, affine_backward=affine_backward)
    assert found.gradients == {"dx": "consistent", "dw": "consistent", "db": "wrong"}


def test_a_loss_that_is_wrong_with_its_own_gradient(blame):
    def softmax_loss(x, y):
        loss, dx = impl_numpy.softmax_loss(x, y)
        return loss * len(x), dx * len(x)

    found = blame("softmax_loss", softmax_loss=softmax_loss)
    assert _brief(found) == ("wrong", "consistent")
    assert found.text == (
        "softmax_loss: the loss is wrong, and your gradient is right for the loss you wrote: "
        "mend the loss, and look again."
    )


def test_a_loss_that_is_wrong_with_a_gradient_of_neither(blame):
    def softmax_loss(x, y):
        loss, dx = impl_numpy.softmax_loss(x, y)
        return 2 * loss, -dx

    found = blame("softmax_loss", softmax_loss=softmax_loss)
    assert _brief(found) == ("wrong", "wrong")
    assert found.text == (
        "softmax_loss: loss is wrong. Wrong too, even for the loss you wrote: dx. "
        "Mend the loss first, and look again."
    )


def test_a_loss_that_is_wrong_with_the_right_gradient(blame):
    def softmax_loss(x, y):
        loss, dx = impl_numpy.softmax_loss(x, y)
        return loss + 1, dx

    found = blame("softmax_loss", softmax_loss=softmax_loss)
    assert _brief(found) == ("wrong", "right")
    assert found.text == "softmax_loss is wrong: loss. The gradient is right."


@pytest.mark.parametrize(
    ("name", "backward"),
    [
        ("batchnorm_of_rows", "consistent"),
        ("batchnorm_without_eps", "consistent"),
        ("spatial_groupnorm_of_channels", "consistent"),
        ("dropout_times_p", "consistent"),
        ("attention_masked_ignored", "consistent"),
        ("svm_loss_without_margin", "consistent"),
        ("attention_unscaled", "wrong"),
        ("batchnorm_unbiased", "wrong"),
        ("rnn_forgets_h0", "wrong"),
        ("two_layer_net_without_bias", "wrong"),
    ],
)
def test_a_forward_mutant(name, backward, embedded):
    mutant = next(m for m in MUTANTS if m.name == name)
    layer = layer_named(mutant.layer)
    made = Candidate(layer, mutant.functions)
    chosen = _smallest(mutant.layer, embedded, 4)
    found = blamed(made, check_cases(made, chosen, embedded), embedded)
    assert _brief(found) == ("wrong", backward)


def test_a_loss_by_another_convention_with_its_own_gradient(blame):
    """The derivative of log(p + 1e-7), which is as defensible as that loss."""

    def softmax_loss(x, y):
        rows = np.arange(len(x))
        p = np.exp(x - x.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        slope = p[rows, y] / (p[rows, y] + 1e-7)
        dx = p.copy()
        dx[rows, y] -= 1
        return -np.log(p[rows, y] + 1e-7).mean(), dx * slope[:, None] / len(x)

    found = blame("softmax_loss", softmax_loss=softmax_loss)
    assert _brief(found) == ("right", "consistent")
    assert found.text == (
        "softmax_loss: the loss follows another convention, and your gradient is right for the "
        "loss you wrote: follow the usual one, and look again."
    )


# -- nothing to say ---------------------------------------------------------------------------


def test_a_right_layer_is_not_blamed(blame):
    assert blame("affine") is None


def test_an_optimizer_has_no_halves(blame):
    def sgd(w, dw, config):
        return w + config["learning_rate"] * dw, config

    assert blame("sgd", sgd=sgd) is None


def test_a_crash_says_itself_where_it_is(blame):
    def affine_backward(dout, cache):
        raise ValueError("no")

    assert blame("affine", affine_backward=affine_backward) is None


def test_state_is_no_matter_of_halves(blame):
    kept = []

    def relu_forward(x):
        kept.append(x)
        return impl_numpy.relu_forward(x)

    def relu_backward(dout, cache):
        return impl_numpy.relu_backward(dout, kept[-1])

    on = ["relu/float64/normal/s5x2x3/0"]  # where it is looked for
    assert blame("relu", on, relu_forward=relu_forward, relu_backward=relu_backward) is None


# -- parts that fail --------------------------------------------------------------------------


def test_a_forward_that_crashes_in_some_cases_is_not_called_right(blame):
    def affine_forward(x, w, b):
        if len(x) == 1:
            raise ValueError("no")
        return impl_numpy.affine_forward(x, w, b)

    def affine_backward(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return dx, 2 * dw, db

    found = blame("affine", affine_forward=affine_forward, affine_backward=affine_backward)
    assert _brief(found) == ("wrong", "wrong")
    assert found.text == "affine_backward, or what the forward keeps for it, is wrong: dw."


def test_a_backward_that_crashes_in_some_cases_is_not_called_right(blame):
    def affine_forward(x, w, b):
        out, cache = impl_numpy.affine_forward(x, w, b)
        return out + b, cache

    def affine_backward(dout, cache):
        if len(dout) == 1:
            raise ValueError("no")
        return impl_numpy.affine_backward(dout, cache)

    found = blame("affine", affine_forward=affine_forward, affine_backward=affine_backward)
    assert _brief(found) == ("wrong", "unknown")


def test_a_loss_that_looks_unfinished_in_one_case_is_judged_by_the_others(blame):
    """Without the margin, loss and gradient are 0 where all scores are the same."""

    def svm_loss(x, y):
        rows = np.arange(len(x))
        margins = np.maximum(x - x[rows, y][:, None], 0)
        dx = (margins > 0).astype(x.dtype)
        dx[rows, y] = -dx.sum(axis=1)
        return margins.sum() / len(x), dx / len(x)

    on = ["svm_loss/float64/normal/N5-C7/0", "svm_loss/float64/equal-rows/N5-C7/0"]
    assert _brief(blame("svm_loss", on, svm_loss=svm_loss)) == ("wrong", "consistent")


def test_a_backward_that_is_not_there_is_not_judged(blame):
    found = blame(
        "affine",
        affine_forward=_doubled,
        affine_backward=None,
    )
    assert _brief(found) == ("wrong", "unknown")
    assert set(found.gradients.values()) == {"unknown"}


def test_at_kinks_alone_nothing_is_known(blame):
    """Right but for an exact 0: no derivative there, so no blame for the backward."""

    def relu_forward(x):
        return np.where(x == 0, 1.0, np.maximum(x, 0)), x

    def relu_backward(dout, cache):
        return np.where(cache == 0, 7.0, dout * (cache > 0))

    on = ["relu/float64/kinks/s5x2x3/0", "relu/float64/normal/s5x2x3/0"]
    found = blame("relu", on, relu_forward=relu_forward, relu_backward=relu_backward)
    assert _brief(found) == ("wrong", "unknown")


# -- right ones are never blamed --------------------------------------------------------------


class _Doctored:
    """Answers that are half as large again as the right ones."""

    def __init__(self, oracles):
        self._oracles = oracles

    def oracle(self, case):
        oracle = self._oracles.oracle(case)
        grown = {q: replace(e, value=1.5 * e.value) for q, e in oracle.expected.items()}
        return replace(oracle, expected=grown)


def _all_wrong(case, oracle):
    findings = (Finding("value", WRONG, q, case.id, f"{q} is wrong") for q in case.layer.quantities)
    return CaseResult(case, tuple(findings), 2.0, oracle.power)


@pytest.mark.parametrize("layer", GRADED)
def test_a_right_backward_is_right_for_its_own_forward_whatever_the_answers_say(layer, embedded):
    """All but what is 0 for any input, of which the doctored answers are 0 as well."""
    chosen, made = _smallest(layer, embedded), _right_one(layer_named(layer))
    results = [_all_wrong(c, embedded.oracle(c)) for c in chosen]
    found = blamed(made, results, _Doctored(embedded))
    with np.errstate(all="ignore"):
        returned = [made.trial(c, c.draw()).results for c in chosen]
    expected = {
        q: "consistent" if any(np.abs(r[q]).max() > 1e-12 for r in returned) else "unknown"
        for q in made.layer.gradients
    }
    assert found.gradients == expected
    assert sum(v == "unknown" for v in expected.values()) <= 1


# -- what it costs ----------------------------------------------------------------------------


def test_a_small_layer_is_asked_less_than_a_thousand_times(blame):
    calls = []

    def affine_forward(x, w, b):
        calls.append(1)
        return _doubled(x, w, b)

    def affine_backward(dout, cache):
        return impl_numpy.affine_backward(2 * dout, cache)

    found = blame("affine", affine_forward=affine_forward, affine_backward=affine_backward)
    assert _brief(found) == ("wrong", "consistent")
    assert 100 < len(calls) < 1000


def test_nothing_more_is_run_for_a_forward_that_is_right(blame):
    calls = []

    def affine_backward(dout, cache):
        calls.append(1)
        return tuple(-g for g in impl_numpy.affine_backward(dout, cache))

    assert _brief(blame("affine", affine_backward=affine_backward)) == ("right", "wrong")
    assert len(calls) < 10
