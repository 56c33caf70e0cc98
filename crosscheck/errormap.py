"""Where in an array a candidate is wrong, in units of what is allowed: a picture's data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np

from crosscheck.hints import Evidence

_WIDEST = 64  # cells each way; larger arrays are reduced, each cell to the worst of its elements


@dataclass(frozen=True)
class ErrorMap:
    """The error of each element as a fraction of what is allowed (above 1 is wrong), as rows and
    columns. ``shape``: of the whole array, of which all axes but the last are the rows.
    """

    case: str
    shape: tuple[int, ...]
    misfit: np.ndarray


def error_maps(evidence: Iterable[Evidence], quantities: Iterable[str]) -> dict[str, ErrorMap]:
    """A map of each of these quantities in the first case in which it is wrong, if any element can
    be compared there.
    """
    maps: dict[str, ErrorMap] = {}
    wanted = list(quantities)
    for e in evidence:
        for quantity in wanted:
            view = e.view(quantity)
            if quantity in maps or view is None or view.passed or not view.shaped:
                continue
            misfit = e.expected[quantity].misfit(view.got, e.case.format)
            if misfit.size and (misfit > 1).any():
                maps[quantity] = ErrorMap(e.case.id, misfit.shape, _reduced(misfit))
    return maps


def _reduced(misfit: np.ndarray) -> np.ndarray:
    """As a matrix of at most ``_WIDEST`` rows and columns."""
    columns = misfit.shape[-1] if misfit.ndim else 1
    matrix = misfit.reshape(prod(misfit.shape) // columns, columns)
    for axis, length in enumerate(matrix.shape):
        if length > _WIDEST:
            starts = np.linspace(0, length, _WIDEST, endpoint=False).astype(int)
            matrix = np.maximum.reduceat(matrix, starts, axis=axis)
    return matrix
