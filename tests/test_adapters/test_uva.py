"""UvA Deep Learning 1: modules, with .params and .grads."""

import pytest

from test_adapters.verdicts import CORPUS, changed, source, verdicts

pytestmark = pytest.mark.slow

RIGHT = source("uva", "right")
ONE_HOT = source("uva", "one_hot")
CANDIDATES = {
    "affine:LinearModule",
    "relu:ReLUModule",
    "leaky_relu:LeakyReLUModule",
    "softmax:SoftMaxModule",
    "softmax_loss:CrossEntropyModule",
}
BY_MATRIX = 'self.params["weight"].T + self.params["bias"]'
ALSO_RIGHT = [
    ("LinearModule", "np.zeros(out_features)\n", "np.zeros((1, out_features))\n"),
    (
        "LinearModule",
        'self.grads["bias"] = dout.sum(axis=0)',
        'self.grads["bias"] = dout.sum(axis=0, keepdims=True)',
    ),
    (
        "LinearModule",
        'self.grads["weight"] = dout.T @ self.x',
        'self.grads["weight"] += dout.T @ self.x',
    ),
    (
        "CrossEntropyModule",
        "-np.mean(np.log(x[np.arange(len(y)), y]))",
        "-np.log(x[range(len(y)), y]).sum() / len(y)",
    ),
]
WRONG = [
    ("LinearModule", "dx = dout @ self.params", "dx = -dout @ self.params", {"dx"}),
    ("LinearModule", "dout.T @ self.x\n", "dout.T @ self.x / len(dout)\n", {"dw"}),
    ("LinearModule", "dout.sum(axis=0)\n", "dout.mean(axis=0)\n", {"db"}),
    ("LinearModule", f"{BY_MATRIX}\n", 'self.params["weight"].T\n', {"out"}),
    ("ReLUModule", "dx = dout * self.active", "dx = dout * ~self.active", {"dx"}),
    ("LeakyReLUModule", "self.neg_slope * dout)", "self.neg_slope)", {"dx"}),
    (
        "SoftMaxModule",
        "dx = self.out * (dout - weighted)",
        "dx = self.out * (1 - self.out) * dout",
        {"dx"},
    ),
    ("SoftMaxModule", "powers.sum(axis=1, keepdims=True)", "powers.sum()", {"out", "dx"}),
    ("CrossEntropyModule", "-1 / (len(y) * x[rows, y])", "-1 / x[rows, y]", {"dx"}),
    ("CrossEntropyModule", "-np.mean(np.log(x", "-np.sum(np.log(x", {"loss"}),
]


def test_right_code_is_read_and_not_called_wrong():
    found = verdicts(RIGHT)
    assert found.keys() == CANDIDATES
    assert {
        name for name, v in found.items() if v.wrong or v.warnings - {"dtype"} or not v.judged
    } == set()
    assert "(out, in)" in found["affine:LinearModule"].conventions[0]
    assert "behind SoftMaxModule" in found["softmax_loss:CrossEntropyModule"].conventions[0]


def test_labels_in_rows_and_a_bias_in_a_column_are_read():
    found = verdicts(ONE_HOT)
    assert found.keys() == CANDIDATES - {"relu:ReLUModule", "leaky_relu:LeakyReLUModule"}
    assert {name for name, v in found.items() if v.wrong or not v.judged} == set()


@pytest.mark.parametrize(("of", "old", "new"), ALSO_RIGHT)
def test_other_right_code_is_not_called_wrong(of, old, new):
    found = verdicts(changed(RIGHT, old, new), of=of)
    assert found
    assert {name: v.messages for name, v in found.items() if v.wrong} == {}


def test_weights_that_are_made_in_by_out_are_taken_as_such():
    text = changed(
        RIGHT, "            out_features, in_features\n", "            in_features, out_features\n"
    )
    text = changed(text, BY_MATRIX, 'self.params["weight"] + self.params["bias"]')
    text = changed(text, "dout.T @ self.x", "self.x.T @ dout")
    text = changed(text, 'dx = dout @ self.params["weight"]', 'dx = dout @ self.params["weight"].T')
    (found,) = verdicts(text, of="LinearModule").values()
    assert (found.wrong, found.judged) == (set(), 66)


@pytest.mark.parametrize(("of", "old", "new", "quantities"), WRONG)
def test_mistakes_are_found_where_they_are(of, old, new, quantities):
    (found,) = verdicts(changed(RIGHT, old, new), of=of).values()
    assert found.wrong == quantities


@pytest.mark.parametrize(
    ("old", "new"),
    [("np.log(x)", "np.log(x + 1e-6)"), ("y * np.log(x)", "y * np.log(np.clip(x, 1, 2))")],
)
def test_a_loss_of_probabilities_kept_from_zero_is_not_judged(old, new):
    """Its gradient is another one than that of the loss, by as much as the epsilon."""
    assert "softmax_loss:CrossEntropyModule" in verdicts(ONE_HOT, of="CrossEntropyModule")
    assert verdicts(changed(ONE_HOT, old, new), of="CrossEntropyModule") == {}


@pytest.mark.parametrize("name", ["unfinished", "unfinished_2020"])
def test_what_is_handed_out_is_unfinished(name):
    found = verdicts(source("uva", name), file=str(CORPUS / "uva" / f"{name}.py"))
    assert len(found) == 4
    assert {name: v.messages for name, v in found.items() if not v.unfinished} == {}


def test_a_gradient_that_is_never_set_is_unfinished():
    text = changed(RIGHT, 'self.grads["bias"] = dout.sum(axis=0)', "pass")
    text = changed(text, 'self.grads["bias"] = np.zeros_like(self.params["bias"])', "pass")
    (found,) = verdicts(text, of="LinearModule").values()
    assert found.unfinished, found.messages


FOREIGN = """
class LinearModule:
    def __init__(self, n_in, n_out): ...
    def forward(self, inputs): return inputs
    def backward(self, grad): return grad

class ReLUModule:
    def forward(self, inputs): return inputs
    def backward(self, grad): return grad
"""


def test_other_code_of_the_same_names_is_left_alone():
    assert verdicts(FOREIGN, adapter="uva") == {}
