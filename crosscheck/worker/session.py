"""Our side: a target in a process of its own, and its candidates as if they were here."""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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

TIME_LIMIT = 10.0  # seconds for one case
_TO_IMPORT = 30.0  # seconds for all imports together: SciPy's or Matplotlib's first may take long
_GLANCE = 0.5  # seconds between two looks at whether the process is still there
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
        self._replies: queue.Queue[Any] = queue.Queue()

    def open(self) -> Meta:
        """Start the process and load the target. Raises TargetError."""
        self._process, self._replies = started(), queue.Queue()
        arguments = (self._process, self._replies)
        threading.Thread(target=_listen, args=arguments, daemon=True).start()
        if self._replies.get() is None:
            complaint = self._process.complaint()
            self.close()
            raise CrosscheckError(f"The process for code under test does not start: {complaint}")
        try:
            answer, _ = self._asked(self._opening, time_limit=_TO_IMPORT)
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
        self.ready()
        return self._asked(request, arrays, self._time_limit)

    def ready(self) -> None:
        """Start the process anew if it was lost. Raises LostError."""
        if self._process is None:
            try:
                self.open()
            except CrosscheckError as error:
                raise LostError("died", f"cannot be loaded again: {error}") from None

    def _asked(
        self, request: Meta, arrays: Sequence[np.ndarray] = (), time_limit: float = TIME_LIMIT
    ) -> tuple[Meta, list[np.ndarray]]:
        assert self._process
        try:
            frames.write(self._process.requests, request, arrays)
            reply = self._reply(time_limit)
        except queue.Empty:
            stack = self._process.stack()
            self.close()
            limit = f"did not end within {time_limit:g} s{_innermost(stack)}"
            raise LostError("timeout", f"{limit}: an endless loop, or too slow", stack) from None
        except OSError:
            reply = None
        if reply is None:
            code = self._process.exit_code(1)
            self.close()
            raise LostError("died", f"ended the process{_told(code)}")
        answer, results = reply
        if "shimmed" in answer:
            shimmed, unread, outdated = (
                tuple(answer[name]) for name in ("shimmed", "unread", "outdated")
            )
            self.notes = replace(self.notes, shimmed=shimmed, unread=unread, outdated=outdated)
        return answer, results

    def _reply(self, time_limit: float) -> Any:
        """The next frame; None once the process has ended, also if a child of it holds the pipe.

        Raises queue.Empty if it takes too long.
        """
        assert self._process
        deadline = time.monotonic() + time_limit
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
            self._process.end()
            self._process = None


def _listen(process: Process, replies: queue.Queue[Any]) -> None:
    """Every frame that comes, and None once there is no more."""
    try:
        while True:
            replies.put(frames.read(process.replies))
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
        request = {"do": do, "candidate": self.name, "case": _without_seed(case)}
        arrays = [a for d in drawn for a in (*d.inputs.values(), *d.cotangents.values())]
        try:
            answer, results = self.session.ask(request, arrays)
        except LostError as error:
            failure = NoAnswerError(error.kind, str(error), _blamed(self.names, error.stack))
            return [Trial(failure=failure)] * (2 if do == "again" else 1)
        self.output.note(answer.get("printed", ""), answer.get("characters", 0))
        return list(_trials_told(answer["trials"], results))


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
