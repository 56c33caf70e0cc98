"""Deep Learning from Scratch, both volumes: right code passes, wrong code is caught, and what is
not begun is not wrong.
"""

import pytest

from crosscheck.adapters import candidates_in
from crosscheck.case import Case
from crosscheck.finding import WRONG
from crosscheck.judging import check_case
from crosscheck.layers import catalogue
from crosscheck.local import LocalOracles
from test_adapters.verdicts import changed, source, verdicts

pytestmark = pytest.mark.slow

RIGHT = {
    "dlfs1": {
        "affine:Affine",
        "adam:Adam.update",
        "batchnorm:BatchNormalization",
        "batchnorm_test:BatchNormalization",
        "conv:Convolution",
        "dropout:Dropout",
        "fully_connected_net:MultiLayerNet",
        "fully_connected_net_deep:MultiLayerNet",
        "max_pool:Pooling",
        "nesterov:Nesterov.update",
        "relu:Relu",
        "rmsprop:RMSprop.update",
        "sgd:SGD.update",
        "sgd_momentum:Momentum.update",
        "sigmoid:Sigmoid",
        "softmax_loss:SoftmaxWithLoss",
        "two_layer_net:TwoLayerNet",
    },
    "dlfs2": {
        "adam:Adam.update",
        "affine:Affine",
        "affine:MatMul",
        "dropout:Dropout",
        "dropout:TimeDropout",
        "lstm:TimeLSTM",
        "lstm_step:LSTM",
        "rnn:TimeRNN",
        "rnn_step:RNN",
        "sgd:SGD.update",
        "sgd_momentum:Momentum.update",
        "sigmoid:Sigmoid",
        "softmax:Softmax",
        "softmax_loss:SoftmaxWithLoss",
        "temporal_affine:TimeAffine",
        "temporal_softmax_loss:TimeSoftmaxWithLoss",
        "word_embedding:Embedding",
        "word_embedding:TimeEmbedding",
    },
}
UPDATES = {
    "rmsprop:RMSprop.update": "learning_rate=0.3-decay_rate=0.8",
    "adam:Adam.update": "learning_rate=0.1-beta1=0.6-beta2=0.7",
}


def _candidates(text, adapter=""):
    namespace = {}
    exec(compile(text, "student.py", "exec"), namespace)
    found = candidates_in(namespace, catalogue().values(), adapter)
    assert len({c.name for c in found}) == len(found)
    return {c.name: c for c in found}


@pytest.mark.parametrize("volume", RIGHT)
def test_everything_in_a_right_file_is_found(volume):
    assert set(_candidates(source(volume, "right"))) == RIGHT[volume]


@pytest.mark.parametrize("volume", RIGHT)
def test_what_is_right_is_not_called_wrong(volume):
    for name, verdict in verdicts(source(volume, "right")).items():
        assert not verdict.wrong, verdict.messages
        assert verdict.judged or name in UPDATES
        assert verdict.warnings <= HARMLESS, name


@pytest.mark.parametrize("volume", RIGHT)
def test_every_candidate_says_where_it_is_written(volume):
    for candidate in _candidates(source(volume, "right")).values():
        for name in candidate.names:
            assert candidate.location(name).startswith("student.py:"), name


def _wrong_updates(name, text):
    """Of an optimizer with an epsilon built in, before answers of impl_numpy's."""
    case = _update_case(name, "0.0000001")
    candidate = _candidates(text)[name]
    assert candidate.suits(case)
    assert not candidate.suits(_update_case(name, "0.01"))
    findings = check_case(candidate, case, LocalOracles().oracle(case)).findings
    return {f.quantity for f in findings if f.severity == WRONG}


def _update_case(name, epsilon):
    layer = name.partition(":")[0]
    return Case.parse(f"{layer}/float64/normal/T5-s2x3-{UPDATES[name]}-epsilon={epsilon}/0")


@pytest.mark.parametrize(
    ("volume", "name"), [("dlfs1", "rmsprop:RMSprop.update"), ("dlfs1", "adam:Adam.update"),
                         ("dlfs2", "adam:Adam.update")]
)  # fmt: skip
def test_an_optimizer_is_asked_for_the_epsilon_that_it_has(volume, name):
    assert not _wrong_updates(name, source(volume, "right"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("rmsprop:RMSprop.update", "grads[key] * grads[key]\n", "grads[key]\n"),
        ("adam:Adam.update", "self.iter += 1", "self.iter = 1"),
        ("adam:Adam.update", "(grads[key] ** 2 - self.v[key])", "(grads[key] - self.v[key])"),
    ],
)
def test_a_wrong_optimizer_with_a_built_in_epsilon_is_caught(name, old, new):
    assert _wrong_updates(name, changed(source("dlfs1", "right"), old, new)) == {"next_w"}


HARMLESS = {
    *("empty", "convention", "mutation", "alias", "layout", "dtype", "overflow", "nonfinite"),
    "labels",
}
MISTAKES = [
    ("dlfs1", "relu:Relu", "dout[self.mask] = 0\n        dx", "dx", {"dx"}),
    ("dlfs1", "relu:Relu", "self.mask = x <= 0", "self.mask = x <= 1", {"out", "dx"}),
    ("dlfs1", "sigmoid:Sigmoid", "return dout * (1.0 - self.out)", "return dout", {"dx"}),
    ("dlfs1", "sigmoid:Sigmoid", "1 / (1 + np.exp(-x))", "1 / (1 + np.exp(x))", {"out"}),
    ("dlfs1", "affine:Affine", "self.db = np.sum(dout, axis=0)\n        return dx",
     "self.db = np.mean(dout, axis=0)\n        return dx", {"db"}),
    ("dlfs1", "affine:Affine", "np.dot(dout, self.W.T)", "np.dot(dout, self.W.T) * 2", {"dx"}),
    ("dlfs1", "affine:Affine", "self.dW = np.dot(self.x.T, dout)",
     "self.dW = np.dot(self.x.T, dout) / len(dout)", {"dw"}),
    ("dlfs1", "affine:Affine", "dx.reshape(*self.original_x_shape)", "dx", {"dx"}),
    ("dlfs1", "softmax_loss:SoftmaxWithLoss", "dx = dx / batch_size", "dx = dx / 1", {"dx"}),
    ("dlfs1", "softmax_loss:SoftmaxWithLoss", "t] + 1e-7)) / batch_size", "t] + 1e-7))", {"loss"}),
    ("dlfs1", "dropout:Dropout", "return dout * self.mask", "return dout", {"dx"}),
    ("dlfs1", "dropout:Dropout", "> self.dropout_ratio", "< self.dropout_ratio", {"out"}),
    ("dlfs1", "batchnorm:BatchNormalization", "dgamma = np.sum(self.xn * dout, axis=0)",
     "dgamma = np.sum(self.xc * dout, axis=0)", {"dgamma"}),
    ("dlfs1", "batchnorm:BatchNormalization", "return dxc - dmu / self.batch_size", "return dxc",
     {"dx"}),
    ("dlfs1", "batchnorm:BatchNormalization", "+ (1 - self.momentum) * mu", "+ self.momentum * mu",
     {"running_mean"}),
    ("dlfs1", "batchnorm_test:BatchNormalization", "xc = x - self.running_mean",
     "xc = x - x.mean(axis=0)", {"out"}),
    ("dlfs1", "conv:Convolution", "self.dW.transpose(1, 0).reshape(FN, C, FH, FW)",
     "self.dW.reshape(FN, C, FH, FW)", {"dw"}),
    ("dlfs1", "conv:Convolution", "out_w = 1 + int((W + 2 * self.pad - FW) / self.stride)",
     "out_w = 1 + int((H + 2 * self.pad - FH) / self.stride)", {"", "out"}),
    ("dlfs1", "max_pool:Pooling", "out = np.max(col, axis=1)", "out = np.mean(col, axis=1)",
     {"out"}),
    ("dlfs1", "max_pool:Pooling", "arg_max = np.argmax(col, axis=1)",
     "arg_max = np.argmin(col, axis=1)", {"dx"}),
    ("dlfs1", "sgd:SGD.update", "params[key] -= self.lr * grads[key]\n\n",
     "params[key] += self.lr * grads[key]\n\n", {"next_w"}),
    ("dlfs1", "sgd_momentum:Momentum.update",
     "self.momentum * self.v[key] - self.lr * grads[key]\n            params",
     "self.momentum * self.v[key] + self.lr * grads[key]\n            params", {"next_w"}),
    ("dlfs1", "nesterov:Nesterov.update", "(1 + self.momentum) * self.lr", "self.lr", {"next_w"}),
    ("dlfs1", "two_layer_net:TwoLayerNet", '"b1": self.layers["Affine1"].db',
     '"b1": self.layers["Affine1"].db * 2', {"db1"}),
    ("dlfs1", "fully_connected_net:MultiLayerNet", "layer.dW + self.weight_decay_lambda * layer.W",
     "layer.dW", {"dW1", "dW2", "dW3"}),
    ("dlfs2", "affine:MatMul", "np.dot(self.x.T, dout)\n        return dx\n\n\nclass Affine",
     "np.dot(self.x.T, dout) * 2\n        return dx\n\n\nclass Affine", {"dw"}),
    ("dlfs2", "affine:Affine", "self.grads[1][...] = np.sum(dout, axis=0)\n        return dx",
     "self.grads[1][...] = dout[0]\n        return dx", {"db"}),
    ("dlfs2", "softmax:Softmax", "dx -= self.out * sumdx", "pass", {"dx"}),
    ("dlfs2", "softmax_loss:SoftmaxWithLoss", "dx *= dout\n        return dx / batch_size",
     "return dx", {"dx"}),
    ("dlfs2", "word_embedding:Embedding", "np.add.at(dW, self.idx, dout)", "dW[self.idx] = dout",
     {"dW"}),
    ("dlfs2", "word_embedding:TimeEmbedding", "grad += layer.grads[0]", "grad = layer.grads[0]",
     {"dW"}),
    ("dlfs2", "rnn_step:RNN", "(1 - h_next**2)", "(1 - h_next)", {"dx", "dprev_h", "dWx", "dWh",
     "db"}),
    ("dlfs2", "rnn:TimeRNN", "dx, dh = layer.backward(dhs[:, t, :] + dh)",
     "dx, dh = layer.backward(dhs[:, t, :])", {"dx", "dh0", "dWx", "dWh", "db"}),
    ("dlfs2", "lstm_step:LSTM", "dg = ds * i * (1 - g**2)", "dg = ds * i",
     {"dx", "dprev_h", "dWx", "dWh", "db"}),
    ("dlfs2", "lstm_step:LSTM", "dc_prev = ds * f", "dc_prev = ds", {"dprev_c"}),
    ("dlfs2", "lstm:TimeLSTM", "layer.backward(dhs[:, t, :] + dh, dc)",
     "layer.backward(dhs[:, t, :] + dh, 0)", {"dx", "dh0", "dWx", "dWh", "db"}),
    ("dlfs2", "temporal_affine:TimeAffine", "np.dot(dout, W.T).reshape(*x.shape)",
     "np.dot(dout, W.T)", {"dx"}),
    ("dlfs2", "temporal_softmax_loss:TimeSoftmaxWithLoss", "dx *= mask[:, np.newaxis]", "pass",
     {"loss", "dx"}),
    ("dlfs2", "temporal_softmax_loss:TimeSoftmaxWithLoss", "loss /= mask.sum()", "loss /= N * T",
     {"loss"}),
    ("dlfs2", "dropout:TimeDropout", "* scale\n            return", "* 1\n            return",
     {"out", "dx"}),
    ("dlfs2", "sgd:SGD.update", "params[i] -= self.lr * grads[i]", "params[i] -= grads[i]",
     {"next_w"}),
]  # fmt: skip


@pytest.mark.parametrize(("volume", "name", "old", "new", "quantities"), MISTAKES)
def test_what_is_wrong_is_caught(volume, name, old, new, quantities):
    text = changed(source(volume, "right"), old, new)
    found = verdicts(text, of=name.partition(":")[2].partition(".")[0])
    assert found[name].wrong == quantities


@pytest.mark.parametrize("volume", RIGHT)
def test_what_is_not_begun_is_not_wrong(volume):
    found = verdicts(source(volume, "skeleton"))
    assert len(found) > 10
    for name, verdict in found.items():
        assert not verdict.wrong, (name, verdict.messages)
        assert "unfinished" in verdict.warnings, name


# -- how it is read ---------------------------------------------------------------------------


def _conventions(volume, name):
    return _candidates(source(volume, "right"))[name].conventions


def test_conventions_are_told():
    assert "not scaled in training" in _conventions("dlfs1", "dropout:Dropout")[0]
    assert _conventions("dlfs2", "lstm_step:LSTM") == ("the gates lie in the order f, g, i, o",)
    assert "float32 only" in _conventions("dlfs2", "rnn:TimeRNN")[-1]
    assert "there is no bias" in _conventions("dlfs2", "affine:MatMul")[0]
    assert "-1" in _conventions("dlfs2", "temporal_softmax_loss:TimeSoftmaxWithLoss")[1]


def test_dropout_that_scales_is_not_scaled_once_more():
    text = source("dlfs1", "right")
    scaled = changed(
        text, "return x * self.mask", "return x * self.mask / (1 - self.dropout_ratio)"
    )
    found = verdicts(scaled, of="Dropout")["dropout:Dropout"]
    assert found.conventions == ()
    assert found.wrong == {"dx"}  # its backward does not, still


def test_a_class_that_keeps_the_dtype_is_judged_in_float64_too():
    text = source("dlfs2", "right").replace('dtype="f"', "dtype=W.dtype")
    assert _conventions("dlfs2", "word_embedding:TimeEmbedding")
    kept = _candidates(text)["word_embedding:TimeEmbedding"]
    assert kept.conventions == ()
    assert kept.suits(Case.parse("word_embedding/float64/normal/N1-T5-V2-D3/0"))


LABELS_AS_ROWS = """
import numpy as np
class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y, self.t = e / e.sum(axis=1, keepdims=True), t
        return -(t * np.log(self.y + 1e-7)).sum() / len(t)
    def backward(self, dout=1):
        return (self.y - self.t) * dout / len(self.t)
"""


def test_labels_may_have_to_be_rows():
    name = "softmax_loss:SoftmaxWithLoss"
    assert not verdicts(LABELS_AS_ROWS)[name].wrong
    assert verdicts(changed(LABELS_AS_ROWS, "self.y - self.t", "self.y"))[name].wrong == {"dx"}


def test_labels_may_be_counted_by_range():
    text = changed(
        LABELS_AS_ROWS,
        "return (self.y - self.t) * dout",
        "self.y[range(len(self.t)), self.t] -= 1\n        return self.y",
    )
    text = changed(text, "(t * np.log(self.y + 1e-7))", "np.log(self.y[range(len(t)), t])")
    assert not verdicts(text)["softmax_loss:SoftmaxWithLoss"].wrong


def test_dropout_may_have_to_be_told_that_it_is_trained():
    text = source("dlfs1", "right").replace("train_flg=True", "train_flg")
    assert not verdicts(text, of="Dropout")["dropout:Dropout"].wrong


def test_labels_without_a_sign_can_be_ignored():
    name = "temporal_softmax_loss:TimeSoftmaxWithLoss"
    found = verdicts(source("dlfs2", "right"), of="TimeSoftmaxWithLoss")[name]
    assert "labels" not in found.warnings


ROWS_ONLY = """
import numpy as np
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, dout):
        self.dW, self.db = np.dot(self.x.T, dout), dout.sum(axis=0)
        return np.dot(dout, self.W.T)
"""


def test_affine_that_does_not_flatten_is_given_rows():
    found = verdicts(ROWS_ONLY)["affine:Affine"]
    assert not found.wrong
    assert not found.warnings


@pytest.mark.parametrize("epsilon", ["1e-5", "1e-8"])
def test_batch_norm_is_asked_for_the_epsilon_that_it_has(epsilon):
    text = source("dlfs1", "right").replace("10e-7", epsilon)
    found = verdicts(text, of="BatchNormalization")
    assert len(found) == 2
    for verdict in found.values():
        assert verdict.judged
        assert not verdict.wrong


def test_batch_norm_is_asked_for_every_epsilon_if_it_takes_one():
    text = source("dlfs1", "right").replace("10e-7", "self.eps")
    text = changed(
        text,
        "running_mean=None, running_var=None):\n",
        "running_mean=None, running_var=None, eps=1e-5):\n        self.eps = eps\n",
    )
    for verdict in verdicts(text, of="BatchNormalization").values():
        assert verdict.judged > 10
        assert not verdict.wrong


OTHERS = """
class Affine:
    def __init__(self, in_features, out_features): ...
    def forward(self, x): ...
    def backward(self, dout): ...
class Sigmoid:
    def forward(self, Z): ...
    def backward(self, dLdA): ...
class SGD:
    def __init__(self, model, lr): ...
    def step(self): ...
class Adam:
    def __init__(self, params, lr): ...
    def update(self, params, grads): ...
class Softmax:
    def __init__(self, dim=-1): ...
    def forward(self, x): ...
    def backward(self, dout): ...
"""


@pytest.mark.parametrize("family", ["dlfs1", "dlfs2"])
def test_classes_of_others_by_these_names_are_left_alone(family):
    assert _candidates(OTHERS, family) == {}
