"""Derivatives that are measured by way of what forward and backward share are flagged; what right
code shares is not.
"""

import ast
from pathlib import Path
from textwrap import indent

import pytest
from courses import COURSES

from crosscheck.grading.inspection import NUMERICAL, flags

TESTS = Path(__file__).parents[1]

SHARED = """
import numpy as np

def _f(x, w):
    return x @ w

def affine_forward(x, w, b):
    return _f(x, w) + b, (x, w, b)

"""


def _kinds(source):
    return {flag["kind"] for flag in flags(source, "layers.py")}


def _backward(body, rest=""):
    return f"{SHARED}{rest}\ndef affine_backward(dout, cache):\n{indent(body, '    ')}\n"


LOOP = """
x, w, b = cache
dx = np.zeros_like(x)
for i in np.ndindex(x.shape):
    {}
return dx, x.T @ dout, dout.sum(axis=0)
"""

MEASURED = {
    "an element is moved and moved back": """
x[i] += h
up = _f(x, w)
x[i] -= 2 * h
dx[i] = ((up - _f(x, w)) * dout).sum() / (2 * h)
x[i] += h
""",
    "in a copy": """
xp = x.copy()
xp[i] += 1e-6
dx[i] = ((_f(xp, w) - _f(x, w)) * dout).sum() / 1e-6
""",
    "what was there is kept": """
old = x[i]
x[i] = old + 1e-4
up = _f(x, w)
x[i] = old - 1e-4
down = _f(x, w)
x[i] = old
dx[i] = ((up - down) * dout).sum() * 5e3
""",
    "by another name": """
banana = 1e-5
e = np.zeros_like(x)
e[i] = banana
dx[i] = ((_f(x + e, w) - _f(x - e, w)) * dout).sum() / banana / 2
""",
    "by the root of what a float can tell apart": """
t = np.sqrt(np.finfo(float).eps)
e = np.zeros_like(x)
e[i] = 1
dx[i] = ((_f(x + t * e, w) - _f(x, w)) * dout).sum() / t
""",
    "through another name": """
g = _f
e = np.zeros_like(x)
e[i] = 1
dx[i] = ((g(x + 1e-5 * e, w) - g(x, w)) * dout).sum() * 1e5
""",
    "through a name as text": """
g = globals()["_f"]
e = np.zeros_like(x)
e[i] = 1
dx[i] = ((g(x + 1e-5 * e, w) - g(x, w)) * dout).sum() * 1e5
""",
    "through a view": """
flat = x.reshape(-1)
flat[0] += 1e-5
dx[i] = ((_f(x, w) - out) * dout).sum() / 1e-5
""",
    "with signs": """
e = np.zeros_like(x)
e[i] = 2.0 ** -20
dx[i] = sum(s * (_f(x + s * e, w) * dout).sum() for s in (1, -1)) / (2 * 2.0 ** -20)
""",
    "by NumPy's functions": """
e = np.zeros_like(x)
e[i] = 1e-5
dx[i] = np.divide((np.subtract(_f(np.add(x, e), w), _f(x, w)) * dout).sum(), 1e-5)
""",
    "by whole numbers, as it is linear": """
e = np.zeros_like(x)
e[i] = 1
dx[i] = (_f(e, w) * dout).sum()
""",
    "by a lambda around it": """
g = lambda v: (_f(v, w) * dout).sum()
xp = x.copy()
xp[i] += 1e-5
dx[i] = (g(xp) - g(x)) / 1e-5
""",
    "inline, by NumPy's functions": """
xp = x.copy()
xp[i] = np.add(xp[i], 1e-5)
dx[i] = np.divide((np.subtract(xp @ w, x @ w) * dout).sum(), 1e-5)
""",
    "inline": """
xp = x.copy()
xp[i] += 1e-5
dx[i] = ((xp @ w - x @ w) * dout).sum() / 1e-5
""",
}


@pytest.mark.parametrize("how", MEASURED)
def test_a_shared_helper_that_is_measured_is_flagged(how):
    inside = indent(MEASURED[how].strip(), "    ").strip()
    assert NUMERICAL in _kinds(_backward("h = 1e-5" + LOOP.format(inside)))


HELPED = {
    "the helper is handed on": (
        "return _grad(_f, x, dout)",
        """
def _grad(f, x, dout, h=1e-5):
    found = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        i = it.multi_index
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        found[i] = ((up - f(x)) * dout).sum() / (2 * h)
        x[i] = old
        it.iternext()
    return found
""",
    ),
    "the forward is handed on": (
        "return _grad(affine_forward, x)",
        "\ndef _grad(f, x):\n    return (f(x + 1e-5) - f(x - 1e-5)) * 5e4\n",
    ),
    "it moves elsewhere": (
        "h = 1e-5\nreturn (_f(_moved(x, 0, h), w) - _f(_moved(x, 0, -h), w)) * dout / (2 * h)",
        "\ndef _moved(x, i, h):\n    x = x.copy()\n    x[i] += h\n    return x\n",
    ),
    "by a method of nditer": (
        """
for v in np.nditer(x, op_flags=["readwrite"]):
    v += 1e-5
    up = _f(x, w)
    v -= 1e-5
    dx.append((up - _f(x, w)).sum() / 1e-5)
""",
        "",
    ),
    "by the module's own name": ("return (me._f(x + 1e-5, w) - out) / 1e-5", "import layers as me"),
    "by a step of the class": (
        "return (_f(x + Steps.small, w) - out) / Steps.small",
        "\nclass Steps:\n    small = 1e-5\n",
    ),
    "one that is written twice": (
        "return _slope(x, w)",
        """
def _slope(x, w):
    return (_f(x + 1e-5, w) - _f(x, w)) / 1e-5

if False:
    def _slope(x, w):
        return w
""",
    ),
}


@pytest.mark.parametrize("how", HELPED)
def test_a_helper_that_measures_is_flagged(how):
    assert NUMERICAL in _kinds(_backward(*HELPED[how]))


def test_methods_are_looked_at_as_well():
    source = """
class Affine:
    def _f(self, x):
        return x @ self.w

    def forward(self, x):
        self.x = x
        return self._f(x)

    def backward(self, dout):
        for i in np.ndindex(self.x.shape):
            self.x[i] += 1e-6
            up = self._f(self.x)
            self.x[i] -= 1e-6
            self.dx[i] = ((up - type(self)._f(self, self.x)) * dout).sum() / 1e-6
"""
    assert NUMERICAL in _kinds(source)


def test_a_loss_that_measures_itself_is_flagged():
    source = """
def _value(x, y):
    return -x[range(len(x)), y].mean()

def softmax_loss(x, y):
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = 1e-5
        dx[i] = (_value(x + e, y) - _value(x - e, y)) / 2e-5
    return _value(x, y), dx
"""
    assert NUMERICAL in _kinds(source)


@pytest.mark.parametrize(
    "moved", ["x + 1e-30j", "x + 1j * h", "x.astype(complex)", "x.astype('c16')"]
)
def test_complex_numbers_for_a_shared_helper_are_flagged(moved):
    assert "complex-step" in _kinds(_backward(f"return _f({moved}, w)"))


def test_a_name_that_nobody_can_read_is_flagged():
    found = flags(_backward("return eval(name)(x)"), "layers.py")
    assert [f["message"] for f in found] == ["affine_backward uses eval, which no layer needs"]


RIGHT = {
    "gates of every step": "for t in x:\n    a = _f(t, w) + _f(h, u)\n    dh = _f(h + dh, u)",
    "rows of a batch": "for i in range(len(x)):\n    dx[i] = _f(dout[i], w.T)",
    "guarded logarithms": "return _f(p + 1e-8, w) - _f(q + 1e-8, w)",
    "a guarded root": "for g in groups:\n    dx = dx / _f(var + 1e-5, w)",
    "a guarded quotient": "for g in groups:\n    dx = _f(x - mu, w) / (std + 1e-5)",
    "windows": "for i in range(H):\n    for j in x:\n        dx[i] += _f(x[i + 1], j) / (H * W)",
    "scatter": "for i in range(N):\n    dx[i] += dout[i]\n    dw += _f(x, w)",
    "labels": "for i in range(N):\n    p[i, y[i]] -= 1\nreturn _f(p / N, w)",
    "counted": "n = 0\nfor i in x:\n    n += 1\n    dx[n] = _f(i, n)",
    "a mask": "scores = scores + (1 - mask) * -1e9\nreturn _f(scores + 1e-9, w)",
    "clipped": "p = np.clip(p, 1e-7, 1 - 1e-7)\nreturn np.where(p > 1e-7, 1 / p, 1e7) * _f(p, w)",
    "leaky": "alpha = 0.001\nreturn np.where(x > 0, dout, alpha * dout) + _f(x, w)",
    "momentum": "for t in x:\n    w = w - 1e-3 * _f(dout, w)",
    "two halves": "return _f(x[:h], w) - _f(x[h:], w) / h",
    "a mean": "d = (_f(x, w) - _f(y, w)) / N\nreturn d",
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_what_right_code_shares_is_not_flagged(what):
    assert flags(_backward(RIGHT[what]), "layers.py") == []


def _hoisted(path):
    """A file of variants as files are handed in: no functions inside of functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for outer in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
        for inner in [node for node in outer.body if isinstance(node, ast.FunctionDef)]:
            inner.name = f"{outer.name}_{inner.name}"
            tree.body.append(inner)
    return ast.unparse(tree)


RIGHT_FILES = [
    *sorted((TESTS / "test_adapters" / "corpus").rglob("*.py")),
    *sorted((TESTS / "test_corpus" / "files").rglob("*.py")),
    *sorted((TESTS / "variants").glob("[!_]*.py")),
]


@pytest.mark.parametrize("path", RIGHT_FILES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_file_of_a_course_is_taken_for_a_measured_one(path):
    text = _hoisted(path) if path.parent.name == "variants" else path.read_text("utf-8")
    kinds = {flag["kind"] for flag in flags(text, path.name)}
    assert not kinds & {NUMERICAL, "complex-step", "not-inspected"}


def test_no_text_takes_longer_than_anybody_would_wait():
    """Every backward of a thousand reaches a thousand helpers."""
    helpers = "".join(
        f"def _f{i}(x):\n    return _f{i + 1}(x + 1e-5) / (2 * h)\n" for i in range(999)
    )
    backwards = "".join(f"def a{i}_backward(d):\n    return _f0(d)\n" for i in range(2000))
    assert "not-inspected" in _kinds(helpers.replace("1e-5", "1") + backwards)


@pytest.mark.parametrize(
    "deep",
    [
        "-" * 900 + "x",
        "x + " * 900 + "h",
        "(" * 90 + "x" + ") / h" * 90,
        "x" + "[0]" * 900,
        "f" + "(x)" * 900,
    ],
)
def test_no_text_is_too_deep(deep):
    assert not _kinds(_backward(f"return _f(x + {deep}, w)")) - {NUMERICAL}


@pytest.mark.parametrize("course", COURSES)
def test_no_course_with_a_configuration_is_taken_for_a_measured_one(course):
    assert flags(COURSES[course].code, "layers.py") == []
