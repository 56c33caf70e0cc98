"""One run of a candidate on a case: what it returned, and what it did on the side."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.attempt import NoAnswerError
from crosscheck.calling import Given, Watch
from crosscheck.case import Case, Drawn

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Opaque:
    """What came where numbers should be: ``a list``, ``an array of object``; or more of them than
    any answer has.
    """

    kind: str
    too_large: bool = False


@dataclass
class Trial:
    """``results`` by quantity, as far as it got before its ``failure``: arrays of numbers, or what
    came instead. ``changed``: which function overwrote which array that it was given. ``shared``:
    which result lies in the memory of which array that was passed in. If it was asked around other
    data, these are the results as they were once those came; ``again``: its answer around them.
    """

    results: dict[str, Any] = field(default_factory=dict)
    failure: NoAnswerError | None = None
    changed: list[tuple[str, str]] = field(default_factory=list)
    shared: list[tuple[str, str]] = field(default_factory=list)
    again: Trial | None = None

    @property
    def each(self) -> list[Trial]:
        """Itself, and the one in which it was asked again."""
        return [self, self.again] if self.again else [self]


def run(candidate: Candidate, case: Case, drawn: Drawn, between: Drawn | None = None) -> Trial:
    """Run a candidate's functions once, on copies of its own.

    ``between``: other inputs, on which everything runs before the backward does (a loss: before it
    is asked). The results are copies, taken as each function returns.
    """
    trial = Trial()
    return _tried(trial, partial(_Watched, trial), candidate, case, drawn, between)


def _tried(
    trial: Trial,
    watch: Watch,
    candidate: Candidate,
    case: Case,
    drawn: Drawn,
    between: Drawn | None = None,
) -> Trial:
    def pause() -> bool:
        if between is not None:
            _run_unseen(candidate, case, between)
        return between is not None

    try:
        case.layer.calling.run(candidate, _given(case, drawn), watch, pause)
    except NoAnswerError as failure:
        trial.failure = failure
    return trial


def _given(case: Case, arrays: Drawn) -> Given:
    return Given(
        case.present(arrays.inputs), case.present(arrays.cotangents), case.sizes, case.options
    )


def _run_unseen(candidate: Candidate, case: Case, drawn: Drawn) -> None:
    """For what it leaves behind only. Raises NoAnswerError."""
    case.layer.calling.run(candidate, _given(case, drawn), _unwatched, lambda: False)


def run_around(candidate: Candidate, case: Case, drawn: Drawn, other: Drawn) -> Trial:
    """What an answer has become once ``other`` data came, and a new one around such data."""
    live: dict[str, Any] = {}
    trial, again = Trial(), Trial()  # what is changed and shared, the case by itself shows
    _tried(trial, partial(_Taken, trial, live), candidate, case, drawn)
    before = _numbers(live)  # a backward may have written over what its forward had returned
    with suppress(NoAnswerError):
        _run_unseen(candidate, case, other)
    after = _numbers(live)  # before it is asked again, and the same memory filled again
    trial.results |= {name: after[name] for name in live if _differ(before[name], after[name])}
    trial.again = _tried(again, partial(_Taken, again, {}), candidate, case, drawn, other)
    return trial


def forward_calls(candidate: Candidate, case: Case, drawn: Drawn) -> int:
    """How often the forward is entered in one run."""
    place, count = candidate.location(candidate.names[0]), 0

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        code = frame.f_code
        count += event == "call" and f"{code.co_filename}:{code.co_firstlineno}" == place

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        with suppress(NoAnswerError):
            _run_unseen(candidate, case, drawn)
    finally:
        sys.setprofile(before)
    return count


def _numbers(results: Mapping[str, Any]) -> dict[str, Any]:
    return {name: numbers(value) for name, value in results.items()}


def _differ(before: np.ndarray | Opaque, after: np.ndarray | Opaque) -> bool:
    if isinstance(before, Opaque) or isinstance(after, Opaque):
        return before != after
    return _states([before]) != _states([after])


_WIDEST = 8  # bytes of a number; what is wider, as a long double, is no answer in any format
_LARGEST = 1 << 22  # bytes; no answer is so long, and its shape says enough


def numbers(value: Any) -> np.ndarray | Opaque:
    """An array of ours with these numbers."""
    try:
        array = np.asarray(value)
        numeric = array.dtype.kind in "fiub" and array.dtype.itemsize <= _WIDEST
        if numeric or array.dtype.name == "bfloat16":
            if array.nbytes > _LARGEST:
                return Opaque(f"an array of shape {array.shape}", too_large=True)
            if array.dtype.isnative:
                return array.copy()
            return array.astype(array.dtype.newbyteorder("="), order="C")
    except KeyboardInterrupt:
        raise
    except BaseException:  # an object of theirs may fail at becoming an array
        return Opaque(f"a {type(value).__name__}")
    is_array = isinstance(value, np.ndarray)
    return Opaque(f"an array of {value.dtype}" if is_array else f"a {type(value).__name__}")


def _unwatched(*_: Any) -> nullcontext[dict[str, Any]]:
    return nullcontext({})


class _Taken:
    """Notes on a trial what a function returned, also when it fails; and in ``live`` the things
    themselves, which are theirs still and may change under our hands.
    """

    def __init__(self, trial: Trial, live: dict[str, Any], function: str, given: Arrays) -> None:
        del function, given
        self._trial, self._live = trial, live
        self._results: dict[str, Any] = {}

    def __enter__(self) -> dict[str, Any]:
        return self._results

    def __exit__(self, *_: object) -> None:
        self._trial.results |= _numbers(self._results)
        self._live |= self._results


class _Watched:
    """Notes on a trial what a function returned, changed and shared, also when it fails."""

    def __init__(self, trial: Trial, function: str, given: Arrays) -> None:
        self._results: dict[str, Any] = {}
        self._trial, self._function, self._given = trial, function, given
        self._before = _states(given.values())

    def __enter__(self) -> dict[str, Any]:
        return self._results

    def __exit__(self, *_: object) -> None:
        self._trial.results |= _numbers(self._results)
        after = _states(self._given.values())
        if after != self._before:
            states = zip(self._given, self._before, after, strict=True)
            self._trial.changed += [(self._function, n) for n, one, other in states if one != other]
        self._trial.shared += _shared(self._results, self._given)


_FORM = attrgetter("shape", "dtype")


def _states(arrays: Collection[np.ndarray]) -> list[tuple[Any, bytes]]:
    return [*zip(map(_FORM, arrays), map(np.ndarray.tobytes, arrays), strict=True)]


def _shared(results: Mapping[str, Any], given: Arrays) -> list[tuple[str, str]]:
    # The memory of two arrays is never the same if each owns its own.
    own = {id(array) for array in given.values() if array.flags.owndata}
    views = {name: array for name, array in given.items() if id(array) not in own}

    def near(value: np.ndarray) -> Arrays:
        return views if value.flags.owndata and id(value) not in own else given

    return [
        (result, name)
        for result, value in results.items()
        if type(value) is np.ndarray
        for name, array in near(value).items()
        if result != name and np.may_share_memory(value, array)  # put back, as it was, is fine
    ]
