"""Names that NumPy and Python no longer have: found in the code, and put back while it is open."""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosscheck.target.code import Code, nodes
from crosscheck.target.known import PYTHON2


@dataclass(frozen=True)
class Outdated:
    """A name that is gone, where it is used, and what to write instead."""

    file: str
    line: int
    old: str
    modern: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}, line {self.line}: {self.old} is gone: write {self.modern}"


def _as_float(x: Any) -> Any:
    return np.asarray(x, dtype=float)


def _sorted(x: Any) -> Any:
    return np.sort(x, axis=0)


def _item(x: Any) -> Any:
    return np.asarray(x).item()


# What NumPy had: the modern form, in words, and what does it.
_NUMPY: dict[str, tuple[str, Any]] = {
    "float": ("float", float),
    "int": ("int", int),
    "bool": ("bool", bool),
    "object": ("object", object),
    "complex": ("complex", complex),
    "str": ("str", str),
    "long": ("int", int),
    "unicode": ("str", str),
    "float_": ("np.float64", np.float64),
    "complex_": ("np.complex128", np.complex128),
    "string_": ("np.bytes_", np.bytes_),
    "unicode_": ("np.str_", np.str_),
    "bool8": ("np.bool_", np.bool_),
    "int0": ("np.intp", np.intp),
    "infty": ("np.inf", np.inf),
    "Inf": ("np.inf", np.inf),
    "Infinity": ("np.inf", np.inf),
    "PINF": ("np.inf", np.inf),
    "NINF": ("-np.inf", -np.inf),
    "NaN": ("np.nan", np.nan),
    "NAN": ("np.nan", np.nan),
    "product": ("np.prod", np.prod),
    "cumproduct": ("np.cumprod", np.cumprod),
    "sometrue": ("np.any", np.any),
    "alltrue": ("np.all", np.all),
    "asscalar": ("x.item()", _item),
    "in1d": ("np.isin", np.isin),
    "row_stack": ("np.vstack", np.vstack),
    "trapz": ("np.trapezoid", getattr(np, "trapezoid", None)),
    "round_": ("np.round", np.round),
    "asfarray": ("np.asarray(x, dtype=float)", _as_float),
    "mat": ("np.asmatrix", np.asmatrix),
    "msort": ("np.sort(x, axis=0)", _sorted),
    "rank": ("np.ndim", np.ndim),
    "alen": ("len", len),
    "lib.pad": ("np.pad", np.pad),
}
_PUT_BACK: Counter[str] = Counter()  # by how many open targets: one may hide it from the next


def outdated_in(code: Code) -> Iterator[Outdated]:
    """Every use of a name that this NumPy, or Python 3, does not have."""
    for file, tree in code.parts:
        for line, name in sorted(set(_numpy_names(tree))):
            if name in _NUMPY and is_gone(name):
                yield Outdated(file, line, f"np.{name}", _NUMPY[name][0])
    yields = sorted(set(code.uses(PYTHON2)))
    yield from (Outdated(file, line, name, PYTHON2[name][0]) for file, line, name in yields)


def is_gone(name: str) -> bool:
    """Whether NumPy itself lacks it."""
    of, _, attribute = name.rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are on their way out
        return bool(_PUT_BACK[name]) or not hasattr(getattr(np, of) if of else np, attribute)


@contextlib.contextmanager
def put_back(names: Iterable[str]) -> Iterator[None]:
    """While it lasts, NumPy has these names again (``np.float``)."""
    chosen = {name for n in names if is_gone(name := n.removeprefix("np."))}
    _PUT_BACK.update(chosen)
    for name in chosen:
        of, _, attribute = name.rpartition(".")
        setattr(getattr(np, of) if of else np, attribute, _NUMPY[name][1])
    try:
        yield
    finally:
        _PUT_BACK.subtract(chosen)
        for name in chosen:
            of, _, attribute = name.rpartition(".")
            if not _PUT_BACK[name]:
                delattr(getattr(np, of) if of else np, attribute)


def _numpy_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything that is asked of NumPy: ``float`` for ``np.float``."""
    imports = (a for node in nodes(tree, ast.Import) for a in node.names)
    aliases = {a.asname or a.name for a in imports if a.name == "numpy"}
    for node in nodes(tree, ast.Attribute):
        module, _, name = _dotted(node).partition(".")
        if module in aliases:
            yield node.lineno, name
    for source in nodes(tree, ast.ImportFrom):
        if source.module == "numpy":
            yield from ((source.lineno, a.name) for a in source.names)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        of = _dotted(node.value)
        return f"{of}.{node.attr}" if of else ""
    return node.id if isinstance(node, ast.Name) else ""
