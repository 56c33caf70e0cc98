"""Stored results with their points: what every output of a class is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from crosscheck.adapters import adapter_names
from crosscheck.config import Config
from crosscheck.config import read as read_config
from crosscheck.config.read import read_text
from crosscheck.config.record import Grading
from crosscheck.grading.graded import is_ours
from crosscheck.grading.plan import sha256_of
from crosscheck.grading.rows import Stored, StoredSubmission
from crosscheck.grading.score import Score, entry_layer, score, shown
from crosscheck.layers import catalogue
from crosscheck.oracle_file import EMBEDDED
from crosscheck.report.gradebook import Line
from crosscheck.report.gradescope import not_graded, refused, results


@dataclass(frozen=True)
class Marked:
    """A submission and its points. ``named``: whether somebody said which layers count; else it is
    each that there are answers for. ``embedded``: whether these are crosscheck's own.
    """

    stored: StoredSubmission
    score: Score
    named: bool = True
    embedded: bool = False

    @property
    def error(self) -> str:
        """Why it could not be judged at all."""
        return str(self.stored.closing.get("error", ""))

    @property
    def is_ours(self) -> bool:
        """Whether that lies with us: then it has no points, not even 0."""
        return is_ours(dict(self.stored.closing))

    @property
    def report(self) -> dict[str, Any]:
        """The whole ``crosscheck-report/1`` again, without times."""
        whole = {**self.stored.closing.get("report", {}), "layers": self.stored.layers}
        if self.embedded and whole.get("oracle"):
            whole["oracle"] = {**whole["oracle"], "source": "embedded"}
        return whole

    @property
    def asked(self) -> list[str]:
        """The layers with points that are there or have to be: of those that nobody named, only
        what is there.
        """
        there = {n for n, e in self.stored.layers.items() if e.get("status") != "missing"}
        parts = self.score.layers.items()
        return [n for n, part in parts if part.possible and (self.named or n in there)]

    @property
    def shared(self) -> dict[str, tuple[list[str], str]]:
        """Of each layer whose points several versions share: these, and the points as shown."""
        return {n: (names, shown(p, p)) for n, (names, p) in self.score.shared.items()}

    @property
    def apart(self) -> list[str]:
        """The versions that have points of their own."""
        return [n for n, part in self.score.layers.items() if not part.shares]

    @property
    def shown(self) -> dict[str, tuple[str, str]]:
        """Points of each layer that counts, and under ``""`` of all, as they are shown."""
        parts = {"": (self.score.earned, self.score.possible)}
        parts |= {n: (s.earned, s.possible) for n, s in self.score.layers.items() if s.possible}
        return {n: (shown(e, p), shown(p, p)) for n, (e, p) in parts.items()}

    def gradescope(self, level: str, visibility: str) -> dict[str, Any]:
        """What Gradescope is told: always something."""
        if self.is_ours:
            return not_graded()
        if self.error:
            return refused(self.error, visibility=visibility)
        return results(
            self.stored.layers,
            self.stored.closing,
            self.score,
            self.shown,
            level=level,
            visibility=visibility,
            shared=self.shared,
        )

    def line(self) -> Line:
        """Its line in the gradebook."""
        points = self.shown
        total, possible = points.pop("")
        closing = self.stored.closing
        layers = {n: "" if self.is_ours else earned for n, (earned, _) in points.items()}
        return Line(
            self.stored.name,
            "" if self.is_ours else total,
            possible,
            layers,
            "not judged" if self.error else str(closing.get("report", {}).get("status", "")),
            str(closing.get("isolation", "")),
            list(dict.fromkeys(flag["kind"] for flag in closing.get("flags", ()))),
            self.error,
            {n: s.layer if s.shares else n for n, s in self.score.layers.items() if s.possible},
        )


def marked(stored: Stored, rules: Grading) -> Iterator[Marked]:
    """Every submission with its points, one at a time: a class may be larger than the memory."""
    expected, named, embedded = _layers(stored), are_named(stored, rules), _is_embedded(stored)
    for submission in stored.submissions:
        points = score(submission.layers, rules, expected)
        yield Marked(submission, points, named, embedded)


def are_named(stored: Stored, rules: Grading) -> bool:
    """Whether somebody said which layers count: by points, --layer or an oracle of their own that
    does not have answers for all.
    """
    if rules.points or stored.grading.get("selection", {}).get("layers"):
        return True
    return not _is_embedded(stored) and not catalogue().keys() <= _layer_names(stored)


def unnamed(stored: Stored, rules: Grading) -> str:
    """What there is to tell if nobody said which layers count, and nobody handed some of them in;
    nothing otherwise.
    """
    count = len(_layer_names(stored))
    if not count or are_named(stored, rules):
        return ""
    there = {
        entry_layer(name, entry)
        for submission in stored.submissions
        for name, entry in submission.layers.items()
        if entry.get("status") != "missing"
    }
    if count <= len(there):
        return ""
    return (
        f"{count} layers count 1 each, though this class has only {len(there)} of them: nobody "
        "said which count. Give yours points in a crosscheck.toml and name it with crosscheck "
        "report --config (nothing is graded again), or grade with --layer."
    )


def rules_of(stored: Stored, path: Path | None = None) -> Grading:
    """What counts how much, by the configuration that the class was graded with, or by another.

    Raises ConfigError.
    """
    if path:
        return read_config(path, adapter_names).grading
    config: Mapping[str, str] = stored.grading.get("config", {})
    if not config.get("text"):
        return Config("").grading
    return read_text(config["text"], Path(config["name"]), adapter_names).grading


def _layer_names(stored: Stored) -> set[str]:
    return set(_layers(stored))


def _is_embedded(stored: Stored) -> bool:
    """Whether the answers were those that ship with this crosscheck."""
    sha256: str = stored.grading.get("oracle", {}).get("sha256", "")
    return sha256 == _embedded_sha256()


@lru_cache(maxsize=1)
def _embedded_sha256() -> str:
    return sha256_of(EMBEDDED)


def _layers(stored: Stored) -> list[str]:
    """The layers that were asked for, as the grading itself says: not what submissions say."""
    return list(stored.grading["layers"])
