"""What there is to say about a candidate that is wrong: it never changes a verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from crosscheck.blame import blamed
from crosscheck.candidate import Candidate
from crosscheck.errors import CrosscheckError
from crosscheck.finding import LOST, WRONG, Diagnosis, Finding
from crosscheck.hints import gathered, hints
from crosscheck.judging import CaseResult
from crosscheck.oracle import Oracles
from crosscheck.smallest.shrink import shrunk
from crosscheck.smallest.snippet import snippet


def diagnosed(
    candidate: Candidate, results: Sequence[CaseResult], oracles: Oracles, seconds: float
) -> Diagnosis:
    """What can be said about it, within about so many seconds; something must be wrong."""
    wrong = [f for r in results for f in r.findings if f.severity == WRONG]
    if any(f.kind in LOST for f in wrong):
        return Diagnosis()
    deadline = time.monotonic() + seconds
    try:
        blame = blamed(candidate, results, oracles)
        explained = _explained(candidate, results, oracles, wrong)
        rest = deadline - time.monotonic()
        smallest = _smallest(candidate, wrong, rest) if rest > 0 else ("", ("", ""))
    except CrosscheckError:
        return Diagnosis()  # an oracle that somebody froze may lack a case that is asked for here
    return Diagnosis(blame.text if blame else "", explained, *smallest)


def _explained(
    candidate: Candidate, results: Sequence[CaseResult], oracles: Oracles, wrong: Iterable[Finding]
) -> dict[str, list[str]]:
    evidence = gathered(candidate, candidate.layer, results, oracles)
    quantities = dict.fromkeys(f.quantity for f in wrong if f.quantity)
    found = {q: [hint.text for hint in hints(q, evidence)] for q in quantities}
    return {q: texts for q, texts in found.items() if texts}


def _smallest(
    candidate: Candidate, wrong: Sequence[Finding], seconds: float
) -> tuple[str, tuple[str, str]]:
    """Of the first finding that has a smallest case, as not every kind does: the code, and the
    kind and quantity.
    """
    deadline = time.monotonic() + seconds
    first: dict[tuple[str, str], Finding] = {}
    for finding in wrong:
        first.setdefault((finding.kind, finding.quantity), finding)
    for shows, finding in first.items():
        left = deadline - time.monotonic()
        smallest = shrunk(candidate, finding, seconds=left) if left > 0 else None
        if smallest and (code := snippet(smallest, candidate)):
            return code, shows
    return "", ("", "")
