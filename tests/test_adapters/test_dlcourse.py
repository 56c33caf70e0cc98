"""dlcourse.ai: parameters with .value and .grad, images with channels last."""

import pytest

from test_adapters.verdicts import changed, source, verdicts

pytestmark = pytest.mark.slow

RIGHT = source("dlcourse", "right")
CANDIDATES = {
    "softmax_loss:softmax_with_cross_entropy",
    "softmax_loss_vectorized:linear_softmax",
    "softmax_loss_vectorized:l2_regularization",
    "relu:ReLULayer",
    "affine:FullyConnectedLayer",
    "conv:ConvolutionalLayer",
    "max_pool:MaxPoolingLayer",
    "sgd:SGD.update",
    "sgd_momentum:MomentumSGD.update",
}
# Where it is, what was right, and what is as right.
ALSO_RIGHT = [
    ("FullyConnectedLayer", "self.W.grad += np.dot(self", "self.W.grad = np.dot(self"),
    ("ConvolutionalLayer", "Param(np.zeros(out_channels))", "Param(np.zeros((1, out_channels)))"),
    ("MaxPoolingLayer", "np.zeros_like(self.X)\n        for y", "self.X * 0\n        for y"),
    (
        "l2_regularization",
        "loss = reg_strength * np.sum(W * W)",
        "loss = (reg_strength * W * W).sum()",
    ),
    (
        "MomentumSGD",
        "- learning_rate * d_w\n        return w +",
        "+ learning_rate * d_w\n        return w -",
    ),
]
# And what is wrong, with the quantities that show it.
WRONG = [
    ("softmax_with_cross_entropy", "dprediction / len(probs)", "dprediction", {"dx", "loss"}),
    ("softmax_with_cross_entropy", "-np.mean(np.log(picked))", "-np.sum(np.log(picked))", {"loss"}),
    ("linear_softmax", "np.dot(X.T, dprediction)", "np.dot(X.T, dprediction) / len(X)", {"dW"}),
    ("l2_regularization", "grad = 2 * reg_strength * W", "grad = 2 * W", {"dW"}),
    ("l2_regularization", "np.sum(W * W)", "np.sum(np.abs(W))", {"loss"}),
    ("ReLULayer", "d_result = d_out * self.positive", "d_result = self.positive * 1.0", {"dx"}),
    ("FullyConnectedLayer", "np.dot(X, self.W.value) +", "np.dot(X, self.W.value) -", {"out"}),
    (
        "FullyConnectedLayer",
        "np.sum(d_out, axis=0, keepdims",
        "np.mean(d_out, axis=0, keepdims",
        {"db"},
    ),
    (
        "FullyConnectedLayer",
        "np.dot(self.X.T, d_out)",
        "np.dot(self.X.T, d_out) / len(d_out)",
        {"dw"},
    ),
    ("ConvolutionalLayer", "self.W.grad += np.dot(window", "self.W.grad = np.dot(window", {"dw"}),
    (
        "ConvolutionalLayer",
        "self.B.grad += np.sum(pixel, axis=0)",
        "self.B.grad = np.sum(pixel, axis=0)",
        {"db"},
    ),
    ("ConvolutionalLayer", "x : x + k, :] += back", "x : x + k, :] = back", {"dx"}),
    ("ConvolutionalLayer", "d_padded[:, p : height - p, p : width - p, :]", "d_padded", {"dx"}),
    ("MaxPoolingLayer", "left : left + size, :] += back", "left : left + size, :] = back", {"dx"}),
    (
        "MaxPoolingLayer",
        "np.max(window, axis=(1, 2))\n",
        "np.max(window[:, :, :1], axis=(1, 2))\n",
        {"out"},
    ),
    ("SGD", "return w - d_w * learning_rate", "return w + d_w * learning_rate", {"next_w"}),
    (
        "MomentumSGD",
        "return w + self.velocity",
        "return w + learning_rate * self.velocity",
        {"next_w"},
    ),
]


def test_right_code_is_read_and_not_called_wrong():
    found = verdicts(RIGHT)
    assert found.keys() == CANDIDATES
    assert {name for name, v in found.items() if v.wrong or not v.judged} == set()
    assert "are (N, H, W, C)" in found["conv:ConvolutionalLayer"].conventions[0]
    assert "one class" in found["softmax_loss_vectorized:l2_regularization"].conventions[0]


@pytest.mark.parametrize(("of", "old", "new"), ALSO_RIGHT)
def test_other_right_code_is_not_called_wrong(of, old, new):
    found = verdicts(changed(RIGHT, old, new), of=of)
    assert found
    assert {name: v.messages for name, v in found.items() if v.wrong} == {}


@pytest.mark.parametrize(("of", "old", "new", "quantities"), WRONG)
def test_mistakes_are_found_where_they_are(of, old, new, quantities):
    (found,) = verdicts(changed(RIGHT, old, new), of=of).values()
    assert found.wrong == quantities


def test_what_is_handed_out_is_unfinished():
    found = verdicts(source("dlcourse", "unfinished"))
    assert found.keys() == CANDIDATES - {"sgd:SGD.update"}
    assert {name: v.messages for name, v in found.items() if not v.unfinished} == {}


def test_a_penalty_of_half_the_squares_is_a_warning():
    text = changed(
        RIGHT, "loss = reg_strength * np.sum(W * W)", "loss = 0.5 * reg_strength * np.sum(W * W)"
    )
    text = changed(text, "grad = 2 * reg_strength * W", "grad = reg_strength * W")
    (found,) = verdicts(text, of="l2_regularization").values()
    assert (found.wrong, found.warnings - {"dtype"}) == (set(), {"convention"})


FOREIGN = """
class ReLULayer:
    def forward(self, input): return input
    def backward(self, grad): return grad

class SGD:
    def __init__(self, params, lr): ...
    def update(self): ...

def l2_regularization(weights, strength): return 0

class FullyConnectedLayer:
    def __init__(self, n_input, n_output): ...
    def forward(self, x): return x
    def backward(self, dout): return dout
"""


def test_other_code_of_the_same_names_is_left_alone():
    assert verdicts(FOREIGN, adapter="dlcourse") == {}
