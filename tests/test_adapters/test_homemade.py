"""Libraries of one's own, with a course's names and signatures and other conventions: right code
ends with exit code 0, and the same code with a mistake in it with 1.
"""

import pytest
from test_corpus.reports import check

from crosscheck.adapters.cmu import AS_IT_IS, TRANSPOSED
from crosscheck.adapters.cmu_2023 import MASKED, SHOWN
from crosscheck.adapters.cmu_losses import LABELLED, OF_BOTH_HALVED
from crosscheck.adapters.coursera import MEANS, SUMS
from crosscheck.adapters.dlfs import DECAYED
from crosscheck.adapters.dlfs1_affine import COLUMNS
from crosscheck.adapters.nnfs import TURNED
from test_adapters.verdicts import changed, source

pytestmark = pytest.mark.slow

BIASES = "W is (C, D + 1); its last column are biases (0 here, and their gradient is not judged)"
MASKED_ATTENTION = "scaled_dot_product_attention_masked:ScaledDotProductAttention"
NO_CACHE = (
    "{0}_forward returns no cache, as the course's does: {0}_backward is given {1} in its place"
)
ALONE = "{}_forward returns no cache, as the course's does: it is judged by itself"
# By file and candidate: how it must have been read.
READ = {
    "layouts": {
        "affine:Linear": AS_IT_IS,
        "affine:Layer_Dense": TURNED,
        "affine:Affine": COLUMNS,
        "softmax_loss:CrossEntropyLoss": LABELLED,
        "softmax_loss_vectorized:Softmax.loss": BIASES,
        "svm_loss_vectorized:SVM.loss": "W is (C, D)",
        MASKED_ATTENTION: SHOWN,
    },
    "scales": {
        "sgd_momentum:Momentum.update": DECAYED,
        "mse_loss:MSELoss": OF_BOTH_HALVED,
        "affine:linear_forward": SUMS,
        "affine_relu:linear_activation_forward": SUMS,
    },
    "uncached": {
        "relu": NO_CACHE.format("relu", "x"),
        "sigmoid": NO_CACHE.format("sigmoid", "s"),
        "tanh": NO_CACHE.format("tanh", "out"),
        "affine": NO_CACHE.format("affine", "x, w, b"),
        "rnn_step": ALONE.format("rnn_step"),
        "lstm_step": ALONE.format("lstm_step"),
    },
}


@pytest.fixture
def found_in(tmp_path):
    """What the command says of a text."""

    def run(text, *options):
        path = tmp_path / "library.py"
        path.write_text(text, encoding="utf-8")
        return check(path, *options)

    return run


@pytest.mark.parametrize("name", READ)
def test_what_is_right_ends_with_exit_code_0_and_is_judged(name, found_in):
    found = found_in(source("homemade", name))
    assert {n: found.findings(n, "wrong") for n in found.layers if found.wrong(n)} == {}
    assert found.exit_code == 0
    for candidate, convention in READ[name].items():
        layer = found.layers[candidate]
        assert layer["status"] in ("pass", "warning", "unfinished")
        assert layer["cases"] > 0
        assert f"{candidate}: {convention}." in " ".join(found.shown.split())


MISTAKES = [
    ("layouts", "affine:Linear", "self.A.T @ dLdZ", "2 * self.A.T @ dLdZ", {"dw"}),
    ("layouts", "affine:Linear", "A @ self.W + self.b", "A @ self.W", {"out"}),
    ("layouts", "affine:Linear", "return A @ self.W +", "return A @ self.W.T +", {""}),
    ("layouts", "affine:Layer_Dense", "self.output = inputs @ self.weights.T",
     "self.output = inputs @ self.weights", {""}),
    ("layouts", "affine:Layer_Dense", "dvalues.sum(axis=0)", "dvalues.mean(axis=0)", {"db"}),
    ("layouts", "affine:Affine", "dout.sum(axis=1)", "dout.mean(axis=1)", {"db"}),
    ("layouts", "affine:Affine", "self.W.T @ dout", "-self.W.T @ dout", {"dx"}),
    # Of rows in the backward: then the course's rows are meant, and the forward fails.
    ("layouts", "affine:Affine", "return self.W.T @ dout", "return dout @ self.W.T", {"", "out"}),
    ("layouts", "softmax_loss:CrossEntropyLoss", "grad / len(self.Y)", "grad * len(self.Y)",
     {"dx"}),
    ("layouts", "softmax_loss:CrossEntropyLoss", "grad[np.arange(len(self.Y)), self.Y] -= 1",
     "grad[np.arange(len(self.Y)), self.Y] += 1", {"dx"}),
    ("layouts", "softmax_loss_vectorized:Softmax.loss", "p.T @ X / n", "p.T @ X",
     {"loss", "dW"}),
    ("layouts", "softmax_loss_vectorized:Softmax.loss", "p.T @ X / n + 2", "p.T @ X / n + 1",
     {"dW"}),
    ("layouts", "softmax_loss_vectorized:Softmax.loss", "X @ self.W.T\n        scores -=",
     "X @ self.W\n        scores -=", {""}),
    ("layouts", "svm_loss_vectorized:SVM.loss", "-counts.sum(axis=1)", "-1", {"dW"}),
    ("layouts", MASKED_ATTENTION, "np.where(mask, scores, -self.eps)",
     "np.where(mask, scores, 0)", {"out", "dq", "dk", "dv"}),
    ("layouts", MASKED_ATTENTION, "return ds @ self.K,", "return -ds @ self.K,", {"dq"}),
    ("scales", "sgd_momentum:Momentum.update", "(1 - self.momentum) * grads",
     "(1 - self.momentum) ** 2 * grads", {"next_w"}),
    ("scales", "sgd_momentum:Momentum.update", "self.lr * self.v[key]",
     "self.lr * grads[key] * (1 - self.momentum)", {"next_w"}),
    ("scales", "mse_loss:MSELoss", "return self.A - self.Y", "return 2 * (self.A - self.Y)",
     {"loss"}),
    ("scales", "mse_loss:MSELoss", "return self.A - self.Y", "return self.Y - self.A",
     {"loss", "dx"}),
    ("scales", "affine:linear_forward", "dW = dZ @ A_prev.T", "dW = dZ @ A_prev.T / dZ.shape[1]",
     {"db"}),
    ("scales", "affine:linear_forward", "dW = dZ @ A_prev.T", "dW = 2 * dZ @ A_prev.T", {"dw"}),
    ("scales", "affine_relu:linear_activation_forward", "dA * (cache > 0)", "dA",
     {"dx", "dw", "db"}),
    ("uncached", "relu", "dout * (x > 0)", "dout * x", {"dx"}),
    ("uncached", "sigmoid", "dout * s * (1 - s)", "dout * (1 - s)", {"dx"}),
    ("uncached", "tanh", "(1 - out**2)", "(1 - out)", {"dx"}),
    ("uncached", "affine", "return dx, dw, dout.sum(axis=0)", "return dx, dw, dout[0]", {"db"}),
    ("uncached", "softmax", "e / e.sum(axis=-1, keepdims=True)", "e / e.sum()", {"out"}),
    ("uncached", "rnn_step", "+ b)", ")", {"next_h"}),
    ("uncached", "lstm_step", "f * prev_c + i", "prev_c + i", {"next_h", "next_c"}),
    ("uncached", "softmax_loss", ", y].mean()", ", y].sum()", {"loss"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "candidate", "old", "new", "quantities"), MISTAKES)
def test_mistakes_in_it_are_caught(name, candidate, old, new, quantities, found_in):
    text = changed(source("homemade", name), old, new)
    found = found_in(text, "--layer", candidate.partition(":")[0])
    assert found.wrong(candidate) == quantities
    assert found.exit_code == 1


# -- what is not judged -----------------------------------------------------------------------


def test_what_cannot_be_told_is_not_judged_and_the_way_out_is_named(found_in):
    found = found_in(source("homemade", "uncached"))
    told = {
        "softmax": "softmax_backward takes (dout, probabilities), and its forward returns no "
        "cache: it is not judged. A crosscheck.toml can say what is given and returned "
        "(crosscheck init)",
        "mse_loss": "mse_loss returns a Value, not (loss, dx): it is not judged. A crosscheck.toml "
        "can say what it returns (crosscheck init)",
        "softmax_loss": "softmax_loss returns the loss alone, not (loss, dx): dx not judged",
    }
    assert {name: found.message(name) for name in told} == told


WITH_BIASES = """
import numpy as np
class {name}:
    def __init__(self, {sizes}):
        self.{w} = np.ones(({first} + 1, {second}))
        self.{b} = np.zeros({second})
    def forward(self, {x}):
        self.output = np.hstack([{x}, np.ones((len({x}), 1))]) @ self.{w}
        return self.output
    def backward(self, {d}): return {d}
"""


@pytest.mark.parametrize(
    ("candidate", "names"),
    [
        ("affine:Linear", ("in_features", "out_features", "W", "b", "A", "dLdZ")),
        ("affine:Layer_Dense", ("n_inputs", "n_neurons", "weights", "biases", "inputs", "dvalues")),
    ],
)
def test_a_layout_that_nobody_knows_is_not_judged(candidate, names, found_in):
    first, second, w, b, x, d = names
    name = candidate.partition(":")[2]
    text = WITH_BIASES.format(
        name=name, sizes=f"{first}, {second}", first=first, second=second, w=w, b=b, x=x, d=d
    )
    found = found_in(text)
    assert found.wrong(candidate) == set()
    assert found.message(candidate) == (
        f"{name}.forward answers with the parameters that it makes itself, and not with the case's "
        "in their place: it is not judged. A crosscheck.toml can say how they lie (crosscheck init)"
    )


# -- what is the course's is the course's -----------------------------------------------------

FORGOTTEN = """
import numpy as np
def relu_forward(x): return np.maximum(x, 0)
def relu_backward(dout, cache): return dout * (cache > 0)
"""


def test_a_cache_that_is_forgotten_is_told(found_in):
    found = found_in(FORGOTTEN)
    assert {f["kind"] for f in found.findings("relu", "wrong")} == {"arity"}
    assert found.message("relu").startswith("relu_forward must return (out, cache), but returned ")


@pytest.mark.parametrize(
    ("year", "of", "convention"),
    [
        ("cmu_2022", "affine:Linear", TRANSPOSED),
        ("cmu_2023", MASKED_ATTENTION, MASKED),
        ("coursera", "affine:linear_forward", MEANS),
    ],
)
def test_the_courses_own_reading_comes_first(year, of, convention, found_in):
    found = found_in(source(year, "right"), "--layer", of.partition(":")[0])
    assert f"{of}: {convention}." in " ".join(found.shown.split())


ENDLESS = """
class Affine:
    def __init__(self, W, b): self.W, self.b = W, b
    def forward(self, x):
        while True: pass
    def backward(self, dout): return dout

class Relu:
    def forward(self, x):
        self.x = x
        return x * (x > 0)
    def backward(self, dout): return dout * (self.x > 0)
"""


def test_an_endless_loop_does_not_keep_the_others_from_being_judged(found_in):
    found = found_in(ENDLESS, "--budget", "1")
    assert {f["kind"] for f in found.findings("affine:Affine", "wrong")} == {"timeout"}
    assert found.wrong("relu:Relu") == set()
    assert found.layers["relu:Relu"]["cases"] > 10
