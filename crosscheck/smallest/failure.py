"""One failure of a candidate, and whether it is there in other cases too: judged by the same rules
as any case, with the answers of ``crosscheck.local``.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.errors import SelectionError
from crosscheck.finding import WRONG, Finding
from crosscheck.judging import check_case
from crosscheck.layer import Alternative, Dispute
from crosscheck.local import LocalOracles
from crosscheck.oracle import Oracle
from crosscheck.smallest.values import jittered

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

_VALUES = ("value", "nonfinite")
# What a small case can show. A mask needs many elements, and a state other calls before.
KINDS = (*_VALUES, "shape", "dtype", "crash", "arity")
# So many times what is allowed is no rounding error, and seen at once: 0.02 % of the largest.
_CLEAR = 1e5
_NOTHING = 1e-12


@dataclass
class Failure:
    """What ``finding`` says of a candidate. ``until`` and ``runs`` are the budget: beyond that
    moment, and after so many runs, nothing is found any more.

    ``clear``: so many times what is allowed an error must be. ``generic``: it is there beside tied
    values and kinks as well, and so only looked for there. ``telling``: the quantities that are not
    zero where it started.
    """

    candidate: Candidate
    finding: Finding
    until: float
    runs: int
    clear: float = 0.0
    generic: bool = False
    oracles: LocalOracles = field(default_factory=LocalOracles)
    telling: frozenset[str] = frozenset()

    @property
    def quantity(self) -> str:
        """What is wrong."""
        return self.finding.quantity

    @property
    def of_values(self) -> bool:
        """Whether numbers are wrong, which may come from rounding or from a convention."""
        return self.finding.kind in _VALUES

    def starts_at(self, case: Case, drawn: Drawn) -> bool:
        """Whether it is in this case, which says how clear and how generic it is elsewhere."""
        found = self.at(case, drawn)
        if found is None:
            return False
        self.clear = min(_CLEAR, _misfit(found) / 10)
        self.generic = not self.of_values or self._is_generic(case, drawn)
        self.telling = self._not_zero(case, drawn)
        return True

    def tells(self, case: Case, drawn: Drawn) -> bool:
        """Whether nothing vanishes in this case that does not where it started: batch norm of one
        example has no gradient, and torch refuses it.
        """
        return self.telling <= self._not_zero(case, drawn)

    def _not_zero(self, case: Case, drawn: Drawn) -> frozenset[str]:
        """The quantities of which more is expected than rounding errors."""
        oracle = self._oracle(case, drawn)
        expected = oracle.expected if oracle else {}
        return frozenset(q for q, e in expected.items() if (np.abs(e.value) > _NOTHING).any())

    def holds(self, case: Case, drawn: Drawn) -> bool:
        """Whether it is in this case, and as clear and generic as where it started."""
        found = self.at(case, drawn)
        if found is None or _misfit(found) < self.clear:
            return False
        return not (self.generic and self.of_values) or self._is_generic(case, drawn)

    def at(self, case: Case, drawn: Drawn) -> Finding | None:
        """The same failure in a case with these arrays; None if it is not there."""
        oracle = self._oracle(case, drawn)
        return self._found(case, drawn, oracle) if oracle else None

    def disputed(self, case: Case) -> bool:
        """Whether frameworks differ there: of their answers only one is known here."""
        scenarios = {
            s
            for c in case.layer.conventions
            if isinstance(c, Dispute) and c.quantity == self.quantity
            for s in c.scenarios
        }
        return case.scenario.name in scenarios or not (self.generic or scenarios <= {"nan"})

    def conventions_known(self, case: Case) -> bool:
        """Whether the layer says what else is accepted where values are tied."""
        declared = case.layer.conventions
        return any(isinstance(c, Alternative) and c.quantity == self.quantity for c in declared)

    def _oracle(self, case: Case, drawn: Drawn) -> Oracle | None:
        if self.runs <= 0 or time.monotonic() > self.until:
            return None
        try:
            return self.oracles.oracle_for(case, drawn)
        except SelectionError:
            return None

    def _found(self, case: Case, drawn: Drawn, oracle: Oracle) -> Finding | None:
        self.runs -= 1
        wanted = _identity(self.finding)
        findings = check_case(self.candidate, case, oracle, drawn).findings
        return next((f for f in findings if _identity(f) == wanted), None)

    def _is_generic(self, case: Case, drawn: Drawn) -> bool:
        """Whether it fails beside these values as well, and what is expected does not jump there:
        at a kink or a tie there may be other right answers than ours.
        """
        here = self._oracle(case, drawn)
        for sign in (1.0, -1.0):
            moved = jittered(case, drawn, sign)
            there = self._oracle(case, moved)
            if here is None or there is None or self._jumps(here, there):
                return False
            if sign > 0 and self._found(case, moved, there) is None:
                return False
        return True

    def _jumps(self, here: Oracle, there: Oracle) -> bool:
        a, b = (o.expected[self.quantity].value for o in (here, there))
        with np.errstate(all="ignore"):
            return not bool(np.all(np.abs(a - b) <= 1e-3 * (np.abs(a).max(initial=0) + 0.1)))


_RAISED = re.compile(r"raises (\w+)|(\([^()]*, line \d+\))$")


def _identity(finding: Finding) -> tuple[object, ...]:
    """What makes two findings the same failure; of a crash, which exception, and raised where."""
    raised = _RAISED.findall(finding.message) if finding.kind == "crash" else ()
    return finding.severity == WRONG, finding.kind, finding.quantity, *raised


def _misfit(finding: Finding) -> float:
    """The worst error as a fraction of what is allowed."""
    if finding.got is None or finding.expected is None or not finding.allowed:
        return np.inf
    error = abs(finding.got - finding.expected) / finding.allowed
    return float(error) if np.isfinite(error) else np.inf
