"""One grader at a time works on a results folder."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from crosscheck.grading.errors import GradingError
from crosscheck.grading.names import shown

NAME = "lock"
_FAR = 1 << 30  # Windows locks bytes and lets nobody read them: one that is not there


class Lock:
    """Held from its making until ``release``, or until the process ends, however it ends.

    Raises GradingError, which says who holds it, if somebody does.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise GradingError(f"Cannot write {path}: {error.strerror}.") from None
        try:
            _lock(self._handle)
        except OSError:
            holder = shown(os.read(self._handle, 200).decode(errors="replace").strip())
            os.close(self._handle)
            raise GradingError(
                f"Another grader is at work on {folder}: {holder or 'it has just started'}. "
                "Wait until it has ended, or name another folder with --out."
            ) from None
        os.ftruncate(self._handle, 0)
        os.write(self._handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())

    def release(self) -> None:
        """Let others in. The file stays: whoever waits for it has it open."""
        os.ftruncate(self._handle, 0)
        os.close(self._handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
