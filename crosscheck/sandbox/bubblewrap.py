"""bubblewrap: namespaces of their own for the process that starts workers, and so for them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from crosscheck.sandbox.levels import BUBBLEWRAP, Level, SandboxError

_APART = ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
_OWN = ["--dev", "/dev", "--proc", "/proc"]


def prefix(level: Level, readable: Sequence[Path] | None = None) -> list[str]:
    """What to put before a command so that it runs in namespaces; nothing at lower levels.

    The command sees the files and folders ``readable``, none of which it can change; all there are,
    if nobody knows yet which its workers will need: ``confine`` leaves each of them its own.
    """
    if level < BUBBLEWRAP:
        return []
    if readable is None:
        return [_program(), *_APART, *_bound(Path("/")), *_OWN, "--"]
    shown = sorted((p.absolute() for p in readable if p.exists()), key=lambda p: len(p.parts))
    return [_program(), *_APART, *_OWN, *(word for p in shown for word in _bound(p)), "--"]


def _bound(path: Path) -> list[str]:
    return ["--ro-bind", str(path), str(path)]


def _program() -> str:
    program = shutil.which("bwrap")
    if not program:
        raise SandboxError("bubblewrap is not installed (apt install bubblewrap)")
    return program


def check_in_force() -> None:
    """Raises SandboxError unless this process is in namespaces that bubblewrap has made."""
    try:
        first = Path("/proc/1/comm").read_text(encoding="utf-8").strip()
    except OSError:
        first = "nobody knows what"
    if first != "bwrap":
        raise SandboxError(
            f"The first process here is {first}, not bwrap: start the parent with prefix(level)"
        )
