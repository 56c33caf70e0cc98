"""What is in their objects, by the expressions that lead there: ``layer.params["W"]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

_DEPTH, _LENGTH = 4, 40
State = dict[str, Any]


def state_of(known: Mapping[str, Any]) -> State:
    """Every number, array and text in objects that go by these names; arrays as copies."""
    return {
        text: np.array(value) if isinstance(value, np.ndarray) else value
        for name, thing in known.items()
        for text, value in leaves(name, thing)
        if isinstance(value, (np.ndarray, np.generic, bool, int, float, str)) or value is None
    }


def leaves(name: str, thing: Any, depth: int = _DEPTH) -> Iterator[tuple[str, Any]]:
    """Everything in an object, itself included, by the expression for it."""
    yield name, thing
    if depth == 0 or isinstance(thing, (np.ndarray, np.generic, str, type)) or thing is None:
        return
    if isinstance(thing, dict):
        for key in [k for k in thing if isinstance(k, (str, int))][:_LENGTH]:
            written = f'"{key}"' if isinstance(key, str) and '"' not in key else repr(key)
            yield from leaves(f"{name}[{written}]", thing[key], depth - 1)
    elif isinstance(thing, (list, tuple)):
        for place, item in enumerate(thing[:_LENGTH]):
            yield from leaves(f"{name}[{place}]", item, depth - 1)
    else:
        for attribute, value in list(getattr(thing, "__dict__", {}).items()):
            if attribute.isidentifier():
                yield from leaves(f"{name}.{attribute}", value, depth - 1)


def changed(before: State, after: State) -> State:
    """What is new, or another."""
    return {t: v for t, v in after.items() if t not in before or not same(before[t], v)}


def same(a: Any, b: Any) -> bool:
    """Whether two values are of one kind, and equal element by element."""
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return type(a) is type(b) and repr(a) == repr(b)  # as NaN is NaN
    alike = a.shape == b.shape and a.dtype == b.dtype
    return alike and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
