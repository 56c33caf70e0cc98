"""A notebook's code cells, each as Python can read it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crosscheck.errors import TargetError

# A line for the shell, for IPython, or a question; `% b` may be the rest of a remainder.
_MAGIC = re.compile(
    r"^(\s*)(?:[%!?]{1,2}[A-Za-z_./~]|[\w.]+\s*=\s*[%!][A-Za-z]|[\w.]+\?{1,2}\s*$).*"
)
_PYTHON_CELL = re.compile(r"%%(time|timeit|capture|prun|debug|writefile\s+\S+\.py)\b")
_DEFINED = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)", re.MULTILINE)


def cells(path: Path, text: bytes) -> Iterator[tuple[str, str]]:
    """Each code cell's name, ``a1.ipynb, cell 3`` (of the code cells the third), and its text.

    Raises TargetError if it is no notebook, or none of Python.
    """
    try:
        notebook = json.loads(text.decode("utf-8-sig"))
        found = [_source(cell) for cell in _listed(notebook) if _is_code(cell)]
        language = _language(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TargetError(
            f"{path} is not a notebook that can be read. Open it in Jupyter and save it again."
        ) from None
    if language != "python":
        raise TargetError(f"{path} is a notebook of {language}, not of Python.")
    for number, cell in enumerate(found, 1):
        yield f"{path}, cell {number}", _without_cell_magic(cell)


def _listed(notebook: Any) -> list[Any]:
    if "worksheets" in notebook:  # before 2015
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    return list(notebook["cells"])


def _is_code(cell: Any) -> bool:
    """Whether it is one that can be run; where no type is written, only such have outputs."""
    return (
        isinstance(cell, dict)
        and cell.get("cell_type", "code" if "outputs" in cell else "") == "code"
    )


def _source(cell: Mapping[str, Any]) -> str:
    """Its text, in one piece or in lines; empty if there is none."""
    source = cell.get("source", cell.get("input"))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _language(notebook: Any) -> str:
    about = notebook.get("metadata") or {}
    kernel, language = about.get("kernelspec") or {}, about.get("language_info") or {}
    return str(kernel.get("language") or language.get("name") or "python").lower().rstrip("23")


def defined_in(cell: str) -> list[str]:
    """The functions and classes of a cell that Python cannot read, as far as that can be told."""
    return list(dict.fromkeys(_DEFINED.findall(cell)))


def _without_cell_magic(cell: str) -> str:
    first, newline, rest = cell.lstrip().partition("\n")
    if not first.startswith("%%"):
        return cell
    lines_before = cell[: len(cell) - len(cell.lstrip())].count("\n")
    return "\n" * lines_before + newline + rest if _PYTHON_CELL.match(first) else ""


def parsed(name: str, cell: str, parse: Callable[[str, str], ast.Module]) -> ast.Module:
    """The cell's tree: ``%`` and ``!`` lines do nothing. Raises SyntaxError."""
    try:
        return parse(cell, name)
    except SyntaxError:
        lines = [_MAGIC.sub(r"\1pass", line) for line in cell.split("\n")]
        return parse("\n".join(lines), name)
