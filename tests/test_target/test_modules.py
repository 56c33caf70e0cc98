"""A folder is read file by file, in packages and out of them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from crosscheck.errors import MissingError, TargetError
from crosscheck.target import files, modules
from test_target.conftest import RELU

AFFINE = "def affine_forward(x, w, b): return x @ w + b, (x, w)\n"


def _names(found):
    return [c.name for c in found.candidates]


# -- packages ---------------------------------------------------------------------------------


@pytest.fixture(params=["with", "without"])
def course(request, target, tmp_path):
    """A package in the course's way, with and without its ``__init__.py`` files."""
    if request.param == "with":
        target("", "assignment2/cs231n/__init__.py")
        star = "from cs231n.classifiers.cnn import *\n"
        target(star, "assignment2/cs231n/classifiers/__init__.py")
    target(AFFINE, "assignment2/cs231n/layers.py")
    target("from .layers import *\n" + RELU, "assignment2/cs231n/layer_utils.py")
    source = "from cs231n.layers import *\nfrom ..layer_utils import *\n"
    source += "class Net:\n    def go(self, *a): return affine_forward(*a), relu_forward\n"
    target(source, "assignment2/cs231n/classifiers/cnn.py")
    return tmp_path / "assignment2"


@pytest.mark.parametrize("path", ["", "cs231n", "cs231n/classifiers", "cs231n/classifiers/cnn.py"])
def test_a_package_is_read_from_wherever_it_is_named(course, opens, path):
    with opens(course / path) as found:
        assert (_names(found), found.unread, found.shimmed) == (["affine", "relu"], [], [])
        assert found.namespace["Net"]().go(2 * np.eye(2), np.eye(2), 0)[0][0].tolist()[0] == [2, 0]
        assert found.namespace["Net"].__module__ == "cs231n.classifiers.cnn"
    assert not [name for name in sys.modules if name.startswith("cs231n")]


def test_each_file_runs_once(target, opens, tmp_path, capsys):
    target("counter_of_mine = []\ndef f(): ...\n", "hw/counted_of_mine.py")
    for name in ("a", "b"):
        source = f"from counted_of_mine import counter_of_mine as c_{name}\ndef {name}(): ...\n"
        target(source, f"hw/{name}.py")
    with opens(tmp_path / "hw") as found:
        names = ("counter_of_mine", "c_a", "c_b")
        assert len({id(found.namespace[n]) for n in names}) == 1


def test_a_package_whose_own_file_fails_is_read_all_the_same(target, opens):
    target("raise OSError('no data')\n", "course/__init__.py")
    target(AFFINE, "course/layers.py")
    with opens(target("from .layers import *\n" + RELU, "course/utils.py")) as found:
        assert _names(found) == ["affine", "relu"]
        [unread] = found.unread
        assert "__init__.py cannot be imported: it raises OSError: no data" in unread


def test_packages_of_one_name_in_two_folders_are_both_read(target, opens, tmp_path):
    target("", "one/pack_of_mine/__init__.py")
    target("", "two/pack_of_mine/__init__.py")
    target("from .layers import *\n" + RELU, "one/pack_of_mine/utils.py")
    target("def helper(): return 1\n", "one/pack_of_mine/layers.py")
    target("from pack_of_mine.layers import helper as second\n" + AFFINE, "two/pack_of_mine/a.py")
    target("def helper(): return 2\n", "two/pack_of_mine/layers.py")
    with opens(tmp_path) as found:
        assert _names(found) == ["affine", "relu"]
        assert (found.namespace["helper"](), found.namespace["second"]()) == (1, 2)


def test_imports_from_further_up_are_found(target, opens, tmp_path):
    target(AFFINE, "book/common/layers.py")
    source = "import sys, os\nsys.path.append(os.pardir)\nfrom common.layers import *\n"
    with opens(target(source + RELU, "book/ch05/net.py")) as found:
        assert (_names(found), found.shimmed) == (["affine", "relu"], [])


def test_neighbours_are_found_as_in_python_2(target, opens):
    target("", "course/__init__.py")
    target(AFFINE, "course/layers_of_mine.py")
    with opens(target("from layers_of_mine import *\n" + RELU, "course/utils.py")) as found:
        assert _names(found) == ["affine", "relu"]


# -- folders ----------------------------------------------------------------------------------


def test_a_file_that_fails_is_told_and_the_others_are_judged(target, opens, tmp_path):
    target(RELU, "hw/layers.py")
    target("def f(:", "hw/broken.py")
    target("def g():\n    print 'x'\n", "hw/sub/old.py")
    target("class C(int, str): ...\n", "hw/failing.py")
    with opens(tmp_path / "hw") as found:
        assert _names(found) == ["relu"]
        assert sorted(found.unread) == [
            "broken.py, line 1: invalid syntax: def f(:",
            "failing.py cannot be imported: it raises TypeError: multiple bases have instance "
            "lay-out conflict (failing.py, line 1).",
            f"{Path('sub', 'old.py')}, line 2: print 'x' is Python 2: write print('x')",
        ]


def test_a_file_that_gives_up_is_told_and_a_script_that_ends_is_not(target, opens, tmp_path):
    target(RELU, "hw/layers.py")
    target("raise RuntimeError('boom')\n", "hw/raising.py")
    target(AFFINE + "raise SystemExit(affine_forward())\n", "hw/script.py")
    with opens(tmp_path / "hw") as found:
        assert _names(found) == ["affine", "relu"]
        assert found.unread == [
            "raising.py cannot be imported: it raises RuntimeError: boom (raising.py, line 1)."
        ]


def test_what_several_files_define_is_judged_once_and_that_is_told(target, opens, tmp_path):
    target(RELU + AFFINE, "hw/a.py")
    target(RELU.replace("cache > 0", "cache > -1"), "hw/b.py")
    target("from a import *\n" + AFFINE, "hw/sub/a.py")
    with opens(tmp_path / "hw") as found:
        assert _names(found) == ["affine", "relu"]
        assert found.unread == [
            "b.py also defines relu_forward, relu_backward, and there they are not judged: "
            "name b.py",
            f"{(inner := Path('sub', 'a.py'))} also defines affine_forward, and there it is not "
            f"judged: name {inner}",
        ]


def test_of_many_functions_that_another_file_defines_only_some_are_named(target, opens, tmp_path):
    stubs = "def tanh_forward(x): ...\ndef tanh_backward(dout, cache): ...\n"
    target(RELU + AFFINE + stubs, "hw/a.py")
    target(stubs + RELU + AFFINE, "hw/b.py")
    with opens(tmp_path / "hw") as found:
        [told] = found.unread
        assert "also defines affine_forward, relu_forward, relu_backward, tanh_forward" in told
        assert told.endswith(" and 1 more, and there they are not judged: name b.py")


def test_a_report_warns_of_what_is_not_judged_in_a_folder(target, command, tmp_path):
    target(RELU, "hw/a.py")
    target(RELU.replace("cache > 0", "cache > -1"), "hw/b.py")
    target("raise RuntimeError('boom')\n", "hw/c.py")
    asked = ("check", tmp_path / "hw", "--layer", "relu", "--dtype", "float64")
    code, out, _ = command(*asked)
    told = [
        "c.py cannot be imported: it raises RuntimeError: boom (c.py, line 1).",
        "b.py also defines relu_forward, relu_backward, and there they are not judged: name b.py",
    ]
    assert code == 0
    assert all(f"! {text.removesuffix('.')}.\n" in out for text in told)
    assert "nothing wrong, 2 parts not read." in out
    _, out, _ = command(*asked, "--json", "-")
    found = json.loads(out)
    assert (found["status"], found["unread"]) == ("warning", told)


def test_what_is_imported_or_defined_twice_in_one_file_is_not_told(target, opens, tmp_path):
    target(
        RELU + RELU + "class Affine:\n    def forward(self, x): return x\n",
        "hw/course_of_mine/a.py",
    )
    source = "import sys, os\nsys.path.append(os.pardir)\nfrom course_of_mine.a import *\n"
    target(source + "again = relu_forward\n", "hw/ch05_of_mine/net.py")
    target("from ch05_of_mine.net import *\nfrom course_of_mine.a import Affine\n", "hw/all.py")
    target(Path(tmp_path, "hw/course_of_mine/a.py").read_text(), "hw/copy.py")
    with opens(tmp_path / "hw") as found:
        assert ("relu" in _names(found), found.unread) == (True, [])


def test_if_nothing_can_be_read_every_reason_is_told(target, opens, tmp_path):
    target("def f(:", "hw/broken.py")
    target("x = = 3", "hw/worse.py")
    with pytest.raises(TargetError) as error, opens(tmp_path / "hw"):
        pass
    assert str(error.value) == (
        f"Nothing in {tmp_path / 'hw'} can be read:\n"
        "broken.py, line 1: invalid syntax: def f(:\n"
        "worse.py, line 1: invalid syntax: x = = 3"
    )


def test_scripts_are_not_run(target, opens, tmp_path):
    train = "import time\nfor epoch in range(9):\n    time.sleep(100)\n"
    target(train, "hw/train.py")
    target(train + "def evaluate(): return epoch + 1\n", "hw/evaluate.py")
    target(RELU + "time.sleep(100)\nif __name__ == '__main__':\n    exit()\n", "hw/layers.py")
    with opens(tmp_path / "hw") as found:
        assert (_names(found), found.unread) == (["relu"], [])
        with pytest.raises(MissingError) as error:
            found.namespace["evaluate"]()
    assert str(error.value) == "needs epoch from evaluate.py, line 2, which was not run"


def test_a_file_by_itself_is_run(target, opens):
    with opens(target("X = []\nfor i in range(3):\n    X.append(i)\n")) as found:
        assert found.namespace["X"] == [0, 1, 2]


def test_notebooks_of_a_folder_are_read_after_its_files(target, notebook, opens, tmp_path):
    target("def first(): return 'file'\n", "layers.py")
    notebook("def first(): return 'notebook'", RELU)
    with opens(tmp_path) as found:
        assert _names(found) == ["relu"]
        assert found.namespace["first"]() == "file"


def test_there_is_an_end_to_a_folder(target, opens, tmp_path, monkeypatch):
    monkeypatch.setattr(modules, "MOST", 2)
    assert files.MOST > 2
    for name in "abc":
        target(RELU, f"hw/{name}.py")
    with opens(tmp_path / "hw") as found:
        assert _names(found) == ["relu"]
        assert found.unread == [
            "1 more file: only the first 2 are read. Name a smaller folder, or the file that has "
            "the layers"
        ]


def test_a_module_in_the_current_folder_gets_stand_ins(target, opens, tmp_path, monkeypatch):
    target("import no_plot\n" + RELU, "deep/layers_of_mine.py")
    monkeypatch.chdir(tmp_path)
    with opens("deep.layers_of_mine") as found:
        assert (_names(found), found.shimmed) == (["relu"], ["no_plot (not installed)"])


# -- afterwards -------------------------------------------------------------------------------


def _state():
    return list(sys.path), list(sys.meta_path), set(sys.modules), dict(vars(np)), Path.cwd()


@pytest.mark.parametrize("end", ["", "raise ValueError", "import sys; sys.exit()", "def f(:"])
def test_everything_is_as_it_was(target, opens, tmp_path, end):
    source = "import os, sys, no_plot, numpy as np, neighbour\nX = np.float\nsys.path = ['x']\n"
    target("import no_such\n", "neighbour.py")
    path = target(f"{source}np.seterr(all='raise')\nos.chdir(os.sep)\n{RELU}\n{end}\n")
    before, errors = _state(), np.geterr()
    try:
        with opens(path):
            pass
    except TargetError:
        assert end
    assert _state() == before
    assert np.geterr() == errors
