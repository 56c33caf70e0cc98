"""Code that a crosscheck.toml makes known, through the real command: five invented courses, right
and with one mistake planted at a time.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from courses import COURSES

import crosscheck
import impl_numpy
from crosscheck.adapters import adapter_names, mapped
from crosscheck.case import cases
from crosscheck.config.read import read_text
from crosscheck.config.words import Words
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue
from crosscheck.oracle_file import EMBEDDED

pytestmark = pytest.mark.slow

HELD = ("--oracle", EMBEDDED)


@pytest.fixture
def asked(tmp_path, command):
    """``asked(config, code, …)`` checks a file with its config: the report; or code and texts."""

    def ask(config, code, *options, text=False):
        (tmp_path / "crosscheck.toml").write_text(config, encoding="utf-8")
        path = tmp_path / "layers.py"
        path.write_text(code, encoding="utf-8")
        more = () if text else ("--json",)
        exit_code, out, err = command("check", path, *HELD, *more, *options)
        return (exit_code, out, err) if text else json.loads(out or "null")

    return ask


@pytest.mark.parametrize("name", COURSES)
def test_a_right_file_passes_without_a_word(asked, name):
    course = COURSES[name]
    report = asked(course.config, course.code)
    found = {n.partition(":")[0]: v for n, v in report["layers"].items() if v["cases"]}
    assert {n: _told(v) for n, v in found.items()} == {n: [] for n in course.layers}


def _told(layer):
    """The messages about a layer. Before NumPy 2 a float32 of no dimensions is promoted by any
    other number: that is not what is tested here.
    """
    promoted = np.lib.NumpyVersion(np.__version__) < "2.0.0"
    return [f["message"] for f in layer["findings"] if not (promoted and f["kind"] == "dtype")]


@pytest.mark.parametrize(
    ("name", "old", "new", "layer", "quantity"),
    [(name, *mistake) for name, course in COURSES.items() for mistake in course.mistakes],
)
def test_a_mistake_is_caught_where_it_is(asked, name, old, new, layer, quantity):
    course = COURSES[name]
    assert course.code.count(old) == 1
    report = asked(course.config, course.code.replace(old, new), "--scenario", "normal")
    wrong = {
        (n.partition(":")[0], f["quantity"])
        for n, v in report["layers"].items()
        for f in v["findings"]
        if f["severity"] == "wrong"
    }
    assert (layer, quantity) in wrong
    assert {n for n, _ in wrong} == {layer} or name == "delta"  # its network uses its loss


# -- what is said of it --------------------------------------------------------------------------

RELU = """\
import numpy as np
def rect(x):
    return np.maximum(x, 0), x
def rect_back(g, x):
    return np.where(x > 0, g, 0)
"""
RECT = '[layers.relu]\nforward = "rect"\nbackward = "rect_back"\n'


def test_the_report_says_what_was_read_and_how(asked):
    code, out, _ = asked(COURSES["orchard"].config, COURSES["orchard"].code, text=True)
    assert code == 0
    assert (
        "Read with crosscheck.toml: affine as Dense.propagate / backpropagate; batchnorm as "
        "Norm.forward / backward; batchnorm_test as Norm.forward; only float64." in out
    )
    assert "affine:Dense: x is (N, d); w is (M, d); b is (1, M)." in out
    assert "affine:Dense: dw and db are means over the batch (times N here)." in out
    assert "batchnorm:Norm: only cases with eps = 1e-06, momentum = 0.9." in out


def test_what_is_not_there_is_said_with_what_is_near(asked):
    code, out, _ = asked(RECT.replace('"rect"', '"recty"'), RELU, text=True)
    assert code == 3
    assert "Not read: relu is not there, for the target has no recty. Did you mean rect?" in out


@pytest.mark.parametrize(
    ("config", "near"),
    [
        ('class = "Rlu"', "no Rlu.forward. Did you mean Relu?"),
        (
            'class = "Relu"\nforward = "froward"\nbackward = "backward"',
            "Relu.froward. Did you mean Relu.forward?",
        ),
    ],
)
def test_a_class_or_method_that_is_not_there_is_said(asked, config, near):
    code = "class Relu:\n    def forward(self, x): pass\n    def backward(self, g): pass\n"
    assert near in asked(f"[layers.relu]\n{config}", code, text=True)[1]


def test_nothing_is_said_of_layers_that_were_not_asked_for(asked):
    config = RECT + '[layers.tanh]\nforward = "tan_forward"\n'
    assert "tanh is not there" in asked(config, RELU, text=True)[1]
    assert "tanh is not there" not in asked(config, RELU, "--layer", "relu", text=True)[1]


def test_a_backward_that_is_not_there_yet_is_unfinished(asked):
    report = asked(RECT, RELU.partition("def rect_back")[0])
    assert report["layers"]["relu:rect"]["status"] == "unfinished"


@pytest.mark.parametrize(
    "stub",
    ["pass", "return None, None", "raise NotImplementedError", "out = None\n    return out, x"],
)
def test_stubs_are_unfinished(asked, stub):
    report = asked(RECT, RELU.replace("return np.maximum(x, 0), x", stub))
    assert report["layers"]["relu:rect"]["status"] == "unfinished"
    report = asked(RECT, RELU.replace("return np.where(x > 0, g, 0)", stub.partition(",")[0]))
    assert report["layers"]["relu:rect"]["status"] == "unfinished"


def test_a_class_that_is_not_finished_is_unfinished(asked):
    course = COURSES["quarry"]
    for old, new in (
        ("        self.y = x @ self.w + self.b\n", ""),
        ("        self.grads = [g @ self.w.T, self.x.T @ g, g.sum(axis=0)]", "        pass"),
    ):
        report = asked(course.config, course.code.replace(old, new), "--layer", "affine")
        assert report["layers"]["affine:Linear"]["status"] == "unfinished", new


def test_other_arguments_than_the_file_says_are_not_judged(asked):
    report = asked(RECT, RELU.replace("def rect(x)", "def rect(x, slope)"))
    [first, *_] = report["layers"]["relu:rect"]["findings"]
    assert first["kind"] == "signature"
    assert first["message"] == (
        "rect takes (x, slope), and is called with (x), as crosscheck.toml says: it is not judged"
    )


def test_other_results_than_the_file_says_are_told(asked):
    report = asked(RECT, RELU.replace("(x, 0), x", "(x, 0), x, 3"))
    [first, *_] = report["layers"]["relu:rect"]["findings"]
    assert first["message"] == (
        "rect must return (out, cache), as crosscheck.toml says, but returned a tuple of 3"
    )


def test_a_finding_names_their_line(asked):
    report = asked(RECT, RELU.replace("return np.where", "return 2 * np.where"))
    [first, *_] = report["layers"]["relu:rect"]["findings"]
    assert first["location"].endswith("layers.py:4")


def test_an_upstream_gradient_that_is_overwritten_is_still_seen(asked):
    overwrites = RELU.replace("return np.where(x > 0, g, 0)", "g[x <= 0] = 0\n    return g")
    kinds = {f["kind"] for f in asked(RECT, overwrites)["layers"]["relu:rect"]["findings"]}
    assert "mutation" in kinds


# -- what comes first ----------------------------------------------------------------------------


def test_what_is_mapped_is_read_in_no_other_way(asked):
    """The course's own name for something else: a leaky slope, as the file says."""
    code = (
        "import numpy as np\n"
        "def relu_forward(slope, x):\n    return np.where(x > 0, x, slope * x), (slope, x)\n"
        "def relu_backward(g, saved):\n    slope, x = saved\n"
        "    return np.where(x > 0, g, slope * g)\n"
    )
    config = (
        '[layers.leaky_relu]\nforward = "relu_forward"\nbackward = "relu_backward"\n'
        'arguments = ["alpha", "x"]\n'
    )
    report = asked(config, code)
    found = {name for name, layer in report["layers"].items() if layer["cases"]}
    assert found == {"leaky_relu:relu_forward"}
    assert _told(report["layers"]["leaky_relu:relu_forward"]) == []


def test_a_table_of_a_layer_may_only_say_how_its_own_names_are_laid_out(asked):
    code = (
        "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w.T + b, (x, w)\n"
        "def affine_backward(g, cache):\n    x, w = cache\n    n = len(x)\n"
        "    return (g @ w).reshape(x.shape), g.T @ x.reshape(n, w.shape[1]), g.sum(axis=0)\n"
    ).replace("x.reshape(len(x), -1)", "x.reshape(len(x), w.shape[1])")
    assert (
        asked('[layers.affine]\nlayout = { w = "M d" }', code)["layers"]["affine"]["status"]
        == "pass"
    )
    assert asked("", code)["layers"]["affine"]["status"] == "crash"


def test_strict_and_dtypes_of_the_file_are_followed(asked):
    promotes = RELU.replace("np.maximum(x, 0), x", "np.maximum(x, np.zeros_like(x, np.float64)), x")
    assert asked(RECT, promotes, text=True)[0] == 0
    assert asked("strict = true\n" + RECT, promotes, text=True)[0] == 1
    only = "strict = true\ndtypes = ['float64']\n" + RECT
    assert asked(only, promotes, text=True)[0] == 0
    assert asked(only, promotes, "--dtype", "float32", text=True)[0] == 1  # that comes first


def test_the_adapter_of_the_file_and_of_the_command_are_followed(asked):
    course = RELU.replace("rect_back", "relu_backward").replace("rect", "relu_forward")
    assert asked('adapter = "dlfs1"', course, text=True)[0] == 3
    assert asked('adapter = "dlfs1"', course, "--adapter", "cs231n", text=True)[0] == 0
    code, _, err = asked("", course, "--adapter", "cs231", text=True)
    assert code == 2
    assert "There is no adapter 'cs231'. The adapters are: cs231n" in err


def test_a_file_is_named_on_the_command_line(asked, tmp_path):
    other = tmp_path / "other" / "mine.toml"
    other.parent.mkdir()
    other.write_text(RECT, encoding="utf-8")
    code, out, _ = asked("", RELU, "--config", other, text=True)
    assert code == 0
    assert "Read with mine.toml: relu as rect / rect_back." in out


def test_a_finding_is_repeated_as_it_was_found(asked, tmp_path):
    other = tmp_path / "my own.toml"
    other.write_text(RECT, encoding="utf-8")
    wrong = RELU.replace("return np.where", "return 2 * np.where")
    _, out, _ = asked("", wrong, "--config", other, "--adapter", "cs231n", text=True)
    assert f"--adapter cs231n --config '{other}'" in out


def test_a_mistake_in_the_file_ends_the_check_with_its_place(asked):
    code, _, err = asked("\n[layers.rlu]\n", RELU, text=True)
    assert code == 2
    assert err.startswith(
        "crosscheck: crosscheck.toml, line 2, layers.rlu: there is no such layer. Did you mean "
        "relu?"
    )


ODD_EPS = """
[layers.layernorm]
arguments = ["x", "gamma", "beta"]
fixed = { eps = 0.5 }
"""
LAYERNORM = """
def layernorm_forward(x, gamma, beta):
    return x, gamma
def layernorm_backward(dout, cache):
    return dout, dout, dout
"""


def test_a_value_that_no_case_has_leaves_only_its_layer_not_judged(asked):
    code, out, _ = asked(ODD_EPS + RECT, RELU + LAYERNORM, text=True)
    assert code == 0
    assert "1 layer, " in out
    assert (
        "layernorm: crosscheck.toml, line 4, layers.layernorm.fixed.eps: no case has eps = 0.5; "
        "there are cases with eps = 1e-05, 0.001, 0.01, 0.1, 0.25.\n"
        "layernorm: not judged: it leaves no choice that any case makes.\n"
    ) in out
    assert "Not in the target: 56 of 58 layers." in out


def test_where_no_layer_is_left_it_is_told_why(asked):
    code, out, _ = asked(ODD_EPS, LAYERNORM, text=True)
    assert code == 3
    assert "Nothing could be judged: no case suits layernorm as it is read.\n" in out
    assert out.count("Read with crosscheck.toml") == 1


def test_a_sum_over_no_examples_has_no_mean(asked):
    course = COURSES["orchard"]
    report = asked(course.config, course.code, "--scenario", "empty", "--scenario", "normal")
    assert not any("/empty/" in case for case in report["layers"]["affine:Dense"]["errors"])


def test_a_renamed_optimizer_is_called_as_the_course_does(asked):
    code = (
        "from impl_numpy import adam\ndef my_adam(w, dw, config):\n    return adam(w, dw, config)\n"
    )
    report = asked('[layers.adam]\nfunction = "my_adam"\n', code, "--layer", "adam")
    assert report["layers"]["adam:my_adam"]["status"] == "pass"
    half = code.replace("return adam(w, dw", "return adam(w, dw / 2")
    report = asked('[layers.adam]\nfunction = "my_adam"\n', half, "--layer", "adam")
    assert report["layers"]["adam:my_adam"]["status"] == "wrong"


def test_from_python_a_file_is_named(tmp_path):
    (tmp_path / "layers.py").write_text(RELU, encoding="utf-8")
    (tmp_path / "other.toml").write_text(RECT, encoding="utf-8")
    code, only = tmp_path / "layers.py", crosscheck.Selection(["relu"], ["float64"], ["normal"])
    assert crosscheck.check(code, only).status == "none"
    report = crosscheck.check(code, only, config=tmp_path / "other.toml")
    assert report.status == "pass"
    assert report.notes.read_with == "Read with other.toml: relu as rect / rect_back."


# -- every layer, with everything the other way round ---------------------------------------------


def _turned(function):
    """Takes and returns in the reverse order."""

    def turn(*arguments):
        returned = function(*arguments[::-1])
        return returned[::-1] if isinstance(returned, tuple) else returned

    return turn


def _reversed(layer):
    """The table for a layer, and its code."""
    words, theirs = Words(layer), [getattr(impl_numpy, name) for name in layer.functions]
    turned = [_turned(f) for f in theirs]
    if words.model:
        method = {"ask": lambda self, y, X: _turned(super(cls, self).loss)(y, X)}
        cls = type("Theirs", tuple(theirs), method)
        return {"class": "Theirs", "function": "ask"}, {"Theirs": cls}, ["grads", "loss"]
    names = {"theirs": turned[0], "theirs_back": turned[-1]}
    left = [o for a in layer.arguments if not isinstance(a, str) for o in a.returns]
    outputs = [n for n in words.returned(1) if n not in left]
    if words.single:
        more = ["config"] if "config" in words.arguments else []
        return {"function": "theirs"}, names, [*outputs, *more][::-1]
    table = {"forward": "theirs"}
    if layer.gradients:
        table |= {
            "backward": "theirs_back",
            "backward_arguments": ["cache", *words.upstream[::-1]],
            "gradients": list(layer.gradients[::-1]),
        }
    elif layer.differentiated:
        table["backward"] = "theirs_back"
    return table, names, ["cache" if layer.gradients else "_", *outputs[::-1]]


@pytest.mark.parametrize("name", catalogue())
def test_every_layer_can_be_mapped(name, embedded):
    layer = catalogue()[name]
    table, namespace, returns = _reversed(layer)
    table |= {"arguments": Words(layer).arguments[::-1], "returns": returns}
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    text = "\n".join([f"[layers.{name}]", *lines])
    config = read_text(text, Path("crosscheck.toml"), adapter_names)
    [candidate] = mapped.candidates(config.maps, namespace, catalogue())
    held = [c for c in cases(layer, ("float64",), ("normal",)) if embedded.holds(c)]
    assert held
    for result in check_cases(candidate, held, embedded):
        assert [f.message for f in result.findings] == []
