"""The names of ours that a table may use, of one layer."""

from __future__ import annotations

from functools import cached_property

from crosscheck.calling import Bundle, Loss, Model, Update
from crosscheck.config.layout import symbols
from crosscheck.layer import Layer


class Words:
    """Of one layer: what its code is given, and what is taken from it."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer

    @cached_property
    def model(self) -> bool:
        """Whether it is a class with parameters by name."""
        return isinstance(self._layer.calling, Model)

    @cached_property
    def single(self) -> bool:
        """Whether it is one function."""
        return isinstance(self._layer.calling, (Loss, Update, Model))

    @cached_property
    def inputs(self) -> list[str]:
        """The arrays that must reach the code: of a model not its parameters."""
        names = [i.name for i in self._layer.inputs]
        return ["X", "y"] if self.model else names

    @cached_property
    def bundles(self) -> dict[str, tuple[str, ...]]:
        """The dicts among the arguments, with what is in each."""
        if isinstance(self._layer.calling, Update):
            return {"config": self._layer.options}
        found = [a for a in self._layer.arguments if isinstance(a, Bundle)]
        return {b.name: (*b.holds, *b.renamed.values()) for b in found}

    @cached_property
    def arguments(self) -> list[str]:
        """What the first function takes in the catalogue's own words."""
        if self.model:
            return self.inputs
        if isinstance(self._layer.calling, Update):
            return ["w", "dw", "config"]
        return [a.name if isinstance(a, Bundle) else a for a in self._layer.arguments]

    @cached_property
    def values(self) -> list[str]:
        """All that can be handed in: arrays, options, dicts, the ``mode`` in one, and sizes."""
        if self.model:
            return self.inputs
        modes = [k for a in self._layer.arguments if isinstance(a, Bundle) for k in a.fixed]
        sizes = [s for i in self._layer.inputs for s in symbols(i.shape)]
        options = self._layer.options
        return list(dict.fromkeys((*self.inputs, *options, *self.bundles, *modes, *sizes)))

    @cached_property
    def outputs(self) -> list[str]:
        """What the first function computes."""
        if isinstance(self._layer.calling, Update):
            return ["next_w", "config"]
        return [o.name for o in self._layer.outputs]

    def returned(self, functions: int) -> list[str]:
        """What it must return: with its gradients, if there is no second one."""
        if self.model:
            return ["loss", "grads"]
        if isinstance(self._layer.calling, Update):
            return ["next_w"]
        return [*self.outputs, *(self._layer.gradients if self.single and functions == 1 else ())]

    @cached_property
    def upstream(self) -> list[str]:
        """What a backward is given; a loss is differentiated as it stands."""
        if self._layer.loss:
            return []
        return ["d" + o.name for o in self._layer.upstream]
