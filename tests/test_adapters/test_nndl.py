"""Classifiers and networks as classes, of UCLA's nndl and of CS231n's older assignments."""

import pytest

from test_adapters.verdicts import changed, source, verdicts

pytestmark = pytest.mark.slow

RIGHT = {
    "right": {
        "softmax_loss_vectorized:Softmax.fast_loss_and_grad",
        "softmax_loss_vectorized:Softmax.loss_and_grad",
        "svm_loss_vectorized:SVM.fast_loss_and_grad",
        "svm_loss_vectorized:SVM.loss_and_grad",
        "two_layer_net:TwoLayerNet",
    },
    "cs231n_2016": {
        "affine",
        "batchnorm",
        "batchnorm_test",
        "dropout",
        "dropout_test",
        "fully_connected_net:FullyConnectedNet",
        "fully_connected_net_batchnorm:FullyConnectedNet",
        "fully_connected_net_deep:FullyConnectedNet",
        "fully_connected_net_dropout:FullyConnectedNet",
        "softmax_loss_vectorized:Softmax.loss",
        "svm_loss_vectorized:LinearSVM.loss",
        "two_layer_net:TwoLayerNet",
    },
}


@pytest.mark.parametrize("file", RIGHT)
def test_what_is_right_is_found_and_not_called_wrong(file):
    found = verdicts(source("nndl", file))
    assert set(found) == RIGHT[file]
    for name, verdict in found.items():
        assert verdict.judged, name
        assert not verdict.wrong, verdict.messages
        assert verdict.warnings <= {"empty", "convention", "dtype", "alias", "overflow"}, name


W2 = {"dW1", "db1", "dW2", "db2"}
MISTAKES = [
    ("right", "softmax_loss_vectorized:Softmax.loss_and_grad", "(p[c] - (c == label)) * x",
     "(c == label) * x", {"dW"}),
    ("right", "softmax_loss_vectorized:Softmax.fast_loss_and_grad", "grad = p.T.dot(X) / N",
     "grad = p.T.dot(X)", {"dW"}),
    ("right", "softmax_loss_vectorized:Softmax.fast_loss_and_grad",
     "loss = -np.mean(np.log(p[np.arange(N), y]))\n        p", "loss = 0.0\n        p", {"loss"}),
    ("right", "svm_loss_vectorized:SVM.loss_and_grad", "grad[label] -= x", "pass", {"dW"}),
    ("right", "svm_loss_vectorized:SVM.fast_loss_and_grad", "margins[np.arange(N), y] = 0", "pass",
     {"loss", "dW"}),
    ("right", "two_layer_net:TwoLayerNet", "dh[h <= 0] = 0", "pass", {"dW1", "db1"}),
    ("right", "two_layer_net:TwoLayerNet", "loss += 0.5 * reg", "loss += 0.25 * reg", {"loss"}),
    ("right", "two_layer_net:TwoLayerNet", "X.dot(W1.T) + b1", "X.dot(W1.T)",
     {"scores", "loss", *W2}),
    ("cs231n_2016", "svm_loss_vectorized:LinearSVM.loss", "X_batch.T.dot(slopes) / N",
     "X_batch.T.dot(slopes)", {"dW"}),
    ("cs231n_2016", "softmax_loss_vectorized:Softmax.loss", "X_batch.T.dot(p) / N",
     "X_batch.T.dot(p)", {"dW", "loss"}),  # the loss for it: of penalties both must be ½
    ("cs231n_2016", "two_layer_net:TwoLayerNet", '"b1": dh.sum(axis=0)', '"b1": dh.mean(axis=0)',
     {"db1"}),
    ("cs231n_2016", "fully_connected_net:FullyConnectedNet", "d = d * on", "pass",
     {"dW1", "db1", "dW2", "db2"}),
    ("cs231n_2016", "fully_connected_net_batchnorm:FullyConnectedNet", "h = np.maximum(h, 0)",
     "h = np.abs(h)", {"loss", *W2, "dgamma1", "dbeta1"}),
    ("cs231n_2016", "fully_connected_net_dropout:FullyConnectedNet",
     "d = dropout_backward(d, mask)", "pass", W2),
]  # fmt: skip


@pytest.mark.parametrize(("file", "name", "old", "new", "quantities"), MISTAKES)
def test_what_is_wrong_is_caught(file, name, old, new, quantities):
    text = changed(source("nndl", file), old, new)
    found = verdicts(text, of=name.partition(":")[2].partition(".")[0])
    assert found[name].wrong == quantities


def test_what_is_not_begun_is_not_wrong():
    found = verdicts(source("nndl", "skeleton"))
    assert len(found) == 10
    for name, verdict in found.items():
        assert not verdict.wrong, (name, verdict.messages)
        assert "unfinished" in verdict.warnings, name


# -- networks -------------------------------------------------------------------------------


def _net(text, name):
    return verdicts(text, of="FullyConnectedNet")[f"{name}:FullyConnectedNet"]


KEPT = ("(np.random.rand(*x.shape) >= p) / (1 - p)", "(np.random.rand(*x.shape) < p) / p")


def test_dropout_may_be_the_probability_to_keep():
    text = changed(source("nndl", "cs231n_2016"), *KEPT)
    assert not _net(text, "fully_connected_net_dropout").wrong
    text = changed(text, "dropout=0,", "dropout=1,")
    text = changed(text, "self.use_dropout = dropout > 0", "self.use_dropout = dropout != 1")
    assert not _net(text, "fully_connected_net_dropout").wrong


def test_dropout_that_is_not_there_yet_is_not_finished():
    text = changed(
        source("nndl", "cs231n_2016"),
        "if self.use_dropout:\n                h",
        "if 0:\n                h",
    )
    found = _net(text, "fully_connected_net_dropout")
    assert not found.wrong
    assert found.warnings == {"unfinished"}
    assert "dropout=0.8 drops nothing yet" in found.messages[0]


def test_a_net_of_2019_takes_a_normalization():
    text = source("nndl", "cs231n_2016").replace("use_batchnorm=False", "normalization=None")
    text = changed(
        text, "self.use_batchnorm = use_batchnorm", "self.use_batchnorm = normalization is not None"
    )
    text = changed(text, "if use_batchnorm and", "if normalization and")
    assert not _net(text, "fully_connected_net_batchnorm").wrong
    assert _net(text, "fully_connected_net_layernorm").wrong  # it has no other


def test_the_net_of_today_is_the_course_s_own():
    text = source("nndl", "cs231n_2016").replace("dropout=0,", "dropout_keep_ratio=1,")
    text = text.replace("dropout > 0", "dropout_keep_ratio != 1").replace(
        '"p": dropout}', '"p": 0}'
    )
    text = text.replace("use_batchnorm=False", "normalization=None")
    text = text.replace("self.use_batchnorm = use_batchnorm", "self.use_batchnorm = False")
    text = text.replace("if use_batchnorm and", "if normalization and")
    assert "fully_connected_net" in verdicts(text)


def test_the_order_of_a_net_s_arguments_does_not_matter():
    text = changed(
        source("nndl", "cs231n_2016"),
        "        hidden_dims,\n        input_dim=3 * 32 * 32,\n",
        "        input_dim=3 * 32 * 32,\n        hidden_dims=(100,),\n",
    )
    assert not _net(text, "fully_connected_net").wrong


def test_a_width_may_be_called_hidden_dims():
    text = source("nndl", "cs231n_2016")
    net = """
class TwoLayerNet(FullyConnectedNet):
    def __init__(self, input_dim=3, hidden_dims=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        super().__init__([hidden_dims], input_dim, num_classes, reg=reg, dtype=np.float64)
"""
    found = verdicts(text + net, of="TwoLayerNet")["two_layer_net:TwoLayerNet"]
    assert found.judged
    assert not found.wrong
    wrong = changed(text, 'grads["W%d" % i] += self.reg * W', "pass")
    assert verdicts(wrong + net, of="TwoLayerNet")["two_layer_net:TwoLayerNet"].wrong == {
        "dW1",
        "dW2",
    }


FOREIGN = """
class TwoLayerNet:
    def __init__(self, n_in, n_hidden, n_out):
        self.params = {"W1": 0}
    def loss(self, X, y=None):
        return 0.0, {}
class FullyConnectedNet:
    def __init__(self, layers):
        self.params = {"W1": 0}
    def loss(self, X, y=None):
        return 0.0, {}
class ThreeLayerConvNet:
    def __init__(self, shape):
        self.params = {"W1": 0}
    def loss(self, X, y=None):
        return 0.0, {}
"""


def test_a_net_that_is_made_in_another_way_is_not_judged():
    found = verdicts(FOREIGN)
    assert found
    for verdict in found.values():
        assert not verdict.wrong
        assert verdict.warnings == {"signature"}
        assert "it is not judged" in verdict.messages[0]
