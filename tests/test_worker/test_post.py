"""Requests go out and frames come in, however slowly the other side reads and writes."""

import os
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from crosscheck.worker import frames
from crosscheck.worker.frames import FrameError
from crosscheck.worker.post import Post
from crosscheck.worker.process import sockets

LARGE = [np.arange(1 << 17, dtype=np.float64)]  # 1 MB: more than any pipe holds
SOON = 60.0  # seconds, if anything goes wrong

posix = pytest.mark.skipif(os.name != "posix", reason="no waiting for pipes")


@pytest.fixture(params=[pytest.param("pipes", marks=posix), "sockets"])
def ends(request):
    """A post, and the two streams of a worker at the other end."""
    asked, requests = os.pipe()
    replies, answered = os.pipe()
    ours = os.fdopen(requests, "wb", 0), os.fdopen(replies, "rb", 0)
    if request.param == "sockets":
        ours = sockets(*ours)
    else:
        for stream in ours:
            os.set_blocking(stream.fileno(), False)
    post = Post(SimpleNamespace(requests=ours[0], replies=ours[1]))
    with os.fdopen(asked, "rb") as theirs_in, os.fdopen(answered, "wb", 0) as theirs_out:
        yield post, theirs_in, theirs_out
        post.close()


def test_a_request_arrives_and_its_answer_comes_back(ends):
    post, asked, answered = ends
    post.send(frames.frame({"n": 1}))
    assert frames.read(asked)[0] == {"n": 1}
    frames.write(answered, {"n": 2})
    assert post.next(SOON)[0] == {"n": 2}


def test_nothing_comes_in_no_time(ends):
    post, _, _ = ends
    assert post.next(0.01) is None


def test_frames_may_come_in_pieces_and_several_at_once(ends):
    post, _, answered = ends
    whole = frames.frame({"n": 1}) + frames.frame({"n": 2}) + frames.frame({"n": 3})
    for piece in (whole[:5], whole[5:20]):
        answered.write(piece)
        assert post.next(0.05) is None
    answered.write(whole[20:])
    assert [post.next(SOON)[0]["n"] for _ in range(3)] == [1, 2, 3]


def test_what_is_larger_than_a_pipe_comes_whole(ends):
    post, _, answered = ends
    whole = frames.frame({}, LARGE)

    def answer():
        rest = memoryview(whole)
        while rest:
            rest = rest[answered.write(rest) :]

    writer = threading.Thread(target=answer)
    writer.start()
    _, [array] = post.next(SOON)
    writer.join()
    np.testing.assert_array_equal(array, LARGE[0])


def test_nobody_waits_for_a_process_that_does_not_read(ends):
    post, _, _ = ends
    start = time.monotonic()
    for _ in range(3):
        post.send(frames.frame({}, LARGE))
    assert post.next(0.01) is None
    assert time.monotonic() - start < SOON / 2


def test_what_is_not_read_at_once_is_sent_while_waiting(ends):
    post, asked, answered = ends

    def echo():
        meta, [array] = frames.read(asked)
        frames.write(answered, {**meta, "sum": float(array.sum())})

    post.send(frames.frame({"n": 1}, LARGE))
    reader = threading.Thread(target=echo)
    reader.start()
    assert post.next(SOON)[0] == {"n": 1, "sum": LARGE[0].sum()}
    reader.join()


@pytest.mark.parametrize("said", [b"x" * 16, b"xck1" + b"\xff" * 12])
def test_what_is_no_frame_is_refused(ends, said):
    post, _, answered = ends
    answered.write(said)
    with pytest.raises(FrameError, match="no frame starts here"):
        post.next(SOON)


def test_the_end_is_told(ends):
    post, _, answered = ends
    answered.write(frames.frame({"n": 1})[:-1])
    answered.close()
    with pytest.raises(EOFError):
        post.next(SOON)


def test_a_request_to_nobody_is_dropped(ends):
    post, asked, answered = ends
    asked.close()
    answered.close()
    post.send(frames.frame({}, LARGE))
    post.send(frames.frame({}))
    with pytest.raises(EOFError):
        post.next(SOON)


@posix
def test_nothing_is_read_before_it_is_asked_for(ends):
    _, _, answered = ends
    os.set_blocking(answered.fileno(), False)
    said = 0
    while (count := answered.write(bytes(1 << 16))) is not None:
        said += count
        time.sleep(0.001)
    assert said < 1 << 23
