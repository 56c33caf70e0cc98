"""Our side: a target in a process of its own, which is started anew if it is lost."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from crosscheck.attempt import is_theirs
from crosscheck.config import Reading
from crosscheck.errors import CrosscheckError, TargetError
from crosscheck.layer import Layer
from crosscheck.worker import frames, replies
from crosscheck.worker.frames import Frame, FrameError, Meta
from crosscheck.worker.post import Post
from crosscheck.worker.process import Worker, started

TIME_LIMIT = 10.0  # seconds for one case
_TO_IMPORT = 30.0  # seconds for all imports together: SciPy's or Matplotlib's first may take long
_GLANCE = 0.5  # seconds between two looks at whether the process is still there
_AHEAD = 8  # requests that wait while one is answered
_QUICK = 0.02  # seconds for an answer; nobody minds waiting for eight of them
_GROWING = ("shimmed", "unread", "outdated")  # notes that imports inside functions add to
_FORGED = "wrote something else than an answer where its answers are read"
_FRAME = re.compile(r'File "([^"\n]{1,4096})", line (\d{1,9}) in (\S{1,200})')


class LostError(Exception):
    """The process ended, or had to be ended. ``kind`` is the finding's, ``stack`` what it was
    doing, and ``place`` which of the cases that it holds it was at.
    """

    def __init__(self, kind: str, message: str, stack: str = "", place: int = -1) -> None:
        super().__init__(message)
        self.kind, self.stack, self.place = kind, stack, place


class Workers:
    """Where processes for code under test come from. ``held``: the numbers of the questions that
    they know already, by the case's id and whether there are other data; ``arrays``: those of what
    was drawn, by ``id()``, for there it is kept.
    """

    held: Mapping[tuple[str, bool], int] = MappingProxyType({})
    arrays: Mapping[int, int] = MappingProxyType({})

    def new(self) -> Worker:
        """A new one. Raises CrosscheckError."""
        return started()


@dataclass(frozen=True)
class Notes:
    """What is told of a target as a whole: what stand-ins were given for, what could not be read,
    which names in it are gone, and what it printed when it was imported; what of a
    ``crosscheck.toml`` was read and what is ``absent``.
    """

    shimmed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    printed: str = ""
    absent: tuple[str, ...] = ()
    read_with: str = ""


class _Refusing:
    """Whoever says something that is no answer has lost his process. Raises LostError."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: object, __: object) -> None:
        if isinstance(error, FrameError):
            self._session.close()
            raise LostError("died", f"{_FORGED}: {error}") from None


class Session:
    """A target that is open in a process of its own, which is started anew if it is lost."""

    def __init__(
        self,
        target: str,
        layers: Iterable[Layer],
        time_limit: float,
        reading: Reading,
        workers: Workers,
    ) -> None:
        names = [layer.name for layer in layers]
        self._layers, self._reading = names, reading
        self._opening: Meta = {
            "do": "open",
            "target": target,
            "layers": names,
            "adapter": reading.adapter,
            "maps": [m.plain() for m in reading.maps if m.layer in names],
        }
        self._time_limit, self._workers = time_limit, workers
        self.held, self.arrays = workers.held, workers.arrays
        # Not by Path: a name may be too long for any file.
        self.folder = Path(target if os.path.isdir(target) else os.path.dirname(target))  # noqa: PTH112, PTH120
        self.notes = Notes()
        self._process: Worker | None = None
        self._post: Post | None = None
        self.refusing = _Refusing(self)
        self._sent = self._came = 0
        self._kept: dict[int, Frame] = {}  # what came before it was asked for
        self._forgotten: set[int] = set()
        self._since = 0.0  # when the process began what it is doing, as far as we know
        self._waited = np.inf  # for the last answer

    def open(self) -> list[Meta]:
        """Start the process and load the target: what is told of its candidates.

        Raises TargetError.
        """
        self._process = self._workers.new()
        self._post = Post(self._process)
        try:
            while not self._post.next(_GLANCE):
                pass
        except (EOFError, FrameError):
            complaint = self._process.complaint()
            self.close()
            raise CrosscheckError(
                f"The process for code under test does not start: {complaint}"
            ) from None
        try:
            answer, _ = self.answer(self._send(self._opening), _TO_IMPORT)
            with self.refusing:
                return self._opened(answer)
        except LostError as error:
            raise TargetError(
                f"{self._opening['target']} cannot be imported: it {error}."
            ) from None

    def _opened(self, answer: Meta) -> list[Meta]:
        if "error" in answer:
            raise TargetError(replies.text(answer["error"]))
        printed, _ = replies.printed(answer)
        self.notes = replace(self.notes, printed=printed, absent=replies.texts(answer, "absent"))
        return replies.listed(answer, self._layers, self._reading)

    def ask(self, request: Meta, arrays: Sequence[np.ndarray]) -> Frame:
        """The answer to a request. Raises LostError."""
        return self.answer(self.send(request, arrays), self._time_limit)

    @property
    def ahead(self) -> int:
        """How many requests may wait while one is being answered: a slow candidate may be left
        before its next case.
        """
        return _AHEAD if self._waited < _QUICK else 0

    def send(self, request: Meta, arrays: Sequence[np.ndarray] = (), count: int = 1) -> int:
        """Have a request answered in its turn, without waiting; the number of its answer, or of the
        last of so many. Raises LostError.
        """
        self.ready()
        return self._send(request, arrays, count)

    def _send(self, request: Meta, arrays: Sequence[np.ndarray] = (), count: int = 1) -> int:
        assert self._post
        if self._came == self._sent:
            self._since = time.monotonic()
        self._post.send(frames.frame(request, arrays))
        self._sent += count
        return self._sent

    def forget(self, numbers: Iterable[int]) -> None:
        """Nobody will ask for these answers."""
        self._forgotten.update(n for n in numbers if self._kept.pop(n, None) is None)

    def ready(self) -> None:
        """Start the process anew if it was lost. Raises LostError."""
        if self._process is None:
            try:
                self.open()
            except CrosscheckError as error:
                raise LostError("died", f"cannot be loaded again: {error}") from None

    def answer(self, number: int, time_limit: float | None = None) -> Frame:
        """The answer of that number, which may be that of the next ones too. Raises LostError."""
        while number not in self._kept:
            if number <= self._came:
                raise LostError("died", "ended the process before it came to this")
            answered = self._next(self._time_limit if time_limit is None else time_limit)
            first = self._came + 1
            with self.refusing:
                self._came += replies.stands_for(answered[0], self._sent - self._came)
            if first in self._forgotten:
                self._forgotten.remove(first)
            else:
                self._kept[first] = answered
        answer, results = self._kept.pop(number)
        if "shimmed" in answer:
            with self.refusing:
                told: dict[str, Any] = {n: replies.texts(answer, n) for n in _GROWING}
            self.notes = replace(self.notes, **told)
        return answer, results

    def _next(self, time_limit: float) -> Frame:
        """The next answer, whoever asked. Raises LostError."""
        assert self._process
        start = time.monotonic()
        try:
            answered = self._reply(max(self._since + time_limit, start + _GLANCE))
        except TimeoutError:
            stack, place = self._process.stack(), self._process.place()
            self.close()
            limit = f"did not end within {time_limit:g} s{_innermost(stack)}"
            why = f"{limit}: an endless loop, or too slow"
            raise LostError("timeout", why, stack, place) from None
        except (EOFError, OSError):
            code, place = self._process.exit_code(1), self._process.place()
            self.close()
            raise LostError("died", f"ended the process{_told(code)}", place=place) from None
        except FrameError as error:
            self.close()
            raise LostError("died", f"{_FORGED}: {error}") from None
        self._since = time.monotonic()
        self._waited = self._since - start
        return answered

    def _reply(self, deadline: float) -> Frame:
        """The next frame. Raises EOFError once the process has ended, also if a child of it holds
        the pipe, TimeoutError if it takes too long, and FrameError.
        """
        assert self._process
        assert self._post
        while True:
            left = deadline - time.monotonic()
            if frame := self._post.next(min(left, _GLANCE)):
                return frame
            if self._process.exit_code(0) is not None:
                if frame := self._post.next(0):
                    return frame
                raise EOFError
            if left <= 0:
                raise TimeoutError

    def close(self) -> None:
        """End the process."""
        if self._process and self._post:
            self._process.end()
            self._post.close()
            self._process, self._came, self._waited = None, self._sent, np.inf


def _told(code: int | None) -> str:
    if code is None:
        return ""
    return f" (signal {-code})" if code < 0 else f" (exit code {code})"


def running(stack: str) -> list[tuple[str, str, str]]:
    """File, line and function of every call on a stack, as its process has written it."""
    return _FRAME.findall(stack)


def _innermost(stack: str) -> str:
    """`` (layers.py, line 12)``: where the stack is, in code of theirs."""
    for file, line, _ in running(stack):
        if is_theirs(file) and file != "<string>":  # which is what has started the process
            return f" ({Path(file).name}, line {line})"
    return ""
