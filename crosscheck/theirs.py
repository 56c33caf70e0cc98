"""What code of theirs calls a quantity of ours, and where an element of ours lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Theirs:
    """``name``: an expression, ``layer.dLdW``. ``axes``: the order of its axes that is ours; none
    if it is laid out otherwise, or a number.
    """

    name: str
    axes: tuple[int, ...] = ()

    def place(self, index: Sequence[int] | None) -> str:
        """``layer.dLdW[3, 0]``, of an index of ours; without it where nobody can tell."""
        if not index or len(index) != len(self.axes):
            return self.name
        theirs = dict(zip(self.axes, index, strict=True))
        return f"{self.name}[{', '.join(str(theirs[axis]) for axis in sorted(theirs))}]"

    @property
    def is_turned(self) -> bool:
        """Whether its axes stand in another order."""
        return list(self.axes) != sorted(self.axes)
