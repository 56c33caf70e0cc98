"""The arrays in a cache, whatever it is made of: a backward must leave them as they are."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

_LARGEST_KEPT = 1 << 28  # bytes
_NOTHING_IN = (int, float, str, bool, type(None))


def arrays_in(cache: Any) -> list[np.ndarray]:
    """The arrays in a cache: itself, or inside its tuples, lists, dicts and attributes."""
    found, seen, waiting = [], set(), [cache]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) is np.ndarray:
            # A broadcast array may stand for more than fits into memory: nobody overwrites it.
            if item.nbytes <= _LARGEST_KEPT:
                found.append(item)
        elif isinstance(item, (tuple, list)):
            waiting += reversed(item)
        elif type(item) is dict:
            waiting += reversed(item.values())
        elif type(item) not in _NOTHING_IN:
            # Not by attribute: code of theirs may answer to that in any way.
            with suppress(Exception):
                waiting += object.__getattribute__(item, "__dict__").values()
    return found
