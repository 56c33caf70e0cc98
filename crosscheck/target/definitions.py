"""What a file or a notebook defines, without what it does: no training starts on being read."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from crosscheck.target.code import bound, walked

# Calls that compute something small: of these modules, and of these builtins.
_MODULES = {
    "numpy", "math", "functools", "itertools", "collections", "typing", "logging", "os.path",
    "pathlib", "enum", "operator", "re", "string", "dataclasses", "abc", "random",
}  # fmt: skip
_BUILTINS = {
    "int", "float", "complex", "str", "bool", "tuple", "list", "dict", "set", "frozenset", "range",
    "len", "min", "max", "sum", "abs", "round", "sorted", "zip", "enumerate", "map", "filter",
    "type", "object", "slice", "property", "staticmethod", "classmethod",
}  # fmt: skip
_PATHS = ("sys.path.append", "sys.path.insert", "sys.path.extend")


@dataclass
class Definitions:
    """``kept``: imports, definitions, simple assignments; ``dropped``: each name that anything else
    would have set, with its line.
    """

    kept: list[ast.stmt] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether a function or a class is among them."""
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        return any(isinstance(n, defined) for s in self.kept for n in ast.walk(s))


def definitions(trees: Iterable[ast.Module]) -> list[Definitions]:
    """Those of each part of a module."""
    trees = list(trees)
    origins = _origins(trees)
    found = []
    for tree in trees:
        found.append(Definitions())
        _reduce(tree.body, origins, found[-1])
    return found


def future_flags(trees: Iterable[ast.Module]) -> int:
    """What ``from __future__ import …`` asks of the compiler, for all parts."""
    names = (
        alias.name
        for tree in trees
        for s in tree.body
        if isinstance(s, ast.ImportFrom) and s.module == "__future__"
        for alias in s.names
    )
    flags = 0
    for name in names:
        flags |= getattr(getattr(__future__, name, None), "compiler_flag", 0)
    return flags


def _reduce(body: Sequence[ast.stmt], origins: dict[str, str], into: Definitions) -> None:
    for statement in body:
        if isinstance(statement, ast.With):  # what it sets up is for running
            _drop([i.optional_vars for i in statement.items if i.optional_vars], into)
            _reduce(statement.body, origins, into)
        elif isinstance(statement, ast.Try):
            _reduce_try(statement, origins, into)
        elif isinstance(statement, ast.If):
            _reduce_if(statement, origins, into)
        elif _is_kept(statement, origins):
            into.kept.append(statement)
        else:
            _drop([statement], into)


def _is_kept(statement: ast.stmt, origins: dict[str, str]) -> bool:
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        places = all(isinstance(t, (ast.Name, ast.Tuple, ast.Attribute)) for t in targets)
        return places and (statement.value is None or _is_simple(statement.value, origins))
    if isinstance(statement, ast.Expr):
        call = statement.value
        return isinstance(call, ast.Call) and _origin(call.func, origins) in _PATHS
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(statement, kinds)


def _reduce_try(statement: ast.Try, origins: dict[str, str], into: Definitions) -> None:
    """An import that may fail, with its other way; its handlers are kept as they are."""
    inner = Definitions()
    _reduce(statement.body, origins, inner)
    into.dropped |= inner.dropped
    if inner.kept:
        kept = ast.Try(inner.kept, statement.handlers, [], [])
        into.kept.append(ast.copy_location(kept, statement))
    _reduce([*statement.orelse, *statement.finalbody], origins, into)


def _reduce_if(statement: ast.If, origins: dict[str, str], into: Definitions) -> None:
    """Both branches, if the question is a simple one and not ``__name__ == "__main__"``."""
    asks_who = any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(statement.test))
    if asks_who or not _is_simple(statement.test, origins):
        _drop([statement], into)
        return
    yes, no = Definitions(), Definitions()
    _reduce(statement.body, origins, yes)
    _reduce(statement.orelse, origins, no)
    into.dropped |= yes.dropped | no.dropped
    if yes.kept or no.kept:
        nothing: list[ast.stmt] = [ast.copy_location(ast.Pass(), statement)]
        kept = ast.If(statement.test, yes.kept or nothing, no.kept)
        into.kept.append(ast.copy_location(kept, statement))


def _drop(nodes: Iterable[ast.AST], into: Definitions) -> None:
    for node in nodes:
        for name in bound(_outside_functions(node)):
            into.dropped.setdefault(name, getattr(node, "lineno", 0))


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.comprehension)
    if not isinstance(node, inner):
        for child in ast.iter_child_nodes(node):
            yield from _outside_functions(child)


def _is_simple(value: ast.expr, origins: dict[str, str]) -> bool:
    """Whether a value is written down, or computed at once: no model, no data, no training."""
    if isinstance(value, ast.Lambda):
        return True
    if isinstance(value, ast.Call):
        known = _origin(value.func, origins)
        method = isinstance(value.func, ast.Attribute) and isinstance(
            value.func.value, ast.Constant
        )
        if not (method or known in _BUILTINS or _is_in(known, _MODULES)):
            return False
    elif isinstance(value, (ast.Await, ast.Yield, ast.YieldFrom)):
        return False
    return all(_is_simple(v, origins) for v in _expressions(value))


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        else:
            yield from _expressions(child)


def _is_in(name: str, modules: Iterable[str]) -> bool:
    return any(name.startswith(m + ".") for m in modules)


def _origins(trees: Iterable[ast.Module]) -> dict[str, str]:
    """What each name stands for: ``np`` for ``numpy``, ``partial`` for ``functools.partial``."""
    nodes = [n for tree in trees for n in walked(tree)]
    origins: dict[str, str] = {name: name for name in _BUILTINS} | dict.fromkeys(bound(nodes), "")
    for node in nodes:
        if isinstance(node, ast.Import):
            for a in node.names:
                first = a.name.partition(".")[0]
                origins[a.asname or first] = a.name if a.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            origins |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return origins


def _origin(node: Any, origins: dict[str, str]) -> str:
    """``numpy.random.seed`` of ``np.random.seed``; empty if it is no such name."""
    if isinstance(node, ast.Name):
        return origins.get(node.id, "")
    if isinstance(node, ast.Attribute):
        of = _origin(node.value, origins)
        return f"{of}.{node.attr}" if of else ""
    return ""
