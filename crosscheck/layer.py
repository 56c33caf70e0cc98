"""What must be computed: frozen records, no arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from crosscheck.scenario import Scenario

Dims = Mapping[str, int | tuple[int, ...]]
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Input:
    """An argument of the forward. ``shape`` names its dimensions: ``"N *d"`` is (N, d_1, …, d_k),
    ``"|d| M"`` is (d_1·…·d_k, M). ``below`` makes it integer labels 0 ≤ label < that dimension.
    """

    name: str
    shape: str
    below: str = ""

    @property
    def differentiated(self) -> bool:
        """Whether it has a cotangent: labels have none."""
        return not self.below

    def shape_at(self, dims: Dims) -> tuple[int, ...]:
        """Its shape at these dims."""
        return shape_at(self.shape, dims)


@dataclass(frozen=True)
class Output:
    """A result of the forward. Its shape is written as an input's; ``""`` is a scalar."""

    name: str
    shape: str

    def shape_at(self, dims: Dims) -> tuple[int, ...]:
        """Its shape at these dims."""
        return shape_at(self.shape, dims)


@dataclass(frozen=True)
class Point:
    """Dims at which a layer is checked, in which scenarios (``None``: all that apply) and seeds."""

    dims: Dims
    scenarios: tuple[str, ...] | None = ("normal",)
    seeds: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Convention:
    """A quantity that has more than one right answer at edge values."""

    quantity: str
    reason: str


@dataclass(frozen=True)
class Dispute(Convention):
    """The frameworks themselves differ in these scenarios: either's answer is accepted."""

    scenarios: tuple[str, ...]


@dataclass(frozen=True)
class Alternative(Convention):
    """Answers that neither framework gives but that are as defensible: each is worth a warning.

    ``answers(inputs, cotangents)`` are what the quantity may be as well, in float64.
    """

    answers: Callable[[Arrays, Arrays], Iterable[np.ndarray]]


@dataclass(frozen=True)
class Defect:
    """A framework's own result that is wrong in a known way: its vote does not count there."""

    framework: str
    quantity: str
    dtypes: tuple[str, ...]
    scenarios: tuple[str, ...]
    reason: str


@dataclass(frozen=True, eq=False)  # there is one of each: compared and hashed by identity
class Layer:
    """A layer: its inputs, its cases, and one reference forward for each framework.

    A reference takes the inputs in their order and returns the output (a tuple of them, if there
    are several). Its derivative is always the framework's. ``jax`` lists the accepted formulas: the
    first is run, and the bound is the largest of theirs.
    A ``loss`` layer is one function that returns the loss and the gradients; any other is a pair
    of a forward, which returns its outputs and a cache, and a backward.
    """

    name: str
    formula: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    points: tuple[Point, ...]
    torch: Callable[..., Any]
    jax: tuple[Callable[..., Any], ...]
    loss: bool = False
    scenarios: tuple[Scenario, ...] = ()
    conventions: tuple[Convention, ...] = ()
    defects: tuple[Defect, ...] = ()

    @property
    def differentiated(self) -> tuple[Input, ...]:
        """The inputs that have a cotangent."""
        return tuple(i for i in self.inputs if i.differentiated)

    @property
    def gradients(self) -> tuple[str, ...]:
        """The names of the cotangents that a backward returns: ``dx``, ``dw``, …"""
        return tuple("d" + i.name for i in self.differentiated)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Everything that is judged: the outputs, then the gradients."""
        return tuple(o.name for o in self.outputs) + self.gradients

    @property
    def functions(self) -> tuple[str, ...]:
        """The names under which a candidate defines this layer."""
        return (self.name,) if self.loss else (f"{self.name}_forward", f"{self.name}_backward")

    def shapes(self, dims: Dims) -> dict[str, tuple[int, ...]]:
        """The shape of every quantity at these dims."""
        outputs = {o.name: o.shape_at(dims) for o in self.outputs}
        return outputs | {"d" + i.name: i.shape_at(dims) for i in self.differentiated}


def shape_at(symbols: str, dims: Dims) -> tuple[int, ...]:
    """The shape that ``symbols`` stands for: ``"N *d"`` at N=5, d=(2, 3) is (5, 2, 3)."""
    shape: list[int] = []
    for symbol in symbols.split():
        size = dims[symbol.strip("*|")]
        if isinstance(size, int):
            shape.append(size)
        elif symbol.startswith("*"):
            shape.extend(size)
        else:
            shape.append(prod(size))
    return tuple(shape)
