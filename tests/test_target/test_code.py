"""A tree is walked once, for several questions."""

import ast
from pathlib import Path

import pytest

from crosscheck.target.code import Code, nodes, walked

SOURCES = sorted(Path(__file__).parents[1].glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=[p.stem for p in SOURCES])
def test_a_tree_is_walked_in_the_order_of_ast(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(walked(tree)) == list(ast.walk(tree))


def test_nodes_are_found_by_their_kind():
    tree = ast.parse("import a\nfrom b import c\nif a:\n    import d\n")
    assert [alias.name for node in nodes(tree, ast.Import) for alias in node.names] == ["a", "d"]
    assert [node.module for node in nodes(tree, ast.ImportFrom)] == ["b"]
    assert not nodes(tree, ast.Try)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("for i in xrange(3):\n    pass\n", [("f.py", 1, "xrange")]),
        ("xrange = range\nfor i in xrange(3):\n    pass\n", []),
        ("try:\n    xrange\nexcept NameError:\n    pass\n", []),
        ("try:\n    xrange\nexcept OSError:\n    pass\n", [("f.py", 2, "xrange")]),
        ("for i in range(3):\n    pass\n", []),
    ],
)
def test_a_name_is_used_where_nothing_defines_it_or_does_without(text, used):
    code = Code([("f.py", ast.parse(text))])
    assert list(code.uses({"xrange", "unicode"})) == used
