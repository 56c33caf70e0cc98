"""What one relation says about one quantity of one case."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Clue:
    """A relation that holds in one case.

    ``key`` names it without any of the case's numbers, so that the same relation has the same key
    in every case. ``says`` is the sentence about this case, without its full stop; ``elsewhere``
    what another case shows ("in a case with N = 7 it is 1/7"), ``cause`` what likely lies behind.
    Of several relations that hold, the least ``cost`` is the simplest. ``predicts``: what the
    relation makes of each quantity, if it says more than that this one is wrong.
    """

    key: Key
    says: str
    elsewhere: str = ""
    cause: str = ""
    cost: float = 0
    predicts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hint:
    """An explanation of what is wrong with a quantity, and the relation that it rests on."""

    key: Key
    text: str
