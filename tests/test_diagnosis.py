"""What is said about a wrong candidate, put together."""

import time

import pytest

from crosscheck.case import cases
from crosscheck.diagnosis import diagnosed
from crosscheck.finding import Diagnosis
from crosscheck.judging import check_cases
from crosscheck.layers import layer_named
from crosscheck.run import check


@pytest.fixture
def diagnosis(candidate, embedded):
    """``diagnosis("affine", affine_backward=wrong)`` is what is said about that candidate."""

    def make(layer, seconds=1.0, **replacements):
        wrong = candidate(layer, **replacements)
        results = check_cases(wrong, cases(layer_named(layer), ("float32", "float64")), embedded)
        return diagnosed(wrong, results, embedded, seconds)

    return make


def _averaged(dout, cache):
    import impl_numpy

    dx, dw, db = impl_numpy.affine_backward(dout, cache)
    return dx, dw / max(len(dout), 1), db


def test_a_wrong_gradient_has_a_blame_a_hint_and_a_snippet(diagnosis):
    said = diagnosis("affine", affine_backward=_averaged)
    assert said.blame.startswith("The forward is right; affine_backward, ")
    [hint] = said.hints["dw"]
    assert hint.startswith("dw is the correct gradient times exactly 1/N: ")
    assert said.snippet.splitlines()[0] == "import numpy as np"
    assert said.snippet.splitlines()[-1] == "print(dw)  # expected [[2.]], got [[1.]]"


def test_nothing_is_searched_for_once_the_time_is_over(diagnosis):
    assert diagnosis("affine", 0.0, affine_backward=_averaged).snippet == ""


def test_a_right_quantity_has_no_hint(diagnosis):
    assert list(diagnosis("affine", affine_backward=_averaged).hints) == ["dw"]


def test_a_crash_is_shown_in_its_smallest_case(diagnosis):
    def relu_backward(dout, x):
        raise ValueError("no")

    said = diagnosis("relu", relu_backward=relu_backward)
    assert said.hints == {}
    assert "relu_backward(" in said.snippet


def test_it_is_part_of_a_report(target):
    path = target(
        "import numpy as np\n"
        "def relu_forward(x):\n    return np.maximum(x, 0), x\n"
        "def relu_backward(dout, x):\n    return 2 * dout * (x > 0)\n"
    )
    said = check(str(path)).layers["relu"].diagnosis
    assert "2" in said.hints["dx"][0]
    assert said.snippet.startswith("import numpy as np\nfrom layers import relu_forward, ")


def test_a_right_layer_has_none():
    assert check("impl_numpy").layers["relu"].diagnosis == Diagnosis()


def test_an_endless_loop_is_not_run_again(target):
    path = target("def relu_forward(x):\n    while True:\n        pass\n")
    from crosscheck.run import Limits

    start = time.monotonic()
    report = check(str(path), limits=Limits(case=1.0, layer=1.0))
    assert report.layers["relu"].diagnosis == Diagnosis()
    assert time.monotonic() - start < 8
