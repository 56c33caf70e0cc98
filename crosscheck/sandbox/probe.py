"""How strong this machine can be: a process tries each level, once."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from crosscheck.sandbox.bubblewrap import prefix
from crosscheck.sandbox.confine import confine
from crosscheck.sandbox.levels import (
    BUBBLEWRAP,
    LANDLOCK,
    LEVELS,
    PROCESS,
    Level,
    SandboxError,
    level_named,
)

_START = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from crosscheck.sandbox.probe import main; main(sys.argv[1])"
)
_PATIENCE = 120  # seconds: a machine that is busy is not a weak one


def strongest() -> Level:
    """The strongest level that this machine has."""
    return next(level for level in reversed(LEVELS) if not unavailable(level))


def require(name: str) -> Level:
    """The level of that name. Raises SandboxError, saying why, if this machine has not got it."""
    level = level_named(name)
    if why := unavailable(level):
        raise SandboxError(
            f"This machine cannot isolate submissions by {level}: {why}. "
            f"The strongest that it can do is {strongest()}."
        )
    return level


@cache
def unavailable(level: Level) -> str:
    """Why this machine has not got a level; nothing if it has."""
    if level == PROCESS:
        return ""
    if sys.platform != "linux":
        return f"Linux only, and this is {sys.platform}"
    why = _tried(level)
    if why and level == BUBBLEWRAP and (weaker := unavailable(LANDLOCK)):
        return f"it needs {LANDLOCK}: {weaker}"
    return why


def _tried(level: Level) -> str:
    try:
        command = [*prefix(level), sys.executable, "-c", _START, level.name, *sys.path]
        tried = subprocess.run(
            command, capture_output=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except (SandboxError, OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if not tried.returncode:
        return ""
    said = tried.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"a process that tried ended with {tried.returncode}"


def main(name: str) -> None:
    """Try it in this process; exit code 1 and a line why not."""
    try:
        confine(level_named(name), [])
    except SandboxError as error:
        sys.exit(str(error))


def lines() -> list[tuple[str, str]]:
    """What ``crosscheck doctor`` says: the level that will be used, and why no stronger one."""
    best = strongest()
    told = [("isolation", f"{best}: {best.about}")]
    return told + [("", f"not {level}: {why}") for level in LEVELS if (why := unavailable(level))]
