"""Runs many jobs on an executor, a few at a time; one that takes its worker down harms no other."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from crosscheck.grading.graded import Graded, unjudged
from crosscheck.grading.job import Judge, done
from crosscheck.grading.plan import Plan
from crosscheck.grading.submissions import Submission

# A new executor each time, which has ended with all its processes when the context is left.
Executors: TypeAlias = Callable[[], AbstractContextManager[Executor]]
_Flying: TypeAlias = dict[Future[Graded], Submission]

KILLED = (
    "grading it ended the grader's own process twice. That is no verdict: run the same command "
    "again, and if it happens again look at this submission by hand."
)


@dataclass
class Pool:
    """Executors for local work or a cluster's. ``at_once``: how many jobs are handed over before
    one is done; ``lost``: what an executor raises for a job whose worker has died again and again.
    """

    executors: Executors
    at_once: int
    lost: tuple[type[BaseException], ...] = ()
    _suspects: list[Submission] = field(default_factory=list)

    def graded(
        self, submissions: Iterable[Submission], plan: Plan, judge: Judge
    ) -> Generator[Graded, None, None]:
        """Every submission's rows, as they come. If it is closed early, what is not done is left.

        If it is interrupted, or a KeyboardInterrupt thrown into it, whatever is done comes before
        that is raised; also, again, what came last: nobody knows whether it was kept.

        Jobs of an executor that breaks are done again, one at a time, so that only the guilty one
        can be hit a second time.
        """
        waiting = iter(submissions)
        left = True
        while left:
            with self.executors() as executor:
                left = yield from self._until_broken(executor, waiting, plan, judge)
            while self._suspects:
                yield self._alone(self._suspects.pop(), plan, judge)

    def _until_broken(
        self, executor: Executor, waiting: Iterator[Submission], plan: Plan, judge: Judge
    ) -> Generator[Graded, None, bool]:
        """Returns whether there is more."""
        flying: _Flying = {}
        try:
            while self._fill(executor, flying, waiting, plan, judge):
                finished, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in finished:
                    if result := self._result(future, flying[future], plan):
                        yield result
                    del flying[future]
        except KeyboardInterrupt:
            yield from (f.result() for f in flying if _came(f))
            raise
        finally:
            for future in flying:
                future.cancel()
        return bool(self._suspects)

    def _fill(
        self,
        executor: Executor,
        flying: _Flying,
        waiting: Iterator[Submission],
        plan: Plan,
        judge: Judge,
    ) -> bool:
        """Hand over as many jobs as may be; whether any is under way."""
        while not self._suspects and len(flying) < self.at_once:
            submission = next(waiting, None)
            if submission is None:
                break
            try:
                flying[executor.submit(done, submission, plan, judge)] = submission
            except BrokenExecutor:
                self._suspects.append(submission)
        return bool(flying)

    def _result(self, future: Future[Graded], submission: Submission, plan: Plan) -> Graded | None:
        """None if its executor broke."""
        try:
            return future.result()
        except BrokenExecutor:
            self._suspects.append(submission)
            return None
        except self.lost:
            return unjudged(submission, plan, KILLED, ours=True)

    def _alone(self, submission: Submission, plan: Plan, judge: Judge) -> Graded:
        with self.executors() as executor, suppress(BrokenExecutor):
            return executor.submit(done, submission, plan, judge).result()
        return unjudged(submission, plan, KILLED, ours=True)


def _came(future: Future[Graded]) -> bool:
    return future.done() and not future.cancelled() and not future.exception()
