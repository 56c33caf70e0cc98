"""Why a file cannot be imported, in one line."""

from __future__ import annotations

from pathlib import Path

from crosscheck.attempt import raised
from crosscheck.errors import TargetError
from crosscheck.target.python2 import modern_form

_LONGEST = 100  # characters of a line that are shown


def reason(target: str | Path, error: BaseException) -> str:
    """What happened and where: a syntax error, with the modern form of what is Python 2, or
    whatever its code raises.
    """
    if isinstance(error, TargetError):
        return str(error)
    if not isinstance(error, SyntaxError):
        return f"{target} cannot be imported: it {raised(error)}.{_next_step(error)}"
    where = f"{error.filename or target}{f', line {error.lineno}' if error.lineno else ''}"
    if modern := modern_form(error):
        return f"{where}: {modern}"
    if "null bytes" in error.msg:
        return f"{where}: it holds null bytes, as no code does. Save it as plain text in UTF-8"
    text = f": {_short(error.text.strip())}" if error.text else ""
    return f"{where}: {error.msg}{text}"


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


def _next_step(error: BaseException) -> str:
    """Of what a script does when it is run, and a file for import must not."""
    if isinstance(error, (SystemExit, EOFError)):
        return ' Put what is only for running it below if __name__ == "__main__".'
    return ""
