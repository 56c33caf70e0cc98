"""What an adapter calls, written down: nothing is shown that does not do the same when run."""

from dataclasses import replace

import numpy as np
import pytest

from crosscheck.adapters import candidates_in
from crosscheck.case import Case
from crosscheck.layers import catalogue
from crosscheck.recorded.show import Shown, shown

CASE = Case.parse("affine/float64/normal/N2-d3-M5/0")
LINEAR = """
import numpy as np

class Linear:
    def __init__(self, in_features, out_features):
        self.W = np.zeros((out_features, in_features))
        self.b = np.zeros(out_features)

    def forward(self, A):
        self.A = A
        Z = A @ self.W.T + self.b
        return Z

    def backward(self, dLdZ):
        self.dLdW = dLdZ.T @ self.A
        self.dLdb = dLdZ.sum(axis=0)
        return dLdZ @ self.W
"""


@pytest.fixture
def linear(tmp_path):
    """``linear(source)`` is the affine layer of a file with this source, as an adapter has it."""

    def make(source):
        path = tmp_path / "layers.py"
        path.write_text(source, encoding="utf-8")
        namespace = {"__name__": "layers"}
        exec(compile(source, str(path), "exec"), namespace)
        [found] = candidates_in(namespace, [catalogue()["affine"]], "cmu_2023")
        return found

    return make


def _of(candidate, quantity):
    return shown(candidate, CASE, CASE.draw(), quantity)


@pytest.mark.parametrize(
    ("quantity", "what", "axes"),
    [("out", "Z", (0, 1)), ("dw", "layer.dLdW", (1, 0)), ("db", "layer.dLdb", (0,))],
)
def test_a_quantity_is_found_in_their_words_and_layout(quantity, what, axes, linear):
    found = _of(linear(LINEAR), quantity)
    assert (found.what, found.place.axes, found.factor) == (what, axes, 1.0)


def test_what_is_returned_without_a_name_gets_one(linear):
    assert _of(linear(LINEAR), "dx").what == "returned"


def test_what_is_set_is_set_and_what_is_not_needed_is_left_out(linear):
    lines = _of(linear(LINEAR), "out").lines
    assert [line.partition(" = ")[0] for line in lines] == [
        *("layer", "layer.W", "layer.b", "A", "Z"),
    ]
    assert lines[0] == "layer = Linear(3, 5)"


def test_zeros_are_not_mistaken_for_others_of_zeros(linear):
    wrong = LINEAR.replace("dLdZ.T @ self.A", "0 * (dLdZ.T @ self.A)")
    wrong = wrong.replace("dLdZ.sum(axis=0)", "0 * dLdZ.sum(axis=0)")
    found = linear(wrong)
    assert _of(found, "dw").what == "layer.dLdW"
    assert _of(found, "db").what == "layer.dLdb"


def test_a_mean_is_told_from_a_sum(linear):
    candidate = linear(LINEAR.replace("dLdZ.T @ self.A", "dLdZ.T @ self.A / len(dLdZ)"))
    found = _of(candidate, "dw")
    assert (found.place.factor, found.factor) == ("N", 2.0)


def test_a_call_that_fails_is_the_last_line(linear):
    candidate = linear(LINEAR.replace("dLdZ @ self.W", "dLdZ @ self.w"))
    assert shown(candidate, CASE, CASE.draw(), "").lines[-1] == "layer.backward(dLdZ)"


def test_what_does_something_else_the_second_time_is_not_shown(linear):
    counts = LINEAR.replace("import numpy as np\n", "import numpy as np\ncalls = []\n")
    counts = counts.replace("self.A = A\n", "self.A = A; calls.append(1)\n")
    assert _of(linear(counts.replace("+ self.b", "+ self.b + len(calls)")), "out") is None


def test_what_is_put_together_from_several_results_is_not_shown(linear):
    candidate = linear(LINEAR)
    forward, backward = candidate.functions.values()

    def sums(dout, cache):
        dx, dw, db = backward(dout, cache)
        return dx, dw, db + dw.sum(axis=0)

    functions = dict(zip(candidate.functions, (forward, sums), strict=True))
    sums.__wrapped__ = backward.__wrapped__
    assert _of(replace(candidate, functions=functions), "db") is None


def test_it_goes_over_a_pipe(linear):
    found = _of(linear(LINEAR), "dw")
    plain, arrays = found.plain()
    again = Shown.told(plain, arrays)
    np.testing.assert_array_equal(again.got, found.got)
    assert (again.place, again.lines, again.imports) == (found.place, found.lines, found.imports)
