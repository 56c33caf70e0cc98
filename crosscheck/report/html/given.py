"""What is known of a submission beside its report: all of it may be left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Points:
    """``got`` of ``of``; the same of each layer that has points, also of a missing one. ``apart``:
    versions of a layer that have points of their own.
    """

    got: float
    of: float
    layers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    apart: Collection[str] = ()


@dataclass(frozen=True)
class Facts:
    """``isolation``: how it was kept apart. ``error``: why it could not be judged at all.
    ``flags``: what somebody should look at, each with ``kind``, ``message`` and perhaps ``where``.
    ``seconds``: how long it took. ``again``: of a check of one's own, the target and the options
    that it was asked for with.
    """

    isolation: str = ""
    error: str = ""
    flags: Sequence[Mapping[str, str]] = ()
    points: Points | None = None
    seconds: float | None = None
    again: tuple[str, str] = ("", "")


NOTHING = Facts()
