"""The process that runs code under test: how it is started, asked what it is doing, and ended.

Only the standard library is imported: it can be started before NumPy is loaded here, so that both
processes load it at the same time.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from io import FileIO, RawIOBase
from pathlib import Path
from typing import IO, Any, cast

# For arrays as small as these more threads cost more than they give, and take address space.
_ONE_THREAD = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "LD_LIBRARY_PATH")
_LONGEST = 1 << 16  # bytes of a stack: code under test may write there as well
_START = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from crosscheck.worker.serve import main; main(int(sys.argv[1]))"
)
_START_CONFINED = (
    "import json, pathlib, sys; trace, *readable = json.loads(sys.argv[1]); "
    "sys.path[:] = sys.argv[2:]; from crosscheck.sandbox import PROCESS, confine; "
    "from crosscheck.worker.serve import forget_answers, main; forget_answers(); "
    "main(trace, lambda: confine(PROCESS, list(map(pathlib.Path, readable))))"
)
PLACE = 8  # bytes at the start of a trace
NOWHERE = (-1).to_bytes(PLACE, "little", signed=True)
_SPARE: list[Process] = []


class Worker(ABC):
    """A process that waits for requests, wherever it comes from.

    ``requests``: where to write, and ``replies``: where to read, for ``Post``; neither buffers, nor
    blocks. ``trace``: where it writes its stack if asked to, so that an endless loop can be found;
    first of all stands which of the cases that it holds it is at.
    """

    def __init__(self, requests: RawIOBase, replies: RawIOBase, trace: IO[bytes]) -> None:
        self.requests, self.replies, self.trace = requests, replies, trace

    @abstractmethod
    def exit_code(self, patience: float) -> int | None:
        """Its own exit code, if it ends within so many seconds."""

    @abstractmethod
    def signal(self, number: int) -> None:
        """Send it a signal. Raises OSError."""

    @abstractmethod
    def kill(self) -> None:
        """Kill it, with all that it has started, as far as the system can tell. Raises OSError."""

    def stack(self) -> str:
        """What it is doing now, as Python shows a stack; empty where the system cannot ask."""
        if os.name != "posix" or self.exit_code(0) is not None:
            return ""
        with contextlib.suppress(OSError):
            self.signal(signal.SIGUSR1)
            for _ in range(50):  # it answers at once, if it can at all
                time.sleep(0.01)
                if text := self._written():
                    return text
        return ""

    def complaint(self) -> str:
        """The last line of what it wrote before it was ready."""
        lines = self._written().strip().splitlines()
        return lines[-1] if lines else ""

    def place(self) -> int:
        """The number of the held case that it is at, as it says itself; -1 if it does not."""
        said = os.pread(self.trace.fileno(), PLACE, 0) if os.name == "posix" else b""
        return int.from_bytes(said, "little", signed=True) if len(said) == PLACE else -1

    def _written(self) -> str:
        self.trace.seek(PLACE)
        return self.trace.read(_LONGEST).decode(errors="replace")

    def end(self) -> None:
        """End it, whatever it is doing."""
        with contextlib.suppress(OSError):
            self.kill()
        self.trace.close()


class Process(Worker):
    """A process of its own, that waits for requests on its standard input. Confined as far as any
    system can do it, if it is said which folders are ``readable``.
    """

    def __init__(self, readable: Sequence[Path] = ()) -> None:
        trace = trace_file()
        posix = os.name == "posix"
        start, told = _START, str(descriptor := trace.fileno() if posix else -1)
        if readable:
            start, told = _START_CONFINED, json.dumps([descriptor, *map(str, readable)])
        self._popen = subprocess.Popen(
            [sys.executable, "-c", start, told, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=trace,  # until it is ready; then it writes there only its stack
            bufsize=0,
            env=environment(bare=bool(readable)),
            pass_fds=(trace.fileno(),) if posix else (),
            start_new_session=posix,  # Ctrl-C is ours to answer
        )
        pipes = cast("tuple[FileIO, FileIO]", (self._popen.stdin, self._popen.stdout))
        requests, replies = map(_unblocked, pipes) if posix else sockets(*pipes)
        super().__init__(requests, replies, trace)

    def exit_code(self, patience: float) -> int | None:
        """Its own exit code, if it ends within so many seconds."""
        try:
            return self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self._popen.pid, number)

    def kill(self) -> None:
        """Kill it, with its session."""
        if os.name == "posix":
            os.killpg(self._popen.pid, signal.SIGKILL)
        else:
            self._popen.kill()
        self._popen.wait()


def trace_file() -> IO[bytes]:
    """For a worker's trace; closed when it ends."""
    trace = tempfile.TemporaryFile()  # noqa: SIM115
    trace.write(NOWHERE)
    trace.flush()
    return trace


def _unblocked(pipe: FileIO) -> FileIO:
    os.set_blocking(pipe.fileno(), False)
    return pipe


def sockets(requests: FileIO, replies: FileIO) -> tuple[RawIOBase, RawIOBase]:
    """In front of two pipes, for a system that cannot wait for pipes: Windows."""
    (ours_out, out), (ours_in, back) = socket.socketpair(), socket.socketpair()
    for read, write, ends in (
        (out.recv, requests.write, (out, requests)),
        (replies.read, back.sendall, (back, replies)),
    ):
        threading.Thread(target=_pump, args=(read, write, ends), daemon=True).start()
    with ours_out, ours_in:  # what is made of them keeps them open
        ours_out.setblocking(False)
        ours_in.setblocking(False)
        return ours_out.makefile("wb", 0), ours_in.makefile("rb", 0)


def _pump(
    read: Callable[[int], bytes], write: Callable[[bytes], object], ends: Sequence[Any]
) -> None:
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
        for end in ends:
            stack.enter_context(end)
        while some := read(_LONGEST):
            write(some)


def environment(*, bare: bool) -> dict[str, str]:
    """That of a process for code under test; ``bare``: without what is none of its business, as
    passwords may be.
    """
    kept = {name: value for name, value in os.environ.items() if not bare or name in _PLAIN}
    return {**kept, **dict.fromkeys(_ONE_THREAD, "1"), "MPLBACKEND": "Agg"}


def start_ahead() -> None:
    """Start a process for whoever asks next."""
    if not _SPARE:
        _SPARE.append(Process())


def end_spare() -> None:
    """End the process that nobody asked for."""
    while _SPARE:
        spare = _SPARE.pop()
        spare.end()
        spare.requests.close()
        spare.replies.close()


def started() -> Process:
    """A process: that which was started ahead, or a new one."""
    return _SPARE.pop() if _SPARE else Process()
