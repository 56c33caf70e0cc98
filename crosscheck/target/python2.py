"""What a syntax error of today was in Python 2, and how it is written now."""

from __future__ import annotations

import ast
import re

# Each as it was, and as it is; they are tried one after another until Python 3 can read the line.
_MODERN: tuple[tuple[str, str], ...] = (
    (r"(^|[:;]\s*)print\s+([^\n]*?)\s*,\s*$", r'\1print(\2, end=" ")'),
    (r"(^|[:;]\s*)print\b(?!\()\s*([^\n]+?)\s*$", r"\1print(\2)"),
    (r"^except\s+(.+?)\s*,\s*(\w+)\s*:", r"except \1 as \2:"),
    (r"^raise\s+([\w.]+)\s*,\s*(.+)$", r"raise \1(\2)"),
    (r"(^|[:;]\s*)exec\s+(.+?)\s+in\s+(.+)$", r"\1exec(\2, \3)"),
    (r"(^|[:;]\s*)exec\s+(.+)$", r"\1exec(\2)"),
    (r"`([^`]+)`", r"repr(\1)"),
    (r"<>", "!="),
    (r"(?<![\w.])0(\d+)(?![\w.])", r"0o\1"),
    (r"(?<![\w.])(\d+)[lL]\b", r"\1"),
    (r"\b[uU][rR](?=['\"])", "r"),
)


def modern_form(error: SyntaxError) -> str:
    """``print x, y is Python 2: write print(x, y)``; empty if the line is not known as Python 2."""
    if isinstance(error, TabError):
        return "the indentation mixes tabs and spaces, as in Python 2: write spaces only"
    old = (error.text or "").strip()
    line = _without_comment(old)
    if not line or _is_python3(line):
        return ""
    for was, now in _MODERN:
        line = re.sub(was, now, line)
        if _is_python3(line):
            return f"{_without_comment(old)} is Python 2: write {line}"
    if "Missing parentheses in call to 'print'" in error.msg:
        return f"{old} is Python 2: write print(…)"
    return ""


def _without_comment(line: str) -> str:
    """Cut at the last ``#`` that is no part of a string, as far as quotes tell."""
    head, mark, _ = line.rpartition("#")
    if mark and all(head.count(quote) % 2 == 0 for quote in "'\""):
        return _without_comment(head.rstrip())
    return line


def _is_python3(line: str) -> bool:
    """Whether it can be read by itself: as a statement, or as the head of one."""
    body = " pass" if line.endswith(":") else ""
    for before in ("", "try: pass\n", "if x: pass\n"):
        try:
            ast.parse(f"{before}{line}{body}")
        except (SyntaxError, ValueError, MemoryError):
            continue
        return True
    return False
