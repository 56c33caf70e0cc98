"""The mathematics of a layer as it is told to people: steps, shapes, and what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

_DEFINITION = re.compile(r"(?P<name>.+?) (?P<rest>(=|←|\+=) .+)")


@dataclass(frozen=True)
class Step:
    """A line of mathematics: ``formula`` defines a quantity (``"x̂ = (x - μ)/s"``), or goes on with
    the one before, sign first (``"+ dμ/N"``). ``shape`` is written as an input's is, where the
    layer does not know the quantity itself; ``note`` says where the line comes from.
    """

    formula: str
    shape: str | None = None
    note: str = ""

    @cached_property
    def name(self) -> str:
        """What is defined: ``dx̄[n]`` of ``"dx̄[n] += w[f]"``; nothing if the line goes on."""
        return self._parts[0]

    @cached_property
    def rest(self) -> str:
        """The formula from its sign on: ``= (x - μ)/s``."""
        return self._parts[1]

    @cached_property
    def quantity(self) -> str:
        """What is defined, without an index: ``dx̄``."""
        return self.name.partition("[")[0]

    @property
    def _parts(self) -> tuple[str, str]:
        found = None if self.formula[0] in "=+-" else _DEFINITION.fullmatch(self.formula)
        return (found["name"], found["rest"]) if found else ("", self.formula)


# A step, or a sentence between two of them.
Told: TypeAlias = "Step | str"


@dataclass(frozen=True)
class Maths:
    """What there is to say about a layer.

    ``about`` is one sentence. ``dims`` says what the letters of the shapes stand for, ``where``
    what each input and option is. ``forward`` and ``backward`` are the steps in the order in which
    they are computed. ``pitfalls`` are mistakes that people make. ``source`` is the literature.
    """

    about: str = ""
    dims: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    forward: tuple[Told, ...] = ()
    backward: tuple[Told, ...] = ()
    pitfalls: tuple[str, ...] = ()
    source: str = ""
