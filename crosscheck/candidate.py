"""The code under test: a layer's functions, as they were found."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosscheck.text import printable

if TYPE_CHECKING:
    from crosscheck.layer import Layer

Function = Callable[..., Any]


class NoAnswerError(Exception):
    """The candidate gave no answer that could be judged: it crashed, is not finished, or returned
    something else than what was asked for.
    """

    def __init__(self, kind: str, message: str, function: str, quantity: str = "") -> None:
        super().__init__(message)
        self.kind, self.function, self.quantity = kind, function, quantity


@dataclass(frozen=True)
class Candidate:
    """A layer's functions under test, by the names they were found under; some may be missing.

    ``name``: the layer's, or that of another spelling (``conv_naive``).
    """

    layer: Layer
    functions: Mapping[str, Function]
    spelling: str = ""

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return self.spelling or self.layer.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the layer's functions in this spelling."""
        return self.layer.spellings[self.name]

    def location(self, function: str) -> str:
        """Where a function is written, as ``file:line``; empty if Python does not know."""
        try:
            found: Any = self.functions[function.removesuffix(".loss")]
            if isinstance(found, type):
                found = vars(found)["loss"]  # of a model
            code = inspect.unwrap(found).__code__
        except (AttributeError, KeyError, ValueError):
            return ""
        return f"{code.co_filename}:{code.co_firstlineno}"

    def call(self, name: str, *arguments: Any) -> Any:
        """What a function returns. Raises NoAnswerError."""
        if name not in self.functions:
            raise NoAnswerError("unfinished", "is not defined", name)
        return self.attempt(name, self.functions[name], *arguments)

    @staticmethod
    def attempt(name: str, function: Function, *arguments: Any) -> Any:
        """What code of theirs returns, never None; ``name`` is blamed. Raises NoAnswerError."""
        try:
            with quiet():
                returned = function(*arguments)
        except NotImplementedError as error:
            raise NoAnswerError("unfinished", raised(error), name) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: code under test must not end the check
            raise NoAnswerError("crash", raised(error), name) from None
        if returned is None:
            raise NoAnswerError("unfinished", "returns None", name)
        return returned


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
    return contextlib.redirect_stdout(_DIVERTED)


_DIVERTED = _Diverted()
_LONGEST = 500  # characters of an exception's text: an array in it may print as millions


def raised(error: BaseException) -> str:
    """``raises ValueError: … (layers.py, line 12)``: the innermost line outside of libraries and
    of crosscheck.
    """
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if "site-packages" not in f.filename and not _is_ours(f.filename)]
    where = f" ({Path(theirs[-1].filename).name}, line {theirs[-1].lineno})" if theirs else ""
    try:
        text = str(error).strip()
    except KeyboardInterrupt:
        raise
    except BaseException:  # an exception of theirs may fail at being shown
        text = "(its text cannot be shown)"
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + " …"
    return printable(f"raises {type(error).__name__}{': ' + text if text else ''}{where}")


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(Path(__file__).parent)
