"""Answers without a framework: from impl_numpy, whose layers the frameworks themselves judge.

They explain and search, they never judge: a verdict is the frameworks' alone. In return there is
one for any dims, options and seed, and for arrays that nobody drew, in a millisecond.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from hashlib import blake2b
from types import ModuleType

import numpy as np

from crosscheck.candidate import Candidate
from crosscheck.case import Case, Drawn
from crosscheck.errors import SelectionError
from crosscheck.layer import Arrays, Layer
from crosscheck.oracle import Array, Expected, Oracle, Provenance, power_of
from crosscheck.progress import Progress, no_progress

# Of the largest element of a quantity. A derived bound of these layers in float64 is a thousand
# times narrower: this one only has to be safe, also for forms of them that nobody thought of.
_RELATIVE = 1e-9
# Of the largest number anywhere, for what is 0 in theory and in float64 some rounding errors: the
# gradient of a bias before batch norm.
_ABSOLUTE = 1e-11


class LocalOracles:
    """Answers for float64 cases, as impl_numpy gives them; each with a plain, generous bound.

    For explanations and searches, never for a verdict. Where impl_numpy takes one of several
    accepted answers, it is the only one here: by convention (``crosscheck.convention``) there may
    be others.
    """

    def __init__(self) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        machine = f"{platform.system()} {platform.machine()}"
        self.provenance = Provenance("impl_numpy", "", "", np.__version__, machine, now)
        _ours()
        self.cases = 0
        self.agreed = 0  # no framework has a vote here

    def prepare(self, cases: Sequence[Case], progress: Progress = no_progress) -> None:
        """Nothing: answers are computed when they are asked for."""

    def oracle(self, case: Case) -> Oracle:
        """The answer to a case. Raises as ``oracle_for`` does."""
        if not case.exists:
            raise _no_such(case)
        return self.oracle_for(case, case.draw())

    def oracle_for(self, case: Case, drawn: Drawn) -> Oracle:
        """The answer to a case with these arrays in the place of its own; ``drawn_from`` makes
        them.

        Raises SelectionError if there is no such case: its sizes and options do not fit. The case
        must be in float64.
        """
        if case.format.name != "float64":
            raise ValueError(f"local answers are in float64, and {case.id} is not")
        values = _values(case, drawn)
        self.cases += 1
        largest = max(map(_largest, (*_floats(drawn), *values.values())), default=0.0)
        expected = {
            name: Expected(v, np.where(np.isfinite(v), _bound(v, largest), 0.0))
            for name, v in values.items()
        }
        return Oracle(drawn.checksum, expected, (), power_of(expected))


def drawn_from(inputs: Arrays, cotangents: Arrays) -> Drawn:
    """Arrays of one's own as a case's masters: read-only copies in C order, with a checksum."""
    digest = blake2b(digest_size=8)

    def masters(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        copies = {name: np.array(array, order="C") for name, array in arrays.items()}
        for name, array in copies.items():
            array.flags.writeable = False
            digest.update(f"{name} {array.shape} {array.dtype.name} ".encode() + array.tobytes())
        return copies

    return Drawn(masters(inputs), masters(cotangents), digest.hexdigest())


def right_one(layer: Layer) -> Candidate:
    """impl_numpy's own functions of a layer."""
    return Candidate(layer, {name: getattr(_ours(), name) for name in layer.functions})


@cache
def _ours() -> ModuleType:
    """impl_numpy as it was first imported: while a target of that name is open, the name is its."""
    import impl_numpy  # forty files: only where answers are asked for

    return impl_numpy


def _values(case: Case, drawn: Drawn) -> dict[str, Array]:
    """Every quantity; where a candidate draws a mask, what it is if all elements are kept."""
    keep = case.layer.keep
    # With probability 1 all are kept. What is kept is divided by the probability.
    asked = replace(case, dims={**case.dims, keep: 1.0}) if keep else case
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial = right_one(case.layer).trial(asked, drawn) if case.exists else None
        if trial is None or trial.failure:
            raise _no_such(case)
        share = float(case.options[keep]) if keep else 1.0
        return {name: np.asarray(got, np.float64) / share for name, got in trial.results.items()}


def _no_such(case: Case) -> SelectionError:
    return SelectionError(f"There is no case {case.id}: its sizes and options do not fit.")


def _floats(drawn: Drawn) -> list[Array]:
    arrays = (*drawn.inputs.values(), *drawn.cotangents.values())
    return [a for a in arrays if a.dtype.kind == "f"]


def _largest(array: Array) -> float:
    """The largest finite magnitude in it; 0 if there is none."""
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))


def _bound(value: Array, largest: float) -> Array:
    return _RELATIVE * (np.abs(value) + _largest(value)) + _ABSOLUTE * largest
