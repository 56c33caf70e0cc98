"""The code of one module of a target, read before it is run."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

_CATCHES_IMPORT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_CATCHES_NAME = {"NameError", "Exception", "BaseException"}


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
        wanted = set(names) - self._defined
        for file, tree in self.parts:
            tried = {
                id(n)
                for attempt in _tries(tree, _CATCHES_NAME)
                for statement in attempt.body
                for n in ast.walk(statement)
            }
            for node in walked(tree):
                if isinstance(node, ast.Name) and id(node) not in tried and node.id in wanted:
                    yield file, node.lineno, node.id

    @cached_property
    def _defined(self) -> set[str]:
        return {name for _, tree in self.parts for name in bound(walked(tree))}


@lru_cache(maxsize=64)  # several questions are asked of each tree, and walking takes its time
def walked(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a module's tree."""
    return tuple(ast.walk(tree))


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


def _tries(tree: ast.AST, caught: set[str]) -> Iterator[ast.Try]:
    """Every ``try`` that catches one of these."""
    for node in walked(tree):
        if isinstance(node, ast.Try) and any(_caught(h) & caught for h in node.handlers):
            yield node


def _caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)}


def _imports(nodes: Iterable[ast.AST]) -> list[ast.Import | ast.ImportFrom]:
    walked = (n for node in nodes for n in ast.walk(node))
    return [n for n in walked if isinstance(n, (ast.Import, ast.ImportFrom))]


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
