"""A search for mistakes of one candidate: Hypothesis draws cases and shrinks what fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.errors import SelectionError
from crosscheck.finding import WRONG, Finding
from crosscheck.judging import check_case
from crosscheck.local import LocalOracles
from crosscheck.smallest.failure import KINDS
from crosscheck.smallest.shrink import Smallest, shrunk

_EXAMPLES = 100  # that one round of Hypothesis draws


@dataclass
class Search:
    """A search until a moment, of ``time.monotonic()``, but of a first case at least; ``tick`` is
    called before each case. ``seen``: what each case showed; ``tried``: how many of them have an
    answer, and so were tried; ``known``: the kinds of mistakes, and their quantities, that were
    found.
    """

    candidate: Candidate
    oracles: LocalOracles
    until: float
    tick: Callable[[], None]
    seen: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    tried: int = 0
    known: set[tuple[str, str]] = field(default_factory=set)

    def mistakes(self) -> Iterator[Smallest]:
        """The smallest case of each kind of mistake in each quantity."""
        number = 0
        while number == 0 or not self._over():
            case = self._first(number)
            number += 1
            for finding in self._new(case) if case else ():
                smallest = shrunk(self.candidate, finding)
                if smallest and smallest.sure:
                    self.known.add((finding.kind, finding.quantity))
                    yield smallest
                else:  # no mistake, for all that is known: it is not met again
                    others = self.seen[finding.case]
                    self.seen[finding.case] = tuple(f for f in others if f is not finding)

    def _first(self, number: int) -> Case | None:
        """A case that shows something new, as small as Hypothesis makes it; None if this round has
        none.
        """
        from hypothesis import HealthCheck, Phase, find, settings
        from hypothesis.errors import Flaky, NoSuchExample

        from crosscheck.fuzzing.strategy import cases_beyond

        limits = settings(
            database=None,
            deadline=None,
            max_examples=_EXAMPLES,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        with suppress(NoSuchExample, Flaky):
            strategy, random = cases_beyond(self.candidate.layer), Random(number)
            return find(strategy, lambda c: bool(self._new(c)), settings=limits, random=random)
        return None

    def _new(self, case: Case) -> list[Finding]:
        """What is wrong in a case, and not known yet."""
        if case.id not in self.seen:
            self.tick()
            if (self.tried and self._over()) or not self.candidate.suits(case):
                return []
            self.seen[case.id] = self._findings(case)
        return [f for f in self.seen[case.id] if (f.kind, f.quantity) not in self.known]

    def _over(self) -> bool:
        return time.monotonic() > self.until

    def _findings(self, case: Case) -> tuple[Finding, ...]:
        try:
            oracle = self.oracles.oracle(case)
        except SelectionError:
            return ()
        self.tried += 1
        found = check_case(self.candidate, case, oracle).findings
        return tuple(f for f in found if f.severity == WRONG and f.kind in KINDS)
