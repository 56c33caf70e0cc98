"""How to see a finding again: the command, and where the code lies from here."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path


def command(target: str, case: str, options: str = "") -> str:
    """What to type to have one case of a target judged again, in the same way."""
    return f"crosscheck check {shlex.quote(target)} --case {case} {options}".rstrip()


def nearby(location: str) -> str:
    """A path as seen from here, if it lies below."""
    with suppress(OSError):  # code under test may have left us in a folder that is gone
        return location.removeprefix(f"{Path.cwd()}{os.sep}")
    return location
