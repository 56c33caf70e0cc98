"""The text of a file of a target, as it is on the disk."""

from __future__ import annotations

from pathlib import Path

from crosscheck.errors import TargetError

# Megabytes. Nobody writes as much; a notebook holds pictures.
_MOST = {".py": 10, ".ipynb": 200}


def source_of(path: Path) -> bytes:
    """Its bytes. Raises TargetError if it cannot be read, or is too large to be code."""
    most = _MOST.get(path.suffix, _MOST[".py"])
    try:
        size = path.stat().st_size
        if size > most << 20:
            raise TargetError(
                f"{path} has {size >> 20} MB: more than {most} MB are not read. Put the layers in "
                "a file of their own."
            )
        return path.read_bytes()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from None
