"""How far a long piece of work has come, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable

# Called with what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


def counted_on(progress: Progress, what: str, before: int, total: int) -> Callable[[int], None]:
    """Progress for a part of the work: takes how much of the part is done."""
    return lambda done: progress(what, before + done, total)


def no_progress(what: str, done: int, total: int) -> None:
    """Shows nothing."""
