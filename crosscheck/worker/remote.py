"""A candidate in another process, as if it were here."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from crosscheck.attempt import NoAnswerError
from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn, Question
from crosscheck.config import AS_FOUND, Reading
from crosscheck.layer import Layer
from crosscheck.source import Source, sources
from crosscheck.trial import Trial
from crosscheck.worker import replies
from crosscheck.worker.frames import Meta
from crosscheck.worker.session import TIME_LIMIT, LostError, Notes, Session, Workers, running


@dataclass(frozen=True)
class RemoteCandidate(Candidate):
    """A candidate in another process. ``defined``: where each of its functions is written."""

    session: Session = field(kw_only=True)
    defined: dict[str, str] = field(kw_only=True)

    def location(self, function: str) -> str:
        """As over there."""
        return self.defined.get(function.removesuffix(".loss"), "")

    @property
    def sources(self) -> Mapping[str, Source]:
        """Of those in the target's own folder."""
        return sources(self.defined, self.session.folder)

    def ready(self) -> None:
        """Have its process run: a new one takes its time, which is not the candidate's."""
        with contextlib.suppress(LostError):
            self.session.ready()

    def trials(self, questions: Iterable[Question]) -> Generator[list[Trial], None, None]:
        """As over there. While one case is judged here, the next are run. Who is lost answers no
        more, unless it was asked around other data.
        """
        rest = iter(questions)
        is_known = bool(self.session.held)
        left = deque(rest if is_known else ())
        while True:
            try:
                yield from self._held(left) if is_known else self._ahead(left, rest)
            except LostError as error:
                yield [self._lost(error)]
                if left and left.popleft().other:
                    continue
            return

    def _ahead(self, left: deque[Question], rest: Iterator[Question]) -> Iterator[list[Trial]]:
        """What is ``left`` of those that were asked, and the others; some before their turn."""
        numbers, ahead = deque(self._send("trial", *question) for question in left), 0
        try:
            while True:
                for question in islice(rest, max(1 + ahead - len(left), 0)):
                    left.append(question)
                    numbers.append(self._send("trial", *question))
                if not left:
                    return
                trials = self._answered(numbers[0], [left[0]])
                numbers.popleft()
                left.popleft()
                ahead = self.session.ahead
                yield trials
        finally:
            self.session.forget(numbers)

    def _held(self, left: deque[Question]) -> Iterator[list[Trial]]:
        """What the process knows: all of it is asked at once."""
        try:
            yield from self._together(left)
        except LostError as error:
            # Whatever it came to before was on its way.
            numbers = self._numbers(left)
            for _ in range(numbers.index(error.place) if error.place in numbers else 0):
                yield from self._together(deque([left[0]]))
                left.popleft()
            raise
        finally:
            if left:  # it would go on answering what nobody asks any more
                self.session.close()

    def _together(self, left: deque[Question]) -> Iterator[list[Trial]]:
        """Questions by their numbers, which are taken away as they are answered."""
        if not left:
            return
        request = {"do": "held", "candidate": self.name, "numbers": self._numbers(left)}
        number = self.session.send(request, count=len(left)) - len(left) + 1
        while left:
            trials = self._answered(number, left)
            for _ in trials:
                left.popleft()
            number += len(trials)
            yield trials

    def _numbers(self, questions: Iterable[Question]) -> list[int]:
        return [self.session.held[q.case.id, q.other is not None] for q in questions]

    def trial(self, case: Case, drawn: Drawn, other: Drawn | None = None) -> Trial:
        """As over there; its failure says so if the process was lost."""
        question = Question(case, drawn, other)
        try:
            [trial] = self._answered(self._send("trial", *question), [question])
        except LostError as error:
            return self._lost(error)
        return trial

    def forward_calls(self, case: Case, drawn: Drawn) -> int:
        """As over there; 0 if it is lost."""
        try:
            answer, _ = self.session.answer(self._send("calls", case, drawn))
            with self.session.refusing:
                return replies.number(answer, "calls")
        except LostError:
            return 0

    def _send(self, do: str, case: Case, drawn: Drawn, other: Drawn | None = None) -> int:
        given = [drawn, other] if other else [drawn]
        request: Meta = {"do": do, "candidate": self.name, "case": case.seedless}
        held = [self.session.arrays.get(id(d), -1) for d in given]
        if -1 not in held:
            return self.session.send({**request, "held": held})
        return self.session.send(request, [a for d in given for a in d.arrays])

    def _answered(self, number: int, asked: Sequence[Question]) -> list[Trial]:
        answer, arrays = self.session.answer(number)
        with self.session.refusing:
            self.output.note(*replies.printed(answer))
            return replies.trials(answer, arrays, self.layer, asked)

    def _lost(self, error: LostError) -> Trial:
        function = _blamed(self.names, error.stack)
        return Trial(failure=NoAnswerError(error.kind, str(error), function))


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
    workers: Workers | None = None,
) -> Iterator[Apart]:
    """As ``target.opened``, but in a process of its own. Raises TargetError."""
    session = Session(target, layers, time_limit, reading, workers or Workers())
    try:
        yield Apart([_remote(c, session) for c in session.open()], session)
    finally:
        session.close()


def _remote(listed: Meta, session: Session) -> RemoteCandidate:
    return RemoteCandidate(functions={}, **listed, session=session)


def _blamed(names: Sequence[str], stack: str) -> str:
    """That of a candidate's functions which was running; all of them, if nobody knows."""
    among = {function for _, _, function in running(stack)}
    return next((n for n in names if n.rpartition(".")[2] in among), " or ".join(names))
