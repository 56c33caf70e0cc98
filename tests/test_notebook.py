"""``%load_ext crosscheck`` and ``%crosscheck``: the functions of a running kernel."""

import pytest

import crosscheck
import impl_numpy
from crosscheck.report.record import Report

WRONG = """
from impl_numpy import relu_forward

def relu_backward(dout, x):
    return dout
"""

SESSION = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "crosscheck")
shell.run_cell({WRONG!r})
report = shell.run_cell("%crosscheck relu").result
assert report.status == "wrong", report
assert list(report.layers) == ["relu"]
html, _ = shell.display_formatter.format(report)
assert "dx is wrong at " in html["text/html"], html
assert "dx is wrong at " in html["text/plain"], html
shell.run_cell("from impl_numpy import relu_backward")
assert shell.run_cell("%crosscheck").result.layers["relu"].status == "pass"
"""


class Shell:
    """As much of IPython as the magic needs."""

    def __init__(self, **names):
        self.user_ns, self.magics = names, {}
        crosscheck.load_ipython_extension(self)

    def register_magic_function(self, function, kind, name):
        self.magics[kind, name] = function

    def crosscheck(self, line=""):
        return self.magics["line", "crosscheck"](line)


@pytest.fixture
def wrong():
    names = {}
    exec(WRONG, names)
    return Shell(**names)


def test_the_magic_checks_what_the_kernel_knows(wrong):
    report = wrong.crosscheck()
    assert isinstance(report, Report)
    assert report.layers["relu"].status == "wrong"
    assert report.layers["affine"].status == "missing"


def test_the_magic_checks_the_layers_named(wrong):
    assert list(wrong.crosscheck("relu tanh").layers) == ["relu", "tanh"]


def test_a_function_defined_anew_is_checked_anew(wrong):
    wrong.user_ns["relu_backward"] = impl_numpy.relu_backward
    assert wrong.crosscheck("relu").status == "pass"


def test_an_unknown_layer_is_one_clear_message(wrong, capsys):
    assert wrong.crosscheck("rleu") is None
    assert capsys.readouterr().err.startswith("crosscheck: There is no layer 'rleu'. Did you mean")


def test_a_function_stands_for_its_layer(wrong):
    assert list(wrong.crosscheck("relu_backward relu_forward tanh").layers) == ["relu", "tanh"]


def test_strict_is_asked_for():
    def relu_forward(x):
        return x.astype("float64") * (x > 0), x

    shell = Shell(relu_forward=relu_forward, relu_backward=impl_numpy.relu_backward)
    assert [shell.crosscheck(f"relu {o}").exit_code for o in ("", "--strict")] == [0, 1]


def test_a_dtype_is_asked_for(wrong):
    report = wrong.crosscheck("relu --dtype float64")
    assert {r.case.format.name for r in report.layers["relu"].results} == {"float64"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("relu --stict", "unrecognized arguments: --stict. Write: %crosscheck [LAYER or FUNCTION"),
        ("--dtype", "argument --dtype: expected one argument. Write: %crosscheck ["),
        ("relu --dtype float", "There is no dtype 'float'."),
        ("relu_backwards", "There is no layer 'relu_backwards'. "),
    ],
)
def test_what_cannot_be_meant_is_one_clear_message(wrong, capsys, line, told):
    assert wrong.crosscheck(line) is None
    captured = capsys.readouterr()
    assert captured.err.startswith(f"crosscheck: {told}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_notebook_shows_the_report_as_html(wrong):
    html = wrong.crosscheck("relu")._repr_html_()
    assert html.startswith("<pre ")
    assert "✗ relu: dx is wrong at " in html
    assert "<script" not in html


def test_text_of_theirs_is_escaped_in_html():
    def relu_forward(x):
        raise ValueError("<script>alert(1)</script>")

    html = crosscheck.check(relu_forward)._repr_html_()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html


def test_pythons_prompt_shows_the_report_as_text(wrong):
    text = repr(wrong.crosscheck("relu"))
    assert "✗ relu: dx is wrong at " in text
    assert "\x1b" not in text
    assert "repeat" not in text  # there is no file to name
    assert not text.startswith("crosscheck")


def test_it_works_in_ipython_itself(python):
    pytest.importorskip("IPython")
    done = python("-c", SESSION)
    assert done.returncode == 0, done.stdout + done.stderr
