"""The places in a layer's formula where people go wrong, and what they write there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Slip:
    """Passed to a layer's ``terms``, which asks it at each such place: ``slip(right, {name:
    wrong})`` is right, but wrong in the run that tries what comes out if that name is true, or
    several ``chosen`` are.

    A wrong one may be a function without arguments, called only then. A name may occur at several
    places: they go together.
    """

    def __init__(self, *chosen: str) -> None:
        self._chosen = chosen
        self.names: dict[str, None] = {}

    def __call__(self, right: Any, wrong: Mapping[str, Any]) -> Any:
        """The value to go on with."""
        self.names.update(dict.fromkeys(wrong))
        for name in self._chosen:
            if name in wrong:
                found = wrong[name]
                return found() if callable(found) else found
        return right
