"""What is called: a name, as a text has it."""

from __future__ import annotations

import ast

_AS_SELF = {"self", "cls", "__class__"}


def called(node: ast.expr, owner: str) -> str:
    """The name of what is called, without ``self``; empty if nobody knows."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_first(node.value, owner)}.{node.attr}"
    if isinstance(node, ast.Call) and len(node.args) > 1 and called(node.func, "") == "getattr":
        name = _string(node.args[1])
        first = _first(node.args[0], owner)
        return f"{first}.{name}" if name and first == owner else name
    if isinstance(node, ast.Subscript):
        return _string(node.slice)  # globals()["affine_forward"]
    return ""


def _first(node: ast.expr, owner: str) -> str:
    if isinstance(node, ast.Name):
        return owner if node.id in _AS_SELF else node.id
    if isinstance(node, ast.Attribute):
        return owner if node.attr in _AS_SELF else "…"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return owner if node.func.id in ("type", "super") else "…"
    return "…"


def _string(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pair = node.left, node.right
        left, right = (p.value if isinstance(p, ast.Constant) else None for p in pair)
        return left + right if isinstance(left, str) and isinstance(right, str) else ""
    return ""


def root(node: ast.expr) -> str:
    """``x`` of ``x[i]``, ``x.flat[i]`` and ``x.ravel()[i]``."""
    while not isinstance(node, ast.Name):
        if isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return ""
    return node.id
