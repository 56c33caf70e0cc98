"""What is printed can be pasted: it runs, and shows the wrong value that it speaks of."""

import contextlib
import io
import re
import sys

import numpy as np
import pytest

from crosscheck.case import cases
from crosscheck.finding import WRONG
from crosscheck.judging import check_cases
from crosscheck.smallest.shrink import shrunk
from crosscheck.smallest.snippet import snippet

pytestmark = pytest.mark.slow

AFFINE = """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    dw = x.reshape(len(x), -1).T @ dout
    return (dout @ w.T).reshape(x.shape), dw / len(x), dout.sum(axis=0)
"""
ONE = "from impl_numpy import {names}\nimport impl_numpy\nimport numpy as np\n\n{code}\n"


def target_of(names, code):
    return ONE.format(names=names, code=code)


CONV = target_of(
    "conv_forward",
    "def conv_backward(dout, cache):\n"
    "    dx, dw, db = impl_numpy.conv_backward(dout, cache)\n    return dx, dw, db / 2",
)
BATCHNORM = target_of(
    "batchnorm_backward",
    "def batchnorm_forward(x, gamma, beta, bn_param):\n"
    "    kept = bn_param['running_mean']\n"
    "    out, cache = impl_numpy.batchnorm_forward(x, gamma, beta, bn_param)\n"
    "    bn_param['running_mean'] = kept\n    return out, cache",
)
GROUPNORM = target_of(
    "spatial_groupnorm_backward",
    "def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):\n"
    "    out, cache = impl_numpy.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)\n"
    "    return out + beta, cache",
)
LEAKY = target_of(
    "leaky_relu_forward",
    "def leaky_relu_backward(dout, cache):\n"
    "    return 3 * impl_numpy.leaky_relu_backward(dout, cache)",
)
LSTM_STEP = target_of(
    "lstm_step_backward",
    "def lstm_step_forward(*arguments):\n"
    "    h, c, cache = impl_numpy.lstm_step_forward(*arguments)\n    return c, h, cache",
)
CONV_RELU_POOL = target_of(
    "conv_relu_pool_forward",
    "def conv_relu_pool_backward(dout, cache):\n"
    "    dx, dw, db = impl_numpy.conv_relu_pool_backward(dout, cache)\n    return -dx, dw, db",
)
SOFTMAX = target_of(
    "relu_forward",
    "def softmax_loss(x, y):\n    loss, dx = impl_numpy.softmax_loss(x, y)\n"
    "    return loss, dx * len(x)",
)
TEMPORAL = target_of(
    "relu_forward",
    "def temporal_softmax_loss(x, y, mask):\n"
    "    loss, dx = impl_numpy.temporal_softmax_loss(x, y, mask)\n    return loss + 1, dx",
)
SVM = target_of(
    "relu_forward",
    "def svm_loss_naive(W, X, y, reg):\n"
    "    loss, dW = impl_numpy.svm_loss_naive(W, X, y, reg)\n    return loss, dW + reg * W",
)
ADAM = target_of(
    "relu_forward",
    "def adam(w, dw, config):\n    config = {**config, 'beta1': config['beta1'] / 2}\n"
    "    return impl_numpy.adam(w, dw, config)",
)
NET = target_of(
    "relu_forward",
    "class TwoLayerNet(impl_numpy.TwoLayerNet):\n"
    "    def loss(self, X, y=None):\n"
    "        if y is None:\n            return super().loss(X)\n"
    "        loss, grads = super().loss(X, y)\n        grads['b2'] = 2 * grads['b2']\n"
    "        return loss, grads",
)
SCORES = target_of(
    "relu_forward",
    "class FullyConnectedNet(impl_numpy.FullyConnectedNet):\n"
    "    def loss(self, X, y=None):\n"
    "        return super().loss(X, y) if y is not None else 2 * super().loss(X)",
)


@pytest.fixture
def printed(target, found_in, embedded, monkeypatch, tmp_path):
    """``printed(source, "affine", "dw")`` is the snippet for what is wrong in a file with this
    source, and what it prints.
    """

    def run(source, layer, quantity, name="layers.py"):
        path = target(source, name)
        candidate = found_in(path)[layer]
        fixed = [c for c in cases(candidate.layer, ("float64",)) if embedded.holds(c)]
        findings = [f for r in check_cases(candidate, fixed, embedded) for f in r.findings]
        first = next(f for f in findings if (f.severity, f.quantity) == (WRONG, quantity))
        code = snippet(shrunk(candidate, first), candidate)
        monkeypatch.syspath_prepend(tmp_path)
        for module in [m for m in sys.modules if m.partition(".")[0] in ("layers", "course")]:
            monkeypatch.delitem(sys.modules, module)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(code, "snippet", "exec"), {})
        return code, output.getvalue()

    return run


@pytest.mark.parametrize(
    ("source", "layer", "quantity"),
    [
        (AFFINE, "affine", "dw"),
        (CONV, "conv", "db"),
        (BATCHNORM, "batchnorm", "running_mean"),
        (GROUPNORM, "spatial_groupnorm", "out"),
        (LEAKY, "leaky_relu", "dx"),
        (LSTM_STEP, "lstm_step", "next_h"),
        (CONV_RELU_POOL, "conv_relu_pool", "dx"),
        (SOFTMAX, "softmax_loss", "dx"),
        (TEMPORAL, "temporal_softmax_loss", "loss"),
        (SVM, "svm_loss_vectorized", "dW"),
        (ADAM, "adam", "next_w"),
        (NET, "two_layer_net", "db2"),
        (SCORES, "fully_connected_net", "scores"),
    ],
)
def test_it_runs_and_shows_the_wrong_value(source, layer, quantity, printed):
    code, output = printed(source, layer, quantity)
    expected, got = re.search(r"# expected (.*), got (.*)\n", code).groups()
    assert output.split() == got.split()
    assert expected != got
    assert len(code.splitlines()) <= 14


def test_it_is_short_and_in_the_students_own_words(printed):
    code, _ = printed(AFFINE, "affine", "dw")
    assert code == (
        "import numpy as np\n"
        "from layers import affine_forward, affine_backward\n"
        "\n"
        "x = np.array([[1.0], [1.0]])\n"
        "w = np.array([[0.0]])\n"
        "b = np.array([0.0])\n"
        "out, cache = affine_forward(x, w, b)\n"
        "dout = np.array([[1.0], [1.0]])\n"
        "dx, dw, db = affine_backward(dout, cache)\n"
        "print(dw)  # expected [[2.]], got [[1.]]\n"
    )


def test_the_dicts_are_written_out(printed):
    code, _ = printed(CONV, "conv", "db")
    assert 'conv_param = {"stride": 1, "pad": 0}\n' in code
    code, _ = printed(BATCHNORM, "batchnorm", "running_mean")
    assert 'bn_param = {"mode": "train", "running_mean": running_mean, ' in code
    assert 'print(bn_param["running_mean"])  # expected' in code
    assert "backward" not in code  # what is wrong comes before it


def test_two_dicts_keep_their_strides_apart(printed):
    code, _ = printed(CONV_RELU_POOL, "conv_relu_pool", "dx")
    assert 'conv_param = {"stride": ' in code
    assert re.search(r'pool_param = {"pool_height": \d, "pool_width": \d, "stride": \d}', code)


def test_the_spelling_is_the_students(printed):
    assert "from layers import svm_loss_naive\n" in printed(SVM, "svm_loss_vectorized", "dW")[0]


def test_a_model_is_built_as_the_check_builds_it(printed):
    code, _ = printed(SCORES, "fully_connected_net", "scores")
    made = r"model = FullyConnectedNet\(\[\d, \d\], input_dim=1, num_classes=2, reg=\d\.\d, "
    assert re.search(made + r"dtype=np\.float64\)", code)
    assert 'model.params["W1"] = np.array(' in code
    assert "scores = model.loss(X)\nprint(scores)  # expected" in code


def test_a_package_is_imported_as_one(target, printed):
    target("", "course/__init__.py")
    code, _ = printed(AFFINE, "affine", "dw", "course/layers.py")
    assert "from course.layers import affine_forward, affine_backward\n" in code


def test_a_crash_is_shown_at_its_call(target, found_in, embedded):
    found = _smallest(
        "def softmax_loss(x, y):\n    raise ValueError('no\\nidea')\n",
        target,
        found_in,
        embedded,
    )
    assert found.splitlines()[-1] == (
        "softmax_loss(x, y)  # raises ValueError: no idea (layers.py, line 2)"
    )


def test_a_wrong_number_of_results_is_shown_at_its_call(target, found_in, embedded):
    found = _smallest("def softmax_loss(x, y):\n    return 0, x, x\n", target, found_in, embedded)
    assert found.splitlines()[-1].startswith("softmax_loss(x, y)  # must return (loss, dx), but")


def test_a_wrong_shape_is_shown_as_one(target, found_in, embedded):
    source = "import impl_numpy\ndef softmax_loss(x, y):\n"
    source += "    loss, dx = impl_numpy.softmax_loss(x, y)\n    return loss, dx.T\n"
    found = _smallest(source, target, found_in, embedded)
    assert re.search(r"print\(dx\.shape\)  # expected \((\d), (\d)\), got \(\2, \1\)", found)


def test_what_is_no_array_of_floats_is_named(target, found_in, embedded):
    source = "import impl_numpy\ndef softmax_loss(x, y):\n"
    source += "    loss, dx = impl_numpy.softmax_loss(x, y)\n    return loss, dx.astype(object)\n"
    found = _smallest(source, target, found_in, embedded)
    assert found.endswith("print(dx)  # must be an array of floats, but is an array of object\n")


def test_of_a_long_result_the_worst_element_is_shown(target, found_in, embedded):
    source = "import numpy as np, impl_numpy\ndef softmax_loss(x, y):\n"
    source += "    loss, dx = impl_numpy.softmax_loss(x, y)\n"
    source += "    return loss, dx + (dx.size > 20) * np.eye(*dx.shape)\n"
    found = _smallest(source, target, found_in, embedded)
    assert re.search(r"print\(dx\[\d, \d\]\)  # expected -?[\d.e-]+, got -?[\d.e-]+\n", found)


def test_what_stands_in_no_file_is_not_imported(candidate, embedded):
    namespace = {}
    exec(compile(AFFINE, "<cell 3>", "exec"), namespace)
    functions = {n: namespace[n] for n in ("affine_forward", "affine_backward")}
    notebook = candidate("affine", **functions)
    code = _of(notebook, embedded)
    assert code.splitlines()[1] == "# affine_forward, affine_backward: your own"


def test_what_an_adapter_calls_in_no_file_has_no_snippet(candidate, embedded):
    from crosscheck.candidate import Candidate

    namespace = {}
    exec(AFFINE, namespace)
    functions = {n: namespace[n] for n in ("affine_forward", "affine_backward")}
    plain = candidate("affine", **functions)
    adapted = Candidate(plain.layer, functions, "affine:Linear", tuple(functions), adapted=True)
    assert _of(adapted, embedded) == ""


def test_large_arrays_of_zeros_and_ones_are_short():
    from crosscheck.recorded.literal import literal

    assert literal(np.zeros((3, 4))) == "np.zeros((3, 4))"
    assert literal(np.ones(7)) == "np.ones((7,))"
    assert literal(np.array([[1.0, -0.0]])) == "np.array([[1.0, -0.0]])"
    assert literal(np.array([np.inf, -np.inf, np.nan])) == "np.array([np.inf, -np.inf, np.nan])"
    assert literal(np.array(True)) == "np.array(True)"


def _smallest(source, target, found_in, embedded):
    return _of(found_in(target(source))["softmax_loss"], embedded)


def _of(candidate, embedded):
    fixed = [c for c in cases(candidate.layer, ("float64",)) if embedded.holds(c)]
    findings = [f for r in check_cases(candidate, fixed, embedded) for f in r.findings]
    first = next(f for f in findings if f.severity == WRONG)
    return snippet(shrunk(candidate, first), candidate)
