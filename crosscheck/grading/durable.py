"""Writing so that a power cut, a full disk or a signal leaves the old content or the new one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from crosscheck.grading.errors import GradingError

_BINARY = getattr(os, "O_BINARY", 0)


def replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Give a file a new content, all at once or not at all. Raises GradingError."""
    part = path.with_name(path.name + ".part")
    try:
        try:
            with part.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from None


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Appended:
    """A file to whose end is written, whole pieces only. Raises GradingError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY
        try:
            self._handle = os.open(path, flags, 0o644)
        except OSError as error:
            raise cannot_write(path, error) from None

    @property
    def size(self) -> int:
        """In bytes."""
        return os.fstat(self._handle).st_size

    def cut(self, size: int) -> None:
        """Leave only so many bytes."""
        if size < self.size:
            os.ftruncate(self._handle, size)
            os.fsync(self._handle)

    def append(self, content: bytes, *, sync: bool = True) -> None:
        """Add all of it or, whatever happens, nothing; all, if only Ctrl-C comes afterwards."""
        before, rest = self.size, memoryview(content)
        try:
            while rest:
                rest = rest[os.write(self._handle, rest) :]
            if sync:
                os.fsync(self._handle)
        except OSError as error:
            self._undo(before)
            raise cannot_write(self._path, error) from None
        except BaseException:  # Ctrl-C: its size says whether all is there, at whatever moment
            if self.size < before + len(content):
                self._undo(before)
            raise

    def _undo(self, size: int) -> None:
        with contextlib.suppress(OSError):  # then whoever opens it next cuts it
            os.ftruncate(self._handle, size)

    def close(self) -> None:
        """Nothing is written after this."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def cannot_write(path: Path, error: OSError) -> GradingError:
    """What to say where the disk is full, or the folder closed."""
    return GradingError(
        f"Cannot write {path}: {error.strerror or error}. What was graded before is kept: when "
        "there is room, run the same command again, and it goes on from there."
    )
