"""The code of one module of a target, read before it is run."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar, cast

_CATCHES_IMPORT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_CATCHES_NAME = {"NameError", "Exception", "BaseException"}
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Code:
    """``parts``: each file name, as tracebacks show it, with its tree; of a notebook one a cell."""

    parts: Sequence[tuple[str, ast.Module]]

    @cached_property
    def guarded(self) -> set[tuple[str, int]]:
        """File and line of every import that may fail: its author has another way then."""
        return {
            (file, line)
            for file, tree in self.parts
            for attempt in _tries(tree, _CATCHES_IMPORT)
            if not _only_complains(attempt, tree)
            for statement in _imports(attempt.body)
            for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        }

    @cached_property
    def free_names(self) -> set[str]:
        """Names that are used and that nothing in it defines: a star import must have them."""
        text = "\n".join(ast.unparse(tree) for _, tree in self.parts)
        top = symtable.symtable(text, "code", "exec")
        bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
        return {n for n in _global_names(top) if n not in bound and not hasattr(builtins, n)}

    def uses(self, names: Iterable[str]) -> Iterator[tuple[str, int, str]]:
        """File, line and name where one of these names is used that nothing in it defines."""
        wanted = set(names)
        used = [
            (file, tree, node)
            for file, tree in self.parts
            for node in nodes(tree, ast.Name)
            if node.id in wanted
        ]
        for file, tree, node in used:  # nearly always none
            if node.id not in self._defined and id(node) not in _tried(tree):
                yield file, node.lineno, node.id

    @cached_property
    def _defined(self) -> set[str]:
        return {name for _, tree in self.parts for name in bound(walked(tree))}


@lru_cache(maxsize=64)  # several questions are asked of each tree, and walking takes its time
def walked(tree: ast.AST) -> Sequence[ast.AST]:
    """Every node of a module's tree, in the order of ``ast.walk``."""
    found = [tree]
    for node in found:  # which grows
        for field in node._fields:
            value = getattr(node, field, None)
            if type(value) is list:
                found += [v for v in value if isinstance(v, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def nodes(tree: ast.AST, kind: type[Node]) -> Sequence[Node]:
    """Those of that very kind."""
    return cast("Sequence[Node]", _by_kind(tree).get(kind, ()))


@lru_cache(maxsize=64)
def _by_kind(tree: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    found: dict[type[ast.AST], list[ast.AST]] = {}
    for node in walked(tree):
        found.setdefault(type(node), []).append(node)
    return found


def bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that these nodes themselves define: by assignment, import, definition, argument."""
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.arg):
            yield node.arg


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _global_names(child)


@lru_cache(maxsize=8)
def _tried(tree: ast.AST) -> set[int]:
    """Whatever stands where a name may be missing."""
    return {
        id(n)
        for attempt in _tries(tree, _CATCHES_NAME)
        for statement in attempt.body
        for n in ast.walk(statement)
    }


def _tries(tree: ast.AST, caught: set[str]) -> Iterator[ast.Try]:
    """Every ``try`` that catches one of these."""
    return (t for t in nodes(tree, ast.Try) if any(_caught(h) & caught for h in t.handlers))


def _caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)}


def _imports(nodes: Iterable[ast.AST]) -> list[ast.Import | ast.ImportFrom]:
    inside = (n for node in nodes for n in ast.walk(node))
    return [n for n in inside if isinstance(n, (ast.Import, ast.ImportFrom))]


def _only_complains(attempt: ast.Try, tree: ast.AST) -> bool:
    """Whether a failure is told and nothing put in its place: the course's ``fast_layers.py``."""
    handled = [statement for handler in attempt.handlers for statement in handler.body]
    if attempt.orelse or not all(isinstance(s, (ast.Import, ast.ImportFrom)) for s in attempt.body):
        return False
    if not all(isinstance(s, (ast.Expr, ast.Pass, ast.Raise)) for s in handled):
        return False
    inside = set(map(id, ast.walk(attempt)))
    mine = set(bound(n for statement in attempt.body for n in ast.walk(statement)))
    return mine.isdisjoint(bound(n for n in walked(tree) if id(n) not in inside))
