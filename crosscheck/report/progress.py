"""A progress bar on a terminal, for work that takes longer than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 2.0  # seconds of work before progress is shown


class ShownProgress:
    """Progress on a terminal; ``hide`` makes room there for something else, until it goes on."""

    def __init__(self) -> None:
        self._shown = bool(sys.stderr) and sys.stderr.isatty()
        self._start = time.monotonic()
        self._bar: _ProgressBar | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """How far it is; see ``crosscheck.progress``."""
        if not self._shown or time.monotonic() - self._start < _PATIENCE:
            return
        self._bar = self._bar or _ProgressBar()
        self._bar.show(what, done, total)

    def hide(self) -> None:
        """Take it off the terminal."""
        if self._bar:
            self._bar.stop()
            self._bar = None


@contextmanager
def shown_progress() -> Iterator[ShownProgress]:
    """Shows progress on a terminal, on standard error, once the work has taken two seconds."""
    progress = ShownProgress()
    try:
        yield progress
    finally:
        progress.hide()


class _ProgressBar:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("")
        self._bar.start()

    def show(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)

    def stop(self) -> None:
        self._bar.stop()
