"""What must be computed: frozen records, no arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from crosscheck.calling import Bundle, Calling, Pair
from crosscheck.scenario import Fill, Scenario

Size = int | float | tuple[int, ...]
Dims = Mapping[str, Size]
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Input:
    """An argument of the forward. ``shape`` names its dimensions: ``"N *d"`` is (N, d_1, …, d_k),
    ``"|d| M"`` is (d_1·…·d_k, M), ``"1 C 1"`` is (1, C, 1).

    ``below`` makes it integer labels 0 ≤ label < that dimension. ``fill`` draws it in its own way,
    as a mask for instance. ``constant``: a backward returns no cotangent of it.
    """

    name: str
    shape: str
    below: str = ""
    fill: Fill | None = None
    constant: bool = False

    @property
    def differentiated(self) -> bool:
        """Whether it has a cotangent: labels and constants have none."""
        return not self.below and not self.constant

    def shape_at(self, dims: Dims) -> tuple[int, ...]:
        """Its shape at these dims."""
        return shape_at(self.shape, dims)


@dataclass(frozen=True)
class Output:
    """A result of the forward. Its shape is written as an input's; ``""`` is a scalar.

    ``constant``: it has no cotangent (running statistics).
    """

    name: str
    shape: str
    constant: bool = False

    def shape_at(self, dims: Dims) -> tuple[int, ...]:
        """Its shape at these dims."""
        return shape_at(self.shape, dims)


@dataclass(frozen=True)
class Point:
    """Dims and options at which a layer is checked, in which scenarios (``None``: all that apply)
    and seeds.
    """

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

    Alternatives of the same reason go together: a candidate that follows one in a quantity must
    follow it in all, the first answer of one with the first of another.

    ``answers(expected, inputs, cotangents, **options)`` are what the quantity may be as well, in
    float64; each alone or, if it is a sum that may cancel, with the magnitudes that its rounding
    errors are proportional to.
    """

    answers: Callable[..., Iterable[np.ndarray | tuple[np.ndarray, np.ndarray]]]


@dataclass(frozen=True)
class Defect:
    """A framework's own result that is wrong in a known way: its vote does not count there."""

    framework: str
    quantity: str
    dtypes: tuple[str, ...]
    scenarios: tuple[str, ...]
    reason: str


def spelled(stem: str, *suffixes: str) -> dict[str, tuple[str, str]]:
    """Other spellings of a pair: ``conv_naive`` is conv_forward_naive and conv_backward_naive."""
    return {f"{stem}_{s}": (f"{stem}_forward_{s}", f"{stem}_backward_{s}") for s in suffixes}


@dataclass(frozen=True, eq=False)  # there is one of each: compared and hashed by identity
class Layer:
    """A layer: its inputs, its cases, and one reference forward for each framework.

    A reference takes the inputs in their order, and the options by name, and returns the output (a
    tuple of them, if there are several). Its derivative is always the framework's. ``jax`` lists
    the accepted formulas: the first is run, and the bound is the largest of theirs.

    ``options`` names those of the dims that are no sizes: a stride, a momentum, an epsilon.
    ``derived(dims)`` are the sizes that follow from others. ``calling`` is how a candidate is
    called, ``arguments`` with what (all inputs, then all options, if not said), ``stem`` what its
    functions' names begin with (the layer's name, if not said) and ``also`` other spellings of
    them. ``keep``: the option that is the probability to keep an element, where the candidate
    draws a mask itself.

    ``terms(slip, inputs, cotangents, **options)`` is the layer in NumPy and float64, for hints: by
    quantity, its value or the terms that sum to it, by name. Where people go wrong it asks
    ``slip(right, {"what is done instead": wrong})``, and goes on with what comes back.
    """

    name: str
    formula: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    points: tuple[Point, ...]
    torch: Callable[..., Any]
    jax: tuple[Callable[..., Any], ...]
    options: tuple[str, ...] = ()
    derived: Callable[[Mapping[str, Any]], Dims] = lambda dims: {}
    calling: Calling = field(default_factory=Pair)
    arguments: tuple[str | Bundle, ...] = ()
    stem: str = ""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep: str = ""
    scenarios: tuple[Scenario, ...] = ()
    conventions: tuple[Convention, ...] = ()
    defects: tuple[Defect, ...] = ()
    terms: Callable[..., Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        """What was not said follows from the rest."""
        arguments = self.arguments or (*(i.name for i in self.inputs), *self.options)
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "stem", self.stem or self.name)

    @property
    def loss(self) -> bool:
        """Whether it is a scalar that is differentiated as it stands."""
        return self.calling.is_loss

    @cached_property
    def differentiated(self) -> tuple[Input, ...]:
        """The inputs that have a cotangent."""
        return tuple(i for i in self.inputs if i.differentiated)

    @cached_property
    def upstream(self) -> tuple[Output, ...]:
        """The outputs that have a cotangent; none if there is nothing to differentiate."""
        return tuple(o for o in self.outputs if not o.constant and self.differentiated)

    @cached_property
    def gradients(self) -> tuple[str, ...]:
        """The names of the cotangents that a backward returns: ``dx``, ``dw``, …"""
        return tuple("d" + i.name for i in self.differentiated)

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Everything that is judged: the outputs, then the gradients."""
        return tuple(o.name for o in self.outputs) + self.gradients

    @cached_property
    def bundles(self) -> tuple[tuple[int, Bundle], ...]:
        """The arguments that are dicts, each with its place."""
        return tuple((i, a) for i, a in enumerate(self.arguments) if isinstance(a, Bundle))

    @property
    def functions(self) -> tuple[str, ...]:
        """The names under which a candidate defines this layer."""
        return self.spellings[self.name]

    @cached_property
    def spellings(self) -> Mapping[str, tuple[str, ...]]:
        """The functions' names by the candidate's: the layer's own first, then all others."""
        return {self.name: self.calling.functions(self), **self.also}

    def sizes(self, dims: Dims) -> Dims:
        """The dims, and those that follow from them."""
        return {**dims, **self.derived(dims)}

    def options_at(self, dims: Dims) -> dict[str, Any]:
        """The options among the dims."""
        return {name: dims[name] for name in self.options}

    def shapes(self, dims: Dims) -> dict[str, tuple[int, ...]]:
        """The shape of every quantity at these dims."""
        sizes = self.sizes(dims)
        outputs = {o.name: o.shape_at(sizes) for o in self.outputs}
        return outputs | {"d" + i.name: i.shape_at(sizes) for i in self.differentiated}


def shape_at(symbols: str, dims: Dims) -> tuple[int, ...]:
    """The shape that ``symbols`` stands for: ``"N *d"`` at N=5, d=(2, 3) is (5, 2, 3)."""
    shape: list[int] = []
    for symbol in symbols.split():
        size = int(symbol) if symbol.isdecimal() else dims[symbol.strip("*|")]
        if not isinstance(size, tuple):
            shape.append(int(size))
        elif symbol.startswith("*"):
            shape.extend(size)
        else:
            shape.append(prod(size))
    return tuple(shape)
