"""Arrays of ours laid out as theirs, and back: axes are moved, never a value changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crosscheck.config.layout import NEW_AXIS

Axes = Sequence[int]


def theirs(array: np.ndarray, shape: str, axes: Axes, below: int, dtype: Any) -> np.ndarray:
    """An array of ours, of that shape in symbols, with the axes that ``axes`` lists.

    Labels, which are ``below`` some number, may become one-hot rows of that dtype.
    """
    array = _plain(array, shape)
    if array.ndim in axes:  # one more than there are
        array = np.eye(below, dtype=dtype)[array]
    array = array.transpose([a for a in axes if a != NEW_AXIS])
    return np.expand_dims(array, _new(axes))


def ours(value: Any, shape: str, axes: Axes, like: tuple[int, ...] | None) -> Any:
    """The way back, if theirs has these axes: what has not is left for the judge.

    ``like``: the shape of an array of ours that it should have, where symbols do not say.
    """
    if not isinstance(value, np.ndarray) or value.ndim != len(axes):
        return value
    if any(value.shape[i] != 1 for i in _new(axes)):
        return value
    value = value.squeeze(_new(axes)).transpose(np.argsort([a for a in axes if a != NEW_AXIS]))
    if like is not None and value.size == int(np.prod(like)):
        ours_plain = _plain(np.broadcast_to(0, like), shape)
        return value.reshape(like) if value.shape == ours_plain.shape else value
    return value


def _new(axes: Axes) -> tuple[int, ...]:
    return tuple(i for i, axis in enumerate(axes) if axis == NEW_AXIS)


def _plain(array: np.ndarray, shape: str) -> np.ndarray:
    """One axis for each symbol: ``*d`` is one, and a 1 is none."""
    symbols, sizes = shape.split(), list(array.shape)
    found = []
    for i, symbol in enumerate(symbols):
        if symbol.startswith("*"):
            count = len(sizes) - (len(symbols) - i - 1)
            found.append(int(np.prod(sizes[:count])))
            del sizes[:count]
        else:
            size = sizes.pop(0)
            if symbol != "1":
                found.append(size)
    return array.reshape(found)
