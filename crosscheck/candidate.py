"""The code under test: a layer's functions, as they were found."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crosscheck.attempt import Function, NoAnswerError, attempt
from crosscheck.trial import Trial, asked_again, run

if TYPE_CHECKING:
    from crosscheck.case import Case, Drawn
    from crosscheck.layer import Layer


@dataclass(frozen=True)
class Candidate:
    """A layer's functions under test, by the names they were found under; some may be missing.

    ``name``: the layer's, or that of another spelling (``conv_naive``).
    """

    layer: Layer
    functions: Mapping[str, Function]
    spelling: str = ""

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return self.spelling or self.layer.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the layer's functions in this spelling."""
        return self.layer.spellings[self.name]

    def location(self, function: str) -> str:
        """Where a function is written, as ``file:line``; empty if Python does not know."""
        try:
            found: Any = self.functions[function.removesuffix(".loss")]
            if isinstance(found, type):
                found = vars(found)["loss"]  # of a model
            code = inspect.unwrap(found).__code__
        except (AttributeError, KeyError, ValueError):
            return ""
        return f"{code.co_filename}:{code.co_firstlineno}"

    def call(self, name: str, *arguments: Any) -> Any:
        """What a function returns. Raises NoAnswerError."""
        if name not in self.functions:
            raise NoAnswerError("unfinished", "is not defined", name)
        return attempt(name, self.functions[name], *arguments)

    def trial(self, case: Case, drawn: Drawn, between: Drawn | None = None) -> Trial:
        """One run of its functions; see ``crosscheck.trial.run``."""
        return run(self, case, drawn, between)

    def asked_again(self, case: Case, drawn: Drawn, other: Drawn) -> tuple[Trial, Trial]:
        """Two runs around other data; see ``crosscheck.trial.asked_again``."""
        return asked_again(self, case, drawn, other)
