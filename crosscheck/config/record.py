"""What a ``crosscheck.toml`` says, once it is known to make sense."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crosscheck.errors import CrosscheckError

NAME = "crosscheck.toml"

# One argument of a function of theirs: a name of ours, or a dict of such names by their keys.
Argument = str | Mapping[str, str]

# What a layer counts: a number, which its quantities share, or a number for each of them.
Worth = float | Mapping[str, float]


class ConfigError(CrosscheckError):
    """A configuration that cannot be read or makes no sense; its text says where and why."""


@dataclass(frozen=True)
class LayerMap:
    """One layer in a course's own words, complete: nothing is left to a default.

    ``functions``: forward and backward, or the one function, as ``affine_back`` or
    ``Dense.forward``; of a model the class and its method. ``new``: what the class is made with,
    None if there is no class. ``set``, ``get``: attributes by our name, as paths (``params.W``).
    ``axes``: by quantity, for each axis of theirs which of ours it is; -1 is an axis of length 1,
    and one more than ours have is that of one-hot rows. ``p``: what the probability of dropout
    means to them.
    """

    layer: str
    functions: Sequence[str]
    new: Sequence[str] | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[Argument] = ()
    returns: Sequence[str] = ()
    backward_arguments: Sequence[str] = ()
    gradients: Sequence[str] = ()
    get: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    fixed: Mapping[str, float | str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    p: str = "keep"
    averaged: Sequence[str] = ()
    summed: Sequence[str] = ()
    conventions: Sequence[str] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; ``LayerMap(**plain)`` is the same again."""
        return asdict(self)

    @property
    def shown(self) -> str:
        """``Dense.forward / backward``: how a report speaks of its functions."""
        first, *rest = self.functions
        owner = first.rpartition(".")[0] + "."
        return " / ".join([first, *(name.removeprefix(owner) for name in rest)])


@dataclass(frozen=True)
class Reading:
    """How a target is to be read: by which adapter, if not by all, and what is mapped."""

    adapter: str = ""
    maps: tuple[LayerMap, ...] = ()


AS_FOUND = Reading()


@dataclass(frozen=True)
class Grading:
    """``points``: by layer, or by version of one (``conv_fast``); ``carried``: whether gradients
    that are right for a wrong forward earn theirs; ``warnings``: the share that a warning costs.
    """

    points: Mapping[str, Worth] = field(default_factory=dict)
    carried: bool = False
    warnings: float = 0.0


@dataclass(frozen=True)
class Config:
    """A whole file. ``path``: where it was read; ``grading``: what is worth how much."""

    path: str
    adapter: str = ""
    strict: bool = False
    dtypes: tuple[str, ...] = ()
    maps: tuple[LayerMap, ...] = ()
    grading: Grading = field(default_factory=Grading)

    @property
    def points(self) -> Mapping[str, Worth]:
        """What each layer counts in grading."""
        return self.grading.points

    def used(self, found: Collection[tuple[str, str]]) -> str:
        """What of it was followed, where these layers and functions were found: ``Read with
        crosscheck.toml: affine as Dense.forward / backward``.
        """
        parts = [f"adapter {self.adapter}"] if self.adapter else []
        for m in self.maps:
            first = m.functions[0]
            if {(m.layer, first), (m.layer, first.rpartition(".")[0])} & {*found}:
                parts.append(f"{m.layer} as {m.shown}")
        parts += ["strict"] * self.strict
        parts += [f"only {', '.join(self.dtypes)}"] if self.dtypes else []
        said = f": {'; '.join(parts)}" if parts else ""
        return f"Read with {Path(self.path).name}{said}."
