"""What is printed for code that an adapter calls can be pasted: it shows the mistake in the wrong
version, and what is expected in the right one.
"""

import contextlib
import importlib
import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import test_adapters
from courses import COURSES

from crosscheck.adapters import reading_for
from crosscheck.case import cases
from crosscheck.finding import WRONG
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue
from crosscheck.local import LocalOracles
from crosscheck.smallest.shrink import shrunk
from crosscheck.smallest.snippet import snippet
from crosscheck.worker.remote import opened_apart

pytestmark = pytest.mark.slow
CORPUS = Path(test_adapters.__file__).parent / "corpus"

MISTAKES = [
    (
        "cmu_2021",
        "affine:Linear",
        "dw",
        "np.dot(self.x.T, delta) / batch",
        "np.dot(self.x.T, delta) * batch",
    ),
    (
        "cmu_2021",
        "affine:Linear",
        "dx",
        "np.dot(delta, self.W.T)",
        "np.dot(delta, self.W.T) / batch_size",
    ),
    (
        "cmu_2021",
        "tanh:Tanh",
        "dx",
        "return 1 - self.state**2",
        "return 1 - self.state",
    ),
    (
        "cmu_2021",
        "softmax_loss:SoftmaxCrossEntropy",
        "dx",
        "self.sm - self.labels",
        "self.labels - self.sm",
    ),
    (
        "cmu_2021",
        "softmax_loss:SoftmaxCrossEntropy",
        "loss",
        "-np.sum(y * logs, axis=1)",
        "np.sum(y * logs, axis=1)",
    ),
    (
        "cmu_2021",
        "conv:Conv2D",
        "dx",
        "dx[window] += np.tensordot",
        "dx[window] = np.tensordot",
    ),
    (
        "cmu_2022",
        "affine:Linear",
        "db",
        "self.dLdb = dLdb / self.N",
        "self.dLdb = dLdb",
    ),
    (
        "cmu_2022",
        "relu:ReLU",
        "dx",
        "np.where(self.A > 0, 1.0, 0.0)",
        "np.where(self.A > 1, 1.0, 0.0)",
    ),
    (
        "cmu_2022",
        "mse_loss:MSELoss",
        "dx",
        "dLdA = self.A - self.Y",
        "dLdA = self.Y - self.A",
    ),
    (
        "cmu_2022",
        "sgd:SGD.step",
        "next_w",
        "self.l[i].W - self.lr * self.l[i].dLdW",
        "self.l[i].W + self.lr * self.l[i].dLdW",
    ),
    (
        "cmu_2023",
        "affine:Linear",
        "dw",
        "flat_dLdZ.T @ flat_A",
        "2 * flat_dLdZ.T @ flat_A",
    ),
    (
        "cmu_2023",
        "softmax:Softmax",
        "dx",
        "self.A * (dLdA - weighted)",
        "self.A * dLdA",
    ),
    (
        "dlfs1",
        "affine:Affine",
        "dw",
        "np.dot(self.x.T, dout)",
        "np.dot(self.x.T, dout) / len(dout)",
    ),
    (
        "nnfs",
        "affine:Layer_Dense",
        "db",
        "np.sum(dvalues, axis=0, keepdims=True)",
        "np.mean(dvalues, axis=0, keepdims=True)",
    ),
    (
        "coursera",
        "affine:linear_forward",
        "db",
        "np.sum(dZ, axis=1, keepdims=True)",
        "2 * np.sum(dZ, axis=1, keepdims=True)",
    ),
    (
        "dlcourse",
        "relu:ReLULayer",
        "dx",
        "d_result = d_out * self.positive",
        "d_result = self.positive * 1.0",
    ),
    (
        "uva",
        "affine:LinearModule",
        "dw",
        "dout.T @ self.x\n",
        "dout.T @ self.x / len(dout)\n",
    ),
]


def _wrong(candidate, quantity):
    suited = [c for c in cases(candidate.layer, ("float64",)) if candidate.suits(c)]
    results = check_cases(candidate, suited, LocalOracles())
    found = [f for r in results for f in r.findings if f.severity == WRONG]
    return next(f for f in found if f.quantity == quantity or f.kind == "crash")


@pytest.fixture
def pasted(tmp_path, monkeypatch):
    """``pasted(code, source)`` is what a snippet prints with this source in layers.py."""
    monkeypatch.syspath_prepend(tmp_path)

    def run(code, source):
        (tmp_path / "layers.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.delitem(sys.modules, "layers", raising=False)
        importlib.invalidate_caches()
        with contextlib.redirect_stdout(io.StringIO()) as output:
            exec(compile(code, "snippet", "exec"), {})
        return output.getvalue()

    return run


def _numbers(text):
    return np.array([float(n) for n in re.findall(r"-?(?:\d[\d.e+-]*|inf|nan)", text)])


def _changed(family, old, new):
    text = (CORPUS / family / "right.py").read_text(encoding="utf-8")
    assert old in text
    return text, text.replace(old, new)


def _snippet_of(path, name, quantity):
    layers = [catalogue()[name.partition(":")[0]]]
    with opened_apart(str(path), layers, reading=reading_for(str(path))) as there:
        candidate = next(c for c in there.candidates if name in (c.name, c.layer.name))
        return snippet(shrunk(candidate, _wrong(candidate, quantity), seconds=600), candidate)


@pytest.mark.parametrize(
    ("family", "name", "quantity", "old", "new"), MISTAKES, ids=lambda v: v if ":" in v else ""
)
def test_it_shows_the_mistake_and_what_is_right(family, name, quantity, old, new, tmp_path, pasted):
    right, wrong = _changed(family, old, new)
    (tmp_path / "layers.py").write_text(wrong, encoding="utf-8")
    code = _snippet_of(tmp_path / "layers.py", name, quantity)
    expected, got = map(_numbers, re.search(r"# expected (.*), got (.*)\n", code).groups())
    assert not np.allclose(expected, got)
    np.testing.assert_allclose(_numbers(pasted(code, wrong)), got, rtol=1e-6)
    np.testing.assert_allclose(_numbers(pasted(code, right)), expected, rtol=1e-6, atol=1e-12)
    assert len(code.splitlines()) <= 16


def test_it_is_in_the_words_and_the_layout_of_the_course(tmp_path):
    _, wrong = _changed("cmu_2022", "self.dLdW = dLdW / self.N", "self.dLdW = dLdW / self.N / 2")
    (tmp_path / "layers.py").write_text(wrong, encoding="utf-8")
    assert _snippet_of(tmp_path / "layers.py", "affine:Linear", "dw") == (
        "import numpy as np\n"
        "from layers import Linear\n"
        "\n"
        "layer = Linear(1, 1)\n"
        "A = np.array([[1.0]])\n"
        "Z = layer.forward(A)\n"
        "dLdZ = np.array([[1.0]])\n"
        "dLdA = layer.backward(dLdZ)\n"
        "print(layer.dLdW)  # expected [[1.]], got [[0.5]]\n"
    )


MAPPED = [
    (name, *mistake)
    for name, course in COURSES.items()
    for mistake in course.mistakes
    if mistake[2:] != ("dropout", "out")  # a mask: no small case shows it
]


@pytest.mark.parametrize(("name", "old", "new", "layer", "quantity"), MAPPED)
def test_a_map_of_the_courses_own_is_followed(name, old, new, layer, quantity, tmp_path, pasted):
    (tmp_path / "crosscheck.toml").write_text(COURSES[name].config, encoding="utf-8")
    right = COURSES[name].code
    wrong = right.replace(old, new)
    (tmp_path / "layers.py").write_text(wrong, encoding="utf-8")
    code = _snippet_of(tmp_path / "layers.py", layer, quantity)
    expected, got = map(_numbers, re.search(r"# expected (.*), got (.*)\n", code).groups())
    np.testing.assert_allclose(_numbers(pasted(code, wrong)), got, rtol=1e-6)
    np.testing.assert_allclose(_numbers(pasted(code, right)), expected, rtol=1e-6, atol=1e-12)


def test_a_crash_is_shown_at_its_call(tmp_path):
    _, wrong = _changed(
        "cmu_2023", "        flat_A = self.A.reshape", "        flat_A = self.a.reshape"
    )
    (tmp_path / "layers.py").write_text(wrong, encoding="utf-8")
    code = _snippet_of(tmp_path / "layers.py", "affine:Linear", "dx")
    assert re.search(
        r"\nlayer\.backward\(dLdZ\)  # raises AttributeError: .*'a'.* \(layers\.py, line \d+\)",
        code,
    )


def test_it_leaves_no_profiler_behind(tmp_path):
    test_it_is_in_the_words_and_the_layout_of_the_course(tmp_path)
    assert sys.getprofile() is None


def test_of_what_is_put_together_by_the_adapter_there_is_none(tmp_path):
    _, wrong = _changed("cmu_2021", "dn, dn * self.r", "dn, dn")
    (tmp_path / "layers.py").write_text(wrong, encoding="utf-8")
    assert _snippet_of(tmp_path / "layers.py", "gru_step:GRUCell", "dbh") == ""
