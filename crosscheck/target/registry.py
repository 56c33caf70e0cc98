"""The modules of a target in ``sys.modules``, and out of it when another target has its turn."""

from __future__ import annotations

import sys
from types import ModuleType

# Never set aside for a file of the same name: too much of what runs here stands on them.
_OURS = set(sys.stdlib_module_names) | {"numpy", "crosscheck"}
_OPEN: list[Registry] = []


class Registry:
    """``names``: what a target has imported of its own. In ``sys.modules`` while it is entered;
    those of other targets, of the same names, are not.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._is_inside = False
        self._parked: dict[str, ModuleType] = {}
        self._displaced: dict[str, ModuleType] = {}

    def open(self) -> None:
        """Take turns with others until it is closed."""
        _OPEN.append(self)

    def close(self) -> None:
        """Leave ``sys.modules`` as it was."""
        self._leave()
        _OPEN.remove(self)

    def enter(self) -> None:
        """Put its modules in their places, and those of other targets away."""
        if self._is_inside:
            return
        for other in _OPEN:
            other._leave()
        for name in self._displaced:
            sys.modules.pop(name, None)
        sys.modules.update(self._parked)
        self._is_inside = True

    def _leave(self) -> None:
        if self._is_inside:
            self._parked = {n: sys.modules.pop(n) for n in self.names if n in sys.modules}
            sys.modules.update(self._displaced)
            self._is_inside = False

    def is_taken(self, name: str) -> bool:
        """Whether somebody else has imported a module of that name that can be set aside."""
        return name in sys.modules and name not in _OURS and name not in self.names

    def displace(self, name: str) -> None:
        """Set aside a module of that name, and those in it, unless they are the target's."""
        if name not in self.names and name in sys.modules:
            for other in [n for n in sys.modules if n == name or n.startswith(name + ".")]:
                self._displaced[other] = sys.modules.pop(other)

    def add(self, name: str, module: ModuleType) -> None:
        """A module of the target, in its place and in its package."""
        self.enter()
        self.displace(name)
        sys.modules[name] = module
        self.names.add(name)
        parent, _, child = name.rpartition(".")
        if parent in self.names:
            setattr(sys.modules[parent], child, module)

    def drop(self, name: str) -> None:
        """One that could not be imported."""
        sys.modules.pop(name, None)
        self.names.discard(name)
