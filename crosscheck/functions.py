"""Checking from Python: a target by its name, or functions as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from crosscheck import run
from crosscheck.errors import SelectionError
from crosscheck.report.record import Report
from crosscheck.selection import OWN_TARGET


def check(code: str | Path | Callable[..., Any] = OWN_TARGET, *more: Any, **options: Any) -> Report:
    """Judge layers: ``check("layers.py")``, or ``check(affine_forward, affine_backward)``.

    A target is a module's name, a file or a folder, and runs in a process of its own; functions and
    classes are told by their names, and run in this one. ``more`` and ``options`` are those of
    ``crosscheck.run.check`` and ``check_functions``.
    Raises CrosscheckError, whose text is for people, if that cannot be done.
    """
    if not callable(code):
        return run.check(str(code), *more, **options)
    if not all(map(callable, more)):
        raise SelectionError("check takes a target, or functions and classes, but not both.")
    namespace = {getattr(f, "__name__", ""): f for f in (code, *more)}
    report = run.check_functions(namespace, **options)
    if report.status == "none":
        raise SelectionError(f"crosscheck knows no layer by the name of {', '.join(namespace)}.")
    return report
