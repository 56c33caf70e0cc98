"""The report: what was checked, by which oracle, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crosscheck.examination import CaseResult
from crosscheck.finding import LOST, NOT_JUDGED, SILENT, WARNING, WRONG, Diagnosis, Finding
from crosscheck.oracle import Provenance
from crosscheck.worker.session import Notes


@dataclass(frozen=True)
class LayerReport:
    """One layer of the target; one that the target does not define has no results.

    ``skipped``: how many cases were not run (see ``report.skipped``). ``output``: what the code
    printed. ``conventions``: how foreign code was read. ``unsuited``: how many cases it leaves no
    choice for; ``forward_calls``: how often its forward is entered in one run, 0 if nobody knows.
    ``diagnosis``: what explains what is wrong.
    """

    layer: str
    results: Sequence[CaseResult] = ()
    skipped: int = 0
    output: str = ""
    conventions: Sequence[str] = ()
    diagnosis: Diagnosis = field(default_factory=Diagnosis)
    unsuited: int = 0
    forward_calls: int = 0

    @property
    def findings(self) -> list[Finding]:
        """All findings: the wrong ones first, and of each the plainest and smallest case first."""
        found = [f for r in self.results for f in r.findings]
        return sorted(found, key=lambda f: (f.severity != WRONG, not _is_plain(f), f.size))

    def cases_with(self, severity: str) -> int:
        """The number of cases with a finding of that severity."""
        return sum(any(f.severity == severity for f in r.findings) for r in self.results)

    @property
    def status(self) -> str:
        """``missing``, ``pass``, ``warning``, ``wrong``; ``crash``, ``unfinished`` or ``unjudged``
        if that is all that there is to say.
        """
        if not self.results:
            return "missing"
        wrong = {f.kind for f in self.findings if f.severity == WRONG}
        if wrong:
            return "crash" if wrong <= {"crash", *LOST} else "wrong"
        kinds = {f.kind for f in self.findings}
        if "unfinished" in kinds:
            return "unfinished"
        if kinds.intersection(NOT_JUDGED):
            return "unjudged"
        return "warning" if kinds else "pass"

    @property
    def gradients(self) -> tuple[str, ...]:
        """Those of the quantities that a backward returns."""
        return self.results[0].case.layer.gradients if self.results else ()

    @property
    def quantities(self) -> dict[str, str]:
        """The status of each output and gradient, in the layer's order: ``wrong``, ``unfinished``,
        ``unjudged``, ``warning`` or ``pass``.
        """
        if not self.results:
            return {}
        return {q: self._status_of(q) for q in self.results[0].case.layer.quantities}

    def _status_of(self, quantity: str) -> str:
        telling = (r for r in self.results if r.findings or quantity not in r.answered)
        found = {status for r in telling for status in _statuses(r, quantity)}
        return next(
            (s for s in ("wrong", "unfinished", "unjudged", "warning") if s in found), "pass"
        )


def _statuses(result: CaseResult, quantity: str) -> Iterator[str]:
    """What one case says of a quantity, if anything speaks against it. What is about none, and
    leaves this one unanswered, is the reason for that; without a reason it was not judged.
    """
    answered = quantity in result.answered
    said = [
        f
        for f in result.findings
        if f.quantity == quantity
        or (not f.quantity and (not answered or f.kind == "unfinished"))
        or (not answered and f.kind in SILENT)
    ]
    if not answered and not said:
        yield "unjudged"
    for f in said:
        if f.severity == WRONG:
            yield "wrong"
        elif f.kind == "unfinished":
            yield "unfinished"
        else:
            yield "unjudged" if f.kind in SILENT else "warning"


def _is_plain(finding: Finding) -> bool:
    return "/normal/" in finding.case


@dataclass(frozen=True, repr=False)
class Report:
    """What a check found. ``left_out``: dtypes that could not be checked here, and why.

    ``oracle_option``: what to say on the command line to be judged by the same oracle. ``notes``:
    what there is to tell of the target as a whole.
    """

    target: str
    layers: Mapping[str, LayerReport]
    provenance: Provenance
    agreed: int
    cases_known: int
    seconds: float
    strict: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)
    oracle_option: str = ""
    notes: Notes = field(default_factory=Notes)

    @property
    def status(self) -> str:
        """``pass``, ``warning``, ``wrong``, or ``none`` if the target has no known layer."""
        statuses = {layer.status for layer in self.layers.values()} - {"missing"}
        if not statuses:
            return "none"
        if statuses & {"wrong", "crash"}:
            return "wrong"
        gone = self.notes.outdated or self.notes.unread
        return "pass" if statuses == {"pass"} and not gone else "warning"

    @property
    def exit_code(self) -> int:
        """0 nothing wrong, 1 something wrong (a warning too, if strict), 3 no known layer."""
        failing = {"wrong", "warning"} if self.strict else {"wrong"}
        return 3 if self.status == "none" else int(self.status in failing)

    def __repr__(self) -> str:
        """What the terminal shows, as plain text: how Python's prompt shows it."""
        from crosscheck.report.notebook import as_plain_text

        return as_plain_text(self)

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        from crosscheck.report.notebook import as_html

        return as_html(self)

    def count(self, severity: str = WARNING) -> int:
        """The number of cases with a finding of that severity."""
        return sum(layer.cases_with(severity) for layer in self.layers.values())
