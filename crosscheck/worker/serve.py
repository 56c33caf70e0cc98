"""The other side: loads a target, and runs its functions on the arrays that it is sent."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import mmap
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn, Question
from crosscheck.config import LayerMap, Reading
from crosscheck.errors import CrosscheckError
from crosscheck.layer import Layer
from crosscheck.layers import catalogue, layer_named
from crosscheck.recorded.show import shown
from crosscheck.sandbox.limits import USUAL, limit_memory
from crosscheck.target import Opened, opened
from crosscheck.trial import Opaque, Trial
from crosscheck.worker import frames
from crosscheck.worker.process import PLACE

_TOGETHER = 0.005  # seconds; who answers sooner is not waited for
_KEPT = 1 << 14  # characters of what one request prints; the rest is only counted

Answer = tuple[frames.Meta, Sequence[np.ndarray]]
# What whoever forked this process knew already.
DRAWN: list[Drawn] = []
HELD: list[Question] = []


def _limit_memory() -> None:
    limit_memory(USUAL.memory)


def main(trace: int, confine: Callable[[], None] = _limit_memory) -> None:
    """Answer requests on standard input until it ends. ``trace``: a descriptor to write a stack to,
    when asked; or -1. ``confine``: gives up what code under test must not have; if nobody says
    more, memory without end.
    """
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    printed = _Printed()
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(nothing), printed, printed
    _show_stack_to(trace)
    place = _place_in(trace)
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    confine()
    with contextlib.suppress(EOFError, BrokenPipeError), contextlib.ExitStack() as stack:
        frames.write(replies, {"ready": True})
        _serve(requests, replies, printed, _Server(stack, place))


def forget_answers() -> None:
    """Drop the layers as they are written for hints, in NumPy: they are right."""
    for layer in catalogue().values():
        object.__setattr__(layer, "terms", None)
    for name, module in list(sys.modules.items()):
        if name.startswith("crosscheck.layers."):
            for function in [n for n in vars(module) if "terms" in n]:
                delattr(module, function)


def _serve(requests: BinaryIO, replies: BinaryIO, printed: _Printed, server: _Server) -> None:
    while True:
        for answer, arrays in server.answers(*frames.read(requests)):
            frames.write(replies, {**answer, **printed.taken(), **_notes(server.target)}, arrays)


class _Server:
    """What is open, and what it answers."""

    def __init__(self, stack: contextlib.ExitStack, place: memoryview) -> None:
        self._stack, self._place = stack, place
        self.target: Opened | None = None
        self._candidates: dict[str, Candidate] = {}

    def answers(self, request: frames.Meta, arrays: Sequence[np.ndarray]) -> Iterator[Answer]:
        """What a request is answered with: once, or for several cases in several pieces."""
        if request["do"] == "open":
            yield self._open(request), []
            return
        candidate = self._candidates[request["candidate"]]
        if request["do"] == "held":
            yield from self._held(candidate, request["numbers"])
        else:
            yield _run(candidate, request, arrays)

    def _held(self, candidate: Candidate, numbers: Sequence[int]) -> Iterator[Answer]:
        """The quick ones together, for a message has its price. Whoever waits in vain reads in the
        trace which one is to blame.
        """
        trials, since = list[Trial](), time.monotonic()
        for number in numbers:
            self._place[:] = number.to_bytes(len(self._place), "little", signed=True)
            trials.append(candidate.trial(*HELD[number]))
            if (now := time.monotonic()) - since > _TOGETHER or number == numbers[-1]:
                told, arrays = _answer(candidate.layer, trials)
                yield {**told, "stands": len(trials)}, arrays
                trials, since = [], now

    def _open(self, request: frames.Meta) -> dict[str, Any]:
        try:
            self.target = _open(request, self._stack)
        except CrosscheckError as error:
            return {"error": str(error)}
        self._candidates = {c.name: c for c in self.target.candidates}
        listed = [_listed(c) for c in self.target.candidates]
        return {"candidates": listed, "absent": list(self.target.absent)}


def _open(request: dict[str, Any], stack: contextlib.ExitStack) -> Opened:
    layers = [layer_named(name) for name in request["layers"]]
    maps = tuple(LayerMap(**mapped) for mapped in request["maps"])
    reading = Reading(request["adapter"], maps)
    return stack.enter_context(opened(request["target"], layers, reading))


def _notes(target: Opened | None) -> dict[str, Any]:
    """They grow while functions run that import."""
    if target is None or not (target.shimmed or target.unread or target.outdated):
        return {}
    return {
        "shimmed": list(target.shimmed),
        "unread": list(target.unread),
        "outdated": list(map(str, target.outdated)),
    }


def _listed(c: Candidate) -> dict[str, Any]:
    return {
        "layer": c.layer.name,
        "spelling": c.spelling,
        "called": c.names,
        "defined": {name: c.location(name) for name in c.functions},
        "conventions": c.conventions,
        "adapted": c.adapted,
        "form": c.form,
    }


def _run(candidate: Candidate, request: frames.Meta, arrays: Sequence[np.ndarray]) -> Answer:
    case = Case.parse(request["case"])
    if "held" in request:
        given = [DRAWN[number] for number in request["held"]]
    else:
        given = list(_drawn_from(case, arrays))
    if request["do"] == "shown":
        found = shown(candidate, case, given[0], request["quantity"])
        plain, kept = found.plain() if found else (None, [])
        return {"shown": plain}, kept
    if request["do"] == "calls":
        return {"calls": candidate.forward_calls(case, given[0])}, []
    return _answer(candidate.layer, [candidate.trial(case, *given)])


def _answer(layer: Layer, trials: Sequence[Trial]) -> Answer:
    arrays: list[np.ndarray] = []
    return {"trials": [_told(layer, trial, arrays) for trial in trials]}, arrays


def _drawn_from(case: Case, arrays: Sequence[np.ndarray]) -> Iterator[Drawn]:
    """One, and perhaps other data of the same case."""
    count = len(case.layer.inputs) + len(case.layer.upstream)
    for start in range(0, len(arrays), count):
        yield drawn(case, arrays[start : start + count])


def drawn(case: Case, arrays: Sequence[np.ndarray]) -> Drawn:
    """A case's arrays by name, as they were sent one after another."""
    layer = case.layer
    names = [i.name for i in layer.inputs]
    split = len(names)
    return Drawn(
        dict(zip(names, arrays[:split], strict=True)),
        dict(zip(("d" + o.name for o in layer.upstream), arrays[split:], strict=True)),
        "",
    )


def _told(layer: Layer, trial: Trial, arrays: list[np.ndarray]) -> dict[str, Any]:
    """A trial as plain data, but for its arrays, which are added to those given: null stands where
    one belongs. What there is nothing of is left out, and results that are an array each.
    """
    plain: dict[str, Any] = {}
    results = [trial.results.get(quantity) for quantity in layer.quantities]
    if not all(isinstance(value, np.ndarray) for value in results):
        results = [*trial.results.values()]
        plain["results"] = {
            name: [value.kind, value.too_large] if isinstance(value, Opaque) else None
            for name, value in trial.results.items()
        }
    arrays += [value for value in results if isinstance(value, np.ndarray)]
    if failure := trial.failure:
        plain["failure"] = [failure.kind, str(failure), failure.function, failure.quantity]
    if trial.changed:
        plain["changed"] = trial.changed
    if trial.shared:
        plain["shared"] = trial.shared
    if trial.again:
        plain["again"] = _told(layer, trial.again, arrays)
    return plain


class _Printed(io.TextIOBase):
    """What is printed, as far as it is worth keeping. It stands for standard output, and may be
    wrapped or closed as that may be.
    """

    def __init__(self) -> None:
        self._text, self._count = "", 0

    @property
    def buffer(self) -> io.BytesIO:
        """Bytes go nowhere; a new one each time, for whoever wraps it will close it."""
        return io.BytesIO()

    def write(self, text: str) -> int:
        self._text += text[: _KEPT - len(self._text)]
        self._count += len(text)
        return len(text)

    def close(self) -> None:
        """Stays open: others will print."""

    def taken(self) -> dict[str, Any]:
        """What was printed since the last time, and how many characters it were."""
        taken = {"printed": self._text, "characters": self._count} if self._count else {}
        self._text, self._count = "", 0
        return taken


def _show_stack_to(descriptor: int) -> None:
    if descriptor >= 0:
        faulthandler.register(signal.SIGUSR1, descriptor, all_threads=False)


def _place_in(descriptor: int) -> memoryview:
    """Where to note which of the held cases this is at."""
    if descriptor < 0:
        return memoryview(bytearray(PLACE))
    return memoryview(mmap.mmap(descriptor, PLACE))
