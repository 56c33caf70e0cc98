"""Which functions of a file call which, as far as its text shows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from crosscheck.grading.called import called
from crosscheck.grading.function import Call, Function
from crosscheck.grading.written import Written

_HOPS = 4  # names of names that are followed
_ENOUGH = 200_000  # things to look at in one file


class TooMuchError(Exception):
    """There is more to look at than anybody writes."""


class Text(Written):
    """A module, read, and who calls whom in it."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self._aliases: dict[tuple[str, str], frozenset[str]] = {}
        self._callees: dict[int, frozenset[str]] = {}
        self._left = _ENOUGH

    def look(self) -> None:
        """Count one more thing that was looked at. Raises TooMuchError."""
        self._left -= 1
        if self._left < 0:
            raise TooMuchError

    def names(self, call: str, function: Function) -> frozenset[str]:
        """What a name that is called in a function may stand for: itself, and what it is bound to,
        there or in the module.
        """
        if not (call in function.values or call in self.module.values):
            return frozenset((call,))
        key = (function.name, call)
        if key not in self._aliases:
            found, new = {call}, [call]
            for _ in range(_HOPS):
                new = [n for one in new for n in self._stands_for(one, function) if n not in found]
                found |= {*new}
            self._aliases[key] = frozenset(found)
        return self._aliases[key]

    def _stands_for(self, name: str, function: Function) -> Iterator[str]:
        for value in (*function.values.get(name, ()), *self.module.values.get(name, ())):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
            yield from filter(None, (called(part, function.owner) for part in parts))

    def called_in(self, function: Function) -> Iterator[tuple[Call, frozenset[str]]]:
        """Its calls, and what each may stand for."""
        for call in function.calls:
            self.look()
            yield call, self.names(call.name, function)

    def reached(self, start: Function, stop: Callable[[str], bool]) -> list[Function]:
        """It, and every function of the file that it calls, directly or not: but those to stop at,
        and what they call.
        """
        found, names = [start], {start.name}
        for function in found:  # which grows
            self.look()
            new = [n for n in sorted(self.callees(function) - names) if not stop(n)]
            found += [f for name in new for f in self.defined[name]]
            names |= {*new}
        return found

    def callees(self, function: Function) -> frozenset[str]:
        """The functions of the file that it calls."""
        known = self._callees.get(id(function))
        if known is None:
            called = {name for _, names in self.called_in(function) for name in names}
            known = self._callees[id(function)] = frozenset(called & self.defined.keys())
        return known

    def shared(self, backward: Function) -> set[str]:
        """The functions of the file that its forward is made of, but not the forward."""
        if not backward.is_backward:
            return set()
        forwards = [f for n in backward.forwards for f in self.defined.get(n, ())]
        found = {f.name for one in forwards for f in self.reached(one, backward.name.__eq__)}
        return {name for name in found if not backward.is_own(name)}
