"""Starts workers by forking a process that has everything loaded and knows no answers.

A freshly executed parent imports NumPy once; each worker is a fork of it, which costs a few
milliseconds. Our side is here, the parent's is ``nest``. Linux only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from crosscheck.case import Question, masters
from crosscheck.errors import CrosscheckError
from crosscheck.sandbox import Level, prefix
from crosscheck.worker import frames
from crosscheck.worker.process import Worker, environment, trace_file

_START = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from crosscheck.worker.nest import main; main(int(sys.argv[1]))"
)
_PATIENCE = 60.0  # seconds for it to start: NumPy may come from a slow disk
_ANSWER = 1 << 20  # bytes that can be answered before we read; whoever has more has to wait


class Nursery:
    """A parent of workers at one level of isolation, to be closed.

    ``seconds``: of a processor, that it took, and the workers which have ended.
    """

    def __init__(self, level: Level) -> None:
        self.level = level
        self.seconds = 0.0
        self._trace = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the rest
        ours, theirs = socket.socketpair()
        self._socket = ours
        command = [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path]
        self._popen = subprocess.Popen(
            [*prefix(level), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._trace,
            pass_fds=(theirs.fileno(),),
            env=environment(bare=True),
            start_new_session=True,  # Ctrl-C is ours to answer
        )
        theirs.close()
        self._socket.settimeout(_PATIENCE)
        try:
            self._answer()
        except CrosscheckError:
            self.close()
            raise

    def hold(self, questions: Sequence[Question]) -> None:
        """Have every worker that is forked from now on know these questions, and their arrays, by
        their number in this order and in that of ``masters``. Nothing that it is told says what is
        expected.
        """
        assert self._popen.stdin
        stream: BinaryIO = self._popen.stdin  # type: ignore[assignment]
        held = masters(questions)
        place = {id(drawn): i for i, (_, drawn) in enumerate(held)}
        self._ask({"do": "hold", "arrays": len(held), "questions": len(questions)})
        for case, drawn in held:
            frames.write(stream, {"case": case.seedless}, drawn.arrays)
        for case, *given in questions:
            numbers = [place[id(drawn)] for drawn in given if drawn is not None]
            frames.write(stream, {"case": case.seedless, "held": numbers})
        self._answer()

    def child(self, readable: Sequence[Path], hidden: Sequence[Path] = ()) -> Fork:
        """A worker that may read these folders, beside what Python itself needs, but nothing that
        is ``hidden``. Raises CrosscheckError.
        """
        asked_in, requests = os.pipe()
        replies, answered_in = os.pipe()
        with contextlib.suppress(OSError):  # all of a user's pipes together have their limit
            fcntl.fcntl(replies, fcntl.F_SETPIPE_SZ, _ANSWER)
        trace = trace_file()
        descriptors = [asked_in, answered_in, trace.fileno()]
        try:
            places = {"readable": list(map(str, readable)), "hidden": list(map(str, hidden))}
            self._ask({"do": "fork", "level": self.level.name, **places}, descriptors)
            _, [pidfd] = self._answer()
        except CrosscheckError:
            trace.close()
            os.close(requests)
            os.close(replies)
            raise
        finally:
            os.close(asked_in)
            os.close(answered_in)
        return Fork(self, pidfd, requests, replies, trace)

    def ended(self) -> int:
        """The exit code of the last worker, which has ended; all that it had started is killed."""
        self._ask({"do": "reap"})
        answer, _ = self._answer()
        self.seconds = float(answer["seconds"])
        return int(answer["code"])

    def end(self) -> None:
        """End it, and all that it has started."""
        with contextlib.suppress(OSError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def close(self) -> None:
        """End it, and close all that is between."""
        self.end()
        for stream in (self._popen.stdin, self._socket, self._trace):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()

    def _ask(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        with contextlib.suppress(OSError):  # its answer will tell
            socket.send_fds(self._socket, [json.dumps(request).encode() + b"\n"], descriptors)

    def _answer(self) -> tuple[dict[str, Any], list[int]]:
        try:
            text, descriptors, _, _ = socket.recv_fds(self._socket, 1 << 16, 1)
        except OSError as error:
            text, descriptors = str(error).encode(), []
        if not text.endswith(b"\n"):
            self._trace.seek(0)
            lines = self._trace.read().decode(errors="replace").strip().splitlines()
            why = lines[-1] if lines else text.decode() or "it ended"
            raise CrosscheckError(f"The process that starts workers does not answer: {why}")
        return json.loads(text), descriptors


class Fork(Worker):
    """A worker that was forked; ``pidfd`` stands for it whatever becomes of its number."""

    def __init__(
        self, nursery: Nursery, pidfd: int, requests: int, replies: int, trace: Any
    ) -> None:
        for end in (requests, replies):
            os.set_blocking(end, False)
        super().__init__(os.fdopen(requests, "wb", 0), os.fdopen(replies, "rb", 0), trace)
        self._nursery, self._pidfd = nursery, pidfd
        self._code: int | None = None

    def exit_code(self, patience: float) -> int | None:
        """Its own exit code, if it ends within so many seconds."""
        if self._code is None and select.select([self._pidfd], [], [], patience)[0]:
            self._code = self._nursery.ended()
        return self._code

    def signal(self, number: int) -> None:
        """Send it a signal."""
        signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """Kill it; the nursery kills what it has started."""
        if self.exit_code(0) is None:
            self.signal(signal.SIGKILL)
            self.exit_code(_PATIENCE)
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1
