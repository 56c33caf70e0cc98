"""The helpers that courses ship to be compiled, or in a file of their own, in plain NumPy.

Columns are windows: rows run over channel, then the window's rows and columns; columns over the
output's rows and columns, then the batch. Both directions are one walk over the window's places.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def im2col_cython(
    x: Array, field_height: int, field_width: int, padding: int, stride: int
) -> Array:
    """Windows of ``x`` (N, C, H, W) as (C·field_height·field_width, out_h·out_w·N), as CS231n's
    ``im2col_cython.pyx`` does; right for windows that are not square, too.
    """
    n, c = x.shape[:2]
    padded = _padded(x, padding)
    out = _out(padded.shape[2:], (field_height, field_width), stride)
    cols = np.zeros((c, field_height, field_width, *out, n), dtype=x.dtype)
    for i, j, window in _windows((field_height, field_width), out, stride):
        cols[:, i, j] = padded[window].transpose(1, 2, 3, 0)
    return cols.reshape(c * field_height * field_width, -1)


def col2im_cython(
    cols: Array,
    N: int,
    C: int,
    H: int,
    W: int,
    field_height: int,
    field_width: int,
    padding: int,
    stride: int,
) -> Array:
    """The VJP of ``im2col_cython``: columns added up at their places in (N, C, H, W)."""
    field, padded = (field_height, field_width), (H + 2 * padding, W + 2 * padding)
    out = _out(padded, field, stride)
    return _summed(
        cols.reshape(C, *field, *out, N).transpose(0, 1, 2, 5, 3, 4), padded, padding, stride
    )


def col2im_6d_cython(
    cols: Array, N: int, C: int, H: int, W: int, HH: int, WW: int, pad: int, stride: int
) -> Array:
    """As ``col2im_cython``, for columns of shape (C, HH, WW, N, out_h, out_w)."""
    padded = (H + 2 * pad, W + 2 * pad)
    out = _out(padded, (HH, WW), stride)
    return _summed(cols.reshape(C, HH, WW, N, *out), padded, pad, stride)


def get_im2col_indices(
    x_shape: tuple[int, ...],
    field_height: int,
    field_width: int,
    padding: int = 1,
    stride: int = 1,
) -> tuple[Array, Array, Array]:
    """Indices ``(k, i, j)`` into channels, padded rows and columns, as CS231n's ``im2col.py``."""
    _, c, height, width = x_shape
    field = (field_height, field_width)
    out_h, out_w = _out((height + 2 * padding, width + 2 * padding), field, stride)
    k, i, j = (axis.reshape(-1, 1) for axis in np.indices((c, *field)))
    rows, columns = (stride * axis.reshape(1, -1) for axis in np.indices((out_h, out_w)))
    return k, i + rows, j + columns


def im2col_indices(
    x: Array, field_height: int, field_width: int, padding: int = 1, stride: int = 1
) -> Array:
    """As ``im2col_cython``, with the default arguments of CS231n's ``im2col.py``."""
    return im2col_cython(x, field_height, field_width, padding, stride)


def col2im_indices(
    cols: Array,
    x_shape: tuple[int, ...],
    field_height: int = 3,
    field_width: int = 3,
    padding: int = 1,
    stride: int = 1,
) -> Array:
    """As ``col2im_cython``, with the arguments of CS231n's ``im2col.py``."""
    n, c, height, width = x_shape
    return col2im_cython(cols, n, c, height, width, field_height, field_width, padding, stride)


def im2col(input_data: Array, filter_h: int, filter_w: int, stride: int = 1, pad: int = 0) -> Array:
    """Windows of (N, C, H, W) as (N·out_h·out_w, C·filter_h·filter_w): Deep Learning from Scratch's
    ``common/util.py``.
    """
    n, c = input_data.shape[:2]
    cols = im2col_cython(input_data, filter_h, filter_w, pad, stride)
    return (
        cols.reshape(c * filter_h * filter_w, -1, n).transpose(2, 1, 0).reshape(-1, cols.shape[0])
    )


def col2im(
    col: Array,
    input_shape: tuple[int, ...],
    filter_h: int,
    filter_w: int,
    stride: int = 1,
    pad: int = 0,
) -> Array:
    """The VJP of ``im2col``."""
    n, c, height, width = input_shape
    rows = col.reshape(n, -1, c * filter_h * filter_w).transpose(2, 1, 0)
    return col2im_cython(rows, n, c, height, width, filter_h, filter_w, pad, stride)


def _padded(x: Array, padding: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode="constant")


def _out(padded: tuple[int, ...], field: tuple[int, int], stride: int) -> tuple[int, int]:
    height, width = ((p - f) // stride + 1 for p, f in zip(padded, field, strict=True))
    return height, width


def _summed(cols: Array, padded: tuple[int, int], padding: int, stride: int) -> Array:
    """Columns (C, HH, WW, N, out_h, out_w) added up in (N, C, H, W)."""
    c, height, width, n, *out = cols.shape
    x = np.zeros((n, c, *padded), dtype=cols.dtype)
    for i, j, window in _windows((height, width), (out[0], out[1]), stride):
        x[window] += cols[:, i, j].transpose(1, 0, 2, 3)
    return x[:, :, padding : padded[0] - padding, padding : padded[1] - padding]


def _windows(
    field: tuple[int, int], out: tuple[int, int], stride: int
) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """For each place in the window, where in the padded array it falls in all windows at once."""
    for i in range(field[0]):
        for j in range(field[1]):
            rows = slice(i, i + stride * out[0], stride)
            columns = slice(j, j + stride * out[1], stride)
            yield i, j, (slice(None), slice(None), rows, columns)
