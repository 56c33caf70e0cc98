"""What a student is told about the halves."""

from __future__ import annotations

from collections.abc import Sequence

from crosscheck.blame.evidence import RIGHT, Evidence
from crosscheck.finding import WRONG

_PAIR = {
    "right wrong": "The forward is right; {backward}, or what the forward keeps for it, is wrong: "
    "{gradients}.",
    "right consistent": "{forward} follows another convention, and your backward is right for the "
    "forward you wrote: follow the usual one, and look again.",
    "right unknown": "{forward} follows another convention. Follow the usual one, and look again: "
    "{backward} could not be judged by itself.",
    "fails wrong": "{backward}, or what the forward keeps for it, is wrong: {gradients}.",
    "wrong right": "{forward} is wrong: {outputs}. The gradients of {backward} are right.",
    "wrong consistent": "{forward} is wrong, and your backward is right for the forward you wrote: "
    "mend the forward, and look again.",
    "wrong unknown": "{forward} is wrong: {outputs}. Mend it first, and look again: {backward} "
    "could not be judged by itself.",
    # It need not be the backward's own mistake: it may be right for the right forward only.
    "wrong wrong": "{forward} is wrong: {outputs}. Wrong too, even for the forward you wrote: "
    "{gradients}. Mend the forward first, and look again.",
    "wrong apart": "Both are wrong, each by itself: {outputs}, and {gradients}.",
}
_LOSS = {
    "right wrong": "{forward}: the loss is right, and its gradient is wrong: {gradients}.",
    "right consistent": "{forward}: the loss follows another convention, and your gradient is "
    "right for the loss you wrote: follow the usual one, and look again.",
    "right unknown": "{forward}: the loss follows another convention. Follow the usual one, and "
    "look again: the gradient could not be judged by itself.",
    "fails wrong": "{forward}: the gradient is wrong: {gradients}.",
    "wrong right": "{forward} is wrong: {outputs}. The gradient is right.",
    "wrong consistent": "{forward}: the loss is wrong, and your gradient is right for the loss you "
    "wrote: mend the loss, and look again.",
    "wrong unknown": "{forward} is wrong: {outputs}. Mend it first, and look again: the gradient "
    "could not be judged by itself.",
    "wrong wrong": "{forward}: {outputs} {are} wrong. Wrong too, even for the loss you wrote: "
    "{gradients}. Mend the loss first, and look again.",
    "wrong apart": "{forward}: both are wrong, each by itself: {outputs}, and {gradients}.",
}


def text_of(evidence: Evidence, forward: str, backward: str) -> str:
    """A sentence or two, in the candidate's own names."""
    names = evidence.candidate.names
    wrong = [q for q, verdict in evidence.gradients.items() if verdict == WRONG]
    if not evidence.outputs:
        forward = "fails" if forward == WRONG and backward == WRONG else RIGHT
    elif wrong and all(map(evidence.apart, wrong)):
        backward = "apart"
    return (_PAIR if len(names) > 1 else _LOSS)[f"{forward} {backward}"].format(
        forward=names[0],
        backward=names[-1],
        outputs=_listed(evidence.outputs),
        are="is" if len(evidence.outputs) == 1 else "are",
        gradients=_listed(wrong),
    )


def _listed(names: Sequence[str]) -> str:
    """``dx``, ``dx and dw``, ``dx, dw and db``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
