"""Deep Learning from Scratch 1: Affine, and classes that look like it but take columns."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from crosscheck.adapters.dlfs import in_lists, is_layer
from crosscheck.adapters.dlfs1 import family, learnt
from crosscheck.adapters.family import Functions, Kept, mentions
from crosscheck.adapters.probe import answered, numbers, shape_of
from crosscheck.adapters.shaped import reshaped, rows, turned

COLUMNS = "examples are columns, and W is (out, in): transposed here"


def affine(cls: Any) -> Functions:
    """Of rows only, where the class does not flatten what it is given."""
    flattens = mentions(cls, "reshape", "ravel", "flatten")

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(w, b)
        return layer.forward(x if flattens else rows(x)), (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        kept, shape = cache
        dx = kept.of.backward(dout)
        return (dx if flattens else reshaped(dx, shape)), *learnt(kept)

    return forward, backward


def affine_of_columns(cls: Any, b_is_column: bool) -> Functions:
    """Of examples as columns, (features, examples), and W (out, in)."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(turned(w), b.reshape(-1, 1) if b_is_column else b)
        return turned(layer.forward(turned(rows(x)))), (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        kept, shape = cache
        dx = turned(kept.of.backward(turned(dout)))
        dw, db = learnt(kept)
        return reshaped(dx, shape), turned(dw), reshaped(db, dout.shape[1:])

    return forward, backward


def _fits(functions: Functions) -> bool:
    """Whether it takes examples of that layout, and its gradients have the shapes due."""
    forward, backward = functions
    x, w, b = numbers(5, 2), numbers(2, 3), numbers(3)
    returned = answered(forward, x, w, b)
    if returned is None or shape_of(returned[0]) != (5, 3):
        return False
    gradients = answered(backward, returned[0], returned[1])
    return gradients is not None and [*map(shape_of, gradients)] == [(5, 2), (2, 3), (3,)]


@cache
def _is_of_columns(cls: Any, b_is_column: bool) -> bool:
    """Only if it cannot take rows."""
    x, w, b = numbers(5, 2), numbers(2, 3), numbers(3)
    takes_rows = answered(affine(cls)[0], x, w, b) is not None
    return not takes_rows and _fits(affine_of_columns(cls, b_is_column))


def _is_affine(cls: Any) -> bool:
    return is_layer(cls, "W", "b") and not in_lists(cls)


for _is_column in (False, True):
    family.form(
        *("affine", "Affine"),
        when=lambda cls, c=_is_column: _is_affine(cls) and _is_of_columns(cls, c),
        conventions=(COLUMNS,),
    )(lambda cls, c=_is_column: affine_of_columns(cls, c))
family.form("affine", "Affine", when=_is_affine)(affine)
