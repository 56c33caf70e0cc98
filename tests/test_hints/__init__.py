"""Hints: what the tests of them share."""

import functools

from crosscheck.candidate import Candidate
from crosscheck.case import cases
from crosscheck.finding import WRONG
from crosscheck.hints import gathered, hints
from crosscheck.judging import check_cases
from crosscheck.layers import layer_named
from crosscheck.oracle_file import EMBEDDED, OracleFile

# Other kinds of finding say themselves what is wrong.
EXPLAINED = ("value", "shape", "nonfinite", "mask")


@functools.cache
def _embedded():
    return OracleFile(EMBEDDED, "embedded")


def failing(candidate):
    """What the cases in float64 show of a candidate, and the quantities that are wrong in them."""
    oracles = _embedded()
    held = [c for c in cases(candidate.layer, ("float64",)) if oracles.holds(c)]
    results = check_cases(candidate, held, oracles)
    wrong = dict.fromkeys(
        f.quantity
        for result in results
        for f in result.findings
        if f.severity == WRONG and f.kind in EXPLAINED and f.quantity
    )
    return results, tuple(wrong)


def shown(mutant):
    """The hints on a mutant (anything with a layer's name and functions), by wrong quantity."""
    candidate = Candidate(layer_named(mutant.layer), mutant.functions)
    results, wrong = failing(candidate)
    evidence = gathered(candidate, candidate.layer, results, _embedded())
    return {quantity: hints(quantity, evidence) for quantity in wrong}
