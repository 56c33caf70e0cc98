"""The smallest case on which a quantity is wrong in the same way: what a student can do by hand.

First the sizes and options, each as small as the failure allows and with the values that the
scenario draws for them; then the values themselves, to zeros, ones and small integers. This is a
greedy descent of our own, the same on every machine: a student has NumPy and no Hypothesis, and
needs a few dozen runs. Hypothesis is for ``crosscheck.fuzzing``, which has to find cases first.

Nothing is reported that does not fail: every step is judged anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.dropped import masked
from crosscheck.dtypes import FORMATS
from crosscheck.finding import WRONG, Finding
from crosscheck.layer import Input
from crosscheck.local import drawn_from
from crosscheck.oracle import Array
from crosscheck.smallest.failure import KINDS, Failure
from crosscheck.smallest.sizes import fits, smaller_cases, unseen_sizes
from crosscheck.smallest.values import changeable, ranked, simpler_values, simpler_wholes

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

SECONDS, RUNS = 2.0, 3000


@dataclass(frozen=True)
class Smallest:
    """The smallest failing case that was found, in float64.

    ``case`` fails with the arrays that it draws, and with ``drawn``, which are simpler. ``got`` and
    ``expected`` are the quantity as the candidate returned it (None: it gave none), and as it
    should be; ``index`` is the worst element, if it came to values. ``finding`` says what is wrong.
    ``sure``: it fails beside these values as well, or the layer says what else is accepted at them.
    """

    case: Case
    drawn: Drawn
    quantity: str
    got: Any
    expected: Array | None
    index: tuple[int, ...] | None
    finding: Finding
    sure: bool


def shrunk(
    candidate: Candidate, finding: Finding, *, seconds: float = SECONDS, runs: int = RUNS
) -> Smallest | None:
    """The smallest case on which what ``finding`` says is so; the finding must be that of a check
    of this candidate.

    None if nothing can be said: it is no mistake in float64, or of a kind that small cases do not
    show, or it comes from what earlier calls left behind, or the frameworks themselves differ
    there. The candidate runs at most ``runs`` times and for ``seconds``.
    """
    if finding.severity != WRONG or finding.kind not in KINDS:
        return None
    case = replace(Case.parse(finding.case).plain, format=FORMATS["float64"])
    failure = Failure(candidate, finding, time.monotonic() + seconds, runs)
    random = np.random.get_state()
    try:
        if not fits(case) or not failure.starts_at(case, case.draw()):
            return None
        if failure.disputed(case) or _remembers(failure, case):
            return None
        case = _smaller(failure, case)
        return _shown(failure, case, _simpler(failure, case))
    finally:
        np.random.set_state(random)


def _remembers(failure: Failure, case: Case) -> bool:
    """Whether answers are kept from call to call, by the shapes of the inputs for instance: the
    first at sizes never seen is right, and the second is not.
    """
    first = unseen_sizes(case)
    if not failure.of_values or first is None or not failure.candidate.suits(first):
        return False
    second = replace(first, seed=first.seed + 1)
    return not failure.at(first, first.draw()) and bool(failure.at(second, second.draw()))


def _smaller(failure: Failure, case: Case) -> Case:
    """Sizes and options, one after the other and all over again, while that helps."""
    while True:
        for smaller in smaller_cases(case):
            drawn = smaller.draw()
            if not failure.candidate.suits(smaller) or not failure.tells(smaller, drawn):
                continue
            if failure.holds(smaller, drawn):
                case = smaller
                break
        else:
            return case


def _simpler(failure: Failure, case: Case) -> Drawn:
    """The values: whole arrays first, then element by element; twice."""
    drawn = case.draw()

    def changed(name: str, simpler: Iterable[Array]) -> Drawn:
        """With the first of these arrays in its place that fails too, if there is one."""
        others = (_with(drawn, name, array) for array in simpler)
        return next((other for other in others if failure.holds(case, other)), drawn)

    for name, i in (*changeable(case),) * 2:
        array = _array(drawn, name)
        if i is not None and not failure.generic:  # of a cotangent any value is as good
            if failure.conventions_known(case):
                drawn = changed(name, ranked(array, i))
            continue
        drawn = changed(name, simpler_wholes(array, i))
        for place in _places(_array(drawn, name)):
            drawn = changed(name, _changed_at(_array(drawn, name), place, i))
    return drawn


def _shown(failure: Failure, case: Case, drawn: Drawn) -> Smallest | None:
    """The end of the way, looked at once more, whatever was spent."""
    failure.until, failure.runs = np.inf, 1
    found = failure.at(case, drawn)
    if found is None:
        return None
    with np.errstate(all="ignore"):
        results = failure.candidate.trial(case, drawn).results
    expected = failure.oracles.oracle_for(case, drawn).expected
    if case.layer.keep:
        expected, _ = masked(case, expected, results)
    quantity = failure.quantity
    wanted = expected[quantity].value if quantity in expected else None
    sure = failure.generic or failure.conventions_known(case)
    return Smallest(case, drawn, quantity, results.get(quantity), wanted, found.index, found, sure)


def _array(drawn: Drawn, name: str) -> Array:
    return {**drawn.inputs, **drawn.cotangents}[name]


def _with(drawn: Drawn, name: str, array: Array) -> Drawn:
    inputs, cotangents = (
        {n: array if n == name else a for n, a in group.items()}
        for group in (drawn.inputs, drawn.cotangents)
    )
    return drawn_from(inputs, cotangents)


def _places(array: Array) -> Iterable[tuple[int, ...]]:
    """Of every element; of none where all are 0 or 1, which is as simple as it gets."""
    plain = array.size > 1 and bool((array == array.flat[0]).all()) and array.flat[0] in (0, 1)
    return () if plain else np.ndindex(array.shape)


def _changed_at(array: Array, place: tuple[int, ...], i: Input | None) -> Iterator[Array]:
    for value in simpler_values(array[place], i):
        changed = array.copy()
        changed[place] = value
        yield changed
