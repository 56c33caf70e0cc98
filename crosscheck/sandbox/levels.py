"""How well code under test is kept apart, from the weakest to the strongest."""

from __future__ import annotations

from dataclasses import dataclass, field

from crosscheck.errors import CrosscheckError


class SandboxError(CrosscheckError):
    """A process could not be confined as was asked, and so must not run code under test."""


@dataclass(frozen=True, order=True)
class Level:
    """One level; each holds all that those before it do. ``about``: what it is, in a line."""

    rank: int
    name: str = field(compare=False)
    about: str = field(compare=False)

    def __str__(self) -> str:
        """Its name."""
        return self.name


PROCESS = Level(1, "process", "a process with limits, and Python refuses what is none of its work")
LANDLOCK = Level(2, "landlock", "the kernel refuses files, network, processes and signals")
BUBBLEWRAP = Level(3, "bubblewrap", "the same, in namespaces of its own")
LEVELS = (PROCESS, LANDLOCK, BUBBLEWRAP)


def level_named(name: str) -> Level:
    """The level of that name. Raises SandboxError."""
    for level in LEVELS:
        if level.name == name:
            return level
    known = ", ".join(map(str, LEVELS))
    raise SandboxError(f"There is no level of isolation called {name!r}. Known: {known}.")
