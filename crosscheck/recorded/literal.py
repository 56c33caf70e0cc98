"""Values as Python code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

_WRITTEN_OUT = 6  # elements that are written out even if all are the same


class UnwritableError(Exception):
    """There is no short way to write it."""


def literal(array: np.ndarray) -> str:
    """The array as code: exactly these values."""
    alike = array.size > _WRITTEN_OUT and bool((array == array.flat[0]).all())
    if alike and array.dtype.kind == "f" and array.flat[0] in (0, 1):
        return f"np.{'ones' if array.flat[0] else 'zeros'}({array.shape})"
    values = repr(array.tolist()).replace("inf", "np.inf").replace("nan", "np.nan")
    return f"np.array({values})"


def plain(value: Any) -> str:
    """Numbers, texts, and dicts, lists and tuples of them. Raises UnwritableError."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value).replace("inf", "np.inf").replace("nan", "np.nan")
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size:
        return literal(value)
    if isinstance(value, np.generic):
        return repr(value.item())
    if type(value) is dict:
        return "{" + ", ".join(f"{plain(k)}: {plain(v)}" for k, v in value.items()) + "}"
    if type(value) in (list, tuple):
        inside = ", ".join(map(plain, value))
        return f"[{inside}]" if type(value) is list else f"({inside}{',' * (len(value) == 1)})"
    if type(value) is SimpleNamespace:
        inside = ", ".join(f"{name}={plain(v)}" for name, v in vars(value).items())
        return f"SimpleNamespace({inside})"
    raise UnwritableError(type(value).__name__)
