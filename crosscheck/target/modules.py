"""The modules of a target: of a file, a notebook, a folder, a package, or a module's name."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

from crosscheck.attempt import quiet
from crosscheck.errors import TargetError
from crosscheck.target.definitions import definitions
from crosscheck.target.execute import parse
from crosscheck.target.files import MOST, files_in
from crosscheck.target.importer import Importer
from crosscheck.target.notes import Notes
from crosscheck.target.places import Place, place
from crosscheck.target.refusal import reason
from crosscheck.target.source import source_of
from crosscheck.text import counted


def modules_of(target: str, notes: Notes) -> list[ModuleType]:
    """Those of a target, imported. Raises TargetError."""
    try:
        path = Path(target).resolve()
        is_folder, is_file = bool(target) and path.is_dir(), path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise TargetError(f"{target[:80]!r} cannot be opened: {error}.") from None
    notes.undo.enter_context(_as_it_was())
    importlib.invalidate_caches()
    importers = _Importers(notes)
    if is_folder:
        return _folder(path, importers, notes)
    if is_file:
        if path.suffix not in (".py", ".ipynb"):
            raise TargetError(
                f"{target} is neither a Python file nor a notebook: its name must end in .py or "
                ".ipynb."
            )
        return [_loaded(str(path), partial(importers.module, path))]
    if target and path.exists():
        raise TargetError(f"{target} is neither a file nor a folder: it cannot be read as code.")
    if not all(part.isidentifier() for part in target.split(".")) or target.endswith(".py"):
        leads = f", to which {target} is a link" if Path(target).is_symlink() else ""
        raise TargetError(
            f"There is no file or folder {path if leads else target or repr(target)}{leads}."
        )
    return [_by_name(target, importers)]


def _by_name(target: str, importers: _Importers) -> ModuleType:
    """A module in the current folder, or one that Python can import."""
    here = Path.cwd().joinpath(*target.split("."))
    files = (here.with_name(here.name + ".py"), here / "__init__.py")
    file = next((f for f in files if f.is_file()), None)
    if file and target.partition(".")[0] not in sys.modules:
        return _loaded(target, partial(importers.module, file))
    try:
        return _loaded(target, partial(importlib.import_module, target))
    except ModuleNotFoundError as error:
        if error.name == target:
            raise TargetError(
                f"There is no module, file or folder {target!r}. "
                "Name a .py file, a notebook, a folder, or a module that Python can import."
            ) from None
        raise TargetError(f"{target} cannot be imported: {error}{_line(error)}.") from None


def _folder(folder: Path, importers: _Importers, notes: Notes) -> list[ModuleType]:
    """Each file is read for what it defines; one that cannot be is noted."""

    def closed(error: OSError) -> None:
        notes.unread.append(f"{error.filename} cannot be read: {error.strerror}.")

    files = files_in(folder, closed)
    if not files:
        none = f"There is no Python file in the folder {folder}."
        raise TargetError("\n".join([none, *notes.unread]))
    notes.definitions_only = True
    modules: list[ModuleType] = []
    for file in files[:MOST]:
        try:
            if _defines(file):
                modules.append(_loaded(str(file), partial(importers.module, file)))
        except (TargetError, ModuleNotFoundError, SyntaxError) as error:
            notes.unread.append(reason(file, error))
    notes.unread = list(
        dict.fromkeys(text.replace(f"{folder}{os.sep}", "") for text in notes.unread)
    )
    if not modules and notes.unread:
        raise TargetError(f"Nothing in {folder} can be read:\n" + "\n".join(notes.unread))
    if len(files) > MOST:
        more = counted(len(files) - MOST, "more file")
        notes.unread.append(
            f"{more}: only the first {MOST} are read. Name a smaller folder, or the file that has "
            "the layers"
        )
    return modules


def _defines(file: Path) -> bool:
    """Whether it has a function or a class, or nothing in it would have to be run."""
    if file.suffix == ".ipynb":
        text = source_of(file)
        return b"def " in text or b"class " in text
    [found] = definitions([parse(source_of(file), str(file))])
    return found.any or not found.dropped


class _Importers:
    """One for each folder from which files import."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._by_root: dict[Path, Importer] = {}

    def module(self, path: Path) -> ModuleType:
        """A file's module, with the packages that it is in. Raises whatever its code raises."""
        at = self._place(path)
        if at.root not in self._by_root:
            self._by_root[at.root] = Importer(at.root, self._notes)
            self._by_root[at.root].open()
        importer = self._by_root[at.root]
        importer.roots += [str(f) for f in at.others if str(f) not in importer.roots]
        for name, folder in at.packages:
            importer.package(name, folder)
        return importer.module(at.name, path)

    def _place(self, path: Path) -> Place:
        if path.suffix == ".ipynb":
            return place(path)
        return place(path, parse(source_of(path), str(path)))


def _loaded(target: str, load: Callable[[], ModuleType]) -> ModuleType:
    here = Path.cwd()
    try:
        with quiet(), np.errstate():
            return load()
    except (KeyboardInterrupt, TargetError, ModuleNotFoundError):
        raise
    except BaseException as error:  # SystemExit too: code under test must not end the check
        raise TargetError(reason(target, error)) from None
    finally:
        os.chdir(here)


def _line(error: BaseException) -> str:
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "importlib" not in f.filename and f.filename != __file__
    ]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """Afterwards the search path and the current folder are what they were."""
    here, path, before = Path.cwd(), sys.path, list(sys.path)
    try:
        yield
    finally:
        sys.path = path
        sys.path[:] = [p for p in path if p in before]
        os.chdir(here)
