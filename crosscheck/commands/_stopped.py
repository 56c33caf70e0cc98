"""A command that is ended by others: as politely as by Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StoppedError(KeyboardInterrupt):
    """SIGTERM came, which batch queues send when the time is over: whoever keeps what is there on
    Ctrl-C does so now.
    """


@contextmanager
def stoppable() -> Iterator[None]:
    """While it lasts, SIGTERM raises StoppedError."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_number: int, _frame: object) -> None:
    raise StoppedError
