"""The lines that every snippet has: its imports at the top, and at the end what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from crosscheck.oracle import Array

_ON_ONE_LINE = 12  # elements of a result: of a longer one only the worst is shown


def imports(used: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Of NumPy, and of these names from these files; what stands in a notebook is there already."""
    yield "import numpy as np"
    homes: dict[str, list[str]] = {}
    for name, file in used:
        homes.setdefault(_module(file), []).append(name)
    for module, names in homes.items():
        listed = ", ".join(names)
        yield f"from {module} import {listed}" if module else f"# {listed}: your own"


def _module(file: str) -> str:
    """The name under which a file can be imported from the folder that it, or its package, is in;
    empty if there is none, as in a notebook.
    """
    if file.isidentifier():
        return file  # of Python itself
    path = Path(file)
    if path.suffix != ".py" or not path.is_file():
        return ""
    parts = [path.stem] if path.stem != "__init__" else []
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            break
        parts.insert(0, folder.name)
    return ".".join(parts) if parts and all(p.isidentifier() for p in parts) else ""


def printed_shape(what: str, got: Array, expected: Array) -> str:
    """``print(dw.shape)  # expected …, got …``"""
    return f"print({what}.shape)  # expected {expected.shape}, got {got.shape}"


def printed(what: str, got: Any, expected: Array, index: tuple[int, ...] | None) -> str:
    """``print(dw)  # expected …, got …``, of a large array only the element at ``index``."""
    if index and expected.size > _ON_ONE_LINE and np.shape(got) == expected.shape:
        place = ", ".join(map(str, index))
        return f"print({what}[{place}])  # {_difference(got[index], expected[index])}"
    return f"print({what})  # {_difference(got, expected)}"


def _difference(got: Any, expected: Any) -> str:
    """As many digits as it takes to see it."""
    for digits in (8, 17):
        texts = [_text(a, digits) for a in (expected, got)]
        if texts[0] != texts[1]:
            break
    return "expected {}, got {}".format(*texts)


def _text(value: Any, digits: int) -> str:
    if np.ndim(value) == 0:
        return repr(np.asarray(value).item())
    lines = np.array2string(np.asarray(value), precision=digits, max_line_width=10_000)
    return " ".join(lines.split())
