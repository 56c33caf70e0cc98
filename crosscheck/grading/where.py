"""Where submissions lie in the repository that they were graded in, for annotations there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from crosscheck.grading.collected import suffix
from crosscheck.grading.names import text_of


@dataclass(frozen=True)
class Where:
    """``name``: of the folder or file with the submissions. ``folder``: where they lie, with ``/``,
    relative to the repository; ``.`` also if that is elsewhere. ``single``: whether it is itself
    the only one.
    """

    name: str = ""
    folder: str = "."
    single: bool = False


NOWHERE = Where()


def where(path: Path, *, single: bool) -> Where:
    """Where a folder of submissions lies, or a single one: relative to ``$GITHUB_WORKSPACE``, or
    else to where we are.
    """
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    folder = (path.parent if path.is_file() else path).resolve()
    inside = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else "."
    return Where(text_of(path.resolve().name), text_of(inside), single)


def prefix(grading: Mapping[str, Any], name: str) -> str | None:
    """What to put before the name of a submission's file to have its path in the repository; None
    if it is no file there, but one of an archive.
    """
    told = Where(**grading["submissions"])
    if name.lower().endswith(".zip"):
        return None
    is_folder = not told.single and not suffix(name)
    place = PurePosixPath(told.folder) / (name if is_folder else "")
    return "" if place == PurePosixPath() else f"{place}/"
