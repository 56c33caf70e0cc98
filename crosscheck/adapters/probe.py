"""Code of theirs, tried on small arrays to find out how it is to be read: only whether it answers
and in what shape, never whether its gradients are right.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from crosscheck.attempt import NoAnswerError, attempt
from crosscheck.unfinished import is_unfinished

_LONGEST = 1.0  # seconds


class _TooLongError(Exception):
    """It may be an endless loop."""


def answered(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns; None if it fails, or is not done in a second. What it prints and
    draws at random leaves no trace.
    """
    state = np.random.get_state()
    try:
        with _unseen(), _limited():
            return attempt("", function, *arguments)
    except NoAnswerError:
        return None
    finally:
        np.random.set_state(state)


def numbers(*shape: int) -> np.ndarray:
    """An array of different numbers between 0 and 1."""
    return np.random.default_rng(0).random(shape)


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array of theirs; None if it is none."""
    return value.shape if isinstance(value, (np.ndarray, np.generic)) else None


def unless_misread(
    ask: Callable[[], Any], own: Callable[[], Any], name: str, shape: tuple[int, ...]
) -> Any:
    """What ``ask`` returns. If that fails, or is of another shape, while what it was made with
    itself, which ``own`` leaves alone, gives an answer of the shape due: then it is the reading
    that does not fit.

    Raises NoAnswerError then; ``name`` is the method's.
    """
    try:
        answer = ask()
        if answer is None or shape_of(answer) == shape or shape_of(answered(own)) != shape:
            return answer
    except Exception as error:
        if is_unfinished(error) or shape_of(answered(own)) != shape:
            raise
    raise NoAnswerError(
        "signature",
        "answers with the parameters that it makes itself, and not with the case's in their place: "
        "it is not judged. A crosscheck.toml can say how they lie (crosscheck init)",
        name,
    )


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    nowhere = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Between two instructions of theirs it is looked at whether time is over: a loop of one line
    is one line to Python 3.11.
    """
    end, before = time.monotonic() + _LONGEST, sys.gettrace()

    def trace(frame: FrameType, *_: Any) -> Any:
        frame.f_trace_opcodes = True
        if time.monotonic() > end:
            raise _TooLongError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
