"""What is not written yet is not wrong, in whatever form it is not written."""

import pytest

from test_corpus.reports import checked

pytestmark = pytest.mark.slow

STUBS = {
    "affine_relu": "affine_relu_backward is not defined",
    "batchnorm": "batchnorm_forward returns None for out",
    "batchnorm_alt": "batchnorm_forward returns None for out",
    "batchnorm_test": "batchnorm_forward returns None for out",
    "layernorm": "layernorm_backward returns None for dx",
    "dropout": "dropout_forward raises AttributeError: 'NoneType' object has no attribute 'astype'",
    "dropout_test": "dropout_forward raises AttributeError: 'NoneType' object has no attribute",
    "conv_naive": "conv_forward_naive raises NameError: name 'out' is not defined",
    "max_pool_naive": "max_pool_forward_naive raises UnboundLocalError: ",
    "conv_relu": "conv_relu_forward raises NameError: name 'conv_forward_fast' is not defined",
    "conv_relu_pool": "conv_relu_pool_forward raises NameError: name 'out' is not defined",
    "spatial_batchnorm": "spatial_batchnorm_forward raises AssertionError: TODO",
    "spatial_batchnorm_test": "spatial_batchnorm_forward raises AssertionError: TODO",
    "spatial_groupnorm": "spatial_groupnorm_forward raises NotImplementedError",
    "rnn_step": "rnn_step_forward returns None for next_h",
    "rnn": "rnn_forward raises Exception: Not implemented!",
    "lstm_step": "lstm_step_forward returns None for next_h",
    "lstm": "lstm_forward raises TypeError: 'NoneType' object is not subscriptable",
    "word_embedding": "word_embedding_forward returns None",
    "temporal_softmax_loss": "temporal_softmax_loss returns None for loss",
    "svm_loss": "svm_loss returns a loss of 0 and gradients of 0",
    "softmax_loss_naive": "softmax_loss_naive returns a loss of 0 and gradients of 0",
    "softmax_loss_vectorized": "softmax_loss_vectorized returns a loss of 0 and gradients of 0",
    "svm_loss_vectorized": "svm_loss_vectorized returns a loss of 0 and gradients of 0",
    "sgd_momentum": "sgd_momentum returns None for next_w",
    "rmsprop": "rmsprop returns None for next_w",
    "two_layer_net": "TwoLayerNet has no params yet",
    "three_layer_conv_net": "ThreeLayerConvNet.loss returns None",
}
TOLD = ". A crosscheck.toml can say how it is called (crosscheck init)"
UNJUDGED = {
    "batchnorm": "batchnorm_forward takes (x, gamma, beta), and is called as "
    "batchnorm_forward(x, gamma, beta, bn_param): it is not judged" + TOLD,
    "batchnorm_test": "batchnorm_forward takes (x, gamma, beta), and is called as "
    "batchnorm_forward(x, gamma, beta, bn_param): it is not judged" + TOLD,
    "conv_naive": "conv_forward_naive takes (x, w, b, stride, pad), and is called as "
    "conv_forward_naive(x, w, b, conv_param): it is not judged" + TOLD,
    "softmax_loss": "softmax_loss takes (x, y, W, reg), and is called as softmax_loss(x, y): it is "
    "not judged" + TOLD,
    "two_layer_net": "TwoLayerNet cannot be made as the course does (missing a required argument: "
    "'sizes'): it is not judged",
}
TOO_FEW = {
    "rnn_step": "rnn_step_forward must return (next_h, cache), but returned an array of shape "
    "(3, 2)",
    "temporal_affine": "temporal_affine_backward must return (dx, dw, db), but returned a tuple "
    "of 2",
}


def test_a_half_finished_file_is_not_wrong():
    found = checked("unfinished.py")
    assert found.exit_code == 0
    assert found.report["status"] == "warning"
    assert {layer for layer in found.layers if found.wrong(layer)} == set()


def test_what_is_finished_in_it_is_judged():
    statuses = checked("unfinished.py").statuses()
    finished = {name for name, status in statuses.items() if status != "unfinished"}
    assert finished == {"affine", "relu", "softmax_loss"}
    assert statuses.keys() - finished == STUBS.keys()


@pytest.mark.parametrize("layer", STUBS)
def test_a_stub_is_unfinished_and_says_how(layer):
    found = checked("unfinished.py")
    told = [f["message"] for f in found.findings(layer, "warning") if f["kind"] == "unfinished"]
    assert found.statuses()[layer] == "unfinished"
    assert all(message.startswith(STUBS[layer]) for message in told)


def test_a_forward_alone_is_judged():
    found = checked("incomplete.py")
    assert found.statuses()["affine"] == "unfinished"
    assert found.message("affine") == "affine_backward is not defined"
    assert found.layers["affine"]["errors"]["affine/float64/normal/N3-d5-M2/0"] > 0
    assert found.wrong("relu") == {"out"}
    assert "relu_backward is not defined" in {
        f["message"] for f in found.findings("relu", "warning")
    }


def test_a_backward_alone_is_unfinished():
    found = checked("incomplete.py")
    assert found.statuses()["layernorm"] == "unfinished"
    assert found.message("layernorm") == "layernorm_forward is not defined"


@pytest.mark.parametrize("layer", UNJUDGED)
def test_a_function_that_takes_something_else_is_not_judged(layer):
    found = checked("incomplete.py")
    assert found.statuses()[layer] == "unjudged"
    assert found.wrong(layer) == set()
    assert found.message(layer) == UNJUDGED[layer]


@pytest.mark.parametrize("layer", TOO_FEW)
def test_what_is_to_be_returned_is_told(layer):
    found = checked("incomplete.py")
    assert {f["kind"] for f in found.findings(layer, "wrong")} == {"arity"}
    assert found.message(layer) == TOO_FEW[layer]


def test_what_is_right_beside_all_that_is_judged():
    assert checked("incomplete.py").statuses()["tanh"] in ("pass", "warning")
    assert checked("incomplete.py").exit_code == 1
