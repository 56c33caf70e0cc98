"""The files of a folder that may define layers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

MOST = 300  # files of one folder

_FOLDERS = {
    "__pycache__", "build", "dist", "venv", "env", "node_modules", "site-packages", "data",
    "datasets", "test", "tests",
}  # fmt: skip
_FILES = ("test_*.py", "*_test.py", "conftest.py", "setup.py")


def files_in(folder: Path, failed: Callable[[OSError], None] | None = None) -> list[Path]:
    """Its Python files and notebooks and those of its subfolders: the nearest first, packages
    before what is in them, notebooks last. Tests, data and environments are passed over.
    ``failed`` is told of a folder that cannot be read.
    """
    walked = _walked(folder, failed)
    found = [path for path in walked if not any(fnmatch(path.name, f) for f in _FILES)]
    return sorted(
        found, key=lambda p: (p.suffix != ".py", len(p.parts), p.name != "__init__.py", p)
    )


def _walked(folder: Path, failed: Callable[[OSError], None] | None) -> Iterator[Path]:
    for here, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(f for f in folders if not _is_passed_over(Path(here, f)))
        for name in files:
            path = Path(here, name)
            if path.suffix in (".py", ".ipynb") and not name.startswith(".") and path.is_file():
                yield path


def _is_passed_over(folder: Path) -> bool:
    name = folder.name
    hidden = name.startswith(".") or name.lower() in _FOLDERS or name.endswith(".egg-info")
    return hidden or (folder / "pyvenv.cfg").is_file()
