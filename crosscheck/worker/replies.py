"""What a worker says, read as if it were said by an enemy: anything else than an answer is refused.

Its arrays are judged, and its words are shown; neither can do more than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from crosscheck.adapters.claimed import form_at, left_by
from crosscheck.adapters.family import Form
from crosscheck.attempt import NoAnswerError
from crosscheck.case import Question
from crosscheck.config import AS_FOUND, Reading
from crosscheck.layer import Layer
from crosscheck.layers import catalogue, layer_named
from crosscheck.trial import Opaque, Trial
from crosscheck.worker.frames import FrameError, Meta

T = TypeVar("T")
_LONGEST = 1 << 14  # characters of one text
_MOST = 1 << 12  # items of one list
_MOST_CANDIDATES = 400  # nobody hands in more; each has its time
_LARGEST = 1 << 53
_NAME = re.compile(r"[\w.:]{1,100}")


def trials(
    answer: Meta, arrays: Sequence[np.ndarray], layer: Layer, asked: Sequence[Question]
) -> list[Trial]:
    """The answers to the first of these questions, to as many as it says. Raises FrameError."""
    rest, told = iter(arrays), _items(answer, "trials")
    if len(told) != stands_for(answer, len(asked)):
        raise FrameError("another number of answers than was asked for")
    found = [_trial(_is(dict, t), rest, layer) for t in told]
    if next(rest, None) is not None:
        raise FrameError("more arrays than it says")
    for trial, question in zip(found, asked, strict=False):
        if bool(trial.again) != bool(question.other):
            raise FrameError("not asked again, or without being told to")
    return found


def _trial(told: Meta, arrays: Iterator[np.ndarray], layer: Layer, *, first: bool = True) -> Trial:
    results: dict[str, Any]
    if "results" in told:
        results = {
            _one_of(layer.quantities, name): _result(form, arrays)
            for name, form in _is(dict, told["results"]).items()
        }
    else:  # as nearly always: an array of each
        results = dict(zip(layer.quantities, arrays, strict=False))
    failure = told.get("failure")
    if failure is None and results.keys() != set(layer.quantities):
        raise FrameError("some of its answers are missing, and no reason is given")
    trial = Trial(results, None if failure is None else _failure(failure, layer))
    if "changed" in told:
        trial.changed = _pairs(told, "changed")
    if "shared" in told:
        trial.shared = _pairs(told, "shared")
    if first and "again" in told:
        trial.again = _trial(_is(dict, told["again"]), arrays, layer, first=False)
    return trial


def _pairs(told: Meta, name: str) -> list[tuple[str, str]]:
    return [(text(one), text(other)) for one, other in map(_pair, _items(told, name))]


def _result(form: Any, arrays: Iterator[np.ndarray]) -> np.ndarray | Opaque:
    if form is not None:
        kind, too_large = _pair(form)
        return Opaque(text(kind), _is(bool, too_large))
    array = next(arrays, None)
    if array is None:
        raise FrameError("fewer arrays than it says")
    return array


def _failure(told: Any, layer: Layer) -> NoAnswerError:
    words = [text(word) for word in _is(list, told)]
    if len(words) != 4:
        raise FrameError("no failure")
    kind, message, function, quantity = words
    return NoAnswerError(kind, message, function, _one_of(("", *layer.quantities), quantity))


def stands_for(answer: Meta, most: int) -> int:
    """How many questions it answers. Raises FrameError."""
    count = number(answer, "stands") if "stands" in answer else 1
    if not 1 <= count <= most:
        raise FrameError("more answers than were asked for")
    return count


def texts(answer: Meta, name: str) -> tuple[str, ...]:
    """A list of texts. Raises FrameError."""
    return tuple(map(text, _items(answer, name)))


def printed(answer: Meta) -> tuple[str, int]:
    """What was printed, and how many characters it was in all. Raises FrameError."""
    if "characters" not in answer:
        return "", 0
    return text(answer.get("printed")), number(answer, "characters")


def number(answer: Meta, name: str) -> int:
    """A count. Raises FrameError."""
    return min(max(_is(int, answer.get(name)), 0), _LARGEST)


def listed(answer: Meta, layers: Sequence[str], reading: Reading = AS_FOUND) -> list[Meta]:
    """What is told of each candidate for one of these layers, to make one here. Which cases suit
    it is not told: it follows from the ``reading``, and from its form.

    Raises FrameError.
    """
    told = _items(answer, "candidates")
    if len(told) > _MOST_CANDIDATES:
        raise FrameError(f"{len(told)} candidates")
    return [_listed(_is(dict, item), layers, reading) for item in told]


def _listed(c: Meta, layers: Sequence[str], reading: Reading) -> Meta:
    layer = layer_named(_one_of(layers, text(c.get("layer"))))
    spelling, called = _spelling(c, layer), texts(c, "called")
    if not called:
        called = layer.spellings[_one_of([*layer.spellings], spelling or layer.name)]
    form = _form(c.get("form"), layer, called, reading)
    return {
        "layer": layer,
        "spelling": spelling,
        "called": called,
        "defined": {text(n): text(v) for n, v in _is(dict, c.get("defined")).items()},
        "conventions": texts(c, "conventions"),
        "adapted": _is(bool, c.get("adapted")),
        "rescaled": form.rescaled if form else (),
        "only": form.only if form else left_by(reading.maps, layer, called),
    }


def _form(told: Any, layer: Layer, called: tuple[str, ...], reading: Reading) -> Form | None:
    """The form of an adapter, if it is read by one: of this layer, and of functions so called."""
    if told is None:
        return None
    family, place = _pair(told)
    form = form_at(text(family), _is(int, place), reading)
    if form is None or (form.layer, form.called) != (layer.name, called):
        raise FrameError(f"{layer.name} is not read so")
    return form


def _spelling(c: Meta, layer: Layer) -> str:
    """What it is called, if not as its layer; never as another one."""
    spelling = text(c.get("spelling"))
    own = spelling.startswith((f"{layer.name}_", f"{layer.name}:", f"{layer.stem}_"))
    others = {s for known in catalogue().values() for s in known.spellings}
    free = own and _NAME.fullmatch(spelling) and spelling not in others
    if spelling and spelling not in layer.spellings and not free:
        raise FrameError(f"{layer.name} is not called {spelling[:40]!r}")
    return spelling


def text(value: Any) -> str:
    """A text, not too long. Raises FrameError."""
    return _is(str, value)[:_LONGEST]


def _items(answer: Mapping[str, Any], name: str) -> list[Any]:
    return _is(list, answer.get(name))[:_MOST]


def _pair(value: Any) -> tuple[Any, Any]:
    if len(_is(list, value)) != 2:
        raise FrameError("no pair")
    return value[0], value[1]


def _one_of(names: Sequence[str], name: str) -> str:
    if name not in names:
        raise FrameError(f"nothing here is called {name[:40]!r}")
    return name


def _is(kind: type[T], value: Any) -> T:
    if type(value) is not kind:  # True is no number
        raise FrameError(f"a {type(value).__name__} where a {kind.__name__} should be")
    return value
