"""Code is called as the course calls it, and what it does not give is said in its own words."""

from contextlib import nullcontext

import numpy as np
import pytest

from crosscheck.attempt import NoAnswerError
from crosscheck.calling import Bundle, Calling, Given, Loss, Model, Pair, Update
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.dtypes import FORMATS
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.layers import layer_named
from crosscheck.scenario import by_name, positive
from crosscheck.trial import Opaque, run

PAIR, X_ALONE, OUT_ALONE = Pair(), (Input("x", "N"),), (Output("out", "N"),)


def _layer(calling=PAIR, *, inputs=X_ALONE, outputs=OUT_ALONE, **more):
    more.setdefault("points", (Point({"N": 3}),))
    return Layer("f", "", inputs, outputs, torch=print, jax=(), calling=calling, **more)


def _candidate(layer, *functions):
    return Candidate(layer, dict(zip(layer.functions, functions, strict=False)))


def _results(layer, *functions, options=None, **arrays):
    """What was taken from one run on these arrays: inputs and, as ``dout``, cotangents."""
    names = {i.name for i in layer.inputs}
    given = Given(
        {n: a for n, a in arrays.items() if n in names},
        {n: a for n, a in arrays.items() if n not in names},
        {"N": 3},
        options or {},
    )
    results = {}
    candidate = _candidate(layer, *functions)
    layer.calling.run(candidate, given, lambda *_: nullcontext(results), lambda: None)
    return results


def _no_answer(layer, *functions, **arrays):
    with pytest.raises(NoAnswerError) as error:
        _results(layer, *functions, **arrays)
    return error.value


def _tried(layer, *functions, between=None):
    """The trial of these functions at the layer's first point."""
    case = Case(layer, FORMATS["float32"], by_name()["normal"], layer.points[0].dims, 0)
    other = between and Case(layer, case.format, case.scenario, case.dims, 1).draw()
    return run(_candidate(layer, *functions), case, case.draw(), other)


X = np.ones((2, 3))
RELU, AFFINE, LOSS = (layer_named(n) for n in ("relu", "affine", "softmax_loss"))
THREE = {"x": 1, "w": 2, "b": 3, "dout": 4}


def _kept(*arguments):
    """An affine_forward that only keeps what it was given."""
    return "out", arguments


# -- a pair -----------------------------------------------------------------------------------


def test_a_pair_gives_outputs_and_gradients_by_name():
    results = _results(
        AFFINE, lambda x, w, b: ((x, w, b), "kept"), lambda dout, cache: (dout, cache, 5), **THREE
    )
    assert results == {"out": (1, 2, 3), "dx": 4, "dw": "kept", "db": 5}


def test_gradients_may_come_as_a_list():
    results = _results(AFFINE, _kept, lambda dout, cache: [1, 2, 3], **THREE)
    assert results == {"out": "out", "dx": 1, "dw": 2, "db": 3}


def test_one_gradient_comes_alone():
    assert _results(RELU, _kept, lambda dout, cache: 5, x=X, dout=X)["dx"] == 5


@pytest.mark.parametrize(
    ("returned", "described"),
    [
        (np.ones((2, 3)), "an array of shape (2, 3)"),
        ((1, 2, 3), "a tuple of 3"),
        ((1,), "a tuple of 1"),
        ([1], "a list of 1"),
        (2.5, "a float"),
        ("out", "a str"),
    ],
)
def test_a_forward_that_returns_something_else_is_told_what_to_return(returned, described):
    error = _no_answer(RELU, lambda x: returned, x=X)
    assert error.kind == "arity"
    assert str(error) == f"must return (out, cache), but returned {described}"
    assert error.function == "relu_forward"


def test_a_forward_of_several_outputs_is_told_all_their_names():
    layer = _layer(outputs=(Output("h", "N"), Output("c", "N")))
    assert _results(layer, lambda x: (1, 2, "kept"), lambda dh, dc, cache: 3, x=X, dh=X, dc=X) == {
        "h": 1,
        "c": 2,
        "dx": 3,
    }
    error = _no_answer(layer, lambda x: (1, 2), x=X)
    assert str(error) == "must return (h, c, cache), but returned a tuple of 2"


@pytest.mark.parametrize(
    ("returned", "described"), [((1, 2), "a tuple of 2"), (np.ones(3), "an array of shape (3,)")]
)
def test_a_backward_that_returns_too_few_gradients_is_told_their_names(returned, described):
    error = _no_answer(AFFINE, _kept, lambda dout, cache: returned, **THREE)
    assert str(error) == f"must return (dx, dw, db), but returned {described}"
    assert (error.kind, error.function) == ("arity", "affine_backward")


@pytest.mark.parametrize(
    ("returned", "described"), [((1, 2), "a tuple of 2"), ((1,), "a tuple of 1")]
)
def test_a_backward_of_one_gradient_that_returns_a_tuple_is_told_its_name(returned, described):
    error = _no_answer(RELU, _kept, lambda dout, cache: returned, x=X, dout=X)
    assert str(error) == f"must return dx, but returned {described}"


@pytest.mark.parametrize(
    ("forward", "message", "quantity"),
    [(lambda x: None, "returns None", ""), (lambda x: (None, x), "returns None for out", "out")],
    ids=["returns None", "a None inside"],
)
def test_a_none_is_not_finished(forward, message, quantity):
    error = _no_answer(RELU, forward, x=X)
    assert (error.kind, str(error), error.quantity) == ("unfinished", message, quantity)


def test_a_half_that_is_missing_is_not_finished():
    error = _no_answer(RELU, _kept, x=X, dout=X)
    assert (error.kind, str(error)) == ("unfinished", "is not defined")
    assert error.function == "relu_backward"


def test_an_input_that_is_constant_has_no_gradient():
    layer = _layer(inputs=(Input("x", "N"), Input("mask", "N", constant=True)))
    results = _results(layer, lambda x, mask: (x, mask), lambda dout, c: 5, x=1, mask=2, dout=3)
    assert results == {"out": 1, "dx": 5}


def test_an_output_that_is_constant_has_no_cotangent():
    layer = _layer(outputs=(Output("out", "N"), Output("mean", "", constant=True)))
    trial = _tried(layer, lambda x: (x + 1, x.mean(), None), lambda *given: given[0] + len(given))
    assert trial.failure is None
    assert list(trial.results) == ["out", "mean", "dx"]


# -- a pair with nothing to differentiate -----------------------------------------------------

FORWARD_ONLY = _layer(inputs=(Input("x", "N", constant=True),))


def test_with_nothing_to_differentiate_there_is_a_forward_and_no_backward():
    assert FORWARD_ONLY.functions == ("f_forward",)
    assert _results(FORWARD_ONLY, lambda x: (x, None), x=7) == {"out": 7}


def test_a_backward_that_is_there_all_the_same_is_not_called():
    called = []
    functions = {"f_forward": lambda x: (x, None), "f_backward": lambda *_: called.append(1)}
    candidate = Candidate(FORWARD_ONLY, functions)
    given = Given({"x": 7}, {}, {}, {})
    FORWARD_ONLY.calling.run(candidate, given, lambda *_: nullcontext({}), lambda: None)
    assert called == []


# -- arguments --------------------------------------------------------------------------------


def test_arguments_are_the_inputs_and_then_the_options_if_nothing_else_is_said():
    layer = _layer(inputs=(Input("x", "N"), Input("w", "N")), options=("alpha", "beta"))
    seen = []
    _no_answer(
        layer, lambda *a: seen.extend(a), x=1, w=2, dout=0, options={"beta": 4.0, "alpha": 3.0}
    )
    assert seen == [1, 2, 3.0, 4.0]


def test_arguments_come_in_the_order_that_was_said():
    layer = _layer(
        inputs=(Input("x", "N"), Input("w", "N")), options=("p",), arguments=("w", "p", "x")
    )
    seen = []
    _no_answer(layer, lambda *a: seen.extend(a), x=1, w=2, dout=0, options={"p": 0.5})
    assert seen == [2, 0.5, 1]


def test_a_bundle_is_one_dict_of_inputs_options_and_fixed_entries():
    layer = _layer(
        inputs=(Input("x", "N"), Input("mean", "N", constant=True)),
        options=("eps",),
        arguments=("x", Bundle("param", ("mean", "eps"), {"mode": "train"})),
    )
    seen = []
    _no_answer(layer, lambda *a: seen.extend(a), x=1, mean=2, dout=0, options={"eps": 0.1})
    assert seen == [1, {"mode": "train", "mean": 2, "eps": 0.1}]


def test_every_call_has_a_bundle_of_its_own():
    layer = _layer(arguments=("x", Bundle("param", (), {"mode": "train"})))
    seen = []

    def forward(x, param):
        seen.append(dict(param))
        param["mode"] = "test"
        return x, None

    for _ in range(2):
        _results(layer, forward, lambda dout, cache: dout, x=1, dout=2)
    assert seen == [{"mode": "train"}] * 2


# -- what a bundle brings back ----------------------------------------------------------------

RUNNING = _layer(
    inputs=(Input("x", "N"), Input("mean", "N", constant=True)),
    outputs=(Output("out", "N"), Output("mean", "N", constant=True)),
    arguments=("x", Bundle("param", ("mean",), returns=("mean",))),
)


def _identity(dout, cache):
    return dout + 0


def _updating(update):
    def forward(x, param):
        update(x, param)
        return x + 0, None

    return forward


def _overwrite(x, param):
    param["mean"] += x


def _replace(x, param):
    param["mean"] = param["mean"] + x


def _keep(x, param):
    pass


@pytest.mark.parametrize("update", [_overwrite, _replace])
def test_what_is_left_in_a_bundle_is_an_output(update):
    mean = np.ones(3)
    results = _results(RUNNING, _updating(update), _identity, x=np.ones(3), mean=mean, dout=X)
    assert list(results) == ["out", "mean", "dx"]
    assert results["mean"].tolist() == [2, 2, 2]


def test_an_entry_that_is_replaced_is_fine():
    trial = _tried(RUNNING, _updating(_replace), _identity)
    assert (trial.failure, trial.changed, trial.shared) == (None, [], [])


def test_an_entry_that_is_overwritten_in_place_is_noticed():
    trial = _tried(RUNNING, _updating(_overwrite), _identity)
    assert trial.changed == [("f_forward", "mean")]
    assert trial.shared == []


def test_an_entry_that_stays_what_it_was_is_no_alias():
    assert _tried(RUNNING, _updating(_keep), _identity).shared == []


def test_an_entry_in_the_memory_of_another_array_is_an_alias():
    trial = _tried(RUNNING, _updating(lambda x, param: param.update(mean=x[:])), _identity)
    assert trial.shared == [("mean", "x")]


@pytest.mark.parametrize(
    "update",
    [lambda x, param: param.pop("mean"), lambda x, param: param.update(mean=None)],
    ids=["missing", "None"],
)
def test_an_entry_that_is_not_there_is_named(update):
    trial = _tried(RUNNING, _updating(update), _identity)
    assert (trial.failure.kind, trial.failure.quantity) == ("unfinished", "mean")
    assert (trial.failure.function, str(trial.failure)) == ("f_forward", "returns None for mean")
    assert list(trial.results) == ["out"]


def test_what_a_bundle_brings_back_is_not_returned_as_well():
    error = _no_answer(RUNNING, lambda x, param: (x, param["mean"], None), x=1, mean=2, dout=3)
    assert str(error) == "must return (out, cache), but returned a tuple of 3"


# -- a loss -----------------------------------------------------------------------------------


def test_a_loss_gives_loss_and_gradient_by_name():
    assert _results(LOSS, lambda x, y: (1.0, y), x=1, y=2) == {"loss": 1.0, "dx": 2}


def test_a_loss_without_its_gradient_is_told_both_names():
    error = _no_answer(LOSS, lambda x, y: 1.0, x=1, y=2)
    assert str(error) == "returns the loss alone, not (loss, dx): dx not judged"
    assert (error.kind, error.function, error.quantity) == ("unfinished", "softmax_loss", "dx")


@pytest.mark.parametrize(("returned", "described"), [
    (1j, "a complex"), ({"loss": 1.0}, "a dict"), (np.ones(3), "an array of shape (3,)"),
])  # fmt: skip
def test_a_loss_of_another_kind_is_not_judged(returned, described):
    error = _no_answer(LOSS, lambda x, y: returned, x=1, y=2)
    assert error.kind == "signature"
    assert str(error).startswith(f"returns {described}, not (loss, dx): it is not judged. A crossc")


def test_a_loss_of_too_many_or_too_few_is_told_both_names():
    for returned in ((1.0,), (1.0, 2.0, 3.0), [1.0]):
        error = _no_answer(LOSS, lambda x, y, r=returned: r, x=1, y=2)
        assert str(error).startswith("must return (loss, dx), but returned a ")
        assert error.kind == "arity"


def test_a_loss_may_have_options_and_several_gradients():
    layer = _layer(
        Loss(),
        inputs=(Input("x", "N"), Input("w", "N")),
        outputs=(Output("loss", ""),),
        options=("reg",),
    )
    results = _results(layer, lambda x, w, reg: (reg, x, w), x=1, w=2, options={"reg": 0.5})
    assert results == {"loss": 0.5, "dx": 1, "dw": 2}


# -- an update rule ---------------------------------------------------------------------------

UPDATE = _layer(
    Update(),
    inputs=(Input("w", "N", constant=True), Input("dw", "T N", constant=True)),
    outputs=(Output("next_w", "T N", constant=True),),
    options=("rate",),
    points=(Point({"T": 3, "N": 2, "rate": 0.5}),),
)
W, DW = np.zeros(2), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def _descended(rule):
    return _results(UPDATE, rule, w=W.copy(), dw=DW.copy(), options={"rate": 0.5})


def _refused(rule):
    return _no_answer(UPDATE, rule, w=W.copy(), dw=DW.copy(), options={"rate": 0.5})


def sgd(w, dw, config):
    return w - config["rate"] * dw, config


def sgd_in_place(w, dw, config):
    w -= config["rate"] * dw
    return w, config


def test_an_update_rule_is_one_function_with_the_layer_s_name():
    assert UPDATE.functions == ("f",)


@pytest.mark.parametrize("rule", [sgd, sgd_in_place])
def test_each_step_starts_where_the_last_one_arrived(rule):
    assert _descended(rule)["next_w"].tolist() == [[-0.5, -1.0], [-2.0, -3.0], [-4.5, -6.0]]


@pytest.mark.parametrize("rule", [sgd, sgd_in_place])
def test_w_may_be_overwritten(rule):
    trial = _tried(UPDATE, rule)
    assert (trial.failure, trial.changed, trial.shared) == (None, [], [])
    assert trial.results["next_w"].dtype == np.float32


def test_a_gradient_that_is_overwritten_is_noticed():
    def rule(w, dw, config):
        dw *= config["rate"]
        return w - dw, config

    assert _tried(UPDATE, rule).changed == [("f", "dw")]


def test_what_a_rule_keeps_in_its_config_is_there_at_the_next_step():
    def rule(w, dw, config):
        config["t"] = config.get("t", 0) + 1
        return w + config["t"], config

    assert _descended(rule)["next_w"][:, 0].tolist() == [1, 3, 6]


def test_the_config_may_be_another_dict_at_each_step():
    def rule(w, dw, config):
        return w + len(config), {**config, len(config): 0}

    assert _descended(rule)["next_w"][:, 0].tolist() == [1, 3, 6]


def test_every_run_starts_with_the_options_alone():
    seen, options = [], {"rate": 0.5}

    def rule(w, dw, config):
        seen.append(dict(config))
        config["velocity"] = 0
        return w, config

    for _ in range(2):
        _results(UPDATE, rule, w=W.copy(), dw=DW.copy(), options=options)
    assert [seen[0], seen[3], options] == [{"rate": 0.5}] * 3


def test_an_update_rule_that_returns_only_w_is_told_both_names():
    error = _refused(lambda w, dw, config: w)
    assert str(error) == "must return (next_w, config), but returned an array of shape (2,)"
    assert (error.kind, error.function) == ("arity", "f")


@pytest.mark.parametrize(
    ("returned", "name"), [((W, None), "config"), ((None, {}), "next_w")], ids=["config", "w"]
)
def test_an_update_rule_that_returns_none_is_not_finished(returned, name):
    error = _refused(lambda w, dw, config: returned)
    assert (error.kind, str(error), error.quantity) == (
        "unfinished",
        f"returns None for {name}",
        name,
    )


def test_a_shape_that_changes_on_the_way_is_told_step_by_step():
    def rule(w, dw, config):
        return np.append(w, 0), config

    error = _refused(rule)
    assert str(error) == "returns next_w of shape (3,), (4,), (5,), step by step"
    assert (error.kind, error.function, error.quantity) == ("shape", "f", "next_w")


class _NoArray:
    def __array__(self, *_, **__):
        raise SystemExit(0)


@pytest.mark.parametrize("value", [[[1.0], [1.0, 2.0]], _NoArray()], ids=["ragged", "hostile"])
def test_a_next_w_that_is_no_array_is_a_crash_of_the_candidate(value):
    error = _refused(lambda w, dw, config: (value, config))
    assert (error.kind, error.function) == ("crash", "f")


def test_steps_in_dtypes_without_a_common_one_are_a_crash_of_the_candidate():
    steps = iter([np.zeros(2, "datetime64[s]"), np.zeros(2), np.zeros(2)])
    error = _refused(lambda w, dw, config: (next(steps), config))
    assert error.kind == "crash"
    assert str(error).startswith("raises DTypePromotionError")


def test_a_dtype_that_grows_on_the_way_is_seen():
    def rule(w, dw, config):
        return (w if (w == 0).all() else w.astype(np.float64)) + 1, config

    assert _tried(UPDATE, rule).results["next_w"].dtype == np.float64


def test_other_data_comes_between_the_steps():
    seen = []

    def rule(w, dw, config):
        seen.append(dw[0])
        return sgd(w, dw, config)

    _tried(UPDATE, rule)
    alone = seen.copy()
    seen.clear()
    _tried(UPDATE, rule, between=True)
    assert [*seen[:1], *seen[4:]] == alone
    assert not set(seen[1:4]) & set(alone)


def test_state_outside_the_config_gives_other_steps_when_other_data_comes_between():
    velocity = np.zeros(2, np.float32)

    def rule(w, dw, config):
        velocity[:] += dw
        return w - velocity, config

    alone = _tried(UPDATE, rule).results["next_w"]
    velocity[:] = 0
    assert not np.array_equal(_tried(UPDATE, rule, between=True).results["next_w"], alone)


# -- a model ----------------------------------------------------------------------------------

MODEL = _layer(
    Model(lambda cls, sizes: cls(sizes["N"])),
    inputs=(
        Input("X", "N D", constant=True),
        Input("y", "N", below="D"),
        Input("W", "D D"),
        Input("b", "D"),
    ),
    outputs=(Output("scores", "N D", constant=True), Output("loss", "")),
    stem="Net",
    points=(Point({"N": 3, "D": 2}),),
)
GIVEN = {"X": 1, "y": 2, "W": 3, "b": 4}


class Net:
    def __init__(self, n):
        self.n = n
        self.params = {"b": None, "W": None}

    def loss(self, X, y=None):
        if y is None:
            return ("scores", X, self.n)
        return ("loss", y), {"b": ("db", self.params["b"]), "W": ("dW", self.params["W"])}


def test_a_model_is_one_class():
    assert MODEL.functions == ("Net",)


def test_a_model_gives_its_scores_its_loss_and_its_gradients_with_the_params_set():
    assert _results(MODEL, Net, **GIVEN) == {
        "scores": ("scores", 1, 3),
        "loss": ("loss", 2),
        "dW": ("dW", 3),
        "db": ("db", 4),
    }


def test_scores_are_asked_for_only_if_they_are_an_output():
    def loss(self, X, y):
        return 1.0, {"W": 2, "b": 3}

    silent = _layer(MODEL.calling, inputs=MODEL.inputs, outputs=MODEL.outputs[1:], stem="Net")
    net = type("Net", (Net,), {"loss": loss})
    assert _results(silent, net, **GIVEN) == {"loss": 1.0, "dW": 2, "db": 3}


def test_further_gradients_are_not_asked_for():
    class Regularised(Net):
        def loss(self, X, y=None):
            returned = super().loss(X, y)
            if y is not None:
                returned[1]["more"] = 5
            return returned

    assert list(_results(MODEL, Regularised, **GIVEN)) == ["scores", "loss", "dW", "db"]


def _net(**changes):
    return type("Net", (Net,), changes)


def _with_params(params):
    def made(self, n):
        self.n, self.params = n, params

    return made


def test_params_that_are_not_all_there_yet_are_not_finished():
    error = _no_answer(MODEL, _net(__init__=_with_params({"W": 0})), **GIVEN)
    assert (error.kind, str(error)) == ("unfinished", "has no b in its params yet")


@pytest.mark.parametrize(
    ("params", "has"),
    [
        ({"W1": 0, "b1": 0}, "W1, b1"),
        ({"W": 0, "b": 0, "gamma": 0}, "W, b, gamma"),
        ([0, 0], "a list of 2"),
    ],
    ids=["renamed", "more", "list"],
)
def test_params_of_other_names_are_told_the_right_ones(params, has):
    error = _no_answer(MODEL, _net(__init__=_with_params(params)), **GIVEN)
    assert str(error) == f"must have the params W, b, but has {has}"
    assert (error.kind, error.function) == ("params", "Net")


@pytest.mark.parametrize("params", [{}, None], ids=["empty", "None"])
def test_a_model_whose_params_are_not_made_is_unfinished(params):
    error = _no_answer(MODEL, _net(__init__=_with_params(params)), **GIVEN)
    assert (error.kind, error.function) == ("unfinished", "Net")
    assert str(error) == "has no params yet"


def test_a_model_without_params_is_unfinished():
    error = _no_answer(MODEL, _net(__init__=lambda self, n: None), **GIVEN)
    assert (error.kind, str(error)) == ("unfinished", "has no params yet")


def test_params_of_another_shape_are_told_the_right_one():
    wrong = _with_params({"W": np.zeros((7, 1)), "b": 0})
    error = _no_answer(MODEL, _net(__init__=wrong), **GIVEN)
    assert (error.kind, error.function, error.quantity) == ("params", "Net", "dW")
    assert str(error).startswith("makes W of shape (7, 1), not (")


def _failing(*_):
    raise RuntimeError("broken")


def test_params_that_fail_when_they_are_looked_at_are_a_crash():
    error = _no_answer(MODEL, _net(__init__=lambda *_: None, params=property(_failing)), **GIVEN)
    assert (error.kind, error.function) == ("crash", "Net")
    assert str(error).startswith("raises RuntimeError: broken (test_calling.py, line ")


def test_a_constructor_that_fails_is_a_crash_of_the_class():
    error = _no_answer(MODEL, _net(__init__=_failing), **GIVEN)
    assert (error.kind, error.function) == ("crash", "Net")
    assert str(error).startswith("raises RuntimeError: broken (test_calling.py, line ")


def test_a_loss_that_fails_is_a_crash_of_the_method():
    error = _no_answer(MODEL, _net(loss=_failing), **GIVEN)
    assert (error.kind, error.function) == ("crash", "Net.loss")
    assert str(error).startswith("raises RuntimeError: broken (test_calling.py, line ")


def test_a_loss_of_other_arguments_is_no_line_of_ours():
    error = _no_answer(MODEL, _net(loss=lambda self: 1), **GIVEN)
    assert (error.kind, error.function) == ("signature", "Net.loss")
    assert str(error) == "takes (), and is called as loss(X): it is not judged"


def test_a_constructor_of_other_arguments_is_not_judged():
    error = _no_answer(MODEL, _net(__init__=lambda self, n, std: None), **GIVEN)
    assert (error.kind, error.function) == ("signature", "Net")
    assert str(error).endswith("(missing a required argument: 'std'): it is not judged")


def test_a_model_without_a_loss_is_a_crash_that_says_so():
    class Empty:
        def __init__(self, _):
            self.params = {"W": 0, "b": 0}

    error = _no_answer(MODEL, Empty, **GIVEN)
    assert (error.kind, error.function) == ("crash", "Net.loss")
    assert str(error) == "raises AttributeError: 'Empty' object has no attribute 'loss'"


def _after_the_scores(returned):
    return lambda self, X, y=None: "scores" if y is None else returned


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        (lambda *_: None, "unfinished", "returns None"),
        (_after_the_scores(None), "unfinished", "returns None"),
        (_after_the_scores(1.0), "arity", "must return (loss, grads), but returned a float"),
        (_after_the_scores((None, {})), "unfinished", "returns None for loss"),
        (_after_the_scores((1.0, None)), "unfinished", "returns None for grads"),
        (
            _after_the_scores((1.0, [1, 2])),
            "arity",
            "must return grads as a dict, but it is a list of 2",
        ),
        (_after_the_scores((1.0, {"W": 1})), "unfinished", "returns None for db"),
        (_after_the_scores((1.0, {"W": 1, "b": None})), "unfinished", "returns None for db"),
    ],
    ids=[
        "nothing",
        "scores only",
        "no grads",
        "loss None",
        "grads None",
        "list",
        "missing",
        "None",
    ],
)
def test_what_a_loss_lacks_is_said(loss, kind, message):
    error = _no_answer(MODEL, _net(loss=loss), **GIVEN)
    assert (error.kind, str(error), error.function) == (kind, message, "Net.loss")


class Sized(Net):
    """One whose params have the shapes of MODEL's main point."""

    def __init__(self, n):
        self.n = n
        self.params = {"W": np.zeros((2, 2)), "b": np.zeros(2)}


def test_the_loss_is_kept_when_a_gradient_is_missing():
    lacking = type("Lacking", (Sized,), {"loss": _after_the_scores((1.0, {"W": 1}))})
    trial = _tried(MODEL, lacking)
    assert trial.results == {"scores": Opaque("a str"), "loss": 1.0}
    assert trial.failure.quantity == "db"


def test_a_model_that_changes_its_params_or_its_data_is_noticed():
    def loss(self, X, y=None):
        if y is None:
            return X + 1
        X *= 2
        self.params["W"] *= 2
        return 1.0, {"W": self.params["W"], "b": 0}

    trial = _tried(MODEL, type("Changing", (Sized,), {"loss": loss}))
    assert trial.changed == [("Net.loss", "X"), ("Net.loss", "W")]
    assert trial.shared == [("dW", "W")]


def test_another_model_works_on_other_data_in_between_and_then_the_same_one_is_asked_twice():
    asked = []

    class Noting(Sized):
        def loss(self, X, y=None):
            asked.append((id(self), y is None))
            return super().loss(X, y)

    _tried(MODEL, Noting, between=True)
    (mine, scores), *others, before, last = asked
    assert scores
    assert before == last == (mine, False)
    assert [scored for _, scored in others] == [True, False]
    assert mine not in {model for model, _ in others}


IMAGES = _layer(
    inputs=(Input("x", "N C H W"), Input("mean", "C", constant=True)),
    outputs=(Output("out", "N C H W"), Output("mean", "C", constant=True)),
    arguments=("x", Bundle("param", ("mean",), {"mode": "test"}, ("mean",))),
)


def _given_to(first):
    """The running mean that counts, of a candidate that keeps ``first(x)`` if it has none."""
    seen, x, mean = [], np.ones((2, 3, 1, 5)), np.arange(3.0)

    def forward(x, param):
        assert param["mode"] == ("test" if "mean" in param else "train")
        seen.append(param.setdefault("mean", first(x)))
        return x + 0, None

    _results(IMAGES, forward, _identity, x=x, mean=mean, dout=x)
    return seen[-1]


def test_running_statistics_of_images_are_given_in_the_shape_in_which_they_are_kept():
    given = _given_to(lambda x: x.mean(axis=(0, 2, 3), keepdims=True))
    assert given.shape == (1, 3, 1, 1)
    np.testing.assert_array_equal(given.ravel(), np.arange(3.0))


@pytest.mark.parametrize(
    "first",
    [
        lambda x: x.mean(axis=(0, 2, 3)),
        lambda x: x.mean(axis=0),
        lambda x: x.mean(),
        lambda x: "no array",
        lambda x: np.ones((3, 3)),
    ],
    ids=["the same", "another size", "a number", "a text", "too many axes"],
)
def test_no_other_shape_is_taken_over(first):
    assert _given_to(first).shape == (3,)


def test_who_needs_running_statistics_is_asked_only_with_them():
    def forward(x, param):
        return x + param["mean"].reshape(-1, 1, 1), None

    x = np.ones((2, 3, 1, 5))
    results = _results(IMAGES, forward, _identity, x=x, mean=np.arange(3.0), dout=x)
    np.testing.assert_array_equal(results["out"][0, :, 0, 0], [1, 2, 3])


def test_a_first_call_changes_nothing_of_what_is_given():
    seen = []

    def forward(x, param):
        seen.append(x.max())
        x *= 2
        param.setdefault("mean", np.ones(3))
        return x + 0, None

    x = np.ones((2, 3, 1, 5))
    _results(IMAGES, forward, _identity, x=x, mean=np.ones(3), dout=x)
    assert seen == [1, 1]


# -- any convention ---------------------------------------------------------------------------


def test_only_a_loss_and_a_model_are_differentiated_as_they_stand():
    losses = {calling for calling in (Pair, Loss, Update, Model) if calling.is_loss}
    assert losses == {Loss, Model}


@pytest.mark.parametrize(
    ("layer", "signatures"),
    [
        (RUNNING, ("f_forward(x, param) -> (out, cache)", "f_backward(dout, cache) -> dx")),
        (FORWARD_ONLY, ("f_forward(x) -> (out, cache)",)),
        (LOSS, ("softmax_loss(x, y) -> (loss, dx)",)),
        (UPDATE, ("f(w, dw, config) -> (next_w, config)",)),
        (MODEL, ("Net.loss(X) -> scores", "Net.loss(X, y) -> (loss, grads)")),
    ],
    ids=["pair", "forward only", "loss", "update", "model"],
)
def test_a_convention_says_how_functions_are_called(layer, signatures):
    assert layer.calling.signatures(layer) == signatures


def test_a_convention_of_ones_own_has_to_say_how_it_is_run():
    with pytest.raises(NotImplementedError):
        _results(_layer(Calling()), print, x=1)


def test_a_mask_is_given_as_booleans():
    seen = []

    def forward(x, mask):
        seen.append(mask.dtype.name)
        return np.where(mask, x, 0), mask

    layer = _layer(
        inputs=(
            Input("x", "N"),
            Input("mask", "N", constant=True, fill=lambda *a: positive(*a) > 1),
        )
    )
    trial = _tried(layer, forward, lambda dout, mask: np.where(mask, dout, 0))
    assert (trial.failure, trial.changed, seen) == (None, [], ["bool"])
