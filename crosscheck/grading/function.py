"""A function as its text shows it: what it calls, binds, moves and divides by."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

Values = dict[str, list[ast.expr]]


@dataclass(frozen=True)
class Call:
    """One call, or one mention of a function that is handed on to be called: that is as good as a
    loop. ``name`` is without ``self``.
    """

    name: str
    looped: bool
    arguments: tuple[ast.expr, ...] = ()


@dataclass(frozen=True)
class Write:
    """``name[…] = value``; if it is ``moved``, ``name[…] += value``, or ``name += value``."""

    name: str
    value: ast.expr
    moved: bool
    looped: bool
    whole: bool = False


@dataclass
class Function:
    """A function, or a method as ``Affine.backward``; of a name that is empty, the module.

    ``values``: what its names are bound to; ``local``: which of them are functions of its own, or
    arguments. ``quotients``: its products and quotients.
    """

    name: str
    line: int = 0
    calls: list[Call] = field(default_factory=list)
    values: Values = field(default_factory=dict)
    local: set[str] = field(default_factory=set)
    writes: list[Write] = field(default_factory=list)
    quotients: list[tuple[ast.operator, ast.expr, ast.expr]] = field(default_factory=list)
    is_complex: bool = False

    @cached_property
    def owner(self) -> str:
        """Its class, if it is a method."""
        return self.name.rpartition(".")[0]

    @cached_property
    def own_name(self) -> str:
        """Its name in its class."""
        return self.name.rpartition(".")[2]

    @property
    def is_backward(self) -> bool:
        """Whether it is called a backward."""
        name = self.own_name.lower()
        return "backward" in name or name == "backprop"

    @property
    def is_loss(self) -> bool:
        """Whether it is called a loss: then it may return gradients as well."""
        return self.own_name == "loss" or "_loss" in self.own_name

    def named(self, functions: Collection[str]) -> bool:
        """Whether it is one of these."""
        return self.name in functions or self.own_name in functions

    @cached_property
    def forwards(self) -> set[str]:
        """How its own forward may be called."""
        names = {self.own_name.replace("backward", "forward").replace("Backward", "Forward")}
        names |= {"forward", "__call__"} if self.owner else set()
        return {f"{self.owner}.{n}" for n in names} if self.owner else names - {self.own_name}

    def is_own(self, name: str) -> bool:
        """Whether that is its own forward; ``layers.affine_forward`` is as well."""
        return (name if self.owner else name.rpartition(".")[2]) in self.forwards
