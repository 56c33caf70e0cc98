"""On which line of a TOML file each key and array element is: ``tomllib`` does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crosscheck.config.toml import loads

Place = tuple[str | int, ...]

_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\[\s\S]|(?!""")[\s\S])*"{3,5}'
    r"|'''(?:(?!''')[\s\S])*'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_PLAIN = re.compile(r"[^,\]}#\n]*")  # a number, a date, true


def lines_of(text: str) -> Mapping[Place, int]:
    """The line, from 1, of every table, key and array element of a valid document."""
    return _Scanner(text).document()


class _Scanner:
    """Reads what ``tomllib`` has accepted, so that nothing needs to be refused."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._lines: dict[Place, int] = {}
        self._counts: dict[Place, int] = {}  # of arrays of tables

    def document(self) -> dict[Place, int]:
        table: Place = ()
        while self._space() < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> Place:
        several = self._text.startswith("[[", self._at)
        self._at += 1 + several
        self._space()
        table = self._key(())
        if several:
            self._counts[table] = self._counts.get(table, -1) + 1
            table = (*table, self._counts[table])
            self._note(table)
        self._at = self._text.index("]", self._at) + 1 + several
        return table

    def _pair(self, table: Place) -> None:
        place = self._key(table)
        self._at = self._text.index("=", self._at) + 1
        self._space()
        self._value(place)

    def _key(self, table: Place) -> Place:
        """A dotted key; inside of an array of tables its last element is meant."""
        place = table
        while True:
            quoted = _STRING.match(self._text, self._at)
            found = quoted or _BARE_KEY.match(self._text, self._at)
            assert found
            part = loads(f"k = {found[0]}")["k"] if quoted else found[0]
            place = (*place, part)
            self._note(place)
            self._at = found.end()
            if self._space() >= len(self._text) or self._text[self._at] != ".":
                return place
            if place in self._counts:
                place = (*place, self._counts[place])
            self._at += 1
            self._space()

    def _value(self, place: Place) -> None:
        if string := _STRING.match(self._text, self._at):
            self._at = string.end()
        elif self._text[self._at] == "[":
            self._inside("]", place)
        elif self._text[self._at] == "{":
            self._inside("}", place)
        elif plain := _PLAIN.match(self._text, self._at):
            self._at = plain.end()

    def _inside(self, end: str, place: Place) -> None:
        """The elements of an array, or the pairs of an inline table."""
        self._at += 1
        count = 0
        while self._space() < len(self._text) and self._text[self._at] != end:
            if self._text[self._at] == ",":
                self._at += 1
            elif end == "}":
                self._pair(place)
            else:
                self._note((*place, count))
                self._value((*place, count))
                count += 1
        self._at += 1

    def _space(self) -> int:
        """Skip blanks, comments and line ends; where that leads."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _note(self, place: Place) -> None:
        self._lines.setdefault(place, self._text.count("\n", 0, self._at) + 1)
