"""Reads a submission from a zip file, and unpacks nothing that was not asked for."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable

from crosscheck.grading.collected import MB, Collected, passed_over
from crosscheck.grading.errors import RefusedError
from crosscheck.grading.names import shown

MOST = 64 * MB  # of the zip file itself
_DIRECTORY = 2 * MB  # of its list of files
_RATIO = 200  # text packs 3 to 30 times smaller
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError,
    NotImplementedError, OverflowError, IndexError, KeyError,
)  # fmt: skip


class _Bounded(io.BytesIO):
    """A file of which nobody reads much at once: the list of files is read as one piece."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _DIRECTORY:
            raise RefusedError("it lists more files than anybody writes.")
        return super().read(size)


def collect_zip(content: bytes, into: Collected) -> None:
    """Every file of a zip file. Raises RefusedError."""
    try:
        with zipfile.ZipFile(_Bounded(content)) as archive:
            for info in archive.infolist():
                _collect(archive, info, into)
    except _DAMAGE as error:
        raise RefusedError(
            f"it is no zip file, or a damaged one ({shown(str(error))[:80]}). Pack it again."
        ) from None


def _collect(archive: zipfile.ZipFile, info: zipfile.ZipInfo, into: Collected) -> None:
    name = info.filename
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or "\\" in name or _DRIVE.match(name) or ".." in parts:
        raise RefusedError(f"it has a file named {shown(name)[:200]}, which leads out of it.")
    if info.is_dir() or any(map(passed_over, parts)) or not parts:
        return
    path, kind = "/".join(parts), stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        into.leave_out(path, "is a link: it is not followed")
    elif kind not in (0, stat.S_IFREG):
        into.leave_out(path, "is no regular file")
    elif info.flag_bits & _ENCRYPTED:
        into.leave_out(path, "is encrypted")
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        into.leave_out(path, "is packed in a way that few can read")
    else:
        into.add(parts, info.file_size, _reader(archive, info))


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if info.file_size > max(MB, _RATIO * info.compress_size):
            raise RefusedError(
                f"{shown(info.filename)} would be {info.file_size // max(info.compress_size, 1):,} "
                "times as large as it is packed: it is not unpacked."
            )
        pieces, size = [], 0
        with archive.open(info) as file:
            while piece := file.read(_CHUNK):
                size += len(piece)
                if size > most:
                    raise RefusedError(f"{shown(info.filename)} is larger than the zip file says.")
                pieces.append(piece)
        return b"".join(pieces)

    return read
