"""Stored results with their points: what every output of a class is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosscheck.adapters import adapter_names
from crosscheck.config import Config
from crosscheck.config import read as read_config
from crosscheck.config.read import read_text
from crosscheck.config.record import Grading
from crosscheck.grading.graded import is_ours
from crosscheck.grading.rows import Stored, StoredSubmission
from crosscheck.grading.score import Score, score, shown
from crosscheck.report.gradebook import Line
from crosscheck.report.gradescope import not_graded, refused, results


@dataclass(frozen=True)
class Marked:
    """A submission and its points."""

    stored: StoredSubmission
    score: Score

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
        return {**self.stored.closing.get("report", {}), "layers": self.stored.layers}

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
        )


def marked(stored: Stored, rules: Grading) -> Iterator[Marked]:
    """Every submission with its points, one at a time: a class may be larger than the memory."""
    expected = _layers(stored)
    for submission in stored.submissions:
        yield Marked(submission, score(submission.layers, rules, expected))


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


def _layers(stored: Stored) -> list[str]:
    """The layers that were asked for: those of any submission that was judged."""
    for submission in stored.submissions:
        if submission.layers:
            return list(submission.layers)
    return []
