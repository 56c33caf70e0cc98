"""A progress bar on a terminal, for work that takes longer than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crosscheck.progress import Progress, no_progress

_PATIENCE = 2.0  # seconds of work before progress is shown


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Shows progress on a terminal, on standard error, once the work has taken two seconds."""
    if not sys.stderr or not sys.stderr.isatty():
        yield no_progress
        return
    start, bar = time.monotonic(), None

    def progress(what: str, done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            if time.monotonic() - start < _PATIENCE:
                return
            bar = _ProgressBar()
        bar.show(what, done, total)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.stop()


class _ProgressBar:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("")
        self._bar.start()

    def show(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)

    def stop(self) -> None:
        self._bar.stop()
