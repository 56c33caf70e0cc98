"""What an import statement of the target gets for what is missing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from crosscheck.target.code import Code
from crosscheck.target.known import moved, provided
from crosscheck.target.notes import Notes
from crosscheck.target.standins import StandIn, View


class Asked:
    """An import statement: ``from ..layers import a, b`` has level 2, name and names.

    ``names`` is empty for ``import a.b``. ``globals`` and ``code`` are of the module that it is in.
    """

    def __init__(
        self,
        name: str,
        names: tuple[str, ...],
        level: int,
        globals: Mapping[str, Any],  # noqa: A002 -- as __import__ has it
        code: Code | None,
    ) -> None:
        self.name, self.names, self.level = name, names, level
        self.written = "." * level + name
        self.absolute = name
        if level:
            try:
                self.absolute = resolve_name(self.written, globals.get("__package__") or "")
            except ImportError:  # of a file in no package, or beyond the top
                self.absolute = ""
        self.importer = globals.get("__name__", "")
        self.file = Path(globals.get("__file__") or "").name
        self._globals, self._code = globals, code

    @property
    def top(self) -> str:
        """The first part of the module's whole name."""
        return self.absolute.partition(".")[0]

    @property
    def free_names(self) -> set[str]:
        """What its module uses, and has from nowhere so far."""
        return self._code.free_names - self._globals.keys() if self._code else set()


class Instead:
    """Stand-ins for what is missing, each of them noted."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._starved: dict[str, str] = {}  # module → what it imported * from, in vain

    def module(self, asked: Asked, why: str) -> Any:
        """For a module that is missing; ``why``: ``is not installed``."""
        has, what = provided(asked.written) or ({}, "")
        shown = asked.absolute or asked.written
        short, _, place = why.removeprefix("is ").partition(" (put ")
        if place and "*" in asked.names:  # the layers themselves may be in it
            short += f": put {place[:-1]}"
        self._notes.shim(f"{shown}: {what}" if what else f"{shown} ({short})")
        if not asked.names:
            first, *rest = asked.name.split(".")
            return self._around(first, rest, why, has)
        standin = StandIn(asked.written, why, self._notes.loading, has=has)
        if "*" in asked.names:
            # It gives the names that the importing code uses and nothing defines; NumPy itself is
            # often one of them.
            vars(standin).update({"np": np, "__all__": sorted({*has, *asked.free_names})})
            self._starved[asked.importer] = asked.written
        return standin

    def _around(self, path: str, rest: list[str], why: str, has: Mapping[str, Any]) -> Any:
        """For ``import a.b.c``: what is there of it, and a stand-in at the end."""
        inner = dict(has)
        if rest:
            inner = {rest[0]: self._around(f"{path}.{rest[0]}", rest[1:], why, has)}
        if path in sys.modules:
            return View(sys.modules[path], inner)
        return StandIn(path, why, self._notes.loading, has=inner)

    def names(self, found: ModuleType, asked: Asked) -> ModuleType:
        """For names that a module lacks: the module, with stand-ins for them."""
        if "*" in asked.names:
            return self._star(found, asked)
        lacking = {n: self._name(n, asked) for n in asked.names if not hasattr(found, n)}
        return View(found, lacking) if lacking else found

    def _name(self, name: str, asked: Asked) -> Any:
        if thing := moved(asked.written, name):
            return thing
        module = f"{asked.written}.{name}" if asked.name else asked.written + name
        if known := provided(module):
            self._notes.shim(f"{module}: {known[1]}")
            return StandIn(module, "is not built", self._notes.loading, has=known[0])
        self._notes.shim(f"{module} (not there)")
        return StandIn(asked.written, "has no such name", self._notes.loading, name)

    def _star(self, found: ModuleType, asked: Asked) -> ModuleType:
        """What a module has, and what it would have, had it found what it imports itself."""
        source = self._starved.get(found.__name__)
        if source is None:
            return found
        self._starved[asked.importer] = source
        public = getattr(found, "__all__", [n for n in vars(found) if not n.startswith("_")])
        free = asked.free_names - set(public)
        lent = {n: StandIn(source, "is not there", self._notes.loading, n) for n in free}
        return View(found, {**lent, "__all__": [*public, *sorted(free)]})
