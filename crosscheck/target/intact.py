"""Python and crosscheck as they were, after code of the target has run on being imported."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from crosscheck.target.notes import Notes

_OURS = ("numpy", "crosscheck")  # never in the way of a file of the target
_NAMES, _MODULES = vars(builtins), sys.modules


@contextlib.contextmanager
def intact(file: Path, notes: Notes) -> Iterator[None]:
    """While the block runs the target may do what it likes; then what nobody else could work
    without is put back, and noted: Python's builtins, NumPy and crosscheck as modules, the ways to
    import, a recursion limit that was lowered. The end of the process is an exception.
    """
    names = dict(_NAMES)
    modules = {n: m for n, m in _MODULES.items() if n.partition(".")[0] in _OURS}
    limit, leave = sys.getrecursionlimit(), os._exit
    path, meta_path, finders = sys.path, sys.meta_path, list(sys.meta_path)
    os._exit = _exit_for(os.getpid(), leave)
    try:
        yield
    finally:
        # Before anything else: all that follows needs them.
        now = _NAMES.copy()
        _NAMES.update(names)
        os._exit = leave
        changed = [n for n, v in names.items() if n != "_" and now.get(n, _NAMES) is not v]
        changed += sorted({n.partition(".")[0] for n, m in modules.items() if _is_gone(n, m)})
        _MODULES.update(modules)
        if not isinstance(sys.path, list):
            sys.path = path
            changed.append("sys.path")
        if lost := [f for f in finders if f not in sys.meta_path]:
            sys.meta_path = meta_path
            meta_path += lost
            changed.append("sys.meta_path")
        if sys.getrecursionlimit() < limit:
            sys.setrecursionlimit(limit)
            changed.append("the recursion limit")
        if changed:
            notes.unread.append(
                f"{file} changes {', '.join(changed)} for all of Python when it is imported. "
                "That is undone, for nothing could be judged; take it out"
            )


def _is_gone(name: str, module: Any) -> bool:
    return _MODULES.get(name) is not module


def _exit_for(process: int, leave: Any) -> Any:
    def _exit(status: int = 0) -> NoReturn:
        if os.getpid() != process:  # of a process that it has started itself
            leave(status)
        raise SystemExit(status)

    return _exit
