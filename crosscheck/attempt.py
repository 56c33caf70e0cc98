"""Code of theirs, run: what it raises, or that it returns nothing, is told and never passed on."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crosscheck.advice import advice
from crosscheck.errors import MissingError
from crosscheck.text import printable
from crosscheck.unfinished import is_unfinished

Function = Callable[..., Any]

# The course's own ``max_pool_forward_reshape`` is for windows that tile the image, and its
# ``get_im2col_indices`` for strides that divide evenly.
_SECOND_VERSIONS = ("_fast", "_im2col", "_strides", "_reshape")
_HELPERS = ("im2col", "col2im")


class NoAnswerError(Exception):
    """The candidate gave no answer that could be judged: it crashed, is not finished, or returned
    something else than what was asked for.
    """

    def __init__(self, kind: str, message: str, function: str, quantity: str = "") -> None:
        super().__init__(message)
        self.kind, self.function, self.quantity = kind, function, quantity


def attempt(name: str, function: Function, *arguments: Any) -> Any:
    """What a function returns, never None; ``name`` is blamed. Raises NoAnswerError: a "misfit" if
    it takes other arguments.
    """
    try:
        with quiet():
            returned = function(*arguments)
    except (KeyboardInterrupt, NoAnswerError):  # an adapter's own word, not theirs
        raise
    except BaseException as error:  # SystemExit too: code under test must not end the check
        if _is_misfit(error, function, arguments):
            takes = f"takes {inspect.signature(function)}"
            raise NoAnswerError("misfit", takes, name) from None
        if isinstance(error, MissingError):
            raise NoAnswerError("missing", f"{error}: it is not judged", name) from None
        raise NoAnswerError(_kind(error), raised(error), name) from None
    if returned is None or returned is NotImplemented:
        raise NoAnswerError("unfinished", f"returns {returned}", name)
    return returned


def specialised(name: str) -> bool:
    """Whether a function, or a candidate, of that name is a second version of another, or a helper
    of one: it may be for some cases only, and asserts so. The course's own are.
    """
    return name.endswith(_SECOND_VERSIONS) or any(helper in name for helper in _HELPERS)


def _kind(error: BaseException) -> str:
    if is_unfinished(error):
        return "unfinished"
    if not isinstance(error, AssertionError):
        return "crash"
    # Whoever calls such a function, it is the function that refuses.
    *_, last = traceback.extract_tb(error.__traceback__)
    return "declined" if specialised(last.name) else "assertion"


def _is_misfit(error: BaseException, function: Function, arguments: tuple[Any, ...]) -> bool:
    """Whether the function was never entered: it takes other arguments."""
    if not isinstance(error, TypeError) or (error.__traceback__ and error.__traceback__.tb_next):
        return False
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return True
    except ValueError:  # Python cannot tell
        pass
    return False


class _Diverted(io.TextIOBase):
    """What code under test prints: it must not get into a report on standard output. It stands
    for standard output, and may be wrapped or closed as that may be.
    """

    @property
    def buffer(self) -> io.BytesIO:
        """Bytes go nowhere; a new one each time, for whoever wraps it will close it."""
        return io.BytesIO()

    def write(self, text: str) -> int:
        return sys.stderr.write(text) if sys.stderr else len(text)

    def close(self) -> None:
        """Stays open: others will print."""


def quiet() -> contextlib.redirect_stdout[_Diverted]:
    """While it lasts, what is printed goes to standard error."""
    return _QUIET


_QUIET = contextlib.redirect_stdout(_Diverted())  # can be entered again inside of itself
_LONGEST = 500  # characters of an exception's text: an array in it may print as millions


def raised(error: BaseException) -> str:
    """``raises ValueError: … (layers.py, line 12)``: the innermost line of the target's own."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if is_theirs(f.filename)]
    where = f" ({Path(theirs[-1].filename).name}, line {theirs[-1].lineno})" if theirs else ""
    try:
        text = str(error).strip()
    except KeyboardInterrupt:
        raise
    except BaseException:  # an exception of theirs may fail at being shown
        text = "(its text cannot be shown)"
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + " …"
    hint = f"; {told}" if (told := advice(error)) else ""
    return printable(f"raises {type(error).__name__}{': ' + text if text else ''}{where}{hint}")


def is_theirs(file: str) -> bool:
    """Whether a file, as a traceback names it, is the target's: not Python's own, a library's or
    crosscheck's.
    """
    if (
        file.startswith(_MADE_UP)
        or file.endswith(_COMPILED)
        or _INSTALLED.intersection(Path(file).parts)
    ):
        return False
    return not any(Path(file).is_relative_to(folder) for folder in _LIBRARIES)


_MADE_UP = ("<frozen", "<__array_function__")
_COMPILED = (".pyx", ".pxd")  # named without their folder
_INSTALLED = {"site-packages", "dist-packages"}
_PYTHON = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
_LIBRARIES = {Path(__file__).parent, *(Path(folder) for folder in _PYTHON if folder)}
