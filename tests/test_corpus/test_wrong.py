"""One typical mistake in each layer: it is caught, in the right quantities and in no other."""

import re
from pathlib import Path

import pytest

from test_corpus.reports import checked

pytestmark = pytest.mark.slow

RECURRENT = {"dx", "dWx", "dWh", "db"}
MISTAKES = {
    "affine": {"db"},
    "relu": {"dx"},
    "affine_relu": {"dx", "dw", "db"},
    "batchnorm": {"dx"},
    "batchnorm_alt": {"dx"},
    "batchnorm_test": {"out"},
    "spatial_batchnorm": {"running_var"},
    "layernorm": {"dgamma"},
    "affine_bn_relu": {"dgamma", "dbeta"},
    "dropout": {"out", "dx"},
    "dropout_test": {"out", "dx"},
    "conv_naive": {"dx"},
    "conv_fast": {"dw"},
    "max_pool_naive": {"dx"},
    "max_pool_fast": {"", "out", "dx"},  # it also raises
    "conv_relu": {"dx", "dw", "db"},
    "conv_relu_pool": {"dx", "dw", "db"},
    "spatial_groupnorm": {"dx"},
    "rnn_step": RECURRENT | {"dprev_h"},
    "rnn": RECURRENT | {"dh0"},
    "lstm_step": {"dprev_c"},
    "lstm": RECURRENT | {"dh0"},
    "word_embedding": {"dW"},
    "temporal_affine": {"db"},
    "temporal_softmax_loss": {"loss"},
    "softmax_loss": {"dx"},
    "svm_loss": {"dx"},
    "softmax_loss_vectorized": {"dW"},
    "softmax_loss_naive": {"dW"},
    "svm_loss_vectorized": {"loss"},
    "svm_loss_naive": {"dW"},
    "sgd_momentum": {"next_w"},
    "rmsprop": {"next_w"},
    "adam": {"next_w"},
    "two_layer_net": {"dW2"},
}


@pytest.mark.parametrize("layer", MISTAKES)
def test_a_mistake_is_caught_in_its_quantities(layer):
    assert checked("mistakes.py").wrong(layer) == MISTAKES[layer]


def test_every_mistake_is_asserted():
    found = checked("mistakes.py")
    assert found.exit_code == 1
    # What is wrong in training only is right in test mode.
    assert found.layers.keys() - MISTAKES.keys() == {"spatial_batchnorm_test"}
    assert found.statuses()["spatial_batchnorm_test"] == "pass"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("conv_naive", r"dx has shape \(\d, \d, 0, 0\), expected \(\d, \d, \d, \d\)"),
        ("temporal_affine", r"db has shape \(\d, \d\), expected \(\d,\)"),
        ("relu", r"dx is wrong at \d of \d elements"),
    ],
)
def test_the_smallest_case_says_what_is_wrong(layer, message):
    assert re.fullmatch(message, checked("mistakes.py").message(layer))


def test_a_finding_names_the_line_of_its_function():
    for layer, function in (("affine", "affine_backward"), ("lstm", "lstm_backward")):
        [first, *_] = checked("mistakes.py").findings(layer, "wrong")
        file, _, line = first["location"].rpartition(":")
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        assert lines[int(line) - 1].startswith(f"def {function}(")


# -- a notebook -------------------------------------------------------------------------------


def test_a_notebook_is_judged_by_its_last_definitions():
    found = checked("notebook.ipynb")
    assert found.exit_code == 1
    assert {layer: found.wrong(layer) for layer in found.layers} == {
        "affine": set(),
        "affine_relu": set(),
        "relu": set(),
        "softmax_loss": {"dx"},
        "batchnorm": set(),
        "batchnorm_test": set(),
    }
    unfinished = {n for n, status in found.statuses().items() if status == "unfinished"}
    assert unfinished == {"batchnorm", "batchnorm_test"}
