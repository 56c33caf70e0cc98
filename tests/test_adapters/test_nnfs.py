"""Neural Networks from Scratch: right code passes, wrong code is caught, and what is not begun is
not wrong.
"""

import pytest

from crosscheck.case import Case
from test_adapters.verdicts import changed, source, verdicts

pytestmark = pytest.mark.slow

BOTH = "Activation_Softmax_Loss_CategoricalCrossentropy"
RIGHT = {
    "adam:Optimizer_Adam.update_params",
    "affine:Layer_Dense",
    "bce_with_logits_loss:Loss_BinaryCrossentropy",
    "dropout:Layer_Dropout",
    "mse_loss:Loss_MeanSquaredError",
    "relu:Activation_ReLU",
    "rmsprop:Optimizer_RMSprop.update_params",
    "sgd:Optimizer_SGD.update_params",
    "sgd_momentum:Optimizer_SGD.update_params",
    "sigmoid:Activation_Sigmoid",
    "softmax:Activation_Softmax",
    f"softmax_loss:{BOTH}",
    "softmax_loss:Loss_CategoricalCrossentropy",
}


def test_what_is_right_is_found_and_not_called_wrong():
    found = verdicts(source("nnfs", "right"))
    assert set(found) == RIGHT
    for name, verdict in found.items():
        assert verdict.judged, name
        assert not verdict.wrong, verdict.messages
        assert verdict.warnings <= {"empty", "convention", "dtype"}, name


MISTAKES = [
    ("affine:Layer_Dense", "np.dot(self.inputs.T, dvalues)", "np.dot(self.inputs.T, dvalues) * 2",
     {"dw"}),
    ("affine:Layer_Dense", "np.sum(dvalues, axis=0, keepdims=True)", "dvalues[:1]", {"db"}),
    ("affine:Layer_Dense", "np.dot(dvalues, self.weights.T)", "np.dot(dvalues, -self.weights.T)",
     {"dx"}),
    ("affine:Layer_Dense", "np.dot(inputs, self.weights) + self.biases",
     "np.dot(inputs, self.weights)", {"out"}),
    ("dropout:Layer_Dropout", "size=inputs.shape) / self.rate", "size=inputs.shape)",
     {"out", "dx"}),
    ("dropout:Layer_Dropout", "self.dinputs = dvalues * self.binary_mask",
     "self.dinputs = dvalues", {"dx"}),
    ("relu:Activation_ReLU", "self.dinputs[self.inputs <= 0] = 0", "pass", {"dx"}),
    ("relu:Activation_ReLU", "np.maximum(0, inputs)", "np.abs(inputs)", {"out"}),
    ("softmax:Activation_Softmax", "np.diagflat(single_output) - np.dot",
     "np.diagflat(single_output) + np.dot", {"dx"}),
    ("softmax:Activation_Softmax", "inputs - np.max(inputs, axis=1, keepdims=True)",
     "inputs - np.max(inputs, axis=0, keepdims=True)", {"out", "dx"}),
    ("sigmoid:Activation_Sigmoid", "(1 - self.output) * self.output", "(1 - self.output)", {"dx"}),
    ("softmax_loss:Loss_CategoricalCrossentropy",
     "-y_true / dvalues\n        self.dinputs = self.dinputs / samples", "-y_true / dvalues",
     {"dx"}),
    ("softmax_loss:Loss_CategoricalCrossentropy", "-np.log(correct_confidences)",
     "-np.log2(correct_confidences)", {"loss"}),
    (f"softmax_loss:{BOTH}", "self.dinputs[range(samples), y_true] -= 1", "pass", {"dx"}),
    ("bce_with_logits_loss:Loss_BinaryCrossentropy", "(1 - clipped)) / outputs", "(1 - clipped))",
     {"dx"}),
    ("bce_with_logits_loss:Loss_BinaryCrossentropy", "(1 - y_true) * np.log(1 - y_pred_clipped)",
     "np.log(1 - y_pred_clipped)", {"loss"}),
    ("mse_loss:Loss_MeanSquaredError", "-2 * (y_true - dvalues)", "2 * (y_true - dvalues)",
     {"dx"}),
    ("mse_loss:Loss_MeanSquaredError", "(y_true - y_pred) ** 2", "abs(y_true - y_pred)",
     {"loss"}),
    ("sgd:Optimizer_SGD.update_params", "weight_updates = -self.current",
     "weight_updates = self.current", {"next_w"}),
    ("sgd_momentum:Optimizer_SGD.update_params", "layer.weight_momentums = weight_updates", "pass",
     {"next_w"}),
    ("rmsprop:Optimizer_RMSprop.update_params", "(1 - self.rho) * layer.dweights**2",
     "self.rho * layer.dweights**2", {"next_w"}),
    ("adam:Optimizer_Adam.update_params", "layer.weight_cache / (1 - b2 ** (self.iterations + 1))",
     "layer.weight_cache", {"next_w"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "quantities"), MISTAKES)
def test_what_is_wrong_is_caught(name, old, new, quantities):
    text = changed(source("nnfs", "right"), old, new)
    found = verdicts(text, of=name.partition(":")[2].partition(".")[0])
    assert found[name].wrong == quantities


def test_what_is_not_begun_is_not_wrong():
    found = verdicts(source("nnfs", "skeleton"))
    assert len(found) == 8
    for name, verdict in found.items():
        assert not verdict.wrong, (name, verdict.messages)
        assert "unfinished" in verdict.warnings, name


def test_a_forward_may_or_may_not_take_whether_it_is_trained():
    text = source("nnfs", "right").replace("(self, inputs, training)", "(self, inputs)")
    text = changed(text, "if not training:", "if False:")
    for verdict in verdicts(text).values():
        assert not verdict.wrong, verdict.messages


FORWARD_ALONE = """
import numpy as np
class Activation_ReLU:
    def forward(self, inputs):
        self.output = np.maximum(0, inputs)
class Activation_Softmax:
    def forward(self, inputs):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
class Loss_CategoricalCrossentropy:
    def forward(self, y_pred, y_true):
        return -np.log(y_pred[range(len(y_pred)), y_true])
"""


def test_a_forward_alone_is_judged():
    found = verdicts(FORWARD_ALONE)
    assert len(found) == 3
    for verdict in found.values():
        assert not verdict.wrong, verdict.messages
        assert "unfinished" in verdict.warnings
    wrong = changed(FORWARD_ALONE, "np.maximum(0", "np.maximum(1")
    assert verdicts(wrong)["relu:Activation_ReLU"].wrong == {"out"}


GRADIENT_ALONE = f"""
class {BOTH}:
    def backward(self, dvalues, y_true):
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)
"""


@pytest.mark.parametrize("times", [1, 2])
def test_the_gradient_of_both_may_come_without_a_forward(times):
    before, _, after = source("nnfs", "right").partition(f"class {BOTH}:")
    rest = "class Loss_BinaryCrossentropy" + after.partition("class Loss_BinaryCrossentropy")[2]
    gradient = changed(GRADIENT_ALONE, "/ len(dvalues)", f"/ len(dvalues) * {times}")
    found = verdicts(before + gradient + rest)[f"softmax_loss:{BOTH}.backward"]
    assert found.wrong == (set() if times == 1 else {"dx"})


def test_a_loss_that_counts_over_batches_is_reset_first():
    text = changed(
        source("nnfs", "right"),
        "        return np.mean(sample_losses)\n",
        "        self.accumulated_sum += np.sum(sample_losses)\n"
        "        return np.mean(sample_losses)\n\n"
        "    def new_pass(self):\n        self.accumulated_sum = 0\n",
    )
    assert not verdicts(text, of="Loss_MeanSquaredError")["mse_loss:Loss_MeanSquaredError"].wrong


def test_conventions_are_told():
    found = verdicts(source("nnfs", "right"), of="Layer_Dropout")["dropout:Layer_Dropout"]
    assert found.conventions == ("rate is the probability to drop an element",)
    name = "softmax_loss:Loss_CategoricalCrossentropy"
    found = verdicts(source("nnfs", "right"), of="Loss_CategoricalCrossentropy")[name]
    assert found.conventions[0].startswith("judged together with Activation_Softmax, ")


def test_where_probabilities_are_clipped_their_loss_is_not_judged_apart():
    from crosscheck.adapters import candidates_in
    from crosscheck.layers import catalogue

    namespace = {}
    exec(source("nnfs", "right"), namespace)
    found = {c.name: c for c in candidates_in(namespace, catalogue().values(), "nnfs")}
    loss = found["softmax_loss:Loss_CategoricalCrossentropy"]
    assert not loss.suits(Case.parse("softmax_loss/float64/large/N5-C7/0"))
    assert found[f"softmax_loss:{BOTH}"].suits(Case.parse("softmax_loss/float64/large/N5-C7/0"))
