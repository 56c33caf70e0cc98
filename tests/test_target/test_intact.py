"""What a target does to Python when it is imported is undone, and told."""

import builtins
import os
import sys

import numpy as np
import pytest

from crosscheck.errors import TargetError
from crosscheck.layers import layer_named
from crosscheck.worker.remote import opened_apart
from test_target.conftest import RELU

PROFILE = """
import builtins
try:
    builtins.profile
except AttributeError:
    builtins.profile = lambda f: f
@profile
def f(x): return len(x)
"""


def test_what_it_does_to_its_builtins_is_for_its_own_eyes(target, opens):
    source = "import builtins\nbuiltins.len = lambda x: 7\n" + RELU + "def f(): return len(())\n"
    before = dict(vars(builtins))
    with opens(target(source)) as found:
        assert vars(builtins) == before
        assert found.namespace["f"]() == 7
        assert [c.name for c in found.candidates] == ["relu"]
        assert found.unread == []


def test_a_builtin_that_it_adds_is_there_for_it(target, opens, notebook):
    for path in (target(PROFILE), notebook("import builtins\nprofile = lambda f: f\n" + RELU)):
        with opens(path) as found:
            assert found.unread == []
    with opens(target(PROFILE)) as found:
        assert found.namespace["f"]("abc") == 3
    assert not hasattr(builtins, "profile")


HOSTILE = {
    "import sys\nsys.modules['builtins'].len = lambda x: 7": "len",
    "import sys\nvars(sys.modules['builtins']).pop('isinstance')": "isinstance",
    "import sys\nsys.modules['numpy'] = None": "numpy",
    "import sys\nfor n in list(sys.modules):\n    if n[:10] == 'crosscheck': del sys.modules[n]": (
        "crosscheck"
    ),
    "import sys\nsys.setrecursionlimit(200)": "the recursion limit",
    "import sys\nsys.path = None": "sys.path",
    "import sys\nsys.meta_path.clear()": "sys.meta_path",
}


@pytest.mark.parametrize("code", HOSTILE)
def test_what_nobody_can_work_without_is_put_back_and_told(target, opens, code):
    names, modules, limit = dict(vars(builtins)), dict(sys.modules), sys.getrecursionlimit()
    folders, finders = list(sys.path), list(sys.meta_path)
    path = target(RELU + code)
    with opens(path) as found:
        assert dict(vars(builtins)) == names
        assert sys.modules["numpy"] is np
        assert modules["crosscheck.target"] is sys.modules["crosscheck.target"]
        assert sys.getrecursionlimit() == limit
        assert [c.name for c in found.candidates] == ["relu"]
        assert found.unread == [
            f"{path} changes {HOSTILE[code]} for all of Python when it is imported. That is "
            "undone, for nothing could be judged; take it out"
        ]
    assert sys.path == folders
    assert set(finders) <= set(sys.meta_path)


def test_a_recursion_limit_that_is_raised_stays(target, opens):
    limit = sys.getrecursionlimit()
    try:
        with opens(target(RELU + f"import sys\nsys.setrecursionlimit({limit + 500})")) as found:
            assert found.unread == []
            assert sys.getrecursionlimit() == limit + 500
    finally:
        sys.setrecursionlimit(limit)


def test_the_end_of_the_process_is_told_with_its_line(target, opens):
    leave = os._exit
    with pytest.raises(TargetError) as error, opens(target("import os\nos._exit(3)\n")):
        pass
    told = "cannot be imported: it raises SystemExit: 3 (layers.py, line 2)."
    assert told in str(error.value)
    assert os._exit is leave


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
def test_a_process_that_it_starts_may_end(target):
    source = """
import os
child = os.fork()
if not child:
    os._exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
def relu_forward(x):
    return x, x
"""
    # Not here: other tests may have started threads, which forks do not get on with.
    with opened_apart(str(target(source)), [layer_named("relu")]) as apart:
        assert [c.name for c in apart.candidates] == ["relu"]
