"""Keeps code under test from everything but its own arrays, as well as the machine allows.

``confine`` is called in a freshly forked process before any code of a submission is loaded, and
cannot be undone. ``levels`` says how strong it can be, ``probe`` how strong it is here.
"""

from __future__ import annotations

from crosscheck.sandbox.bubblewrap import prefix
from crosscheck.sandbox.confine import confine, prepare
from crosscheck.sandbox.levels import (
    BUBBLEWRAP,
    LANDLOCK,
    LEVELS,
    PROCESS,
    Level,
    SandboxError,
    level_named,
)
from crosscheck.sandbox.limits import Limits
from crosscheck.sandbox.linux import reap_orphans, shield
from crosscheck.sandbox.probe import lines, require, strongest, unavailable
from crosscheck.sandbox.strays import end_strays

__all__ = [
    "BUBBLEWRAP",
    "LANDLOCK",
    "LEVELS",
    "PROCESS",
    "Level",
    "Limits",
    "SandboxError",
    "confine",
    "end_strays",
    "level_named",
    "lines",
    "prefix",
    "prepare",
    "reap_orphans",
    "require",
    "shield",
    "strongest",
    "unavailable",
]
