"""Reads a submission from the disk: only regular files that lie in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from crosscheck.grading.collected import Collected, passed_over, suffix
from crosscheck.grading.errors import RefusedError
from crosscheck.grading.names import shown, text_of

_LOOKED_AT = 100_000  # files and folders; nobody hands in as many
_NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def read_regular(path: Path | str, most: int) -> bytes:
    """The content of a regular file of up to so many bytes. Raises OSError, RefusedError."""
    flags = os.O_RDONLY | _NOT_THROUGH_LINKS | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:  # a FIFO would let us wait for ever
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(f"{_name(path)} is no regular file.")
        # Room for what is there, not for the most: what is left of that room is used by nobody.
        size = min(status.st_size, most)
        content = file.read(size + 1)
    if len(content) > size:
        raise RefusedError(f"{_name(path)} grew while it was read. Try again.")
    return content


def collect_folder(folder: Path, into: Collected) -> None:
    """Every file of a folder and its subfolders. Raises RefusedError, OSError."""
    root = os.path.realpath(folder)
    for parts, entry in _walked(str(folder)):
        path = "/".join(parts)
        if entry.is_symlink():
            _collect_link(root, parts, entry, into)
        elif entry.is_file(follow_symlinks=False):
            size = entry.stat(follow_symlinks=False).st_size
            into.add(parts, size, partial(read_regular, entry.path))
        else:
            into.leave_out(path, "is neither a file nor a folder")


def _walked(folder: str) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """What is in a folder and its subfolders, but the subfolders themselves, in a fixed order."""
    waiting: list[tuple[tuple[str, ...], str]] = [((), folder)]
    seen = 0
    while waiting:
        above, here = waiting.pop()
        with os.scandir(here) as entries:
            listed = []
            for entry in entries:
                seen += 1
                if seen > _LOOKED_AT:
                    raise RefusedError(f"it has more than {_LOOKED_AT:,} files.")
                listed.append(entry)
        if above and any(e.name == "pyvenv.cfg" for e in listed):
            continue
        for entry in sorted(listed, key=lambda e: os.fsencode(e.name)):
            if passed_over(entry.name):
                continue
            parts = (*above, text_of(entry.name))
            if entry.is_dir(follow_symlinks=False):
                waiting.append((parts, entry.path))
            else:
                yield parts, entry


def _collect_link(
    root: str, parts: tuple[str, ...], entry: os.DirEntry[str], into: Collected
) -> None:
    """What a link leads to, if that lies in the submission too."""
    real = os.path.realpath(entry.path)
    path = "/".join(parts)
    if os.path.commonpath([root, real]) != root:
        into.leave_out(path, "is a link that leads out of the submission: it is not followed")
    elif not Path(real).exists():
        into.leave_out(path, "is a link that leads nowhere")
    elif not Path(real).is_file():
        into.leave_out(path, "is a link to a folder: it is not followed")
    elif suffix(path):
        into.add(parts, Path(real).stat().st_size, partial(read_regular, real))
    else:
        into.leave_out(path, "is a link and no code")


def _name(path: Path | str) -> str:
    return shown(text_of(os.path.basename(path)))  # noqa: PTH119 - of text, as scandir gives it
