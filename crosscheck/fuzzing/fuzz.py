"""Search for cases that fail, beyond the fixed ones: Hypothesis draws them and shrinks what fails,
``crosscheck.local`` judges while searching, and the frameworks, if they are installed, have the
last word.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crosscheck.adapters import reading_for
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.diagnosis import diagnosed
from crosscheck.errors import DescriptionError, MissingPackageError
from crosscheck.finding import WRONG, Diagnosis
from crosscheck.fuzzing.search import Search
from crosscheck.judging import check_case, check_cases
from crosscheck.kept import keep
from crosscheck.layers import catalogue, layer_named
from crosscheck.local import LocalOracles
from crosscheck.progress import Progress, no_progress
from crosscheck.smallest.shrink import Smallest
from crosscheck.smallest.snippet import snippet
from crosscheck.worker.remote import opened_apart

if TYPE_CHECKING:
    from crosscheck.live import LiveOracles

_MET = 20  # failing cases that are looked at for what they have in common


@dataclass(frozen=True)
class Found:
    """A mistake of a candidate: its smallest case, and a snippet of code that shows it (empty where
    there is none). ``diagnosis``: what else explains it.
    """

    candidate: str
    smallest: Smallest
    snippet: str
    diagnosis: Diagnosis = field(default_factory=Diagnosis)


@dataclass(frozen=True)
class FuzzReport:
    """What a search came to. ``cases`` were tried. ``judges``: the frameworks that confirmed what
    was found; empty if there are none, and impl_numpy alone has judged. ``dismissed``: what differs
    from impl_numpy, but is not wrong by the frameworks. ``kept``: the file that the cases are in.
    """

    target: str
    layers: tuple[str, ...]
    found: tuple[Found, ...]
    cases: int
    seconds: float
    judges: str
    dismissed: int
    kept: Path | None

    @property
    def exit_code(self) -> int:
        """0 nothing found, 1 something wrong, 3 no known layer in the target."""
        if not self.layers:
            return 3
        return 1 if self.found else 0


def fuzz(
    target: str,
    layers: Sequence[str] = (),
    minutes: float = 1.0,
    progress: Progress = no_progress,
) -> FuzzReport:
    """Search every layer that a target defines, or those named, for so long in all once it is open,
    each in a case at least; and keep what is found as new cases (``crosscheck.kept``).

    Raises CrosscheckError, whose text is for people, if that cannot be done.
    """
    _require_hypothesis()
    start = time.monotonic()
    wanted = [layer_named(name) for name in layers] or list(catalogue().values())
    frameworks, oracles = _frameworks(), LocalOracles()
    found: list[Found] = []
    cases = dismissed = 0
    with _storage_elsewhere(), opened_apart(target, wanted, reading=reading_for(target)) as there:
        candidates, begun = there.candidates, time.monotonic()  # to open it is not to search
        share = 60 * minutes / max(len(candidates), 1)
        for number, candidate in enumerate(candidates):
            tick = partial(_told, progress, candidate.name, begun, minutes)
            search = Search(candidate, oracles, begun + share * (number + 1), tick)
            mine: list[Found] = []
            for smallest in search.mistakes():
                if frameworks and not _confirmed(candidate, smallest, frameworks):
                    dismissed += 1
                else:
                    mine.append(Found(candidate.name, smallest, snippet(smallest, candidate)))
            found += _explained(mine, candidate, search)
            cases += search.tried
    new = {f.smallest.case.id: f"{f.candidate}: {f.smallest.finding.message}" for f in found}
    return FuzzReport(
        target,
        tuple(c.name for c in candidates),
        tuple(found),
        cases,
        time.monotonic() - start,
        _named(frameworks),
        dismissed,
        keep(target, new) if new else None,
    )


def _explained(found: Sequence[Found], candidate: Candidate, search: Search) -> list[Found]:
    """With what there is to say about a candidate, judged where it fails: in the smallest cases,
    and in those that the search met, for a hint has to hold in several.
    """
    if not found:
        return []
    met = [Case.parse(case_id) for case_id, findings in search.seen.items() if findings]
    cases = {c.id: c for c in (*(f.smallest.case for f in found), *met[:_MET])}
    results = check_cases(candidate, cases.values(), search.oracles)
    diagnosis = diagnosed(candidate, results, search.oracles, seconds=0)
    return [replace(f, diagnosis=diagnosis) for f in found]


def _told(progress: Progress, name: str, begun: float, minutes: float) -> None:
    progress(name, int(time.monotonic() - begun), round(60 * minutes))


def _named(frameworks: LiveOracles | None) -> str:
    if frameworks is None:
        return ""
    return f"torch {frameworks.provenance.torch} and jax {frameworks.provenance.jax}"


@contextmanager
def _storage_elsewhere() -> Iterator[None]:
    """Hypothesis keeps notes on constants in a folder .hypothesis: not in the student's."""
    import tempfile

    from hypothesis.configuration import set_hypothesis_home_dir

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _confirmed(candidate: Candidate, smallest: Smallest, frameworks: LiveOracles) -> bool:
    """Whether the frameworks, too, say so; not where they have no answer, or two of them."""
    try:
        oracle = frameworks.oracle(smallest.case)
    except DescriptionError:
        return False
    wanted = WRONG, smallest.finding.kind, smallest.quantity
    findings = check_case(candidate, smallest.case, oracle).findings
    return wanted in {(f.severity, f.kind, f.quantity) for f in findings}


def _frameworks() -> LiveOracles | None:
    from crosscheck.live import LiveOracles

    with suppress(MissingPackageError):
        return LiveOracles()
    return None


def _require_hypothesis() -> None:
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        raise MissingPackageError(
            "crosscheck fuzz needs the package hypothesis, which is not installed. "
            "Install it with: pip install 'crosscheck-grad[fuzz]'"
        ) from None
