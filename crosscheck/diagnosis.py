"""What there is to say about a candidate that is wrong: it never changes a verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from crosscheck.blame import blamed
from crosscheck.blame.evidence import CONSISTENT
from crosscheck.candidate import Candidate
from crosscheck.errormap import error_maps
from crosscheck.errors import CrosscheckError
from crosscheck.examination import CaseResult
from crosscheck.finding import LOST, WRONG, Diagnosis, Finding
from crosscheck.hints import Evidence, gathered, hints
from crosscheck.oracle import Oracles
from crosscheck.smallest.named import named
from crosscheck.smallest.shrink import shrunk
from crosscheck.smallest.snippet import snippet
from crosscheck.smallest.without import not_in_short, why_not

_NOTHING = ("", ("", ""), "")


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
        evidence = gathered(candidate, candidate.layer, results, oracles)
        quantities = list(dict.fromkeys(f.quantity for f in wrong if f.quantity))
        explained = _explained(quantities, evidence)
        maps = error_maps(evidence, quantities)
        theirs = named(candidate, wrong)
        rest = deadline - time.monotonic()
        smallest = _smallest(candidate, wrong, rest) if rest > 0 else _NOTHING
    except CrosscheckError:
        return Diagnosis()  # an oracle that somebody froze may lack a case that is asked for here
    consistent = blame is not None and blame.backward == CONSISTENT
    text = blame.text if blame else ""
    return Diagnosis(text, explained, *smallest, consistent, maps, theirs=theirs)


def _explained(quantities: Iterable[str], evidence: Sequence[Evidence]) -> dict[str, list[str]]:
    found = {q: [hint.text for hint in hints(q, evidence)] for q in quantities}
    return {q: texts for q, texts in found.items() if texts}


def _smallest(
    candidate: Candidate, wrong: Sequence[Finding], seconds: float
) -> tuple[str, tuple[str, str], str]:
    """Of the first finding that has a smallest case, as not every kind does: the code, the kind and
    quantity, and nothing more; or of the first that is known to have none why that is so.
    """
    deadline = time.monotonic() + seconds
    first: dict[tuple[str, str], Finding] = {}
    for finding in wrong:
        first.setdefault((finding.kind, finding.quantity), finding)
    without: dict[tuple[str, str], str] = {}
    for shows, finding in first.items():
        left = deadline - time.monotonic()
        smallest = shrunk(candidate, finding, seconds=left) if left > 0 else None
        if smallest and (code := snippet(smallest, candidate)):
            return code, shows, ""
        reason = not_in_short(smallest) if smallest else why_not(finding, candidate)
        if reason:
            without.setdefault(shows, reason)
    for shows, reason in without.items():
        return "", shows, reason
    return _NOTHING
