"""What to write instead, where Python 3 and NumPy of today answer old code with an exception."""

from __future__ import annotations

import ast
import linecache
import re
import traceback
from collections.abc import Iterator
from types import FrameType

# What Python 3 says to a float where it wants a whole number: in an index, in a call, in a product.
_INDEX = ("slice indices must be integers", "only integers, slices (`:`)", "not float")
_CALL = ("cannot be interpreted as an integer", "expected a sequence of integers or a single")
_PRODUCT = ("can't multiply sequence by non-int of type 'float'",)
_DICT = re.compile(r"'dict' object has no attribute '(?:iter(items|keys|values)|(has_key))'")
_TO_WHOLE = {"int", "floor", "ceil", "round"}


def advice(error: BaseException) -> str:
    """The modern form of what an exception is about; empty if it is not known to be old code."""
    text = _text(error)
    if isinstance(error, AttributeError) and (found := _DICT.search(text)):
        plain, has_key = found.groups()
        return "Python 2: write key in d" if has_key else f"Python 2: write .{plain}()"
    line = next(_divisions(error, text), 0) if isinstance(error, (TypeError, IndexError)) else 0
    return f"in Python 3 / gives a float (line {line}): write // for whole numbers" if line else ""


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # an exception of theirs may fail at being shown
        return ""


def _divisions(error: BaseException, text: str) -> Iterator[int]:
    """The lines of each ``/`` whose result was used as a whole number, innermost first."""
    kinds = ((_INDEX, ast.Subscript), (_CALL, ast.Call), (_PRODUCT, ast.BinOp))
    wanted = tuple(kind for texts, kind in kinds if any(t in text for t in texts))
    if not wanted:
        return
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if function := _function_of(frame):
            divided = _divided_names(function, frame)
            for use in ast.walk(function):
                if isinstance(use, wanted) and use.lineno <= line <= (use.end_lineno or line):
                    yield from _used(use, divided)


def _function_of(frame: FrameType) -> ast.AST | None:
    """The code that a frame runs, as far as there is a file of it."""
    if "site-packages" in frame.f_code.co_filename:
        return None
    try:
        tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if not isinstance(node, functions) or node.name != frame.f_code.co_name:
            continue
        if node.lineno <= frame.f_lineno <= (node.end_lineno or 0):
            return node
    return None


def _divided_names(function: ast.AST, frame: FrameType) -> dict[str, int]:
    """The line of the ``/`` behind each name that is a float now."""
    found: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AugAssign)) and (line := _division_in(node)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
            found |= {n: line for n in names if isinstance(frame.f_locals.get(n), float)}
    return found


def _used(use: ast.AST, divided: dict[str, int]) -> Iterator[int]:
    """Lines of divisions in an index, in a call's arguments, or in a product."""
    if isinstance(use, ast.Subscript):
        parts: list[ast.expr] = [use.slice]
    elif isinstance(use, ast.Call) and not _makes_whole(use):
        parts = [*use.args, *(k.value for k in use.keywords)]
    else:
        parts = [use] if isinstance(use, ast.BinOp) and isinstance(use.op, ast.Mult) else []
    for part in parts:
        if line := _division_in(part):
            yield line
        names = (n.id for n in ast.walk(part) if isinstance(n, ast.Name))
        yield from (divided[name] for name in names if name in divided)


def _division_in(node: ast.AST) -> int:
    """The line of a ``/`` in it whose result stays a float; 0 if there is none."""
    if _makes_whole(node):
        return 0
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
        return node.lineno
    return next(filter(None, map(_division_in, ast.iter_child_nodes(node))), 0)


def _makes_whole(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return getattr(called, "id", getattr(called, "attr", "")) in _TO_WHOLE
