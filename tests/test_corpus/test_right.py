"""Correct files end with exit code 0, whatever their style: a false alarm is the worst fault."""

from importlib.util import find_spec

import pytest

from test_corpus.reports import checked

pytestmark = pytest.mark.slow

RIGHT = ("modern.py", "naive.py", "habits.py", "more_habits.py", "cs231n")
# What is worth a warning in right code, and never more.
WARNINGS = {
    "modern.py": {"alias", "dtype", "empty", "nonfinite"},
    "naive.py": {"alias", "dtype", "empty", "nonfinite"},
    "habits.py": {"alias", "convention", "dtype", "empty", "layout", "mutation", "nonfinite"}
    | {"overflow", "shape"},
    "more_habits.py": {"alias", "convention", "dtype", "empty", "layout", "mutation", "nonfinite"}
    | {"shape", "unfinished"},
    "cs231n": {"alias", "convention", "declined", "dtype", "empty", "layout", "overflow"},
}
# It has no normalisation, and takes no dropout.
OF_2016 = {f"fully_connected_net_{x}:FullyConnectedNet" for x in ("batchnorm", "dropout")}
# By layer, the warnings that its habit is due.
HABITS = {
    "affine": {"shape"},
    "relu": {"alias", "mutation"},
    "affine_relu": {"convention", "mutation"},
    "batchnorm": {"shape"},
    "batchnorm_test": set(),
    "layernorm": set(),
    "affine_bn_relu": {"shape"},
    "dropout": {"convention"},
    "dropout_test": {"alias"},
    "conv_naive": {"dtype", "shape"},
    "max_pool_naive": {"convention", "dtype"},
    "max_pool_fast": {"convention"},
    "spatial_batchnorm": {"shape"},
    "spatial_batchnorm_test": {"shape"},
    "spatial_groupnorm": {"shape"},
    "softmax_loss": {"mutation", "overflow"},
    "svm_loss": {"dtype", "shape"},
    "softmax_loss_naive": {"convention"},
    "softmax_loss_vectorized": {"convention"},
    "svm_loss_naive": {"convention"},
    "rnn_step": {"mutation", "shape"},
    "rnn": {"mutation"},
    "lstm_step": {"mutation"},
    "word_embedding": set(),
    "temporal_affine": {"shape"},
    "temporal_softmax_loss": {"convention"},
    "multi_head_attention": set(),
    "sgd_momentum": set(),
    "two_layer_net": {"convention"},
}
CONVENTIONS = {
    "affine_relu": "the slope at 0 is taken as 1 or 1/2, not 0",
    "dropout": "p is taken as the probability to drop an element, not to keep it",
    "max_pool_naive": "the gradient goes to every maximum of a window, or to the last, or is split",
    "max_pool_fast": "the gradient goes to every maximum of a window, or to the last, or is split",
    "softmax_loss_naive": "log p is taken of p + ε, or of p clipped at ε",
    "softmax_loss_vectorized": "the penalty is ½·reg·ΣW²",
    "svm_loss_naive": "the penalty is ½·reg·ΣW²",
    "temporal_softmax_loss": "log p is taken of p + ε, or of p clipped at ε",
    "two_layer_net": "the penalty is reg·ΣW², without ½",
}


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_called_wrong(name):
    found = checked(name)
    assert {layer: found.wrong(layer) for layer in found.layers if found.wrong(layer)} == {}
    assert (found.exit_code, found.report["status"]) == (0, "warning")
    absent = {n for n, status in found.statuses().items() if status not in ("pass", "warning")}
    assert absent == (OF_2016 if name == "more_habits.py" else set())


@pytest.mark.parametrize("name", RIGHT)
def test_warnings_are_of_the_kinds_that_are_due(name):
    found = checked(name)
    assert set().union(*map(found.warned, found.layers)) <= WARNINGS[name]


@pytest.mark.parametrize(("name", "layers"), [("modern.py", 39), ("naive.py", 25), ("cs231n", 30)])
def test_all_layers_of_the_file_are_judged(name, layers):
    assert len(checked(name).layers) == layers


def test_a_vectorised_file_is_judged_in_all_its_cases():
    layers = checked("modern.py").layers
    assert {name for name, layer in layers.items() if layer["skipped"]} == set()
    assert sum(layer["cases"] for layer in layers.values()) > 1200


def test_loops_over_everything_are_judged_within_half_a_minute():
    found = checked("naive.py")
    assert found.report["seconds"] < 30
    assert all(layer["cases"] >= 16 for layer in found.layers.values())


@pytest.mark.parametrize("layer", HABITS)
def test_a_habit_is_worth_a_warning_at_most(layer):
    found = checked("habits.py")
    assert found.wrong(layer) == set()
    assert found.warned(layer) >= HABITS[layer]


def test_every_habit_is_asserted():
    assert checked("habits.py").layers.keys() == HABITS.keys()


@pytest.mark.parametrize("layer", CONVENTIONS)
def test_the_convention_is_named(layer):
    told = [f["message"] for f in checked("habits.py").findings(layer, "warning")]
    assert any(CONVENTIONS[layer] in message for message in told)


def test_running_statistics_of_images_may_have_any_axes_of_length_1():
    [mean, *_] = checked("habits.py").findings("spatial_batchnorm_test", "warning")
    assert mean["message"].startswith("running_mean has shape (1, 2, 1, 1), not (2,)")


def test_every_other_habit_is_judged():
    assert checked("more_habits.py").layers.keys() == OF_2016 | {
        *("affine", "affine_bn_relu", "batchnorm", "batchnorm_test", "dropout", "dropout_test"),
        *("layernorm", "max_pool_naive", "relu", "sigmoid", "softmax_loss", "spatial_groupnorm"),
        *("svm_loss", "tanh"),
        *("fully_connected_net:FullyConnectedNet", "fully_connected_net_deep:FullyConnectedNet"),
    }


# -- the whole package ------------------------------------------------------------------------


def test_what_a_package_imports_in_vain_is_shimmed():
    assert {s.partition(" ")[0].rstrip(":") for s in checked("cs231n").report["shimmed"]} >= {
        "cs231n.im2col_cython",
        "imageio",
        "matplotlib.pyplot",
        "past.builtins",
    } - _installed()
    assert checked("cs231n").report["unread"] == []


def _installed():
    modules = ("imageio", "past.builtins", "matplotlib.pyplot")
    return {name for name in modules if find_spec(name.partition(".")[0])}


def test_every_version_of_a_layer_is_a_candidate_of_its_own():
    assert checked("cs231n").layers.keys() >= {
        *("conv_naive", "conv_fast", "conv_im2col", "conv_strides"),
        *("max_pool_naive", "max_pool_fast", "max_pool_im2col", "max_pool_reshape"),
        *("svm_loss_naive", "svm_loss_vectorized", "two_layer_net", "three_layer_conv_net"),
    }


def test_a_version_for_some_windows_declines_the_others():
    found = checked("cs231n")
    assert found.warned("max_pool_reshape") == {"declined"}
    message = found.message("max_pool_reshape")
    assert message.startswith("max_pool_forward_reshape raises AssertionError: Invalid pool params")


def test_an_infinite_loss_at_large_scores_with_a_right_gradient_is_a_warning():
    found = checked("cs231n").findings("softmax_loss_naive", "warning")
    told = [f["message"] for f in found if f["kind"] == "overflow"]
    assert {m.split(" where")[0] for m in told} == {"loss is inf"}
    assert all(m.endswith("though the gradients are right") for m in told)
