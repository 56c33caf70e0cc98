"""Why a file cannot be imported, in one line."""

from __future__ import annotations

from pathlib import Path

from crosscheck.attempt import raised
from crosscheck.errors import TargetError
from crosscheck.target.python2 import modern_form


def reason(target: str | Path, error: BaseException) -> str:
    """What happened and where: a syntax error, with the modern form of what is Python 2, or
    whatever its code raises.
    """
    if isinstance(error, TargetError):
        return str(error)
    if not isinstance(error, SyntaxError):
        return f"{target} cannot be imported: it {raised(error)}."
    where = f"{error.filename or target}{f', line {error.lineno}' if error.lineno else ''}"
    if modern := modern_form(error):
        return f"{where}: {modern}"
    text = f": {error.text.strip()}" if error.text else ""
    return f"{where}: {error.msg}{text}"
