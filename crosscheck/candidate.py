"""The code under test: a layer's functions, called as the course calls them."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crosscheck.layer import Layer
from crosscheck.text import printable

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
    """A layer's functions under test. ``functions`` maps their names in the layer's vocabulary
    (``affine_forward``) to what was found; a pair may lack one of its two.
    """

    layer: Layer
    functions: Mapping[str, Function]

    def location(self, function: str) -> str:
        """Where a function is written, as ``file:line``; empty if Python does not know."""
        try:
            code = inspect.unwrap(self.functions[function]).__code__
        except (AttributeError, KeyError, ValueError):
            return ""
        return f"{code.co_filename}:{code.co_firstlineno}"

    def forward(self, inputs: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], Any]:
        """The outputs by name, and the cache. Raises NoAnswerError."""
        name, count = self.layer.functions[0], len(self.layer.outputs)
        returned = self._call(name, *inputs.values())
        if not isinstance(returned, (tuple, list)) or len(returned) != count + 1:
            outputs = ", ".join(o.name for o in self.layer.outputs)
            raise NoAnswerError(
                "arity",
                f"must return ({outputs}, cache), but returned {_described(returned)}",
                name,
            )
        return self._named(name, [o.name for o in self.layer.outputs], returned[:-1]), returned[-1]

    def backward(self, cotangents: Mapping[str, np.ndarray], cache: Any) -> dict[str, Any]:
        """The gradients by name. Raises NoAnswerError."""
        name = self.layer.functions[1]
        returned = self._call(name, *cotangents.values(), cache)
        return self._gradients(name, self.layer.gradients, returned)

    def loss(self, inputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """The loss and the gradients by name. Raises NoAnswerError."""
        name = self.layer.functions[0]
        return self._gradients(name, self.layer.quantities, self._call(name, *inputs.values()))

    def _gradients(self, function: str, names: Sequence[str], returned: Any) -> dict[str, Any]:
        if len(names) == 1 and not isinstance(returned, tuple):
            returned = (returned,)
        elif (
            not isinstance(returned, (tuple, list))
            or len(returned) != len(names)
            or len(names) == 1
        ):
            wanted = names[0] if len(names) == 1 else f"({', '.join(names)})"
            raise NoAnswerError(
                "arity", f"must return {wanted}, but returned {_described(returned)}", function
            )
        return self._named(function, names, returned)

    def _named(self, function: str, names: Sequence[str], values: Iterable[Any]) -> dict[str, Any]:
        named = dict(zip(names, values, strict=True))
        for name, value in named.items():
            if value is None:
                raise NoAnswerError("unfinished", f"returns None for {name}", function, name)
        return named

    def _call(self, name: str, *arguments: Any) -> Any:
        if name not in self.functions:
            raise NoAnswerError("unfinished", "is not defined", name)
        try:
            with quiet():
                returned = self.functions[name](*arguments)
        except NotImplementedError as error:
            raise NoAnswerError("unfinished", raised(error), name) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: code under test must not end the check
            raise NoAnswerError("crash", raised(error), name) from None
        if returned is None:
            raise NoAnswerError("unfinished", "returns None", name)
        return returned


def _described(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"a {type(value).__name__}"


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
    """``raises ValueError: … (layers.py, line 12)``: the innermost line outside of libraries."""
    # The first frame is our own call.
    frames = traceback.extract_tb(error.__traceback__)[1:]
    theirs = [f for f in frames if "site-packages" not in f.filename]
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
