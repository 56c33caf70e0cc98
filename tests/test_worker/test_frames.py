"""What goes over the pipe: arrays come out as they went in, and anything else is refused."""

import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from crosscheck.worker.frames import FrameError, read, write

DTYPES = ("float16", "float32", "float64", "int64", "int32", "int8", "uint8", "bool")


def _sent(meta, *sent):
    stream = io.BytesIO()
    write(stream, meta, sent)
    stream.seek(0)
    return stream


def _framed(header, payload=b"", mark=b"xck1", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    head = struct.pack("<4sIQ", mark, len(text), len(payload) if length is None else length)
    return io.BytesIO(head + text + payload)


@given(
    st.lists(
        st.sampled_from(DTYPES).flatmap(
            lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0))
        ),
        max_size=3,
    )
)
def test_arrays_come_out_as_they_went_in(sent):
    meta, got = read(_sent({"do": "trial"}, *sent))
    assert meta == {"do": "trial"}
    for one, other in zip(sent, got, strict=True):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def test_any_memory_order_is_sent_as_values():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))[::-1]
    np.testing.assert_array_equal(read(_sent({}, array))[1][0], array)


def test_a_form_is_told_once():
    sent = [np.full((2, 3), i, np.float32) for i in range(50)]
    raw = _sent({}, *sent).getvalue()
    assert raw.count(b"float32") == 1
    for one, other in zip(sent, read(io.BytesIO(raw))[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_bfloat16_is_sent():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = np.array([1.5, -2.0], ml_dtypes.bfloat16)
    got = read(_sent({}, array))[1][0]
    assert (got.dtype.name, got.tolist()) == ("bfloat16", [1.5, -2.0])


def test_frames_follow_one_another():
    stream = io.BytesIO()
    write(stream, {"n": 1}, [np.zeros(3)])
    write(stream, {"n": 2})
    stream.seek(0)
    assert [read(stream)[0]["n"], read(stream)[0]["n"]] == [1, 2]
    with pytest.raises(EOFError):
        read(stream)


def test_a_frame_cut_short_is_the_end():
    whole = _sent({}, np.zeros(3)).getvalue()
    for length in range(len(whole)):
        with pytest.raises(EOFError):
            read(io.BytesIO(whole[:length]))


@pytest.mark.parametrize(
    "stream",
    [
        _framed([{}, [], []], mark=b"PK\3\4"),
        _framed([{}, [], []], length=1 << 40),
        _framed(b"not json"),
        _framed(b"\xff\xfe"),
        _framed([1, [], []]),
        _framed({}),
        _framed([{}, []]),
        _framed([{}, [["object", [1]]], [0]], bytes(8)),
        _framed([{}, [["O", [1]]], [0]], bytes(8)),
        _framed([{}, [["complex128", [1]]], [0]], bytes(16)),
        _framed([{}, [["float64", [2]]], [0]], bytes(8)),
        _framed([{}, [["float64", [1]]], [0]], bytes(16)),
        _framed([{}, [["float64", [-1]]], [0]], bytes(8)),
        _framed([{}, [["float64", [1.0]]], [0]], bytes(8)),
        _framed([{}, [["float64", [True]]], [0]], bytes(8)),
        _framed([{}, [["float64", [1] * 65]], [0]], bytes(8)),
        _framed([{}, [["float64", [1 << 62, 1 << 62]]], [0]], bytes(8)),
        _framed([{}, [["float64"]], [0]], bytes(8)),
        _framed([{}, 3, [0]], b""),
        _framed([{}, [["float64", [1]]], 0], bytes(8)),
        _framed([{}, [["float64", [1]]], [1]], bytes(8)),
        _framed([{}, [["float64", [1]]], [-1]], bytes(8)),
        _framed([{}, [["float64", [1]]], [0.0]], bytes(8)),
        _framed([{}, [["float64", [1]]], [[0]]], bytes(8)),
        _framed([{}, [["float64", [1]]], [None]], bytes(8)),
        _framed([{}, [["float64", [1]], ["int8", [1]]], [0]], bytes(8)),  # a form of nothing
        _framed([{}, [["int8", [0, 1 << 99]]], [0]]),
        _framed([{}, [["int8", [0]]], [0] * 20_000]),  # small to send, and large to hold
    ],
    ids=range(28),
)
def test_what_is_no_frame_is_refused(stream):
    with pytest.raises(FrameError):
        read(stream)
