"""Arrays in another shape or order, or times a declared factor; None, which a stub returns, stays
None.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np


def rows(x: np.ndarray) -> np.ndarray:
    """Each example as one row: (N, D)."""
    return x.reshape(len(x), prod(x.shape[1:]))


def one_hot(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Labels as rows of the scores' shape and dtype, with a 1 at the label."""
    return np.eye(scores.shape[-1], dtype=scores.dtype)[labels]


def changed(change: Callable[[Any], Any], value: Any) -> Any:
    """``change`` of an array of theirs; anything else (None, a list) is left for the judge."""
    return change(value) if isinstance(value, (np.ndarray, np.generic)) else value


def reshaped(value: Any, shape: tuple[int, ...]) -> Any:
    """Theirs in that shape, if it has as many elements."""
    fits = isinstance(value, np.ndarray) and value.size == prod(shape)
    return value.reshape(shape) if fits else value


def turned(value: Any) -> Any:
    """Theirs transposed."""
    return changed(np.transpose, value)


def times(value: Any, factor: float) -> Any:
    """Theirs times a factor that its family declares."""
    is_number = isinstance(value, (np.ndarray, np.generic, float, int))
    return value * factor if is_number else value
