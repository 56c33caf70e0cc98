"""Functions by the course's names that keep no cache: the forward returns its output alone, and
the backward is given the inputs again, or the output, by the names that they have in the forward.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from crosscheck.adapters.codes import returned_counts
from crosscheck.adapters.family import parameters, takes
from crosscheck.attempt import Function, NoAnswerError
from crosscheck.calling import Pair
from crosscheck.calling.returned import described, result
from crosscheck.guess import returned_by
from crosscheck.layer import Layer

Functions = Mapping[str, Function]
Place = tuple[str, int]

# A backward that takes one is the course's: its forward has forgotten it.
_CACHES = {"cache", "caches", "fc_cache"}
_OUTPUTS = {"out", "output", "y"}


def without_cache(layer: Layer, names: tuple[str, ...], functions: Functions) -> Functions | None:
    """The layer's functions around such ones; None if they are not. ``names``: by which they are
    looked for, the forward first; there may be no backward.
    """
    forward, backward = functions.get(names[0]), functions.get(names[-1])
    is_pair = isinstance(layer.calling, Pair) and len(names) == 2 and forward
    plain = all(isinstance(a, str) for a in layer.arguments)
    if not is_pair or not plain or not takes(forward, len(layer.arguments)):
        return None
    assert forward
    if backward and _CACHES & set(parameters(backward)):
        return None
    if returned_counts(forward) != {len(layer.outputs)}:
        return None
    found = {names[0]: _forward(layer, names[0], forward)}
    if backward:
        found[names[1]] = _backward(layer, names[1], backward, forward)
    return found


def told(names: tuple[str, ...], functions: Functions) -> str:
    """What a report has to say of it."""
    alone = f"{names[0]} returns no cache, as the course's does"
    if names[1] not in functions:
        return f"{alone}: it is judged by itself"
    again = ", ".join(parameters(functions[names[1]])[1:])
    return f"{alone}: {names[1]} is given {again} in its place"


class _Passed:
    """What a backward may be given again. With slots, so that nobody looks for arrays in it."""

    __slots__ = ("arguments", "outputs")

    def __init__(self, arguments: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        self.arguments, self.outputs = arguments, outputs

    def at(self, place: Place) -> Any:
        """One of them."""
        kind, number = place
        return (self.arguments if kind == "arguments" else self.outputs)[number]


def _forward(layer: Layer, name: str, forward: Function) -> Function:
    @functools.wraps(forward)
    def with_what_was_passed(*arguments: Any) -> Any:
        returned = forward(*arguments)
        count = len(layer.outputs)
        if returned is None or isinstance(returned, (tuple, list)) != (count > 1):
            return returned
        outputs = tuple(returned) if count > 1 else (returned,)
        if not all(isinstance(o, (np.ndarray, np.generic, float, int)) for o in outputs):
            raise _not_judged(f"returns {described(returned)}", name)
        return (*outputs, _Passed(arguments, outputs))

    return with_what_was_passed


def _backward(layer: Layer, name: str, backward: Function, forward: Function) -> Function:
    upstream = len(layer.upstream)
    places = [_place(n, layer, forward) for n in parameters(backward)]
    first, again = places[:upstream], places[upstream:]
    known = not any(first) and bool(again) and all(again)

    @functools.wraps(backward)
    def with_them_again(*arguments: Any) -> Any:
        *cotangents, passed = arguments
        if not isinstance(passed, _Passed):
            return backward(*arguments)  # there was a cache after all
        if not known:
            message = f"takes ({', '.join(parameters(backward))}), and its forward returns no cache"
            raise _not_judged(message, name)
        returned = backward(*cotangents, *(passed.at(place) for place in again if place))
        count = len(returned) if isinstance(returned, tuple) else 1
        if returned is not None and count != len(layer.gradients):
            message = f"returns {described(returned)}, and not {result(layer.gradients)}"
            raise _not_judged(message, name)
        return returned

    return with_them_again


def _place(name: str, layer: Layer, forward: Function) -> Place | None:
    """Where what has that name is: an argument of the forward, or what it returns; None if that
    cannot be told.
    """
    taken = parameters(forward)[: len(layer.arguments)]
    if name in taken:
        return "arguments", taken.index(name)
    outputs = returned_by(forward) or []
    if name in outputs:
        return "outputs", outputs.index(name)
    return ("outputs", 0) if name in _OUTPUTS and len(layer.outputs) == 1 else None


def _not_judged(what: str, name: str) -> NoAnswerError:
    advice = "it is not judged. A crosscheck.toml can say what is given and returned"
    return NoAnswerError("signature", f"{what}: {advice} (crosscheck init)", name)
