"""What every calling convention can do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from crosscheck.calling.arguments import Arrays, Given
from crosscheck.calling.returned import Results

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.layer import Layer

# While a function runs, notes which of the arrays it was given it changes; takes its results.
Watch = Callable[[str, Arrays], AbstractContextManager[Results]]


class Calling:
    """A calling convention. ``run`` calls a candidate's functions on what is ``given``, each under
    ``watch``; ``pause`` is where other calls may come in between.
    """

    is_loss = False  # a scalar, differentiated as it stands

    def functions(self, layer: Layer) -> tuple[str, ...]:
        """The names of a layer's functions: one, if not said otherwise."""
        return (layer.stem,)

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """Each function with its arguments and what it returns."""
        raise NotImplementedError

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], bool]
    ) -> None:
        """Call the functions. Raises NoAnswerError."""
        raise NotImplementedError
