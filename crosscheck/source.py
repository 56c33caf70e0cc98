"""The lines of the functions under test, as they stand in their files."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MOST_LINES = 200
_LARGEST = 1 << 20  # bytes of a file that is shown


@dataclass(frozen=True)
class Source:
    """``text``: a function's lines, of which the first has the number ``line`` in ``file``."""

    file: str
    line: int
    text: str


def sources(defined: Mapping[str, str], within: Path) -> dict[str, Source]:
    """The lines of functions by name, of which is said where they are: ``layers.py:12``.

    Code under test said so itself: only files in ``within`` are looked at. What cannot be found is
    left out.
    """
    found = {name: _source(location, within) for name, location in defined.items()}
    return {name: source for name, source in found.items() if source}


def _source(location: str, within: Path) -> Source | None:
    file, _, number = location.rpartition(":")
    try:
        path, line = Path(file).resolve(strict=True), int(number)
        if not path.is_relative_to(within.resolve()) or path.stat().st_size > _LARGEST:
            return None
        text = path.read_text(encoding="utf-8", errors="replace")
        last = _last_line(ast.parse(text), line)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if not last:
        return None
    lines = text.split("\n")[line - 1 : min(last, line - 1 + _MOST_LINES)]
    return Source(path.name, line, "\n".join(lines) + "\n")


def _last_line(tree: ast.AST, line: int) -> int:
    """Of the definition that begins at a line, its decorators included; 0 if there is none."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if line in (first, node.lineno):
                return node.end_lineno or 0
    return 0
