"""Running a module's code: the whole of a file, or only what it defines."""

from __future__ import annotations

import ast
import linecache
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from crosscheck.target.code import Code, bound
from crosscheck.target.definitions import Definitions, definitions, future_flags
from crosscheck.target.notebook import cells, defined_in, parsed
from crosscheck.target.notes import Notes
from crosscheck.target.refusal import reason
from crosscheck.target.source import source_of
from crosscheck.target.standins import StandIn


@dataclass(frozen=True)
class Prepared:
    """A module's code; with ``chosen``, only that of each part is run."""

    code: Code
    chosen: list[Definitions] | None = None
    is_notebook: bool = False


def code_of(path: Path, notes: Notes) -> Prepared:
    """A file's or a notebook's code. Raises SyntaxError; TargetError if it cannot be read."""
    text = source_of(path)
    if path.suffix == ".ipynb":
        parts = list(_cells(path, text, notes))
        return Prepared(Code(parts), definitions(tree for _, tree in parts), is_notebook=True)
    tree = parse(text, str(path))
    chosen = definitions([tree]) if notes.definitions_only else None
    if chosen:
        chosen[0].kept += filter(_gives_up, tree.body)
    return Prepared(Code([(str(path), tree)]), chosen)


def _gives_up(statement: ast.stmt) -> bool:
    """Whether a file can never be imported for it, and is not merely a script that ends there."""
    return isinstance(statement, ast.Raise) and "SystemExit" not in ast.unparse(statement)


@lru_cache(maxsize=8)  # where a file stands is read from its tree before it is run
def parse(text: bytes | str, file: str) -> ast.Module:
    """Its tree, without the warnings that Python has for it. Raises SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text, file)
        except ValueError as error:  # null bytes
            raise SyntaxError(str(error), (file, None, None, None)) from None
        except (RecursionError, MemoryError):
            raise _too_deep(file) from None


def _too_deep(file: str) -> SyntaxError:
    told = "it is too large or too deeply nested for Python to read"
    return SyntaxError(told, (file, None, None, None))


def _cells(path: Path, text: bytes, notes: Notes) -> Iterator[tuple[str, ast.Module]]:
    """Those cells that can be read; of the others it is noted."""
    for name, cell in cells(path, text):
        lines = cell.splitlines(keepends=True)
        linecache.cache[name] = (len(cell), None, lines, name)
        notes.undo.callback(linecache.cache.pop, name, None)
        try:
            yield name, parsed(name, cell, parse)
        except SyntaxError as error:
            lost = defined_in(cell)
            more = f". Not read with it: {', '.join(lost)}" if lost else ""
            notes.unread.append(reason(name, error) + more)


def run(prepared: Prepared, namespace: dict[str, Any], notes: Notes) -> None:
    """Run the code in a module's namespace. Raises whatever it raises; of a notebook, nothing."""
    trees = [tree for _, tree in prepared.code.parts]
    if prepared.chosen is None:
        [(file, tree)] = prepared.code.parts
        exec(_compiled(tree, file), namespace)
        return
    flags = future_flags(trees)
    for (file, _), chosen in zip(prepared.code.parts, prepared.chosen, strict=True):
        for statement in chosen.kept:
            try:
                exec(_compiled(ast.Module([statement], []), file, flags), namespace)
            except Exception as error:
                _failed(statement, file, error, namespace, prepared, notes)
    for (file, _), chosen in zip(prepared.code.parts, prepared.chosen, strict=True):
        for name, line in chosen.dropped.items():
            source = f"{Path(file).name}, line {line}"
            namespace.setdefault(name, StandIn(source, "was not run", notes.loading, name))


def _compiled(tree: ast.Module, file: str, flags: int = 0) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(tree, file, "exec", flags, dont_inherit=True)
        except (RecursionError, MemoryError):  # Python 3.10 sees it only here
            raise _too_deep(file) from None


def _failed(
    statement: ast.stmt,
    file: str,
    error: Exception,
    namespace: dict[str, Any],
    prepared: Prepared,
    notes: Notes,
) -> None:
    """What it would have defined says so when it is used; a file fails with its definitions."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)):
        if not prepared.is_notebook:
            raise error
        notes.unread.append(reason(file, error))
    source = f"{Path(file).name}, line {statement.lineno}"
    for name in bound(ast.walk(statement)):
        namespace.setdefault(name, StandIn(source, "fails", notes.loading, name))
