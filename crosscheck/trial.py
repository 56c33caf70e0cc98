"""One run of a candidate on a case: what it returned, and what it did on the side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crosscheck.candidate import Candidate, NoAnswerError
from crosscheck.case import Case, Drawn

Arrays = dict[str, np.ndarray]
_LARGEST_KEPT = 1 << 28  # bytes


@dataclass
class Trial:
    """``results`` by quantity, as far as it got before its ``failure``. ``changed``: which
    function overwrote which array that it was given. ``shared``: which result lies in the memory of
    which array that was passed in.
    """

    results: dict[str, Any] = field(default_factory=dict)
    failure: NoAnswerError | None = None
    changed: list[tuple[str, str]] = field(default_factory=list)
    shared: list[tuple[str, str]] = field(default_factory=list)


def run(candidate: Candidate, case: Case, drawn: Drawn, between: Drawn | None = None) -> Trial:
    """Run a candidate's functions once, on copies of its own.

    ``between``: other inputs, on which the forward runs before the backward does (a loss: before
    it is asked).
    """
    trial = Trial()
    try:
        _run(candidate, case, drawn, between, trial)
    except NoAnswerError as failure:
        trial.failure = failure
    return trial


def _run(
    candidate: Candidate, case: Case, drawn: Drawn, between: Drawn | None, trial: Trial
) -> None:
    names = case.layer.functions
    if case.layer.loss and between is not None:
        candidate.loss(case.present(between.inputs))
    inputs = case.present(drawn.inputs)
    with _Watched(names[0], trial, inputs) as watched:
        if case.layer.loss:
            cache, watched.results = None, candidate.loss(inputs)
        else:
            watched.results, cache = candidate.forward(inputs)
    if not case.layer.loss:
        if between is not None:
            candidate.forward(case.present(between.inputs))
        cotangents = case.present(drawn.cotangents)
        kept = {f"cache[{i}]": a for i, a in enumerate(_arrays_in(cache)) if not _is_in(a, inputs)}
        with _Watched(names[1], trial, inputs | cotangents | kept) as watched:
            watched.results = candidate.backward(cotangents, cache)


class _Watched:
    """Notes on a trial what a function returned, changed and shared, also when it fails."""

    def __init__(self, function: str, trial: Trial, given: Arrays) -> None:
        self.results: dict[str, Any] = {}
        self._function, self._trial, self._given = function, trial, given
        self._before = {name: _state(array) for name, array in given.items()}

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self._trial.results |= self.results
        self._trial.changed += [
            (self._function, n) for n, a in self._given.items() if _state(a) != self._before[n]
        ]
        self._trial.shared += _shared(self.results, self._given)


def _state(array: np.ndarray) -> tuple[Any, ...]:
    return array.shape, array.dtype, array.tobytes()


def _is_in(array: np.ndarray, given: Arrays) -> bool:
    return any(array is other for other in given.values())


def _arrays_in(cache: Any) -> list[np.ndarray]:
    """The arrays in a cache: itself, or inside its tuples, lists, dicts and attributes."""
    found, seen, waiting = [], set(), [cache]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) is np.ndarray:
            # A broadcast array may stand for more than fits into memory: nobody overwrites it.
            if item.nbytes <= _LARGEST_KEPT:
                found.append(item)
        elif isinstance(item, (tuple, list)):
            waiting += item
        elif type(item) is dict:
            waiting += item.values()
        else:
            # Not by attribute: code of theirs may answer to that in any way.
            with suppress(Exception):
                waiting += object.__getattribute__(item, "__dict__").values()
    return found


def _shared(results: Mapping[str, Any], given: Arrays) -> list[tuple[str, str]]:
    return [
        (result, name)
        for result, value in results.items()
        if type(value) is np.ndarray
        for name, array in given.items()
        if np.may_share_memory(value, array)
    ]
