"""What is told of opening a target, and what its modules share while it is open."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from crosscheck.target.outdated import Outdated
from crosscheck.target.standins import Loading


@dataclass
class Notes:
    """``shimmed``: what stand-ins were given for. ``unread``: files and cells that could not be
    imported, with the reason. ``outdated``: names that are gone. They grow while functions run.

    ``definitions_only``: whether files are read for what they define, and not run. ``undo``: what
    to do when the target is closed.
    """

    undo: ExitStack
    definitions_only: bool = False
    shimmed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    outdated: list[Outdated] = field(default_factory=list)
    loading: Loading = field(default_factory=Loading)

    def shim(self, text: str) -> None:
        """Tell of a stand-in, once."""
        if text not in self.shimmed:
            self.shimmed.append(text)
