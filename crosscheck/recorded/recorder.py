"""Watches what crosscheck calls of theirs in one run, and what it sets in their objects before."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, SimpleNamespace
from typing import Any

import numpy as np

from crosscheck.recorded.literal import UnwritableError, literal, plain
from crosscheck.recorded.state import State, changed, leaves, same, state_of
from crosscheck.recorded.words import returned_names

_HELD = (dict, list, SimpleNamespace)
_OURS = str(Path(__file__).parents[1])
WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Line:
    """A line of code. ``makes``: the names that it gives a value, or in whose object it may change
    something. ``casts``: it only gives an array another dtype.
    """

    text: str
    makes: frozenset[str]
    casts: bool = False

    @property
    def words(self) -> frozenset[str]:
        """Every name in it."""
        return frozenset(WORD.findall(self.text))


@dataclass(frozen=True)
class Called:
    """A call that is over. ``part``: of our functions the one that made it. ``lines``: how many
    there were with it. ``returned`` and ``left`` are arrays and numbers by expressions for them:
    what came back; and what is in their objects, that which it was given or changed first.
    """

    part: str
    lines: int
    returned: State
    left: State


class Recorder:
    """One run as ``lines``. ``defined``: their classes and functions in it by name, each with its
    file. ``part`` is set by whoever runs our functions; ``lost`` says why there is no writing it
    down.
    """

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.lines: list[Line] = []
        self.calls: list[Called] = []
        self.defined: dict[str, tuple[Any, str]] = {}
        self.part = self.lost = ""
        self._folders = folders
        self._known: dict[str, Any] = {}  # by the names of variables
        self._state: State = {}
        self._open: tuple[FrameType, str] | None = None
        self._made: Any = None
        self._met: dict[str, frozenset[str]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it lasts, what is called is written down."""
        before = sys.getprofile()
        sys.setprofile(self._seen)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _seen(self, frame: FrameType, event: str, returned: Any) -> None:
        if self.lost:
            return
        try:
            if event == "call" and self._open is None and self._is_theirs(frame):
                self._begins(frame)
            elif event == "return" and self._open and self._open[0] is frame:
                self._ends(frame.f_code, self._open[1], returned)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # an object of theirs may fail at being looked at
            self.lost = f"{type(error).__name__}: {error}"

    def _is_theirs(self, frame: FrameType) -> bool:
        """Whether code of theirs is called, by us: not by other code of theirs."""
        file, caller = frame.f_code.co_filename, frame.f_back
        from_us = caller is not None and caller.f_code.co_filename.startswith(_OURS)
        theirs = file.startswith(self._folders) and "site-packages" not in file
        return from_us and theirs and not file.startswith(_OURS)

    # -- a call ------------------------------------------------------------------------------

    def _begins(self, frame: FrameType) -> None:
        code, values = frame.f_code, frame.f_locals
        names = code.co_varnames[: code.co_argcount]
        owner = values[names[0]] if names and _has_method(values[names[0]], code) else None
        self._write_changes()
        if owner is None:
            function = frame.f_globals.get(code.co_name)
            if getattr(function, "__code__", None) is not code:
                raise UnwritableError(f"{code.co_name} is not found by its name")
            self.defined[code.co_name] = function, code.co_filename
            text = f"{code.co_name}({self._arguments(code, values, names, function)})"
        else:
            made = code.co_name == "__init__"
            function = getattr(type(owner), code.co_name)
            given = self._arguments(code, values, names[1:], function)
            if made:
                text = f"{self._class_of(owner, code)}({given})"
            else:
                dotted = "" if code.co_name == "__call__" else f".{code.co_name}"
                text = f"{self._named(owner, code)}{dotted}({given})"
        self._open = frame, text

    def _ends(self, code: CodeType, text: str, returned: Any) -> None:
        self._open = None
        if code.co_name == "__init__":
            returned = self._made  # the instance that it made
            names = [self._fresh("layer")]
        else:
            names = self._returned_names(code, returned)
        shown = ", ".join(names)
        self.lines.append(
            Line(f"{shown} = {text}" if names else text, self._variables(f"{shown} {text}"))
        )
        values = [returned] if len(names) == 1 else list(returned) if names else []
        came = dict(zip(names, values, strict=True))
        self._known |= came
        before, self._state = self._state, state_of(self._known)
        found = {t: v for t, v in self._state.items() if _is_number(v)}
        mine = {t: found.pop(t) for t in list(found) if root_of(t) in came}
        new, near = changed(before, found), WORD.findall(text)
        left = dict(
            sorted(found.items(), key=lambda tv: (root_of(tv[0]) not in near, tv[0] not in new))
        )
        is_made = code.co_name == "__init__"
        self.calls.append(Called(self.part, len(self.lines), {} if is_made else mine, left))

    def _variables(self, text: str) -> frozenset[str]:
        """Those in a call, and those that were handed before to what is in it: it may have kept
        them.
        """
        words = frozenset(WORD.findall(text)) & self._known.keys()
        for word in words:
            self._met[word] = self._met.get(word, frozenset((word,))) | words
        return frozenset().union(*(self._met[word] for word in words))

    def _returned_names(self, code: CodeType, returned: Any) -> list[str]:
        if returned is None or returned is NotImplemented:
            return []
        several = type(returned) is tuple and len(returned) > 0
        words = returned_names(code, len(returned) if several else 1)
        return [self._fresh(word) for word in words or ["returned"]]

    # -- what it is called with --------------------------------------------------------------

    def _arguments(
        self, code: CodeType, values: Mapping[str, Any], names: tuple[str, ...], function: Any
    ) -> str:
        defaults = getattr(function, "__defaults__", None) or ()
        by_name = dict(zip(names[len(names) - len(defaults) :], defaults, strict=False))
        given = [(name, values[name]) for name in names]
        while given and given[-1][0] in by_name and given[-1][1] is by_name[given[-1][0]]:
            given.pop()
        if code.co_flags & 0x0C and any(values[n] for n in _stars(code)):
            raise UnwritableError("it takes any arguments")
        written = [self._written(name, value) for name, value in given]
        first = code.co_argcount
        only = code.co_varnames[first : first + code.co_kwonlyargcount]
        usual = getattr(function, "__kwdefaults__", None) or {}
        written += [
            f"{name}={self._written(name, values[name])}"
            for name in only
            if not (name in usual and usual[name] is values[name])
        ]
        return ", ".join(written)

    def _written(self, name: str, value: Any) -> str:
        """A value that is handed over: a variable that has it, or else code for it."""
        known = self._expression(value)
        if known:
            return known
        if isinstance(value, np.ndarray) or (type(value) in _HELD and value):
            if isinstance(value, np.ndarray) and same(self._known.get(name), value):
                return name
            variable = self._fresh(name)
            self.lines.append(Line(f"{variable} = {plain(value)}", frozenset((variable,))))
            self._known[variable] = value
            self._state |= state_of({variable: value})
            return variable
        if callable(value) and not isinstance(value, type):  # weight_init_fn
            return f"lambda *_: {literal(np.asarray(value()))}"
        return plain(value)

    def _expression(self, value: Any) -> str:
        """How to reach this very object; empty if it is in no variable, or a mere number."""
        if value is None or isinstance(value, (bool, int, float, str)):
            return ""
        for name, thing in self._known.items():
            for text, found in leaves(name, thing):
                if found is value:
                    return text
        return ""

    def _named(self, owner: Any, code: CodeType) -> str:
        """An instance; one without an ``__init__`` was made without our seeing it."""
        known = self._expression(owner)
        if known:
            return known
        if type(owner).__init__ is not object.__init__:
            raise UnwritableError("an instance comes from elsewhere")
        variable, cls = self._fresh("layer"), self._class_of(owner, code)
        self.lines.append(Line(f"{variable} = {cls}()", frozenset((variable,))))
        self._known[variable] = owner
        self._write_changes()
        return variable

    def _class_of(self, owner: Any, code: CodeType) -> str:
        cls = type(owner)
        methods = [f for f in vars(cls).values() if getattr(f, "__code__", None)]
        file = methods[0].__code__.co_filename if methods else code.co_filename
        self.defined[cls.__name__] = cls, file
        self._made = owner
        return cls.__name__

    def _write_changes(self) -> None:
        """What was set in their objects since their own code ended."""
        now = state_of(self._known)
        for text, value in changed(self._state, now).items():
            line, before = f"{text} = {plain(value)}", self._state.get(text)
            casts = isinstance(before, np.ndarray) and np.array_equal(before, value)
            self.lines.append(Line(line, frozenset((root_of(text),)), casts))
        self._state = now

    def _fresh(self, name: str) -> str:
        taken, number = {*self._known, *self.defined, "np"}, 1
        while (variable := name if number == 1 else f"{name}{number}") in taken:
            number += 1
        self._known[variable] = None
        return variable


def _stars(code: CodeType) -> tuple[str, ...]:
    """The names of ``*args`` and ``**kwargs``."""
    first = code.co_argcount + code.co_kwonlyargcount
    return code.co_varnames[first : first + bool(code.co_flags & 4) + bool(code.co_flags & 8)]


def _has_method(owner: Any, code: CodeType) -> bool:
    return getattr(getattr(type(owner), code.co_name, None), "__code__", None) is code


def _is_number(value: Any) -> bool:
    numbers = (np.ndarray, np.generic, int, float)
    return isinstance(value, numbers) and not isinstance(value, bool)


def root_of(text: str) -> str:
    """The variable that an expression starts with."""
    found = WORD.match(text)
    return found[0] if found else ""
