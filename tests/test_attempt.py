"""What code of theirs raises is told with the innermost line of their own."""

import re

import numpy as np
import pytest

from crosscheck.attempt import NoAnswerError, attempt, is_theirs, raised

LINES = {
    "import re\n\ndef f(): re.compile('(')": ("raises error: missing ), ", "layers.py, line 3"),
    "import numpy as np\ndef f(): np.linalg.solve(np.eye(2), np.ones(3))": (
        "raises ValueError: ",
        "layers.py, line 2",
    ),
    "\n\n\ndef f(): exit(3)": ("raises SystemExit: 3", "layers.py, line 4"),
    "import json\ndef f():\n    return json.loads('{')": (
        "raises JSONDecodeError: ",
        "layers.py, line 3",
    ),
    "import dataclasses\n@dataclasses.dataclass\nclass C:\n  x: int\ndef f(): C()": (
        "raises TypeError: ",
        "layers.py, line 5",
    ),
}


@pytest.mark.parametrize("source", LINES)
def test_the_line_is_their_own_whoever_raises(target, source):
    path = target(source)
    names = {}
    exec(compile(source, path, "exec"), names)
    with pytest.raises(NoAnswerError) as error:
        attempt("f", names["f"])
    what, where = LINES[source]
    assert re.sub("PatternError|error", "error", str(error.value), count=1).startswith(what)
    assert f"({where})" in str(error.value)


def test_code_of_a_cell_that_is_no_file_is_their_own():
    names = {}
    exec(compile("def f(): 1 / 0", "<ipython-input-3>", "exec"), names)
    with pytest.raises(NoAnswerError, match=r"\(<ipython-input-3>, line 1\)$"):
        attempt("f", names["f"])


@pytest.mark.parametrize("module", [re, np, np.linalg, pytest])
def test_libraries_are_not_theirs(module):
    assert not is_theirs(module.__file__)


ELSEWHERE = ["<frozen runpy>", "<__array_function__ internals>", "_bounded_integers.pyx"]


@pytest.mark.parametrize("file", ELSEWHERE)
def test_what_is_no_file_here_is_not_theirs(file):
    assert not is_theirs(file)


def test_their_files_are():
    assert is_theirs("/home/me/my-site-packages-v2/layers.py")
    assert is_theirs("/home/me/a1.ipynb, cell 3")


def test_what_was_not_raised_in_code_has_no_line():
    assert raised(ValueError("no")) == "raises ValueError: no"
