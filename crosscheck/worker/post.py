"""Requests to a worker, and the frames that come back, each within its time: nobody has to wait for
a process that does not read, or does not answer.
"""

from __future__ import annotations

import contextlib
import selectors
import time

from crosscheck.worker import frames
from crosscheck.worker.frames import Frame
from crosscheck.worker.process import Worker

_AT_ONCE = 1 << 16  # bytes; what a pipe holds


class Post:
    """Between us and one worker, to be closed.

    Nothing is read before it is asked for: who says more than that has to wait.
    """

    def __init__(self, worker: Worker) -> None:
        self._requests, self._replies = worker.requests, worker.replies
        self._unsent, self._got = bytearray(), bytearray()
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._replies, selectors.EVENT_READ)

    def send(self, frame: bytes) -> None:
        """What the worker does not read now is sent while we wait for its answers."""
        waiting = bool(self._unsent)
        self._unsent += frame
        if not waiting and not self._all_written():
            self._ready.register(self._requests, selectors.EVENT_WRITE)

    def next(self, patience: float) -> Frame | None:
        """The next frame; None if it does not come within so many seconds.

        Raises EOFError once nobody can write any more, and FrameError for what is no frame.
        """
        end = time.monotonic() + patience
        while not (frame := frames.taken(self._got)):
            some = self._replies.read(_AT_ONCE)
            if some == b"":
                raise EOFError
            if some:
                self._got += some
            elif not self._wait(end - time.monotonic()):
                return None
        return frame

    def close(self) -> None:
        """Nobody asks any more."""
        self._ready.close()
        self._requests.close()
        self._replies.close()

    def _wait(self, seconds: float) -> bool:
        """Whether anything can be done within so many seconds."""
        able = self._ready.select(max(seconds, 0))
        if any(key.fileobj is self._requests for key, _ in able) and self._all_written():
            self._ready.unregister(self._requests)
        return bool(able)

    def _all_written(self) -> bool:
        """Whether nothing is left after as much is sent as the worker takes now."""
        with contextlib.suppress(OSError):  # it has ended: that it answers no more will tell
            while self._unsent:
                sent = self._requests.write(self._unsent)
                if sent is None:
                    return False
                del self._unsent[:sent]
        self._unsent.clear()
        return True
