"""An optimizer's rule, step after step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from crosscheck.attempt import NoAnswerError, attempt
from crosscheck.calling.arguments import Given
from crosscheck.calling.base import Calling, Watch
from crosscheck.calling.returned import taken

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.layer import Layer


class Update(Calling):
    """An optimizer: ``f(w, dw, config) -> (next_w, config)``, once for each row of ``dw``, which is
    (T, …); its one output holds every ``next_w``. It may overwrite ``w``, as the course's own does.
    """

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """The one function's."""
        return (f"{layer.stem}(w, dw, config) -> (next_w, config)",)

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], bool]
    ) -> None:
        """T steps in a row, each from where the last one arrived."""
        layer, name = candidate.layer, candidate.names[0]
        w, config, steps = given.inputs["w"], dict(given.options), []
        with watch(name, {"dw": given.inputs["dw"]}) as results:
            for step, dw in enumerate(given.inputs["dw"]):
                if step == 1:
                    pause()
                returned = candidate.call(name, w, dw, config)
                w, config = taken(name, ("next_w", "config"), returned).values()
                steps.append(attempt(name, np.array, w))
            if len({s.shape for s in steps}) > 1:
                shapes = ", ".join(str(s.shape) for s in steps)
                raise NoAnswerError(
                    "shape", f"returns next_w of shape {shapes}, step by step", name, "next_w"
                )
            results[layer.outputs[0].name] = attempt(name, np.stack, steps)
