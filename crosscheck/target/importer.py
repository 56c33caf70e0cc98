"""How the files of a target import: each other first, and a stand-in for what is missing.

Each of their modules has builtins of its own with an ``__import__`` of ours, so that nobody else's
imports are touched; nor is anybody else by what a module does to its builtins.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from crosscheck.target.code import Code
from crosscheck.target.execute import code_of, run
from crosscheck.target.instead import Asked, Instead
from crosscheck.target.intact import intact
from crosscheck.target.known import PYTHON2, provided, where_to_put
from crosscheck.target.notes import Notes
from crosscheck.target.outdated import outdated_in, put_back
from crosscheck.target.refusal import reason
from crosscheck.target.registry import Registry


class Importer(MetaPathFinder):
    """Imports the modules of a target whose own imports start from one folder, its ``root``."""

    def __init__(self, root: Path, notes: Notes) -> None:
        self.roots = [str(root)]
        self._notes = notes
        self._search_path = list(sys.path)
        self._codes: dict[str, Code] = {}  # by file, as frames show it
        self._loaded: dict[str, ModuleType] = {}  # by file
        self._builtins: dict[str, ModuleType] = {}  # by file
        self._own = Registry()
        self._instead = Instead(notes)

    def open(self) -> None:
        """Take part in imports until the notes' ``undo``."""
        place = next((i for i, f in enumerate(sys.meta_path) if f is PathFinder), 0)
        sys.meta_path.insert(place, self)
        self._own.open()
        self._notes.undo.callback(self._close)

    def _close(self) -> None:
        self._own.close()
        with contextlib.suppress(ValueError):  # the target may have emptied it
            sys.meta_path.remove(self)

    # -- modules of the target ----------------------------------------------------------------

    def package(self, name: str, folder: Path) -> None:
        """Make a package of a folder: with its ``__init__.py``, or none.

        An ``__init__.py`` that fails is noted, and what is beside it can be imported all the same.
        """
        if name in self._own.names:
            return
        init, parts = folder / "__init__.py", [str(folder)]
        if init.is_file():
            try:
                self.module(name, init)
            except Exception as error:
                self._notes.unread.append(reason(init, error))
            else:
                return
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = parts
        self._own.add(name, module_from_spec(spec))

    def module(self, name: str, path: Path) -> ModuleType:
        """The module of a file, imported under that name. Raises whatever its code raises."""
        self._own.enter()
        if str(path) in self._loaded:
            return self._loaded[str(path)]
        is_package = path.name == "__init__.py"
        folders = [str(path.parent)] if is_package else None
        loader = _Loader(name, str(path), self)
        spec = spec_from_file_location(
            name, path, loader=loader, submodule_search_locations=folders
        )
        assert spec
        module = module_from_spec(spec)
        self._own.add(name, module)
        try:
            self.run(module, path)
        except BaseException:
            self._own.drop(name)
            raise
        found = sys.modules.get(name)  # a module may put another in its place
        return found if isinstance(found, ModuleType) else module

    def run(self, module: ModuleType, path: Path) -> None:
        """Run a file's code in its module. Raises SyntaxError, and whatever the code raises."""
        self._loaded[str(path)] = module
        try:
            prepared = code_of(path, self._notes)
            self._codes |= dict.fromkeys((file for file, _ in prepared.code.parts), prepared.code)
            outdated = list(outdated_in(prepared.code))
            self._notes.outdated += outdated
            self._notes.undo.enter_context(put_back(o.old for o in outdated if o.old[:3] == "np."))
            old = {o.old: PYTHON2[o.old][1] for o in outdated if o.old in PYTHON2}
            own = ModuleType("builtins")
            vars(own).update(vars(builtins), **old, __import__=self._import)
            self._builtins |= dict.fromkeys((file for file, _ in prepared.code.parts), own)
            vars(module)["__builtins__"] = vars(own)
            with self._notes.loading, intact(path, self._notes):
                run(prepared, vars(module), self._notes)
        except BaseException:
            self._loaded.pop(str(path), None)
            raise

    def loaded(self, path: str) -> ModuleType | None:
        """The module of a file that was imported under another name."""
        return self._loaded.get(path)

    # -- finding them -------------------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A module of the target, for the target's own code."""
        del target
        asker = self._asker()
        if asker is None:
            return None
        if path is None:
            spec = self._in_roots(name, asker)
        elif name.rpartition(".")[0] in self._own.names:
            spec = PathFinder.find_spec(name, list(path))
        else:
            return None
        if spec is None:
            return None
        self._own.names.add(name)
        if isinstance(spec.loader, SourceFileLoader) and spec.origin:
            spec.loader = _Loader(name, spec.origin, self)
        return spec

    def _in_roots(self, name: str, asker: str) -> ModuleSpec | None:
        added = [p for p in sys.path if p not in self._search_path]
        spec = PathFinder.find_spec(name, [*self.roots, str(Path(asker).parent), *added])
        if spec is None or spec.origin:
            return spec
        # A mere folder, `data` or `matplotlib`: only if there is no real package of that name.
        if PathFinder.find_spec(name) is not None or not spec.submodule_search_locations:
            return None
        plain = ModuleSpec(name, None, is_package=True)
        plain.submodule_search_locations = list(spec.submodule_search_locations)
        return plain

    def _asker(self) -> str | None:
        """The file of the target whose code is importing now; None if it is somebody else's."""
        frame: FrameType | None = sys._getframe(2)
        while frame:
            file = frame.f_code.co_filename
            if file in self._codes:
                return file
            if file not in (__file__, importlib.__file__) and "importlib" not in file[:18]:
                return None
            frame = frame.f_back
        return None

    # -- the import statement -----------------------------------------------------------------

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 -- the statement's own names
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """What ``import`` and ``from … import`` call in the target's code."""
        frame = sys._getframe(1)
        file = frame.f_code.co_filename
        code = self._codes.get(file)
        asked = Asked(name, tuple(fromlist or ()), level, globals or {}, code)
        guarded = code is not None and (file, frame.f_lineno) in code.guarded
        self._own.enter()
        self._displace_for(asked.top, file)
        try:
            if name == "builtins" and file in self._builtins:
                found = self._builtins[file]  # what it changes there is for its own eyes
            else:
                found = builtins.__import__(name, globals, locals, fromlist or (), level)
        except Exception as error:
            why = self._why_missing(error, asked)
            if not why or (guarded and not provided(asked.written)):
                raise
            return self._instead.module(asked, why)
        half_made = getattr(getattr(found, "__spec__", None), "_initializing", False)
        if guarded or half_made or not fromlist:
            return found
        return self._instead.names(found, asked)

    def _displace_for(self, name: str, asker: str) -> None:
        """A file of the target goes before a module that somebody else has imported."""
        if self._own.is_taken(name):
            spec = self._in_roots(name, asker)
            if spec and spec.origin:
                self._own.displace(name)

    def _why_missing(self, error: Exception, asked: Asked) -> str:
        """``is not installed``; empty if the module is there, and it is its own code that fails."""
        ours = bool(asked.level) or asked.top in self._own.names
        absent = error.name if isinstance(error, ModuleNotFoundError) else None
        if absent and f"{asked.absolute}.".startswith(absent + "."):
            place = where_to_put(asked.absolute, asked.file)
            if place and not ours:
                return f"is not there ({place})"
            return "is not there" if ours or absent != asked.top else "is not installed"
        if not asked.absolute:
            return "is not there"
        if provided(asked.written) and isinstance(error, ImportError):
            return "is not built"
        return "" if ours else f"cannot be imported here ({type(error).__name__})"


class _Loader(SourceFileLoader):
    """Compiled from its text: bytecode that Python kept may be that of an earlier version."""

    def __init__(self, name: str, path: str, importer: Importer) -> None:
        super().__init__(name, path)
        self._importer = importer

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The one there is, if the file was imported under another name."""
        del spec
        self._existing = self._importer.loaded(self.path)
        self._spec = self._existing.__spec__ if self._existing else None
        return self._existing

    def exec_module(self, module: ModuleType) -> None:
        """Run its code, once."""
        if module is self._existing:
            module.__spec__ = self._spec
        else:
            self._importer.run(module, Path(self.path))
