"""What a file defines is told from what it does."""

import ast

import pytest

from crosscheck.target.definitions import definitions

IMPORTS = "import numpy as np, math, os, sys\nfrom functools import partial\nimport torch\n"

KEPT = [
    "import x",
    "from x import *",
    "def f(): ...",
    "async def f(): ...",
    "class C: ...",
    "x = 3",
    "x, y = (1, -2)",
    "x = [n ** 2 for n in range(3)]",
    "x = {'a': np.float32, **{}}",
    "x = f'{1}'",
    "x: int = 3",
    "x: int",
    "x += 1",
    "x = y.z[0]",
    "C.forward = f",
    "x = math.sqrt(2 / math.pi)",
    "x = partial(f, 2)",
    "x = os.path.join('a', 'b')",
    "x = 'a b'.split()",
    "x = lambda: train()",
    "sys.path.append(os.path.join(os.path.dirname(__file__), '..'))",
]
DROPPED = [
    "train()",
    "x = train()",
    "x = [train() for i in range(3)]",
    "x = torch.load('a')",
    "x = os.system('ls')",
    "x = open('a')",
    "x = input()",
    "x['a'] = 3",
    "for i in range(3): x = 3",
    "while x: y = 3",
    "if __name__ == '__main__': x = 3",
    "if train(): x = 3",
    "assert x",
    "del x",
    "raise E",
    "print(3)",
    "'a doc string'",
]


@pytest.mark.parametrize("text", KEPT)
def test_definitions_are_kept(text):
    [found] = definitions([ast.parse(IMPORTS + text)])
    assert ast.unparse(found.kept[-1]) == ast.unparse(ast.parse(text))
    assert found.dropped == {}


@pytest.mark.parametrize("text", DROPPED)
def test_what_would_have_to_be_run_is_dropped(text):
    [found] = definitions([ast.parse(IMPORTS + text)])
    assert len(found.kept) == len(ast.parse(IMPORTS).body)


def test_a_builtin_of_ones_own_is_not_pythons():
    [found] = definitions([ast.parse("def sum(x): train()\nx = sum(3)")])
    assert found.dropped == {"x": 2}


def test_names_that_were_dropped_are_told_with_their_lines():
    text = (
        "x = f()\nfor i, (j, k) in g():\n    y = 1\n    def h(): z = 2\nwith a() as b:\n    c = 3\n"
    )
    [found] = definitions([ast.parse(text)])
    assert found.dropped == {"x": 1, "i": 2, "j": 2, "k": 2, "y": 2, "h": 2, "b": 5}
    assert [ast.unparse(s) for s in found.kept] == ["c = 3"]


def test_what_another_part_imports_is_known():
    found = definitions([ast.parse("import numpy as np"), ast.parse("x = np.sqrt(2)")])
    assert [len(f.kept) for f in found] == [1, 1]


@pytest.mark.parametrize(
    ("text", "any_"), [("def f(): ...", True), ("x = lambda: 3", True), ("x = 3", False)]
)
def test_whether_there_is_a_function(text, any_):
    [found] = definitions([ast.parse(text)])
    assert found.any is any_
