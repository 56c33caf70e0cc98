"""``crosscheck init``: a first crosscheck.toml that can be read, and that accuses nobody."""

import json
from pathlib import Path

import pytest
from courses import COURSES

import impl_numpy
from crosscheck.adapters import adapter_names
from crosscheck.config import read
from crosscheck.guess import arguments_of, layer_like, name_like, partner, returned_by
from crosscheck.layers import catalogue
from crosscheck.oracle_file import EMBEDDED

pytestmark = pytest.mark.slow


@pytest.fixture
def begun(tmp_path, command):
    """``begun(code)``: the text that is written for a file, once it is known to be valid."""

    def begin(code):
        path = tmp_path / "layers.py"
        path.write_text(code, encoding="utf-8")
        (tmp_path / "crosscheck.toml").unlink(missing_ok=True)
        exit_code, out, err = command("init", path)
        assert (exit_code, err) == (0, "")
        read(tmp_path / "crosscheck.toml", adapter_names)
        text = (tmp_path / "crosscheck.toml").read_text(encoding="utf-8")
        nothing = "# Nothing was recognised" in text
        assert out.startswith(
            f"Written: {tmp_path / 'crosscheck.toml'}. "
            f"{'Nothing was recognised' if nothing else 'Read it and mend it, then'}"
        )
        assert out.endswith(f"hen run: crosscheck check {path}\n")
        return text

    return begin


@pytest.mark.parametrize("name", COURSES)
def test_what_is_written_for_any_course_can_be_read(begun, name):
    assert begun(COURSES[name].code).startswith("# How crosscheck reads this code.")


def test_other_names_another_order_and_no_cache_are_found(begun):
    assert """\
# fc_fwd could be affine: is this right?
[layers.affine]
forward = "fc_fwd"
backward = "fc_bwd"
arguments = ["w", "x", "b"]    # fc_fwd(weights, data, bias)
# layout = { w = "transposed" }

# rectify could be relu: is this right?
[layers.relu]
forward = "rectify"
backward = "rectify_grad"
arguments = ["x"]    # rectify(z)
returns = ["out"]
backward_arguments = ["x", "dout"]
""" in begun(COURSES["meadow"].code)


def test_the_order_of_gradients_is_read_from_their_names(begun):
    code = (
        "def dense_forward(x, w, b):\n    return x @ w + b, (x, w)\n"
        "def dense_backward(g, cache):\n    x, w = cache\n"
        "    grad_w, db, dx = x.T @ g, g.sum(0), g @ w.T\n    return db, grad_w, dx\n"
    )
    assert 'gradients = ["db", "dw", "dx"]' in begun(code)


def test_a_class_is_found_with_its_attributes(begun):
    assert """\
# Dense could be affine: is this right?
[layers.affine]
class = "Dense"
forward = "propagate"
backward = "backpropagate"
new = ["d", "M"]    # Dense(inputs, outputs)
arguments = ["x"]    # Dense.propagate(x)
layout = { x = "N d" }
set = { w = "weight", b = "bias" }
get = { dw = "weight_grad", db = "bias_grad" }
""" in begun(COURSES["orchard"].code)


def test_where_nothing_is_recognised_it_is_told_what_there_is(begun):
    text = begun("class Thing:\n    def go(self, x): return x\ndef helper(z): return z\n")
    assert text.endswith(
        "# Nothing was recognised as a layer. The target defines Thing, helper. Say in the file "
        "which of\n# them is which layer: docs/crosscheck-toml.md tells how.\n"
    )
    names = [f"f{i}" for i in range(20)]
    text = begun("".join(f"def {name}(): ...\n" for name in names))
    assert "f11 and 8 more." in text
    assert "f12" not in text


@pytest.mark.parametrize(
    ("product", "line"),
    [
        ("inputs @ self.w + self.b", 'layout = { x = "N d" }\n'),
        ("np.dot(inputs, self.w) + self.b", 'layout = { x = "N d" }\n'),
        ("inputs.reshape(len(inputs), -1) @ self.w + self.b", ""),
    ],
)
def test_a_forward_that_flattens_nothing_is_given_rows(begun, command, tmp_path, product, line):
    text = begun(
        "import numpy as np\nclass Dense:\n"
        "    def __init__(self, n_in, n_out):\n"
        "        self.w, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)\n"
        f"    def forward(self, inputs):\n        self.inputs = inputs\n        return {product}\n"
        "    def backward(self, grad):\n        rows = self.inputs.reshape(len(grad), -1)\n"
        "        self.dw, self.db = rows.T @ grad, grad.sum(0)\n"
        "        return (grad @ self.w.T).reshape(self.inputs.shape)\n"
    )
    assert f'arguments = ["x"]    # Dense.forward(inputs)\n{line}set = ' in text
    rest = 'x = "N d", ' if line else ""
    assert f'# layout = {{ {rest}w = "transposed" }}\n' in text
    code, out, _ = command("check", tmp_path / "layers.py")
    assert (code, "nothing wrong" in out) == (0, True)


def test_a_guess_that_makes_no_sense_stands_behind_a_mark(begun):
    text = begun(COURSES["harbor"].code)
    assert (
        "# conv2d could be conv. To be mended first: arguments: there is no '? how' here." in text
    )
    assert '# arguments = ["x", "w", "b", "? how"]    # conv2d(x, kernels, bias, how)' in text


PASS = "    return x, (x,)\n"
BACK = "def {}(dout, cache):\n    return {}\n"


def test_parameters_with_defaults_are_given_as_well(begun):
    code = f"def conv2d_forward(x, w, b, stride=1, padding=0):\n{PASS}"
    text = begun(code + BACK.format("conv2d_backward", "dx, dw, db"))
    assert (
        'arguments = ["x", "w", "b", "stride", "pad"]    '
        "# conv2d_forward(x, w, b, stride=1, padding=0)\n"
    ) in text


def test_what_stands_before_a_known_one_is_its_default(begun):
    code = f"def ln_fwd(x, gamma, beta, training=True, how='a', eps=1e-5, verbose=False):\n{PASS}"
    text = begun(code + BACK.format("ln_bwd", "dx, dgamma, dbeta"))
    assert 'arguments = ["x", "gamma", "beta", "training", "how", "eps"]  ' in text
    assert 'constants = { training = true, how = "a" }\n' in text


@pytest.mark.parametrize("before", ["*, ", "state=None, "])
def test_what_cannot_be_given_by_place_is_fixed(begun, before):
    code = f"def rms_fwd(x, gamma, {before}eps=1e-5):\n{PASS}"
    text = begun(code.replace("rms", "rmsnorm") + BACK.format("rmsnorm_bwd", "dx, dgamma"))
    assert 'arguments = ["x", "gamma"]  ' in text
    assert "fixed = { eps = 1e-05 }\n" in text


def test_a_default_that_no_toml_can_hold_is_left_to_the_code(begun):
    code = f"def ln_fwd(x, gamma, beta, shown='\\n', eps=float('nan')):\n{PASS}"
    text = begun(code + BACK.format("ln_bwd", "dx, dgamma, dbeta"))
    assert '# arguments = ["x", "gamma", "beta"]  ' in text
    assert "constants" not in text
    assert "fixed = { eps =" not in text.partition("To be mended first")[0]


def test_a_class_made_with_defaults_is_given_them(begun):
    text = begun(
        "class LayerNorm:\n"
        "    def __init__(self, D, eps=1e-5):\n        self.gamma = self.beta = self.dg = 0\n"
        "    def forward(self, x, train=True):\n        return x\n"
        "    def backward(self, dout):\n        self.dgamma = self.dbeta = 0\n"
        "        return dout\n"
    )
    assert 'new = ["D", "eps"]    # LayerNorm(D, eps=1e-05)\n' in text
    assert 'arguments = ["x"]    # LayerNorm.forward(x, train=True)\n' in text


def test_a_file_of_another_name_is_to_be_named_in_the_check(target, command, tmp_path):
    path, output = target("x = 1\n"), tmp_path / "mine.toml"
    _, out, _ = command("init", path, "-o", output)
    assert out == (
        f"Written: {output}. Nothing was recognised as a layer: the target defines no function and "
        f"no class. Then run: crosscheck check {path} --config {output}\n"
    )
    _, out, _ = command("init", path, "-o", tmp_path / "crosscheck.toml")
    assert out.endswith(f"Then run: crosscheck check {path}\n")


def _verdicts(command, path):
    _, out, _ = command("check", path, "--json", "--oracle", EMBEDDED, "--scenario", "normal")
    report = json.loads(out)
    return {
        name: (layer["status"], [f["message"] for f in layer["findings"]])
        for name, layer in report["layers"].items()
    }


def test_where_layers_are_recognised_no_verdict_changes(begun, command, tmp_path):
    code = "".join(
        (Path(impl_numpy.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
        for name in ("affine", "relu", "softmax_loss")
    ).replace("from __future__ import annotations\n", "")
    code += (
        "\ndef sigmoid(z):\n    return 0\ndef sigmoid_grad(z):\n    return 1\n"
        "def cross_entropy(p, t):\n    return 0, 0\n"
    )
    path = tmp_path / "layers.py"
    path.write_text(code, encoding="utf-8")
    before = _verdicts(command, path)
    text = begun(code)
    assert "#   affine        affine_forward, affine_backward\n" in text
    assert "# sigmoid could be sigmoid. If so, take the # away:\n# [layers.sigmoid]" in text
    assert _verdicts(command, path) == before
    assert before["affine"] == ("pass", [])


def test_a_file_that_is_there_is_never_overwritten(begun, command, tmp_path):
    begun(COURSES["quarry"].code)
    (tmp_path / "crosscheck.toml").write_text("# mine\n", encoding="utf-8")
    code, _, err = command("init", tmp_path / "layers.py")
    assert code == 2
    assert err == (
        f"crosscheck: {tmp_path / 'crosscheck.toml'} is there already, and is left as it is. Name "
        "another file with --output, or move it away first.\n"
    )
    assert (tmp_path / "crosscheck.toml").read_text(encoding="utf-8") == "# mine\n"
    assert command("init", tmp_path / "layers.py", "--output", tmp_path / "new.toml")[0] == 0


def test_where_it_cannot_be_written_is_told(target, command, tmp_path):
    path = target("x = 1\n")
    code, _, err = command("init", path, "-o", tmp_path / "no" / "folder.toml")
    assert code == 2
    assert "folder.toml cannot be written: No such file or directory." in err


def test_a_target_that_cannot_be_read_is_told(target, command):
    code, _, err = command("init", target("def f(:\n"))
    assert code == 2
    assert "layers.py" in err


def test_a_folder_has_it_inside(command, tmp_path):
    (tmp_path / "layers.py").write_text(COURSES["meadow"].code, encoding="utf-8")
    assert command("init", tmp_path)[0] == 0
    assert (tmp_path / "crosscheck.toml").is_file()


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("fc_forward", "affine"),
        ("LinearLayer", "affine"),
        ("LayerNorm", "layernorm"),
        ("fwd_conv2d", "conv"),
        ("CrossEntropyLoss", "softmax_loss"),
        ("BatchNorm1d", "batchnorm"),
        ("max_pooling", "max_pool"),
        ("softmax_los", "softmax_loss"),
    ],
)
def test_layers_are_known_by_other_names(name, layer):
    assert layer_like(name, catalogue()).name == layer


@pytest.mark.parametrize("name", ["load_data", "train", "Solver", "plot_loss", "im2col"])
def test_what_is_no_layer_is_taken_for_none(name):
    assert layer_like(name, catalogue()) is None


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("fc_forward", "fc_backward"),
        ("fc_fwd", "fc_bwd"),
        ("relu", "relu_grad"),
        ("tanh", "d_tanh"),
        ("forward_fc", "backward_fc"),
        ("forward", "backprop"),
        ("fc_forward", ""),
    ],
)
def test_a_backward_is_known_by_its_forward(forward, backward):
    others = ["other", forward, *([backward] if backward else [])]
    assert partner(forward, others) == backward


def test_arguments_are_known_by_other_names():
    known = ["x", "w", "b", "eps"]
    names = ["X", "weights", "bias", "epsilon", "verbose"]
    assert [name_like(n, known) for n in names] == ["x", "w", "b", "eps", ""]


def test_what_a_function_takes_and_returns_is_seen():
    def f(x, w, *, key=1, **more):
        return x, w + 1

    assert arguments_of(f) == ["x", "w"]
    assert returned_by(f) == ["x", ""]
    assert returned_by(len) is None
    assert arguments_of(type("C", (), {"__init__": lambda self, a, b=2: None})) == ["a"]
