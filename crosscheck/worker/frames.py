"""What goes over a pipe: a header in JSON and raw arrays, and nothing that could be executed."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, BinaryIO

import numpy as np

from crosscheck.dtypes import FORMATS, name_of

_HEAD = struct.Struct("<4sIQ")  # a mark, the header's length, the arrays' length
_MARK = b"xck1"
_LONGEST_HEADER = 1 << 20
_MOST_BYTES = 1 << 27
_PLAIN = {np.dtype(t).name for t in "bBhHiIlLqQefd?"}
_MOST_ARRAYS = 1 << 14
_MOST_AXES = 32  # of which NumPy 1.26 knows

Meta = dict[str, Any]
Frame = tuple[Meta, list[np.ndarray]]


class FrameError(Exception):
    """What came is no frame."""


def frame(meta: Meta, arrays: Sequence[np.ndarray] = ()) -> bytes:
    """One frame. Arrays are of numbers, of any shape and order; many have the same form, which is
    told once.
    """
    forms: dict[tuple[str, tuple[int, ...]], int] = {}
    which = [forms.setdefault((name_of(a.dtype), a.shape), len(forms)) for a in arrays]
    header = json.dumps([meta, list(forms), which]).encode()
    payload = b"".join(a.tobytes() for a in arrays)
    return _HEAD.pack(_MARK, len(header), len(payload)) + header + payload


def write(stream: BinaryIO, meta: Meta, arrays: Sequence[np.ndarray] = ()) -> None:
    """Send one frame."""
    stream.write(frame(meta, arrays))
    stream.flush()


def read(stream: BinaryIO) -> Frame:
    """The next frame. Raises EOFError at the end of the stream, and FrameError for anything else
    than a frame.
    """
    header_length, length = _lengths(_exactly(stream, _HEAD.size))
    return _frame(_exactly(stream, header_length), _exactly(stream, length))


def taken(got: bytearray) -> Frame | None:
    """The first frame among what came, whose bytes are taken away; None if not all of it is there.

    Raises FrameError for anything else than a frame.
    """
    if len(got) < _HEAD.size:
        return None
    header_length, length = _lengths(got)
    start, end = _HEAD.size + header_length, _HEAD.size + header_length + length
    if len(got) < end:
        return None
    header, payload = bytes(got[_HEAD.size : start]), bytes(got[start:end])
    del got[:end]
    return _frame(header, payload)


def _lengths(head: bytes | bytearray) -> tuple[int, int]:
    """Of the header and of the arrays."""
    mark, header_length, length = _HEAD.unpack_from(head)
    if mark != _MARK or header_length > _LONGEST_HEADER or length > _MOST_BYTES:
        raise FrameError("no frame starts here")
    return header_length, length


def _frame(header: bytes, payload: bytes) -> Frame:
    try:
        meta, forms, which = json.loads(header.decode())
        return dict(meta), _arrays(forms, which, payload)
    except (ValueError, TypeError, RecursionError) as error:
        raise FrameError(f"not a header: {error}") from None


def _exactly(stream: BinaryIO, count: int) -> bytes:
    parts = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _arrays(
    forms: Sequence[tuple[str, Sequence[int]]], which: Sequence[int], payload: bytes
) -> list[np.ndarray]:
    if len(which) > _MOST_ARRAYS:
        raise ValueError(f"{len(which)} arrays")
    if set(which) != set(range(len(forms))):
        raise ValueError("an array of no form, or a form of no array")
    known = [_form(name, *shape) for name, shape in forms]
    arrays, start = [], 0
    for number in which:
        dtype, shape, size = known[number]
        if start + size > len(payload):
            raise ValueError("too few bytes")
        arrays.append(np.ndarray(shape, dtype, payload, start))
        start += size
    if start != len(payload):
        raise ValueError("bytes that belong to no array")
    return arrays


@lru_cache(maxsize=4096, typed=True)  # the same shapes come again and again; True is none
def _form(name: str, *shape: int) -> tuple[np.dtype, tuple[int, ...], int]:
    """The dtype, shape and number of bytes of an array."""
    if len(shape) > _MOST_AXES or any(type(n) is not int for n in shape):
        raise ValueError("a shape that no array has")
    if any(not 0 <= n <= _MOST_BYTES for n in shape):
        raise ValueError("a size that no array has")
    dtype = _dtype(name)
    return dtype, shape, prod(shape) * dtype.itemsize


def _dtype(name: str) -> np.dtype:
    if name in _PLAIN:
        return np.dtype(name)
    if name in FORMATS:
        return FORMATS[name].dtype  # bfloat16 is none of NumPy's own
    raise ValueError(f"no dtype {name!r}")
