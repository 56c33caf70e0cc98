"""The commands, one file each, found by folder: ``add(commands)`` registers one."""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module

# In the order in which they are met; any other comes after these.
_FIRST = ("check", "layers", "doctor", "freeze")


def add_all(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register every command."""
    names = {m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")}
    for name in (*_FIRST, *sorted(names - set(_FIRST))):
        import_module(f"{__name__}.{name}").add(commands)
