"""A notebook's cells are read for what they define, and nothing else in them runs."""

import json
import linecache
import sys

import numpy as np
import pytest

from crosscheck.attempt import NoAnswerError
from crosscheck.errors import MissingError, TargetError
from test_target.conftest import RELU


def _refused(opens, path):
    with pytest.raises(TargetError) as error, opens(path):
        pass
    return str(error.value)


def test_the_functions_of_its_cells_are_found(notebook, opens):
    affine = "def affine_forward(x, w, b): return x @ w + b, (x, w)\n"
    with opens(notebook(RELU, affine)) as found:
        assert [c.name for c in found.candidates] == ["affine", "relu"]
        assert found.namespace["relu_forward"](np.array([-1, 2]))[0].tolist() == [0, 2]


def test_a_later_cell_has_the_last_word(notebook, opens):
    with opens(notebook("def f(): return 1", "def f(): return 2")) as found:
        assert found.namespace["f"]() == 2


def test_magic_and_shell_lines_do_nothing(notebook, opens):
    cell = """%matplotlib inline
%load_ext autoreload
!pip install numpy
files = !ls
?np.dot
np.dot?
if True:
    !ls
def f(a, b):
    '''
    % of it
    '''
    return (a
            % b)
"""
    with opens(notebook(cell, "%%time\ndef g(): return 3", "%%bash\ndef h(): ...")) as found:
        assert found.unread == []
        assert found.namespace["f"](7, 4) == 3
        assert found.namespace["g"]() == 3
        assert "h" not in found.namespace
        assert found.namespace["f"].__doc__.strip() == "% of it"


def test_simple_assignments_are_kept(notebook, opens):
    cell = """
import numpy as np
from functools import partial
EPS, MODE = 1e-5, {'a': [1, -2]}
SCALE = np.sqrt(2 / np.pi)
rng = np.random.default_rng(0)
half = lambda x: x / 2
quarter = partial(half, 2)
size: int = len([1, 2])
size += 1
class Net: ...
Net.loss = half
"""
    with opens(notebook(cell)) as found:
        names = found.namespace
        assert (names["EPS"], names["MODE"], names["size"]) == (1e-5, {"a": [1, -2]}, 3)
        assert names["SCALE"] == np.sqrt(2 / np.pi)
        assert (names["quarter"](), names["rng"].normal() < 9) == (1, True)
        assert names["Net"].loss is names["half"]


def test_nothing_else_runs(notebook, opens, tmp_path):
    ran = f"open({str(tmp_path / 'ran')!r}, 'w')"
    cells = [
        ran,
        f"x = {ran}",
        f"for i in range(3):\n    {ran}",
        f"if __name__ == '__main__':\n    {ran}",
        f"with {ran} as f:\n    {ran}",
        f"def train(): {ran}\ntrain()",
        f"y = [{ran} for i in range(3)]",
        f"assert {ran}",
        f"while True:\n    {ran}",
    ]
    with opens(notebook(*cells, RELU)) as found:
        assert [c.name for c in found.candidates] == ["relu"]
    assert not (tmp_path / "ran").exists()


def test_what_is_defined_in_blocks_is_found(notebook, opens):
    cell = """
import sys
if sys.version_info > (3,):
    def f(): return 1
else:
    def f(): return 2
try:
    import no_cupy as xp
except ImportError:
    xp = 3
with no_grad():
    def g(): return xp
"""
    with opens(notebook(cell)) as found:
        assert (found.namespace["f"](), found.namespace["g"]()) == (1, 3)


def test_a_name_that_a_run_would_have_set_says_so(notebook, opens):
    cells = [
        "data = load('x')\n\nfor n in data:\n    best = n\n",
        "def f(): return data['x'], best",
    ]
    path = notebook(*cells)
    with opens(path) as found:
        assert "data" not in found.namespace
        with pytest.raises(MissingError) as error:
            found.namespace["f"]()
    assert str(error.value) == "needs data from a1.ipynb, cell 1, line 1, which was not run"


def test_a_value_that_cannot_be_computed_says_so(notebook, opens):
    cells = ["import numpy as np\nW = np.load('not_there.npy')\ndef f(): return W + 1", RELU]
    with opens(notebook(*cells)) as found:
        assert found.unread == []
        with pytest.raises(MissingError, match=r"W from a1.ipynb, cell 1, line 2, which fails"):
            found.namespace["f"]()


def test_missing_modules_get_stand_ins(notebook, opens):
    first = "import no_plot.pyplot as plt\nfrom cs231n.layers import *\n"
    with opens(notebook(first, RELU, "def f(x): return affine_forward(x)")) as found:
        assert found.shimmed == [
            "no_plot.pyplot (not installed)",
            "cs231n.layers (not there: put the course's folder cs231n, with layers.py in it, "
            "beside a1.ipynb or in a folder above)",
        ]
        with pytest.raises(MissingError, match=r"needs affine_forward from cs231n.layers"):
            found.namespace["f"](1)


def test_its_package_is_found(notebook, target, opens):
    target(RELU, "cs231n/layers.py")
    with opens(notebook("from cs231n.layers import relu_forward, relu_backward\n")) as found:
        assert [c.name for c in found.candidates] == ["relu"]


def test_a_cell_that_cannot_be_read_is_told_and_the_others_are_read(notebook, opens):
    path = notebook("def f(:", RELU, "x = 1\nprint x\n")
    with opens(path) as found:
        assert [c.name for c in found.candidates] == ["relu"]
        assert found.unread == [
            f"{path}, cell 1, line 1: invalid syntax: def f(:. Not read with it: f",
            f"{path}, cell 3, line 2: print x is Python 2: write print(x)",
        ]


def test_what_is_lost_with_a_cell_is_named(notebook, opens):
    cell = "def relu_forward(x):\n    def inner(): ...\n\nclass Net(object):\n  def f(self)\n"
    path = notebook(cell + "async def relu_backward(d, c): ...\ndef relu_forward(x): ...", RELU)
    with opens(path) as found:
        [told] = found.unread
    assert told.endswith(". Not read with it: relu_forward, Net, relu_backward")


ODD_CELLS = [
    {"cell_type": "code", "source": None},
    {"cell_type": "code"},
    {"cell_type": "code", "source": [None, 3]},
    {"cell_type": "markdown"},
    {"cell_type": None},
    {"source": "raise SystemExit"},
    {},
    3,
    None,
]


def test_odd_cells_are_passed_over(target, opens):
    cells = [*ODD_CELLS, {"source": RELU.splitlines(keepends=True), "outputs": []}]
    text = json.dumps({"cells": cells, "metadata": None})
    with opens(target(text, "a1.ipynb")) as found:
        assert [c.name for c in found.candidates] == ["relu"]
        assert found.unread == []


def test_a_kernel_without_a_word_about_it_is_pythons(target, opens):
    cells = [{"cell_type": "code", "source": RELU}]
    about = {"kernelspec": None, "language_info": None}
    with opens(target(json.dumps({"cells": cells, "metadata": about}), "a1.ipynb")) as found:
        assert [c.name for c in found.candidates] == ["relu"]


def test_a_definition_that_fails_is_told_and_the_others_are_read(notebook, opens):
    path = notebook("class C(int, str): ...\n", RELU, "def f(): return C()")
    with opens(path) as found:
        [unread] = found.unread
        assert unread.startswith(f"{path}, cell 1 cannot be imported: it raises TypeError")
        with pytest.raises(MissingError, match="needs C from"):
            found.namespace["f"]()


def test_places_are_told_by_cell_and_line(notebook, opens):
    path = notebook("import numpy as np\n", "\n\ndef relu_forward(x):\n    return 1 / 0\n")
    with opens(path) as found:
        [relu] = found.candidates
        assert relu.location("relu_forward") == f"{path}, cell 2:3"
        with pytest.raises(NoAnswerError, match=r"\(a1.ipynb, cell 2, line 4\)"):
            relu.call("relu_forward", 1)
        assert linecache.getline(f"{path}, cell 2", 4) == "    return 1 / 0\n"
    assert f"{path}, cell 2" not in linecache.cache


def test_annotations_of_the_future_hold_in_all_cells(notebook, opens):
    with opens(notebook("from __future__ import annotations", "def f(x: no_such): return x")) as f:
        assert f.namespace["f"](3) == 3


def test_the_old_format_is_read(target, opens):
    cell = {"cell_type": "code", "input": RELU.splitlines(keepends=True)}
    path = target(json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3}), "old.ipynb")
    with opens(path) as found:
        assert [c.name for c in found.candidates] == ["relu"]


CORRUPT = [
    b"",
    b"{",
    b"[]",
    b"3",
    b"{}",
    b'{"cells": 3}',
    b'{"cells": {"a": 3}, "metadata": 3}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("text", CORRUPT)
def test_a_corrupt_notebook_is_refused_in_words(tmp_path, opens, text):
    path = tmp_path / "a1.ipynb"
    path.write_bytes(text)
    assert _refused(opens, path) == (
        f"{path} is not a notebook that can be read. Open it in Jupyter and save it again."
    )


def test_a_notebook_of_another_language_is_refused(notebook, opens):
    path = notebook("f <- 3", kernelspec={"language": "R"})
    assert _refused(opens, path) == f"{path} is a notebook of r, not of Python."


def test_nothing_is_left_behind(notebook, opens):
    before = set(sys.modules)
    with opens(notebook(RELU)):
        pass
    assert set(sys.modules) == before
