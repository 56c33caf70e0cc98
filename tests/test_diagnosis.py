"""What is said about a wrong candidate, put together."""

import numpy as np
import pytest

from crosscheck.case import cases
from crosscheck.diagnosis import diagnosed
from crosscheck.finding import Diagnosis, Finding
from crosscheck.judging import check_cases
from crosscheck.layers import layer_named
from crosscheck.run import Limits, check
from crosscheck.selection import Selection
from crosscheck.smallest.without import why_not


@pytest.fixture
def diagnosis(candidate, embedded):
    """``diagnosis("affine", affine_backward=wrong)`` is what is said about that candidate."""

    def make(layer, seconds=600.0, **replacements):
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
    relu = Selection(layers=("relu",))
    assert check("impl_numpy", relu).layers["relu"].diagnosis == Diagnosis()


def test_an_endless_loop_is_not_run_again(target, tmp_path):
    runs = tmp_path / "runs"
    path = target(
        "def relu_forward(x):\n"
        f"    open({str(runs)!r}, 'a').write('once ')\n"
        "    while True:\n        pass\n"
    )
    report = check(path, limits=Limits(case=1.0, layer=1.0))
    said = report.layers["relu"].diagnosis
    assert (said.blame, said.hints, said.snippet, said.instead) == ("", {}, "", "")
    assert runs.read_text() == "once "


def test_of_a_mask_it_is_said_how_to_see_it(diagnosis):
    def dropout_forward(x, dropout_param):
        p = dropout_param["p"]
        mask = np.arange(x.size).reshape(x.shape) % 100 < 100 * p**4
        return x * mask / p, mask / p

    def dropout_backward(dout, cache):
        return dout * cache

    said = diagnosis("dropout", dropout_forward=dropout_forward, dropout_backward=dropout_backward)
    assert said.shows == ("mask", "out")
    assert said.snippet == ""
    assert said.instead.startswith("A mask is judged by how many of many elements it keeps, so ")
    assert "Give dropout_forward ones of shape (100, 100)" in said.instead


def test_of_what_is_kept_between_calls_it_is_said_how_to_see_it(diagnosis):
    kept = {}

    def relu_forward(x):
        out = kept.setdefault((x.shape, x.dtype), np.zeros_like(x))
        out[...] = np.maximum(x, 0)
        return out, x.copy()

    said = diagnosis("relu", relu_forward=relu_forward)
    assert said.shows == ("state", "out")
    assert said.snippet == ""
    assert said.instead.startswith("One call does not show it, so there is no smallest case. Call ")


def test_of_params_it_is_said_how_to_see_them(candidate):
    finding = Finding("params", "wrong", "dW1", "", "TwoLayerNet makes W1 of shape (2, 3)")
    said = why_not(finding, candidate("two_layer_net"))
    assert said.endswith("print {name: array.shape for name, array in model.params.items()}.")


def test_where_a_snippet_shows_it_nothing_is_said_instead(diagnosis):
    assert diagnosis("affine", affine_backward=_averaged).instead == ""


def test_what_is_said_instead_is_shown_in_its_place(target, command):
    path = target(
        "import numpy as np\nkept = {}\n"
        "def relu_forward(x):\n"
        "    out = kept.setdefault((x.shape, x.dtype), np.zeros_like(x))\n"
        "    out[...] = np.maximum(x, 0)\n    return out, x.copy()\n"
        "def relu_backward(dout, x):\n    return dout * (x > 0)\n"
    )
    _, output, _ = command("check", path)
    assert "    see it   One call does not show it, so there is no smallest case. Call" in output
    assert "paste this" not in output
