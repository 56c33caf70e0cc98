"""The calls that lead to a quantity, written down and tried out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from crosscheck.attempt import quiet
from crosscheck.calling import Pair, Update
from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn, cases
from crosscheck.recorded.literal import literal
from crosscheck.recorded.places import Place, factors, in_order, place_of
from crosscheck.recorded.recorder import WORD, Line, Recorder, root_of
from crosscheck.trial import Trial


@dataclass(frozen=True)
class Shown:
    """``lines`` lead to ``what``, an expression, which is then ``got``; of a call that fails there
    is none, and it is the last line. ``imports``: the names used, each with the file that has it.
    ``place``: how theirs is ours, with the ``factor``.
    """

    lines: list[str]
    imports: list[tuple[str, str]]
    what: str = ""
    got: np.ndarray | None = None
    place: Place = field(default_factory=Place)
    factor: float = 1.0

    def plain(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        """As plain data, but for its array."""
        return {**vars(self), "got": None, "place": vars(self.place)}, [
            a for a in (self.got,) if a is not None
        ]

    @classmethod
    def told(cls, plain: dict[str, Any], arrays: Sequence[np.ndarray]) -> Shown:
        """What was said of it as plain data."""
        place = Place(**{**plain["place"], "axes": tuple(plain["place"]["axes"])})
        imports = [(name, file) for name, file in plain["imports"]]
        got = next(iter(arrays), None)
        return cls(**{**plain, "imports": imports, "got": got, "place": place})


def shown(candidate: Candidate, case: Case, drawn: Drawn, quantity: str) -> Shown | None:
    """How to see what a candidate, which is an adapter's, gives for a quantity in a case; without
    a quantity, how to see that it fails. None if that cannot be written, or does not do the same
    when it is run.
    """
    recorder, trial = _recorded(candidate, case, drawn)
    if recorder.lost or not recorder.calls:
        return None
    if not quantity:
        failure = trial.failure
        return _failing(recorder, case, failure.kind != "arity") if failure else None
    result = trial.results.get(quantity)
    if not isinstance(result, np.ndarray):
        return None
    if isinstance(case.layer.calling, Update):  # what it is called depends on how many steps
        place = place_of(quantity, result, recorder, case, drawn)
    else:
        place = _place(candidate, case, quantity)
    if place is None:
        return None
    return _leading_to(quantity, result, recorder, place, case, drawn)


def _recorded(candidate: Candidate, case: Case, drawn: Drawn) -> tuple[Recorder, Trial]:
    recorder = Recorder(_folders(candidate))

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            recorder.part = name
            return function(*arguments)

        return call

    if isinstance(candidate.layer.calling, Pair):
        noted_down = {name: noted(name, f) for name, f in candidate.functions.items()}
        candidate = replace(candidate, functions=noted_down)
    with np.errstate(all="ignore"), recorder.watching():
        trial = candidate.trial(case, drawn)
    return recorder, replace(trial, results={q: _seen(case, r) for q, r in trial.results.items()})


def _seen(case: Case, result: Any) -> Any:
    """Of an optimizer's steps the last one: where they all arrive."""
    is_steps = isinstance(case.layer.calling, Update) and isinstance(result, np.ndarray)
    return result[-1] if is_steps else result


def _folders(candidate: Candidate) -> tuple[str, ...]:
    """What the names of the files with their code begin with. What was made of a text has a name
    that others share, as the methods that dataclasses make.
    """
    files = {candidate.location(name).rpartition(":")[0] for name in candidate.functions}
    named = files - {"", "<string>"}
    return tuple(f"{Path(f).parent}{os.sep}" if Path(f).is_file() else f for f in named)


def _place(candidate: Candidate, case: Case, quantity: str) -> Place | None:
    """Where the quantity is: as seen where all sizes differ, so that nothing is taken for it that
    is as long by chance.
    """
    for other in cases(case.layer, (case.format.name,)):
        if candidate.suits(other):
            drawn = other.draw()
            recorder, trial = _recorded(candidate, other, drawn)
            result = trial.results.get(quantity)
            if isinstance(result, np.ndarray) and not recorder.lost:
                return place_of(quantity, result, recorder, other, drawn)
    return None


def _failing(recorder: Recorder, case: Case, is_raised: bool) -> Shown | None:
    last = recorder.lines[-1]
    lines = [*_seeded(case), *_needed(recorder.lines, last.makes | last.words, True)]
    _, error = _run(lines, recorder)
    return Shown(lines, _imports(lines, recorder)) if (error is not None) == is_raised else None


def _leading_to(
    quantity: str, result: np.ndarray, recorder: Recorder, place: Place, case: Case, drawn: Drawn
) -> Shown | None:
    factor = factors(case).get(place.factor, 1.0)
    what = place.around.format(place.text)
    upstream = [
        f"{n} = {literal(a)}" for n, a in drawn.cotangents.items() if what.startswith(f"{n} * ")
    ]
    root = frozenset((root_of(place.text),))
    calls = in_order(recorder.calls, quantity, case)
    there = [c for c in calls if place.text in c.returned or place.text in c.left]
    for call, is_plain in product(there, (True, False)):
        needed = _needed(recorder.lines[: call.lines], root, is_plain)
        lines = [*_seeded(case), *needed, *upstream]
        got, error = _run(lines, recorder, what)
        if error is None and place.is_ours(got, result, factor):
            return Shown(lines, _imports(lines, recorder), what, np.asarray(got), place, factor)
    return None


def _seeded(case: Case) -> list[str]:
    """Adapters seed NumPy where the course's functions do it themselves."""
    return [f"np.random.seed({case.options['seed']})"] if "seed" in case.options else []


def _needed(lines: Sequence[Line], names: frozenset[str], is_plain: bool) -> list[str]:
    """The lines without which these names would not have the values that they have; ``is_plain``:
    without those that only cast, which matter where a buffer of theirs is float32.
    """
    kept: list[str] = []
    for line in reversed(lines):
        if line.makes & names and not (line.casts and is_plain):
            names |= line.words
            kept.append(line.text)
    return kept[::-1]


def _imports(lines: Sequence[str], recorder: Recorder) -> list[tuple[str, str]]:
    words = {word for line in lines for word in WORD.findall(line)}
    used = [(name, file) for name, (_, file) in recorder.defined.items() if name in words]
    return [*used, *[("SimpleNamespace", "types")] * ("SimpleNamespace" in words)]


def _run(lines: Sequence[str], recorder: Recorder, what: str = "None") -> tuple[Any, Any]:
    """What comes of these lines: the value of ``what``, and what was raised."""
    names: dict[str, Any] = {"np": np, "SimpleNamespace": SimpleNamespace}
    names |= {name: thing for name, (thing, _) in recorder.defined.items()}
    try:
        with quiet(), np.errstate(all="ignore"):
            exec("\n".join(lines), names)
            return eval(what, names), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, error
