"""Live oracles: the same as the embedded ones, kept on disk, frameworks imported only if needed."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crosscheck import live
from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.layers import catalogue, module_of
from crosscheck.oracle_file import OracleFile
from crosscheck.run import check
from crosscheck.selection import Selection

pytestmark = pytest.mark.live

RELU = [Case.parse(f"relu/float32/{s}/s5x2x3/0") for s in ("normal", "kinks", "nan")]
# Beyond float64's own rounding, values keep digits down to 1/256 of their bound.
DIGITS_KEPT = 1 / 128


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "_cache_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def today():
    """What the frameworks installed here say today about the whole catalogue: computed once for
    these sources and versions, then kept in the user's cache.
    """
    oracles = live.LiveOracles()
    oracles.prepare([case for layer in catalogue().values() for case in cases(layer)])
    return oracles.all


def test_the_embedded_oracle_is_what_the_frameworks_say_today(today, embedded):
    kept = {k: o for group in embedded.groups() for k, o in embedded.group(*group).items()}
    p, versions = embedded.provenance, live.LiveOracles().provenance
    recorded = (p.torch, p.jax) == (versions.torch, versions.jax)
    assert kept.keys() == today.keys()
    for values_id, now in today.items():
        then = kept[values_id]
        assert then.checksum == now.checksum, values_id
        # A defect may show on one CPU and not on another.
        defects = {d.framework for d in Case.parse(values_id).layer.defects}
        assert set(then.votes) ^ set(now.votes) <= defects, values_id
        for quantity, expected in now.expected.items():
            what = f"{values_id} {quantity}"
            assert_same_value(then.expected[quantity], expected, what)
            # Another version may compute a derivative by another formula, whose bound is another.
            if recorded:
                assert_same_bound(then.expected[quantity].bound, expected.bound, what)


def assert_same_value(then, now, what):
    """As far as its digits go, where both claim it."""
    assert (then.other is None) == (now.other is None), what
    claimed = np.isfinite(now.bound) & np.isfinite(then.bound) & np.isfinite(now.value)
    # Float64 has no wider reference than itself: there the frameworks' own rounding shows.
    share = 1.0 if "/float64/" in what else DIGITS_KEPT
    allowed = share * np.maximum(then.bound, now.bound)
    with np.errstate(invalid="ignore"):
        moved = np.abs(then.value - now.value)
    assert (moved[claimed] <= allowed[claimed]).all(), what
    odd = ~np.isfinite(now.value)
    assert np.array_equal(then.value[odd], now.value[odd], equal_nan=True), what


def assert_same_bound(then, now, what):
    """Of the same size: a CPU with other vector units sums in another order."""
    claimed = np.isfinite(now)
    assert np.array_equal(np.isfinite(then), claimed), what
    assert np.allclose(then[claimed], now[claimed], rtol=1 / 16, atol=0), what


COURSE_CODE = """
import numpy as np

def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)  # fails on an empty batch

def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    return dx, x.reshape(x.shape[0], -1).T @ dout / len(x), dout.sum(0)  # dw divided by N

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    dout[cache < 0] = 0  # overwrites dout, and takes the slope at 0 as 1
    return dout
"""


def test_live_and_embedded_give_the_same_verdicts(folder, tmp_path):
    target = tmp_path / "layers.py"
    target.write_text(COURSE_CODE)
    selection = Selection(layers=["relu", "affine"], dtypes=["float32"])
    by_source = [
        {
            r.case.id: [(f.kind, f.severity, f.quantity) for f in r.findings]
            for layer in check(str(target), selection, live=flag).layers.values()
            for r in layer.results
        }
        for flag in (False, True)
    ]
    assert by_source[0] == by_source[1]
    assert {f[0] for found in by_source[0].values() for f in found} >= {
        "value",
        "empty",
        "mutation",
    }


def test_what_was_computed_is_read_back_without_the_frameworks(folder):
    first = live.LiveOracles()
    first.prepare(RELU)
    code = (
        "import sys, pathlib\n"
        "from crosscheck import live\n"
        "from crosscheck.case import Case\n"
        "live._cache_folder = lambda: pathlib.Path(sys.argv[1])\n"
        "oracles = live.LiveOracles()\n"
        "print(oracles.oracle(Case.parse(sys.argv[2])).checksum)\n"
        "print({'torch', 'jax'} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", code, str(folder), RELU[0].id]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert printed == [first.oracle(RELU[0]).checksum, "set()"]


def test_a_kept_file_that_is_damaged_is_computed_again(folder):
    live.LiveOracles().prepare(RELU)
    [path] = (folder / "oracles").iterdir()
    path.write_bytes(path.read_bytes()[:100])
    oracles = live.LiveOracles()
    oracles.prepare(RELU)
    assert oracles.cases == len(RELU)
    assert len(OracleFile(path).group("relu", "float32")) == len(RELU)


def test_more_cases_are_added_to_what_is_kept(folder):
    live.LiveOracles().prepare(RELU[:1])
    live.LiveOracles().prepare(RELU[1:])
    [path] = (folder / "oracles").iterdir()
    assert len(OracleFile(path).group("relu", "float32")) == len(RELU)


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(live, "_cache_folder", lambda: blocked)
    oracles = live.LiveOracles()
    oracles.prepare(RELU)
    assert oracles.cases == len(RELU)


def test_other_versions_have_other_answers(folder, monkeypatch):
    live.LiveOracles().prepare(RELU[:1])
    monkeypatch.setattr(live, "_version", lambda package: "9.9")
    live.LiveOracles().prepare(RELU[:1])
    assert len(list((folder / "oracles").iterdir())) == 2


# -- what an answer depends on ----------------------------------------------------------------


KEYED = ("affine", "relu", "by_function", "by_constant", "by_module", "in_turn")
LAYER = """
from crosscheck.layer import Input, Layer, Output, Point
{1}
forward = {2}
{0} = Layer(
    "{0}", "", (Input("x", "s"),), (Output("out", "s"),), (Point({{"s": 3}}),),
    forward, (forward,),
)
"""


@pytest.fixture
def keys(tmp_path, python):
    """``keys("relu")``: what the answers of each layer are kept under, by an own copy of crosscheck
    in which ``layers/relu.py`` was edited.
    """
    home = tmp_path / "copy"
    shutil.copytree(
        Path(live.__file__).parent, home / "crosscheck", ignore=shutil.ignore_patterns("*.pyc")
    )
    layers = home / "crosscheck" / "layers"
    (layers / "aa_helper.py").write_text("TWO = 2\ndef double(x):\n    return x + x\n")
    for name, takes, forward in (
        ("by_function", "from crosscheck.layers.aa_helper import double", "double"),
        ("by_constant", "from crosscheck.layers.aa_helper import TWO", "lambda x: x * TWO"),
        ("by_module", "from crosscheck.layers import aa_helper", "aa_helper.double"),
        ("in_turn", "from crosscheck.layers.by_constant import forward", "forward"),
    ):
        (layers / f"{name}.py").write_text(LAYER.format(name, takes, forward))

    def read(edited=""):
        if edited:
            path = home / "crosscheck" / f"{edited}.py"
            path.write_text(path.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
        done = python(
            "-c",
            "import json, sys\n"
            "sys.path.insert(0, sys.argv[1])\n"
            "from crosscheck import live\n"
            "assert live.__file__.startswith(sys.argv[1])\n"
            "print(json.dumps({n: live._content_key('', n) for n in sys.argv[2:]}))\n",
            home,
            *KEYED,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return read


def _changed(before, after):
    return {name for name in before if before[name] != after[name]}


def test_a_layer_s_answers_depend_on_its_own_file_and_on_what_that_takes_from_others(keys):
    before = keys()
    assert _changed(before, keys()) == set()
    assert _changed(before, before := keys("layers/affine")) == {"affine"}
    assert _changed(before, before := keys("layers/by_function")) == {"by_function"}
    assert _changed(before, before := keys("layers/by_constant")) == {"by_constant", "in_turn"}
    assert _changed(before, keys("layers/aa_helper")) == set(KEYED) - {"affine", "relu"}


def test_every_layer_s_answers_depend_on_everything_else(keys):
    before = keys()
    assert _changed(before, before := keys("scenario")) == set(before)
    assert _changed(before, keys("frameworks/torch")) == set(before)


@pytest.mark.parametrize("layer", catalogue())
def test_whatever_a_layer_s_file_imports_is_part_of_what_its_answers_depend_on(layer):
    files = live._files_of(layer)
    assert Path(module_of(layer).__file__) in files
    for file in files:
        for package, name in _imports_of(file):
            home = f"{package}.{name}".removeprefix("crosscheck.layers.").split(".")[0]
            if package.startswith("crosscheck.layers"):
                assert file.with_name(f"{home}.py") in files
            elif package.split(".")[0] not in {"crosscheck", *sys.stdlib_module_names}:
                assert package.split(".")[0] in live._PACKAGES


def _imports_of(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module, a.name) for a in node.names)
        elif isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names)


def test_progress_counts_up_to_all_of_them(folder):
    told = []
    live.LiveOracles().prepare(RELU, lambda *news: told.append(news))
    assert told == [("references", n, len(RELU)) for n in range(len(RELU) + 1)]


def test_provenance_says_which_versions_answered(folder):
    import jax
    import torch

    oracles = live.LiveOracles()
    oracles.prepare(RELU)
    p = oracles.provenance
    assert (p.source, p.jax) == ("live", jax.__version__)
    assert torch.__version__.startswith(p.torch)  # which may add how it was built: +cu132
    assert oracles.agreed == len(RELU)


@pytest.mark.parametrize("dtype", list(FORMATS))
def test_our_own_layers_pass_on_seeds_that_no_oracle_holds(folder, dtype):
    report = check("impl_numpy", Selection(dtypes=[dtype], seeds=[12345]), live=True, strict=True)
    assert [f.message for layer in report.layers.values() for f in layer.findings] == []
    assert report.status == "pass"
