"""A measured derivative is flagged, and what right course code does is not."""

import textwrap
from pathlib import Path

import pytest

from crosscheck.grading.inspection import flags

ROOT = Path(__file__).parents[1]


def _kinds(source):
    return [flag["kind"] for flag in flags(textwrap.dedent(source), "layers.py")]


@pytest.mark.parametrize(
    "source",
    [
        "def f_backward(d, c):\n for i in c:\n  f_forward(i + 1)",
        "def f_backward(d, x):\n return d * (f_forward(x + h) - f_forward(x - h)) / (2 * h)",
        "def f_backward(d, x):\n return (f_forward(x + 1e-5) - out) / 1e-5",
        "def f_backward(d, x):\n return [f_forward(x) for _ in x]",
        "def f_backward(d, x):\n return numerical_gradient(lambda v: f_forward(v), x)",
        "def slope(f, x): ...\ndef f_backward(d, x):\n return slope(f_forward, x)",
        "def slope(x):\n while x: f_forward(x)\ndef f_backward(d, x):\n return slope(x)",
        "class F:\n def backward(self, d):\n  for i in d: self.forward(i)",
    ],
)
def test_a_measured_derivative_is_flagged(source):
    assert _kinds(source) == ["numerical-gradient"]


def test_a_complex_step_is_flagged():
    assert "complex-step" in _kinds("def f_backward(d, x):\n return f_forward(x + 1e-200j).imag")


def test_a_forward_that_is_run_anew_is_only_noted():
    [flag] = flags("def f_backward(d, x):\n out, _ = f_forward(x)\n return d * out", "a.py")
    assert flag == {
        "kind": "recomputed-forward",
        "message": "f_backward calls its own forward once: it computes anew what it could keep",
        "where": "a.py:1",
    }


@pytest.mark.parametrize(
    "source",
    [
        "def rnn_backward(d, c):\n for t in d: rnn_step_backward(t, c)",
        "def rnn_backward(d, c):\n for t in d: rnn_step_forward(t, c)",
        "def conv_backward(d, c):\n return im2col(d) @ c, affine_forward(d, c)",
        "def f_forward(x):\n for i in x: f_forward(i)",
        "def norm_backward(d, c, eps=1e-5):\n return d / (c + eps)",
        "def fft_backward(d, c):\n return np.fft.ifft(d * c).real",
        "class F:\n def forward(self, x): ...\n def backward(self, d): return helper(self, d)",
        "not python (",
    ],
)
def test_what_right_code_does_is_not_flagged(source):
    assert _kinds(source) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import torch.nn as nn", "it imports torch, which cannot be imported where it is judged"),
        ("from jax import grad", "it imports jax, which cannot be imported where it is judged"),
        ("import ctypes", "it uses ctypes, which no layer needs"),
        ("import os\nos._exit(0)", "it uses os._exit, which no layer needs"),
        ("from os import kill", "it uses os.kill, which no layer needs"),
        ("open('/proc/1/mem')", "it uses /proc, which no layer needs"),
        ("from crosscheck import check", "it uses crosscheck, which no layer needs"),
    ],
)
def test_what_no_layer_needs_is_flagged(source, message):
    assert [flag["message"] for flag in flags(source, "layers.py")] == [message]


def test_the_same_is_flagged_once():
    assert len(flags("import gc\nimport gc\nimport gc", "layers.py")) == 1


def test_only_the_functions_asked_for_are_looked_at():
    source = "def f_backward(d, c):\n for i in c: f_forward(i)"
    assert flags(source, "a.py", ["g_backward"]) == []
    assert flags(source, "a.py", ["f_backward"])


def _as_own(file):
    """Its text, as somebody writes it who has no such package."""
    return file.read_text(encoding="utf-8").replace("impl_numpy", "layers_of_mine")


def test_the_right_layers_of_the_package_are_flagged():
    [flag] = flags("from impl_numpy import affine_forward\n", "layers.py")
    assert flag["message"] == ("it imports impl_numpy, which cannot be imported where it is judged")


def test_nothing_of_right_layers_is_flagged():
    files = [*(ROOT.parent / "impl_numpy").glob("*.py")]
    assert files
    told = [flag for f in files for flag in flags(_as_own(f), f.name)]
    assert told == []
