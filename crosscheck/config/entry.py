"""A value of the file with its place, which every complaint about it names."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosscheck.config.lines import Place
from crosscheck.config.record import ConfigError

_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Entry:
    """``value`` at ``place`` in ``file``; ``lines``: of every place of that file."""

    value: Any
    file: str
    lines: Mapping[Place, int]
    place: Place = ()

    def error(self, message: str) -> ConfigError:
        """``crosscheck.toml, line 12, layers.affine.arguments: …``"""
        keys = ".".join(p for p in self.place if isinstance(p, str))
        line = self.lines.get(self.place) if self.place else None
        where = [self.file, *([f"line {line}"] if line else []), *([keys] if keys else [])]
        return ConfigError(f"{', '.join(where)}: {message}")

    def of(self, key: str | int) -> Entry:
        """What is inside of a table or list under that key."""
        return Entry(self.value[key], self.file, self.lines, (*self.place, key))

    def get(self, key: str) -> Entry | None:
        """The same, or None if a table has no such key."""
        return self.of(key) if key in self.value else None

    def table(self, known: Collection[str] | None = None, what: str = "key") -> Iterator[Entry]:
        """The entries of a table, all of them known ones; ``what`` each key is."""
        self._must_be(dict, "a table")
        for key in self.value:
            if known is not None and key not in known:
                raise self.of(key).error(
                    f"there is no such {what}.{meant(key, known)} "
                    f"The {what}s are: {', '.join(known) or 'none'}."
                )
            yield self.of(key)

    @property
    def key(self) -> str:
        """The last part of its place."""
        return str(self.place[-1])

    def flag(self) -> bool:
        """True or false."""
        self._must_be(bool, "true or false")
        return bool(self.value)

    def text(self) -> str:
        """A text that says something."""
        self._must_be(str, 'a text, as in "name"')
        if not self.value.strip():
            raise self.error("it is empty. Give a name, or leave the key out.")
        return str(self.value)

    def number(self) -> float:
        """A finite number, 0 or more."""
        if type(self.value) not in (int, float):
            raise self.error(f"it must be a number, but is {self.described}.")
        if not (math.isfinite(self.value) and self.value >= 0):
            raise self.error(f"it is {self.value}, and must be 0 or more.")
        return self.value

    def items(self) -> list[Entry]:
        """The elements of a list."""
        self._must_be(list, 'a list, as in ["x", "w"]')
        return [self.of(i) for i in range(len(self.value))]

    def names(self, known: Sequence[str], what: str) -> list[str]:
        """A list of different names, each of them known; ``what`` they are in plural."""
        return different([(item, item.one_of(known, what)) for item in self.items()])

    def one_of(self, known: Sequence[str], what: str) -> str:
        """A known name."""
        name = self.text()
        if name not in known:
            raise self.error(
                f"there is no {name!r} here.{meant(name, known)} "
                f"The {what} are: {', '.join(known) or 'none'}."
            )
        return name

    @property
    def described(self) -> str:
        """``a number (3)``"""
        kind = _KINDS.get(type(self.value), "a date or time")
        short = isinstance(self.value, (bool, int, float, str)) and len(str(self.value)) < 40
        return f"{kind} ({self.value})" if short else kind

    def _must_be(self, kind: type, words: str) -> None:
        if type(self.value) is not kind:
            raise self.error(f"it must be {words}, but is {self.described}.")


def different(named: Sequence[tuple[Entry, str]]) -> list[str]:
    """The names, if none is there twice; ``_`` stands for whatever is not looked at."""
    names: list[str] = []
    for entry, name in named:
        if name in names and name != "_":
            raise entry.error(f"{name} is there twice.")
        names.append(name)
    return names


def meant(name: str, known: Collection[str]) -> str:
    """`` Did you mean forward?``; nothing if no known name is near."""
    by_lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), by_lower, 1)
    return f" Did you mean {by_lower[near[0]]}?" if near else ""
