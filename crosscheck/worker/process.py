"""Starts the process that runs code under test, and ends it.

Only the standard library is imported: it can be started before NumPy is loaded here, so that both
processes load it at the same time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import BinaryIO

# For arrays as small as these more threads cost more than they give, and take address space.
_ONE_THREAD = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_START = "import sys; sys.path[:] = sys.argv[2:]; from crosscheck.worker.serve import main; main()"
_SPARE: list[Process] = []


class Process:
    """A process that waits for requests on its standard input.

    ``trace``: where it writes its stack when asked to, so that an endless loop can be found.
    """

    def __init__(self) -> None:
        self.trace = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ends
        environment = {**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "MPLBACKEND": "Agg"}
        posix = os.name == "posix"
        self._popen = subprocess.Popen(
            [sys.executable, "-c", _START, str(self.trace.fileno() if posix else -1), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.trace,  # until it is ready; then it writes there only its stack
            env=environment,
            pass_fds=(self.trace.fileno(),) if posix else (),
            start_new_session=posix,  # Ctrl-C is ours to answer
        )

    @property
    def requests(self) -> BinaryIO:
        """Where to write."""
        assert self._popen.stdin
        return self._popen.stdin  # type: ignore[return-value]

    @property
    def replies(self) -> BinaryIO:
        """Where to read; not buffered, for at exit somebody may still be waiting for more."""
        assert self._popen.stdout
        return self._popen.stdout.raw  # type: ignore[attr-defined]

    def stack(self) -> str:
        """What it is doing now, as Python shows a stack; empty where the system cannot ask."""
        if os.name != "posix" or self._popen.poll() is not None:
            return ""
        with contextlib.suppress(OSError):
            os.kill(self._popen.pid, signal.SIGUSR1)
            for _ in range(50):  # it answers at once, if it can at all
                time.sleep(0.01)
                self.trace.seek(0)
                if text := self.trace.read().decode(errors="replace"):
                    return text
        return ""

    def complaint(self) -> str:
        """The last line of what it wrote before it was ready."""
        self.trace.seek(0)
        lines = self.trace.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def end(self) -> int:
        """End it, whatever it is doing, with all that it has started; its exit code."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._popen.pid, signal.SIGKILL)  # what it has started as well
            else:
                self._popen.kill()
        code = self._popen.wait()
        for stream in (self._popen.stdin, self.trace):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()
        return code

    def close_replies(self) -> None:
        """Close what is read from; only whoever reads may, for the next file gets its number."""
        if self._popen.stdout:
            self._popen.stdout.close()

    def exit_code(self, patience: float) -> int | None:
        """Its own exit code, if it ends within so many seconds."""
        try:
            return self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            return None


def start_ahead() -> None:
    """Start a process for whoever asks next."""
    if not _SPARE:
        _SPARE.append(Process())


def end_spare() -> None:
    """End the process that nobody asked for."""
    while _SPARE:
        spare = _SPARE.pop()
        spare.end()
        spare.close_replies()


def started() -> Process:
    """A process: that which was started ahead, or a new one."""
    return _SPARE.pop() if _SPARE else Process()
