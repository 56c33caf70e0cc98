"""A scalar and its gradients, from one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.attempt import NoAnswerError
from crosscheck.calling.arguments import Given, arguments_of, listed, names_of
from crosscheck.calling.base import Calling, Watch
from crosscheck.calling.returned import Results, described, taken

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
            if not isinstance(returned, (tuple, list)):
                raise _without_gradients(layer, name, returned, results)
            results.update(taken(name, layer.quantities, returned))


def _without_gradients(layer: Layer, name: str, returned: Any, results: Results) -> NoAnswerError:
    """What to say where a loss came back alone: a course may have it so. It is judged by itself if
    it is a number.
    """
    if isinstance(returned, (np.ndarray, np.generic, float, int)) and np.size(returned) == 1:
        results["loss"] = returned
        gradients = " and ".join(layer.gradients)
        message = f"returns the loss alone, not {listed(layer.quantities)}: {gradients} not judged"
        return NoAnswerError("unfinished", message, name, layer.gradients[0])
    message = f"returns {described(returned)}, not {listed(layer.quantities)}: it is not judged"
    advice = "A crosscheck.toml can say what it returns (crosscheck init)"
    return NoAnswerError("signature", f"{message}. {advice}", name)
