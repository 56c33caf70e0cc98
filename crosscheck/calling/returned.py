"""What a function returned, by name; or, in its author's words, why it is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from crosscheck.attempt import NoAnswerError
from crosscheck.calling.arguments import listed

Results = dict[str, Any]


def taken(function: str, names: Sequence[str], returned: Any) -> Results:
    """What a function returned, by name: the thing itself if it is one, otherwise a tuple or a list
    of them. Raises NoAnswerError.
    """
    if len(names) == 1:
        values, fits = (returned,), not isinstance(returned, tuple)
    else:
        values = returned
        fits = isinstance(returned, (tuple, list)) and len(returned) == len(names)
    if not fits:
        raise NoAnswerError(
            "arity", f"must return {result(names)}, but returned {described(returned)}", function
        )
    return named(function, names, values)


def named(function: str, names: Iterable[str], values: Iterable[Any]) -> Results:
    """As many values, by name. Raises NoAnswerError for None, which is how a stub returns."""
    results = dict(zip(names, values, strict=True))
    for name, value in results.items():
        if value is None or value is NotImplemented:
            raise NoAnswerError("unfinished", f"returns {value} for {name}", function, name)
    return results


def result(names: Sequence[str]) -> str:
    """``dx``, or ``(dx, dw, db)``: what is to be returned."""
    return names[0] if len(names) == 1 else listed(names)


def described(value: Any) -> str:
    """What came instead."""
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"a {type(value).__name__}"
