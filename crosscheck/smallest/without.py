"""Why there is no snippet for a finding, and what to do in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crosscheck.finding import Finding
from crosscheck.smallest.shrink import Smallest

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

_REASONS = {
    "mask": (
        "A mask is judged by how many of many elements it keeps, so no small case shows it. Give "
        "{first} ones of shape (100, 100), and look at where the result is not 0: "
        "(out != 0).mean(axis=0) and (out != 0).mean(axis=1) are to be near the probability to "
        "keep an element."
    ),
    "state": (
        "One call does not show it, so there is no smallest case. Call {first} with some arrays "
        "and keep a copy of {quantity}; call it with others of the same shapes; then neither the "
        "first {quantity} may have changed, nor what comes of the first arrays once more."
    ),
    "params": (
        "Nothing has to be run to see it: make the class with the sizes of the case, and print "
        "{{name: array.shape for name, array in model.params.items()}}."
    ),
}


def why_not(finding: Finding, candidate: Candidate) -> str:
    """Why no small case shows such a finding; empty if one may."""
    reason = _REASONS.get(finding.kind, "")
    return reason.format(first=candidate.names[0], quantity=finding.quantity)


def not_in_short(smallest: Smallest) -> str:
    """Of a smallest case that code in a few lines does not show."""
    *_, sizes, _ = smallest.case.id.split("/")
    return (
        f"{smallest.quantity or 'This'} is put together from several calls of your code, so there "
        f"is no short code to paste. The smallest sizes found at which it is wrong: {sizes}."
    )
