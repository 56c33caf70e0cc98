"""A scalar and its gradients, from one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crosscheck.calling.arguments import Given, arguments_of, listed, names_of
from crosscheck.calling.base import Calling, Watch
from crosscheck.calling.returned import taken

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.layer import Layer


class Loss(Calling):
    """``f(…) -> (loss, dx, …)``: one function returns the loss and its gradients."""

    is_loss = True

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """The one function's."""
        return (f"{layer.stem}{listed(names_of(layer))} -> {listed(layer.quantities)}",)

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], bool]
    ) -> None:
        """One call."""
        pause()
        layer, name = candidate.layer, candidate.names[0]
        with watch(name, given.inputs) as results:
            returned = candidate.call(name, *arguments_of(layer, given))
            results.update(taken(name, layer.quantities, returned))
