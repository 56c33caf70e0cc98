"""What a function is called with: a case's arrays and options, in the course's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from crosscheck.layer import Layer

Arrays = dict[str, np.ndarray]


@dataclass
class Given:
    """A candidate's own copies of a case's arrays, and the case's sizes and options."""

    inputs: Arrays
    cotangents: Arrays
    sizes: Mapping[str, Any]
    options: Mapping[str, float]


@dataclass(frozen=True)
class Bundle:
    """A dict that is one argument (``bn_param``): inputs and options by their names, and fixed
    entries. ``returns``: the outputs that the function leaves in it. ``renamed``: the entries whose
    key is not the option's name, as where two dicts have a stride each.
    """

    name: str
    holds: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The dict, with these inputs and options."""
        entries = {**{name: name for name in self.holds}, **self.renamed}
        return {**self.fixed, **{key: values[name] for key, name in entries.items()}}

    def first(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The dict before the first call of all, which is in training: without what a call leaves
        in it.
        """
        filled = {**self.filled(values), "mode": "train"}
        return {key: value for key, value in filled.items() if key not in self.returns}


def arguments_of(layer: Layer, given: Given) -> list[Any]:
    """The forward's arguments, in the course's order."""
    values = {**given.options, **given.inputs}
    return [a.filled(values) if isinstance(a, Bundle) else values[a] for a in layer.arguments]


def names_of(layer: Layer) -> list[str]:
    """The names of those arguments."""
    return [a.name if isinstance(a, Bundle) else a for a in layer.arguments]


def listed(names: Iterable[str]) -> str:
    """``(x, w, b)``: arguments, or what is returned."""
    return f"({', '.join(names)})"
