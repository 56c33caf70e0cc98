"""Ends what code under test has started and left behind, on Linux."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from crosscheck.sandbox.levels import SandboxError

_PATIENCE = 10.0  # seconds; whoever starts new ones faster is stopped first


def end_strays(keep: Collection[int] = ()) -> int:
    """Kill every descendant of this process but ``keep`` and theirs, until none is left; how many
    there were. ``reap_orphans`` must have been called before they were started.

    Raises SandboxError if there is no end of them.
    """
    seen: set[int] = set()
    deadline = time.monotonic() + _PATIENCE
    while found := set(_descendants(os.getpid(), keep)):
        for pid in found:
            _signal(pid, signal.SIGSTOP if pid not in seen else signal.SIGKILL)
        if found <= seen:
            _reap(found)
        seen |= found
        if time.monotonic() > deadline:
            raise SandboxError(f"{len(found)} processes that a submission started do not end")
    return len(seen)


def _descendants(pid: int, keep: Collection[int]) -> Iterator[int]:
    children: list[str] = []
    with contextlib.suppress(OSError):  # it may have ended, or the system tells nobody
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += (task / "children").read_text(encoding="ascii").split()
    for child in map(int, children):
        if child not in keep:
            yield child
            yield from _descendants(child, keep)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _reap(pids: Collection[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ChildProcessError):  # a child of one of them, so far
            os.waitpid(pid, os.WNOHANG)
    time.sleep(0.001)
