"""The spine: everything a case can show, weighed."""

from dataclasses import replace

import numpy as np
import pytest

import impl_numpy
from crosscheck.attempt import NoAnswerError
from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.errors import OracleFileError
from crosscheck.examination import CaseResult
from crosscheck.finding import WARNING, WRONG
from crosscheck.judging import check_case, check_cases
from crosscheck.layers import layer_named
from crosscheck.oracle import Expected, Oracle, Power, power_of
from crosscheck.trial import Trial

RELU = "relu/float32/{}/s5x2x3/0"
AFFINE = "affine/float32/{}/N5-d2x3-M7/0"
LOSS = "softmax_loss/float32/{}/N5-C7/0"


def _only(result):
    (finding,) = result.findings
    return finding


def _brief(result):
    return [(f.kind, f.severity, f.quantity) for f in result.findings]


# -- nothing wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", ["affine", "relu", "softmax_loss"])
def test_impl_numpy_shows_nothing_at_all(candidate, embedded, layer, dtype):
    results = check_cases(candidate(layer), cases(layer_named(layer), [dtype]), embedded)
    assert [f for r in results for f in r.findings] == []
    assert all(r.worst <= 1 for r in results)


def test_progress_is_told_after_each_case(candidate, embedded):
    told = []
    relu = list(cases(layer_named("relu"), ["float32"]))[:3]
    check_cases(candidate("relu"), relu, embedded, told.append)
    assert told == [1, 2, 3]


# -- each kind of finding ---------------------------------------------------------------------


def test_a_wrong_value_is_found_with_evidence_and_location(checked):
    def relu_forward(x):
        return np.abs(x), x

    finding = _only(checked(RELU.format("normal"), relu_forward=relu_forward))
    assert (finding.kind, finding.severity, finding.quantity) == ("value", "wrong", "out")
    assert finding.message.startswith("out is wrong at ")
    assert finding.got > 0
    assert finding.expected == 0
    assert finding.allowed == 0
    line = relu_forward.__code__.co_firstlineno
    assert finding.location == f"{__file__}:{line}"
    assert finding.case == RELU.format("normal")


def test_a_wrong_gradient_is_about_the_backward(checked):
    def affine_backward(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return dx, dw, db / len(dout)

    finding = _only(checked(AFFINE.format("normal"), affine_backward=affine_backward))
    assert (finding.kind, finding.severity, finding.quantity) == ("value", "wrong", "db")
    assert finding.message == "db is wrong at 7 of 7 elements"
    assert finding.location.endswith(f":{affine_backward.__code__.co_firstlineno}")


def test_a_gradient_of_zeros_is_wrong(checked):
    result = checked(
        AFFINE.format("normal"),
        affine_backward=lambda dout, cache: tuple(np.zeros_like(a) for a in cache),
    )
    assert _brief(result) == [("value", "wrong", q) for q in ("dx", "dw", "db")]
    assert result.worst > 1e3


def test_a_wrong_shape_is_found(checked):
    result = checked(
        AFFINE.format("normal"),
        affine_forward=lambda x, w, b: (impl_numpy.affine_forward(x, w, b)[0].T, (x, w, b)),
    )
    assert _only(result).message == "out has shape (7, 5), expected (5, 7)"


def test_promotion_is_a_warning(checked):
    def relu_backward(dout, cache):
        return dout * (cache > 0).astype(int)

    finding = _only(checked(RELU.format("normal"), relu_backward=relu_backward))
    assert (finding.kind, finding.severity) == ("dtype", "warning")
    assert finding.message == (
        "dx is promoted to float64: the inputs are float32, and so should it be"
    )


def test_a_crash_is_wrong_and_names_its_line(checked):
    def relu_backward(dout, cache):
        return dout @ np.ones(99)

    finding = _only(checked(RELU.format("normal"), relu_backward=relu_backward))
    assert (finding.kind, finding.severity) == ("crash", "wrong")
    assert finding.message.startswith("relu_backward raises ValueError: matmul: ")
    line = relu_backward.__code__.co_firstlineno + 1
    assert finding.message.endswith(f"(test_judging.py, line {line})")


def test_too_few_results_are_wrong(checked):
    finding = _only(checked(RELU.format("normal"), relu_forward=lambda x: np.maximum(x, 0)))
    assert (finding.kind, finding.severity) == ("arity", "wrong")
    assert finding.message == (
        "relu_forward must return (out, cache), but returned an array of shape (5, 2, 3)"
    )


def test_what_is_not_finished_is_a_warning_and_the_rest_is_judged(checked):
    result = checked(
        RELU.format("normal"), relu_forward=lambda x: (x.copy(), x), relu_backward=lambda d, c: None
    )
    assert _brief(result) == [("unfinished", "warning", ""), ("value", "wrong", "out")]
    assert result.findings[0].message == "relu_backward returns None"


def test_a_crash_in_the_backward_does_not_hide_a_wrong_forward(checked):
    result = checked(
        RELU.format("normal"),
        relu_forward=lambda x: (x.copy(), x),
        relu_backward=lambda d, c: 1 / 0,
    )
    assert _brief(result) == [("crash", "wrong", ""), ("value", "wrong", "out")]


def test_an_overwritten_cotangent_is_a_warning(checked):
    def relu_backward(dout, cache):
        dout[cache <= 0] = 0
        return dout

    result = checked(RELU.format("normal"), relu_backward=relu_backward)
    assert _brief(result) == [("mutation", "warning", "dout"), ("alias", "warning", "dx")]
    assert [f.message for f in result.findings] == [
        "relu_backward overwrites dout, which it was given",
        "dx shares memory with dout: changing one changes the other",
    ]


def test_several_wrong_quantities_are_several_findings(checked):
    result = checked(
        RELU.format("normal"),
        relu_forward=lambda x: (x.copy(), x),
        relu_backward=lambda d, c: d + 1,
    )
    assert _brief(result) == [("value", "wrong", "out"), ("value", "wrong", "dx")]


# -- guards: worth a warning only where the plain form is right -------------------------------


def _flattened_by_memory(x, w, b):
    rows = np.ravel(x, order="K").reshape(len(x), -1)
    return rows @ w + b, (x, w, b)


@pytest.mark.parametrize("layout", ["fortran", "transposed"])
def test_wrong_in_one_memory_layout_only_is_a_warning(checked, layout):
    result = checked(AFFINE.format(layout), affine_forward=_flattened_by_memory)
    finding = _only(result)
    assert (finding.kind, finding.severity, finding.quantity) == ("layout", "warning", "out")
    about = Case.parse(finding.case).scenario.about
    assert finding.message.startswith(f"only with {about}: out is wrong at ")
    assert checked(AFFINE.format("normal"), affine_forward=_flattened_by_memory).findings == ()


@pytest.mark.parametrize("layout", ["negative", "broadcast"])
def test_refusing_a_memory_layout_is_a_warning(checked, layout):
    def relu_forward(x):
        if not x.flags.c_contiguous:
            raise ValueError("not contiguous")
        return impl_numpy.relu_forward(x)

    finding = _only(checked(RELU.format(layout), relu_forward=relu_forward))
    assert (finding.kind, finding.severity) == ("layout", "warning")
    assert "relu_forward raises ValueError: not contiguous" in finding.message


@pytest.mark.parametrize("layout", ["fortran", "transposed", "negative", "broadcast"])
def test_wrong_in_every_memory_layout_is_wrong_in_each(checked, layout):
    result = checked(
        AFFINE.format(layout), affine_forward=lambda x, w, b: (-np.dot(x, w), (x, w, b))
    )
    assert {f.severity for f in result.findings} == {"wrong"}
    assert "layout" not in {f.kind for f in result.findings}


def test_writing_into_a_broadcast_input_is_a_warning_about_layout(checked):
    def relu_forward(x):
        x[x < 0] = 0
        return x, x

    finding = checked(RELU.format("broadcast"), relu_forward=relu_forward).findings[0]
    assert (finding.kind, finding.severity) == ("layout", "warning")
    assert finding.message.startswith(
        "only with stride 0 along the first axis: relu_forward raises"
    )


@pytest.mark.parametrize("labels", ["int8", "uint64"])
def test_wrong_for_labels_of_one_dtype_only_is_a_warning(checked, labels):
    def softmax_loss(x, y):
        if y.dtype != np.int64:
            raise TypeError("labels")
        return impl_numpy.softmax_loss(x, y)

    finding = _only(checked(LOSS.format(f"labels-{labels}"), softmax_loss=softmax_loss))
    assert (finding.kind, finding.severity) == ("labels", "warning")
    assert finding.message.startswith(
        f"only with labels of dtype {labels}: softmax_loss raises TypeError: labels"
    )


def test_wrong_for_labels_of_any_dtype_is_wrong(checked):
    def softmax_loss(x, y):
        loss, dx = impl_numpy.softmax_loss(x, y)
        return loss, -dx

    result = checked(LOSS.format("labels-int8"), softmax_loss=softmax_loss)
    assert _brief(result) == [("value", "wrong", "dx")]


def test_a_batch_of_no_examples_is_worth_a_warning(checked):
    def relu_forward(x):
        return x * (x > 0) + 0 * x.max(), x

    finding = _only(checked("relu/float32/empty/s0x7/0", relu_forward=relu_forward))
    assert (finding.kind, finding.severity) == ("empty", "warning")
    assert "with a batch of no examples: relu_forward raises ValueError: " in finding.message


def test_an_infinity_not_carried_through_is_worth_a_warning(checked):
    result = checked(RELU.format("inf"), relu_forward=lambda x: (x * (x > 0), x))
    finding = _only(result)
    assert (finding.kind, finding.severity, finding.quantity) == ("nonfinite", "warning", "out")
    assert "with one inf, one -inf: out is nan at " in finding.message


def test_a_guard_does_not_claim_only_where_the_candidate_is_wrong_anyway(checked):
    """Nothing but layouts and labels is run again in its plain form."""
    wrong = checked(RELU.format("nan"), relu_forward=lambda x: (-x, x)).findings[0]
    assert not wrong.message.startswith("only")


# -- magnitudes -------------------------------------------------------------------------------


def _naive_softmax_loss(x, y):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = np.arange(len(x))
    loss = -np.log(p[n, y]).mean()
    dx = p.copy()
    dx[n, y] -= 1
    return loss, dx / x.dtype.type(len(x))


def test_the_logarithm_of_a_probability_that_underflowed_is_a_warning(checked):
    result = checked(LOSS.format("underflow"), softmax_loss=_naive_softmax_loss)
    finding = _only(result)
    assert (finding.kind, finding.severity, finding.quantity) == ("overflow", "warning", "loss")
    assert finding.message.startswith("loss is inf where ")
    assert finding.message.endswith(" is expected, though the gradients are right")
    assert finding.got == np.inf


def test_the_same_loss_is_right_where_nothing_underflows(checked):
    assert checked(LOSS.format("normal"), softmax_loss=_naive_softmax_loss).findings == ()


def test_overflow_with_wrong_gradients_is_wrong(checked):
    def softmax_loss(x, y):
        loss, dx = _naive_softmax_loss(x, y)
        return loss, 2 * dx

    result = checked(LOSS.format("underflow"), softmax_loss=softmax_loss)
    assert {("nonfinite", "wrong", "loss"), ("value", "wrong", "dx")} == set(_brief(result))


def test_overflow_without_gradients_does_not_say_that_they_are_right(checked):
    result = checked(
        RELU.format("large"),
        relu_forward=lambda x: (np.where(x > 0, np.float32(np.inf), np.float32(0)), x),
        relu_backward=None,
    )
    assert not [f for f in result.findings if "gradients are right" in f.message]


def test_overflow_beside_wrong_numbers_is_wrong(checked):
    def relu_forward(x):
        out = impl_numpy.relu_forward(x)[0] + np.float32(99)
        out.flat[0] = np.inf
        return out, x

    assert "wrong" in {
        f.severity for f in checked(RELU.format("large"), relu_forward=relu_forward).findings
    }


def test_overflow_at_ordinary_magnitudes_is_wrong(checked):
    result = checked(RELU.format("normal"), relu_forward=lambda x: (x + np.float32(np.inf), x))
    assert _brief(result)[0] == ("nonfinite", "wrong", "out")


# -- hidden state -----------------------------------------------------------------------------


def test_a_backward_that_uses_the_last_input_instead_of_its_cache_is_found(checked):
    last = {}

    def relu_forward(x):
        last["x"] = x
        return np.maximum(x, 0), None

    def relu_backward(dout, cache):
        return np.where(last["x"] > 0, dout, np.float32(0))

    result = checked(RELU.format("normal"), relu_forward=relu_forward, relu_backward=relu_backward)
    assert {(f.kind, f.severity, f.quantity) for f in result.findings} == {("state", "wrong", "dx")}
    assert "when asked again after other data" in result.findings[-1].message


def test_a_loss_that_answers_for_the_data_before_is_found(checked):
    last = {}

    def softmax_loss(x, y):
        x = last.setdefault("x", x)
        last.clear()
        answer = impl_numpy.softmax_loss(x, y)
        last["x"] = x[::-1].copy()
        return answer

    result = checked(LOSS.format("normal"), softmax_loss=softmax_loss)
    assert {(f.kind, f.severity) for f in result.findings} == {("state", "wrong")}


def test_an_answer_returned_in_memory_that_is_used_again_is_found(checked):
    buffer = np.empty((5, 2, 3), np.float32)

    def relu_forward(x):
        np.maximum(x, 0, out=buffer)
        return buffer, x

    result = checked(RELU.format("normal"), relu_forward=relu_forward)
    assert ("state", "wrong", "out") in _brief(result)


def test_an_answer_remembered_by_shape_is_found(candidate, embedded):
    known = {}

    def softmax_loss(x, y):
        return known.setdefault(x.shape, impl_numpy.softmax_loss(x, y))

    wrong = candidate("softmax_loss", softmax_loss=softmax_loss)
    few = cases(wrong.layer, ["float32"], ["normal"])
    assert any(r.findings for r in check_cases(wrong, few, embedded))


def test_what_is_wrong_when_the_same_comes_twice_in_a_row_is_found(checked):
    last = {}

    def relu_forward(x):
        same = "x" in last and np.array_equal(last["x"], x)
        last["x"] = x.copy()
        return np.maximum(x, 0) * np.float32(1 + same), x

    result = checked(RELU.format("normal"), relu_forward=relu_forward)
    assert ("state", "wrong", "out") in _brief(result)


def test_who_keeps_a_mask_and_gives_no_output_is_judged_all_the_same(candidate, embedded):
    """It may say so: a worker is not believed."""
    made = candidate("dropout")
    failure = NoAnswerError("crash", "stops", "dropout_forward")

    def keeping_all(case, drawn, *_):
        return Trial({"dx": drawn.cotangents["dout"].copy()}, failure)

    object.__setattr__(made, "trial", keeping_all)
    results = check_cases(made, cases(made.layer, ["float64"], ["normal"]), embedded)
    assert {f.kind for r in results for f in r.findings} >= {"crash", "mask"}


def test_state_that_changes_no_answer_is_nobodys_business(checked):
    calls = []

    def relu_forward(x):
        calls.append(1)
        return np.maximum(x, 0), x

    assert checked(RELU.format("normal"), relu_forward=relu_forward).findings == ()
    assert len(calls) > 1


class Accumulating(impl_numpy.TwoLayerNet):
    """Its gradients are added to those of the call before."""

    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        loss, grads = super().loss(X, y)
        before = getattr(self, "grads", dict.fromkeys(grads, 0))
        self.grads = {p: g + before[p] for p, g in grads.items()}
        return loss, self.grads


def test_gradients_that_a_model_adds_up_from_call_to_call_are_found(checked):
    result = checked(
        "two_layer_net/float64/normal/N5-d2x3-H7-C3-reg=0.3/0", TwoLayerNet=Accumulating
    )
    assert {(f.kind, f.severity) for f in result.findings} == {("state", WRONG)}
    assert {f.quantity for f in result.findings} == {"dW1", "db1", "dW2", "db2"}


def test_a_backward_may_write_over_what_its_forward_returned(checked):
    """The cache is the output itself: right when it was returned, and needed no more."""

    def sigmoid_forward(x):
        out, _ = impl_numpy.sigmoid_forward(x)
        return out, out

    def sigmoid_backward(dout, cache):
        cache *= 1 - cache
        return dout * cache

    case = "sigmoid/float64/normal/s5x2x3/0"
    result = checked(case, sigmoid_forward=sigmoid_forward, sigmoid_backward=sigmoid_backward)
    assert _brief(result) == [("mutation", WARNING, "cache[0]")]


def test_a_layout_is_to_blame_for_what_only_it_breaks_though_something_else_is_wrong(checked):
    """The forward fails on Fortran order, the backward in any."""

    def by_memory(x, w, b):
        return x.ravel(order="K").reshape(len(x), len(w)) @ w + b, (x, w, b)

    def without_dx(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return 0 * dx, dw, db

    case = "affine/float64/fortran/N5-d2x3-M7/0"
    result = checked(case, affine_forward=by_memory, affine_backward=without_dx)
    found = {(f.quantity, f.kind, f.severity) for f in result.findings}
    assert found == {("out", "layout", WARNING), ("dx", "value", WRONG)}


# -- conventions ------------------------------------------------------------------------------


def test_a_slope_of_one_at_zero_is_a_convention(checked):
    def relu_backward(dout, cache):
        return np.where(cache >= 0, dout, np.float32(0))

    finding = _only(checked(RELU.format("kinks"), relu_backward=relu_backward))
    assert (finding.kind, finding.severity, finding.quantity) == ("convention", "warning", "dx")


@pytest.mark.parametrize("slope", [0, 1])
def test_where_the_frameworks_differ_either_answer_is_right(checked, slope):
    def relu_backward(dout, cache):
        at_nan = np.float32(slope) * dout
        return np.where(cache > 0, dout, np.where(np.isnan(cache), at_nan, np.float32(0)))

    assert checked(RELU.format("nan"), relu_backward=relu_backward).findings == ()


def test_where_the_frameworks_differ_a_third_answer_is_not(checked):
    def relu_backward(dout, cache):
        at_nan = np.float32(7) * dout
        return np.where(cache > 0, dout, np.where(np.isnan(cache), at_nan, np.float32(0)))

    assert checked(RELU.format("nan"), relu_backward=relu_backward).findings


# -- the oracle -------------------------------------------------------------------------------


def test_an_oracle_for_other_inputs_is_an_error(candidate, embedded):
    case = Case.parse(RELU.format("normal"))
    stale = replace(embedded.oracle(case), checksum="0" * 16)
    with pytest.raises(OracleFileError) as error:
        check_case(candidate("relu"), case, stale)
    assert str(error.value) == (
        f"The oracle was recorded for other inputs than those that {case.id} stands for now. "
        "Make the oracle file again with this version: crosscheck freeze -o FILE"
    )


def _with_bound(embedded, case, bound):
    oracle = embedded.oracle(case)
    expected = {
        q: Expected(e.value, np.full(e.value.shape, bound)) for q, e in oracle.expected.items()
    }
    return Oracle(oracle.checksum, expected, oracle.votes, power_of(expected))


def test_a_case_that_sees_little_is_underpowered(candidate, embedded):
    case = Case.parse(RELU.format("normal"))
    assert not check_case(candidate("relu"), case, embedded.oracle(case)).underpowered
    assert check_case(candidate("relu"), case, _with_bound(embedded, case, 9.0)).underpowered


def test_elements_without_a_claim_are_counted_and_not_passed(candidate, embedded):
    case = Case.parse(RELU.format("normal"))
    result = check_case(candidate("relu"), case, _with_bound(embedded, case, np.inf))
    assert result.power.untested == 60
    assert result.underpowered


@pytest.mark.parametrize(("floor", "weak"), [(0.0, False), (0.1, False), (0.11, True)])
def test_ten_percent_is_the_limit_of_power(floor, weak):
    case = Case.parse(RELU.format("normal"))
    assert CaseResult(case, (), 0.0, Power(floor, False, 0)).underpowered is weak


# -- the user's process -----------------------------------------------------------------------


def test_errors_that_the_user_asked_numpy_for_do_not_reach_the_candidate(checked):
    with np.errstate(all="raise"):
        assert checked(LOSS.format("near-overflow")).findings == ()
        assert np.geterr()["over"] == "raise"


# -- a layer as a whole -----------------------------------------------------------------------


def _whole(candidate, embedded, layer, **replacements):
    made = candidate(layer, **replacements)
    results = check_cases(made, cases(layer_named(layer), ["float32"]), embedded)
    return [(f.severity, f.kind, r.case.scenario.name) for r in results for f in r.findings]


def test_a_function_that_answers_some_cases_may_not_give_nothing_in_others(candidate, embedded):
    def relu_forward(x):
        return impl_numpy.relu_forward(x) if x.ndim < 3 else None

    found = _whole(candidate, embedded, "relu", relu_forward=relu_forward)
    assert {(severity, kind) for severity, kind, _ in found} == {("wrong", "unfinished")}


def test_a_function_that_answers_nothing_is_only_unfinished(candidate, embedded):
    found = _whole(candidate, embedded, "relu", relu_forward=lambda x: None)
    assert {(severity, kind) for severity, kind, _ in found} == {("warning", "unfinished")}


def test_zeros_are_unfinished_though_0_is_right_in_some_cases(candidate, embedded):
    """With one class, or all margins met, the loss is 0 and so are its gradients."""

    def svm_loss(x, y):
        return 0.0, np.zeros_like(x)

    found = _whole(candidate, embedded, "svm_loss", svm_loss=svm_loss)
    assert ("warning", "unfinished", "normal") in found
    assert {severity for severity, _, _ in found} == {"warning"}


def test_a_crash_everywhere_is_not_put_down_to_the_layout(candidate, embedded):
    """Where equal rows are guarded themselves, their broadcast form is not "only" that."""

    def batchnorm_forward(x, gamma, beta, bn_param):
        raise KeyError("sample_mean")

    found = _whole(candidate, embedded, "batchnorm", batchnorm_forward=batchnorm_forward)
    assert {(severity, kind) for severity, kind, _ in found} == {("wrong", "crash")}


def test_what_is_wrong_anyway_is_not_said_again_of_empty_batches_and_nan(candidate, embedded):
    def affine_backward(dout, cache):
        dx, dw, db = impl_numpy.affine_backward(dout, cache)
        return dx, 2 * dw, db

    found = _whole(candidate, embedded, "affine", affine_backward=affine_backward)
    assert {severity for severity, _, _ in found} == {"wrong"}
    assert not {"nan", "inf", "empty"} & {scenario for _, _, scenario in found}


def test_what_is_wrong_only_with_nan_is_said(candidate, embedded):
    def relu_forward(x):
        return np.where(x > 0, x, x.dtype.type(0)), x

    found = _whole(candidate, embedded, "relu", relu_forward=relu_forward)
    assert found == [("warning", "nonfinite", "nan")]


def test_a_function_that_leaves_out_empty_batches_has_a_warning(candidate, embedded):
    def softmax_loss(x, y):
        if len(x) == 0:
            raise NotImplementedError("an empty batch")
        return impl_numpy.softmax_loss(x, y)

    found = _whole(candidate, embedded, "softmax_loss", softmax_loss=softmax_loss)
    assert found == [("warning", "empty", "empty")]


@pytest.mark.parametrize("loss", [np.nan, 22.0], ids=["nan", "saturated"])
def test_a_loss_that_gives_up_at_large_scores_is_a_warning_if_its_gradient_is_right(
    candidate, embedded, loss
):
    def softmax_loss(x, y):
        right, dx = impl_numpy.softmax_loss(x, y)
        return (x.dtype.type(loss) if right > 22 else right), dx

    found = _whole(candidate, embedded, "softmax_loss", softmax_loss=softmax_loss)
    assert {(severity, kind) for severity, kind, _ in found} == {("warning", "overflow")}


@pytest.mark.parametrize("epsilon", [1e-7, 1e-12])
def test_an_epsilon_inside_the_logarithm_is_a_convention(candidate, embedded, epsilon):
    def softmax_loss(x, y):
        _, dx = impl_numpy.softmax_loss(x, y)
        e = np.exp(x - x.max(axis=1, keepdims=True)).astype(np.float64)
        p = (e / e.sum(axis=1, keepdims=True))[np.arange(len(y)), y]
        return x.dtype.type(-np.log(p + epsilon).sum() / np.float64(len(y))), dx

    found = _whole(candidate, embedded, "softmax_loss", softmax_loss=softmax_loss)
    assert {severity for severity, _, _ in found} <= {"warning"}


def test_clipping_an_upstream_gradient_is_seen(candidate, embedded):
    def relu_backward(dout, cache):
        return impl_numpy.relu_backward(np.clip(dout, -100, 100), cache)

    found = _whole(candidate, embedded, "relu", relu_backward=relu_backward)
    assert found == [("wrong", "value", "large-upstream")]


def test_an_array_of_no_dimensions_is_a_warning(candidate, embedded):
    def relu_forward(x):
        out = x * x.dtype.type(1)
        out[out < 0] = 0
        return out, x

    found = _whole(candidate, embedded, "relu", relu_forward=relu_forward)
    assert found == [("warning", "scalar", "scalar")]
