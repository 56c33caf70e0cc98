"""What a function or class of theirs is to be given: a first guess, as lines of TOML."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crosscheck.guess import arguments_of, by_name_of, name_like, optional_of
from crosscheck.layer import Layer


@dataclass
class Taken:
    """What a function of theirs is to be given: ``names`` in our words; ``told``: in theirs.

    ``constants``: what has no word of ours, and stands before what has one, with its default.
    ``fixed``: options of ours that cannot be given by place, and so are what the default is.
    """

    names: list[str]
    told: str
    constants: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)

    def line(self, key: str) -> str:
        """The names under that key, and for people theirs."""
        return f"{listed(key, self.names)}    # {self.told}"


def taken(function: Any, known: list[str], layer: Layer) -> Taken:
    """A ? for what must be given and is unknown is no name, and so is asked about; what need not
    be given is, as far as it is known.
    """
    theirs, optional = arguments_of(function), optional_of(function)
    found: list[str] = []

    def ours(name: str) -> str:
        return name_like(name, [n for n in known if n not in found])

    for name in theirs:
        found.append(ours(name) or f"? {name}")
    shown = [*theirs, *(f"{n}={_shown(default)}" for n, default in optional.items())]
    given = Taken(found, f"{getattr(function, '__qualname__', '')}({', '.join(shown)})")
    passed: dict[str, Any] = {}  # on the way to the next that is known
    reached = True
    for name, default in optional.items():
        if (option := ours(name)) and reached:
            found += [*passed, option]
            given.constants |= passed
            passed = {}
        elif option in layer.options:
            given.fixed[option] = default
        else:
            passed[name] = default
            reached = reached and _is_plain(default)
    named = ((ours(name), default) for name, default in by_name_of(function).items())
    given.fixed |= {option: default for option, default in named if option in layer.options}
    return given


def built_in(*taken: Taken) -> list[str]:
    """The lines about what the code has defaults for."""
    constants = {n: v for t in taken for n, v in t.constants.items()}
    fixed = {n: v for t in taken for n, v in t.fixed.items() if _is_number(v)}
    both = (("constants", constants), ("fixed", fixed))
    return [inline(key, entries) for key, entries in both if entries]


def _is_plain(value: Any) -> bool:
    """Whether it can be written in one line of TOML."""
    if type(value) is str:
        return value.isprintable()
    return type(value) in (bool, int) or (type(value) is float and math.isfinite(value))


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and _is_plain(value)


def _shown(value: Any) -> str:
    return repr(value) if _is_plain(value) or value is None else "…"


def listed(key: str, names: list[str]) -> str:
    """``key = ["x", "w"]``."""
    return f"{key} = [{', '.join(map(json.dumps, names))}]"


def inline(key: str, entries: Mapping[str, Any]) -> str:
    """``key = { eps = 1e-05 }``."""
    # JSON's texts, numbers, true and false are TOML's.
    pairs = (f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in entries.items())
    return f"{key} = {{ {', '.join(pairs)} }}"
