"""Our side: a target in a process of its own, and its candidates as if they were here."""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.attempt import NoAnswerError
from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn
from crosscheck.config import AS_FOUND, Reading
from crosscheck.errors import CrosscheckError, TargetError
from crosscheck.layer import Layer
from crosscheck.layers import layer_named
from crosscheck.trial import Opaque, Trial
from crosscheck.worker import frames
from crosscheck.worker.frames import Meta
from crosscheck.worker.process import Process, started

if TYPE_CHECKING:
    from crosscheck.candidate import Point

TIME_LIMIT = 10.0  # seconds for one case
_TO_IMPORT = 30.0  # seconds for all imports together: SciPy's or Matplotlib's first may take long
_GLANCE = 0.5  # seconds between two looks at whether the process is still there
_AHEAD = 8  # requests that wait while one is answered
_QUICK = 0.02  # seconds for an answer; nobody minds waiting for eight of them
_FRAME = re.compile(r'File "(.*)", line (\d+) in (.*)')


class LostError(Exception):
    """The process ended, or had to be ended. ``kind`` is the finding's, ``stack`` what it was
    doing.
    """

    def __init__(self, kind: str, message: str, stack: str = "") -> None:
        super().__init__(message)
        self.kind, self.stack = kind, stack


@dataclass(frozen=True)
class Notes:
    """What is told of a target as a whole: what stand-ins were given for, what could not be read,
    which names in it are gone, and what it printed when it was imported; what of a
    ``crosscheck.toml`` was read and what is ``absent``.
    """

    shimmed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    printed: str = ""
    absent: tuple[str, ...] = ()
    read_with: str = ""


class Session:
    """A target that is open in a process of its own, which is started anew if it is lost."""

    def __init__(
        self, target: str, layers: Iterable[Layer], time_limit: float, reading: Reading
    ) -> None:
        names = [layer.name for layer in layers]
        self._opening = {
            "do": "open",
            "target": target,
            "layers": names,
            "adapter": reading.adapter,
            "maps": [m.plain() for m in reading.maps if m.layer in names],
        }
        self._time_limit = time_limit
        self.notes = Notes()
        self._process: Process | None = None
        self._requests: queue.Queue[bytes | None] = queue.Queue()
        self._replies: queue.Queue[Any] = queue.Queue()
        self._sent = self._came = 0
        self._kept: dict[int, Any] = {}  # what came before it was asked for
        self._forgotten: set[int] = set()
        self._since = 0.0  # when the process began what it is doing
        self._took = np.inf

    def open(self) -> Meta:
        """Start the process and load the target. Raises TargetError."""
        self._process, self._requests, self._replies = started(), queue.Queue(), queue.Queue()
        for talk, said in ((_speak, self._requests), (_listen, self._replies)):
            threading.Thread(target=talk, args=(self._process, said), daemon=True).start()
        if self._replies.get() is None:
            complaint = self._process.complaint()
            self.close()
            raise CrosscheckError(f"The process for code under test does not start: {complaint}")
        try:
            answer, _ = self.answer(self._send(self._opening), _TO_IMPORT)
        except LostError as error:
            raise TargetError(
                f"{self._opening['target']} cannot be imported: it {error}."
            ) from None
        if "error" in answer:
            raise TargetError(answer["error"])
        printed, absent = answer.get("printed", ""), tuple(answer["absent"])
        self.notes = replace(self.notes, printed=printed, absent=absent)
        return answer

    def ask(self, request: Meta, arrays: Sequence[np.ndarray]) -> tuple[Meta, list[np.ndarray]]:
        """The answer to a request. Raises LostError."""
        return self.answer(self.send(request, arrays), self._time_limit)

    @property
    def ahead(self) -> int:
        """How many requests may wait while one is being answered: a slow candidate may be left
        before its next case.
        """
        return _AHEAD if self._took < _QUICK else 0

    def send(self, request: Meta, arrays: Sequence[np.ndarray]) -> int:
        """Have a request answered in its turn, without waiting; the number of its answer.

        Raises LostError.
        """
        self.ready()
        return self._send(request, arrays)

    def _send(self, request: Meta, arrays: Sequence[np.ndarray] = ()) -> int:
        if self._came == self._sent:
            self._since = time.monotonic()
        self._requests.put(frames.frame(request, arrays))
        self._sent += 1
        return self._sent

    def forget(self, numbers: Iterable[int]) -> None:
        """Nobody will ask for these answers."""
        self._forgotten.update(n for n in numbers if self._kept.pop(n, None) is None)

    def ready(self) -> None:
        """Start the process anew if it was lost. Raises LostError."""
        if self._process is None:
            try:
                self.open()
            except CrosscheckError as error:
                raise LostError("died", f"cannot be loaded again: {error}") from None

    def answer(self, number: int, time_limit: float | None = None) -> tuple[Meta, list[np.ndarray]]:
        """The answer of that number. Raises LostError."""
        while number not in self._kept:
            if number <= self._came:
                raise LostError("died", "ended the process before it came to this")
            answered = self._next(self._time_limit if time_limit is None else time_limit)
            self._came += 1
            if self._came in self._forgotten:
                self._forgotten.remove(self._came)
            else:
                self._kept[self._came] = answered
        answer, results = self._kept.pop(number)
        if "shimmed" in answer:
            shimmed, unread, outdated = (
                tuple(answer[name]) for name in ("shimmed", "unread", "outdated")
            )
            self.notes = replace(self.notes, shimmed=shimmed, unread=unread, outdated=outdated)
        return answer, results

    def _next(self, time_limit: float) -> tuple[Meta, list[np.ndarray]]:
        """The next answer, whoever asked. Raises LostError."""
        assert self._process
        try:
            reply = self._reply(time_limit)
        except queue.Empty:
            stack = self._process.stack()
            self.close()
            limit = f"did not end within {time_limit:g} s{_innermost(stack)}"
            raise LostError("timeout", f"{limit}: an endless loop, or too slow", stack) from None
        if reply is None:
            code = self._process.exit_code(1)
            self.close()
            raise LostError("died", f"ended the process{_told(code)}")
        came, answered = reply
        self._took, self._since = came - self._since, came
        return answered

    def _reply(self, time_limit: float) -> Any:
        """The next frame; None once the process has ended, also if a child of it holds the pipe.

        Raises queue.Empty if it takes too long.
        """
        assert self._process
        deadline = max(self._since + time_limit, time.monotonic() + _GLANCE)
        while True:
            left = deadline - time.monotonic()
            try:
                return self._replies.get(timeout=max(min(left, _GLANCE), 0))
            except queue.Empty:
                if self._process.exit_code(0) is not None:
                    return self._replies.get(timeout=_GLANCE) if not self._replies.empty() else None
                if left <= 0:
                    raise

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._requests.put(None)
            self._process.end()
            self._process, self._came, self._took = None, self._sent, np.inf


def _speak(process: Process, requests: queue.Queue[bytes | None]) -> None:
    """Every request, as fast as the process reads: nobody has to wait for that."""
    with contextlib.suppress(OSError, ValueError):
        while request := requests.get():
            process.requests.write(request)
            process.requests.flush()


def _listen(process: Process, replies: queue.Queue[Any]) -> None:
    """Every frame that comes and when it came, and None once there is no more."""
    try:
        while True:
            answered = frames.read(process.replies)
            replies.put((time.monotonic(), answered))
    except (EOFError, OSError, ValueError, frames.FrameError):
        replies.put(None)
    finally:
        process.close_replies()


def _told(code: int | None) -> str:
    if code is None:
        return ""
    return f" (signal {-code})" if code < 0 else f" (exit code {code})"


def _innermost(stack: str) -> str:
    """`` (layers.py, line 12)``: where the stack is, in code of theirs."""
    ours = str(Path(__file__).parents[1])
    for file, line, _ in _FRAME.findall(stack):
        if not file.startswith((ours, "<")) and "site-packages" not in file:
            return f" ({Path(file).name}, line {line})"
    return ""


def _blamed(names: Sequence[str], stack: str) -> str:
    """That of a candidate's functions which was running; the first, if nobody knows."""
    running = {function for _, _, function in _FRAME.findall(stack)}
    return next((n for n in names if n.rpartition(".")[2] in running), names[0])


@dataclass(frozen=True)
class RemoteCandidate(Candidate):
    """A candidate in another process. ``defined``: where each of its functions is written."""

    session: Session = field(kw_only=True)
    defined: dict[str, str] = field(kw_only=True)

    def location(self, function: str) -> str:
        """As over there."""
        return self.defined.get(function.removesuffix(".loss"), "")

    def suits(self, case: Case) -> bool:
        """As over there; where no adapter is between, every case does."""
        if not self.adapted:
            return True
        request = {"do": "suits", "candidate": self.name, "case": _without_seed(case)}
        try:
            return bool(self.session.ask(request, ())[0]["suits"])
        except LostError:
            return True  # its trial will tell

    def ready(self) -> None:
        """Have its process run: a new one takes its time, which is not the candidate's."""
        with contextlib.suppress(LostError):
            self.session.ready()

    def trials(self, points: Iterable[Point]) -> Generator[Trial, None, None]:
        """As over there. While one case is judged here, the next are run."""
        rest, asked, ahead = iter(points), deque[int](), 0
        try:
            while True:
                for case, drawn in islice(rest, max(1 + ahead - len(asked), 0)):
                    asked.append(self._send("trial", case, drawn))
                if not asked:
                    return
                [trial] = self._answered(asked.popleft())
                ahead = self.session.ahead
                yield trial
        except LostError as error:
            yield self._lost(error)
        finally:
            self.session.forget(asked)

    def trial(self, case: Case, drawn: Drawn, between: Drawn | None = None) -> Trial:
        """As over there; its failure says so if the process was lost."""
        do = "trial" if between is None else "between"
        [trial] = self._trials(do, case, drawn, *([between] if between else []))
        return trial

    def asked_again(self, case: Case, drawn: Drawn, other: Drawn) -> tuple[Trial, Trial]:
        """As over there."""
        reused, again = self._trials("again", case, drawn, other)
        return reused, again

    def _trials(self, do: str, case: Case, *drawn: Drawn) -> list[Trial]:
        try:
            return self._answered(self._send(do, case, *drawn))
        except LostError as error:
            return [self._lost(error)] * (2 if do == "again" else 1)

    def _send(self, do: str, case: Case, *drawn: Drawn) -> int:
        request = {"do": do, "candidate": self.name, "case": _without_seed(case)}
        arrays = [a for d in drawn for a in (*d.inputs.values(), *d.cotangents.values())]
        return self.session.send(request, arrays)

    def _answered(self, number: int) -> list[Trial]:
        answer, results = self.session.answer(number)
        self.output.note(answer.get("printed", ""), answer.get("characters", 0))
        return list(_trials_told(answer["trials"], results))

    def _lost(self, error: LostError) -> Trial:
        function = _blamed(self.names, error.stack)
        return Trial(failure=NoAnswerError(error.kind, str(error), function))


def _trials_told(trials: Sequence[Meta], arrays: Iterable[np.ndarray]) -> Iterator[Trial]:
    rest = iter(arrays)
    for told in trials:
        failure = told["failure"]
        yield Trial(
            {name: Opaque(*o) if o else next(rest) for name, o in told["results"].items()},
            NoAnswerError(*failure) if failure else None,
            [tuple(pair) for pair in told["changed"]],
            [tuple(pair) for pair in told["shared"]],
        )


def _without_seed(case: Case) -> str:
    """The arrays are sent: what they were drawn from is nobody's business over there."""
    return replace(case, seed=0).id


@dataclass(frozen=True)
class Apart:
    """A target that is open in a process of its own."""

    candidates: list[RemoteCandidate]
    session: Session

    @property
    def notes(self) -> Notes:
        """What there is to tell of it, so far."""
        return self.session.notes


@contextlib.contextmanager
def opened_apart(
    target: str,
    layers: Iterable[Layer],
    time_limit: float = TIME_LIMIT,
    reading: Reading = AS_FOUND,
) -> Iterator[Apart]:
    """As ``target.opened``, but in a process of its own. Raises TargetError."""
    session = Session(target, layers, time_limit, reading)
    try:
        listed = session.open()["candidates"]
        yield Apart([_remote(c, session) for c in listed], session)
    finally:
        session.close()


def _remote(listed: Meta, session: Session) -> RemoteCandidate:
    return RemoteCandidate(
        layer_named(listed["layer"]),
        {},
        listed["spelling"],
        tuple(listed["called"]),
        conventions=tuple(listed["conventions"]),
        adapted=listed["adapted"],
        rescaled=tuple(listed["rescaled"]),
        session=session,
        defined=listed["defined"],
    )
