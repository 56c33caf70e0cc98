"""Which half of a candidate is wrong: its forward by the oracle, or its backward by its own one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crosscheck.blame.evidence import CONSISTENT, RIGHT, UNKNOWN, Evidence, first_of
from crosscheck.blame.text import text_of
from crosscheck.examination import CaseResult
from crosscheck.finding import WRONG
from crosscheck.oracle import Oracles

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate


@dataclass(frozen=True)
class Blame:
    """``forward``: right or wrong. ``backward``, and ``gradients`` one by one: right by the oracle;
    consistent, which is right for a forward that is wrong; wrong by both; or unknown. ``text``: a
    sentence or two for whoever wrote it.
    """

    forward: str
    backward: str
    gradients: Mapping[str, str]
    text: str


def blamed(candidate: Candidate, results: Sequence[CaseResult], oracles: Oracles) -> Blame | None:
    """Which half is wrong, from what all cases showed and, where the forward is wrong, from its
    numerical derivative in the smallest float64 cases where it is.

    None if no value is wrong, or nothing is differentiated. Raises OracleFileError if ``oracles``
    has no answer to one of these cases.
    """
    evidence = Evidence(candidate, results, oracles)
    if not candidate.layer.gradients or not evidence.wrong:
        return None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradients = evidence.gradients
    verdicts = list(gradients.values())
    if evidence.fails(candidate.names[-1]):
        verdicts.append(UNKNOWN)
    forward = WRONG if evidence.outputs or evidence.fails(candidate.names[0]) else RIGHT
    backward = first_of((WRONG, UNKNOWN, CONSISTENT, RIGHT), verdicts)
    return Blame(forward, backward, gradients, text_of(evidence, forward, backward))
