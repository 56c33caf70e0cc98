"""What crosscheck says of a file of the corpus, or of one that differs from it in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crosscheck.adapters import candidates_in
from crosscheck.case import Case, cases
from crosscheck.finding import WARNING, WRONG
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue
from crosscheck.local import LocalOracles
from crosscheck.oracle_file import EMBEDDED, OracleFile

CORPUS = Path(__file__).parent / "corpus"
EMBEDDED_ORACLE = OracleFile(EMBEDDED, "embedded")
# Sizes at which nothing else would try square filters with padding, or one row.
MORE = tuple(
    Case.parse(f"{case_id}/0")
    for case_id in (
        "conv/float64/normal/N1-C2-H4-W5-F3-HH3-WW3-stride=1-pad=1",
        "conv/float64/normal/N2-C3-H5-W7-F2-HH3-WW3-stride=2-pad=1",
        "conv/float64/normal/N3-C2-H1-W5-F3-HH1-WW2-stride=1-pad=0",
        "conv/float64/normal/N2-C3-H1-W7-F5-HH1-WW3-stride=2-pad=0",
        "max_pool/float64/normal/N2-C3-H5-W4-pool_height=2-pool_width=2-stride=1",
        "avg_pool/float64/normal/N2-C3-H5-W4-pool_height=2-pool_width=2-stride=1",
    )
)


@dataclass
class Verdict:
    """``wrong``: the quantities; ``warnings``: the kinds; ``judged``: in how many cases."""

    wrong: set[str] = field(default_factory=set)
    warnings: set[str] = field(default_factory=set)
    judged: int = 0
    conventions: tuple[str, ...] = ()
    messages: list[str] = field(default_factory=list)

    @property
    def unfinished(self) -> bool:
        """Whether that is all; NumPy 1 also promotes what has no axes."""
        return not self.wrong and self.warnings - {"dtype"} == {"unfinished"}


def source(family: str, name: str) -> str:
    """A file of the corpus."""
    return (CORPUS / family / f"{name}.py").read_text(encoding="utf-8")


def changed(text: str, old: str, new: str) -> str:
    """With one place changed."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


def verdicts(text: str, *, adapter: str = "", of: str = "", file: str = "") -> dict[str, Verdict]:
    """By candidate; only those ``of`` that class or function, if one is named."""
    namespace: dict[str, object] = {"__name__": "corpus"}
    exec(compile(text, file or "corpus.py", "exec", dont_inherit=True), namespace)
    found = candidates_in(namespace, catalogue().values(), adapter)
    return {
        candidate.name: _verdict(candidate)
        for candidate in found
        if not of or candidate.name.partition(":")[2].partition(".")[0] == of
    }


def _verdict(candidate) -> Verdict:
    suited = [c for c in cases(candidate.layer, ("float32", "float64")) if candidate.suits(c)]
    held = [c for c in suited if EMBEDDED_ORACLE.holds(c)]
    # Answers for recorded points only: until a new one is recorded, impl_numpy has them.
    others = [c for c in suited if c not in held and c.format.name == "float64"]
    others += [c for c in MORE if c.layer is candidate.layer and candidate.suits(c)]
    results = check_cases(candidate, held, EMBEDDED_ORACLE)
    results += check_cases(candidate, others, LocalOracles())
    verdict = Verdict(judged=len(results), conventions=candidate.conventions)
    for finding in (f for r in results for f in r.findings):
        verdict.messages.append(f"{finding.case}: {finding.kind} {finding.message}")
        if finding.severity == WRONG:
            verdict.wrong.add(finding.quantity)
        elif finding.severity == WARNING:
            verdict.warnings.add(finding.kind)
    return verdict
