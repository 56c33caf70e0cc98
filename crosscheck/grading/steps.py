"""Whether a function measures a slope: it moves something by a step, and divides by that step.

Names are followed to what they are bound to; no more than that is known of a value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from crosscheck.grading.called import called, root
from crosscheck.grading.function import Call, Function
from crosscheck.grading.reach import Text
from crosscheck.grading.sizes import SMALL, Sizes

_NAMED = {"h", "eps", "epsilon", "delta", "step"}  # if nobody knows how large they are
_LARGE = 50  # the reciprocal of a step
_RATIO = 0.4, 13  # what is divided by, in steps: 1, 2, or 12 for one of higher order
_FOLLOWED = 3  # names of names
_RELATED = {"ravel", "reshape", "view", "flat", "nditer", "enumerate", "zip", "ndenumerate"}
_OPERATORS = {"divide": ast.Div(), "true_divide": ast.Div(), "multiply": ast.Mult()}

Step = float | str  # its size, or the name of what nobody knows the size of


class Measuring:
    """What moves in one function, and what is divided by. ``text``: the file it is in."""

    def __init__(self, function: Function, text: Text) -> None:
        self._function, self._text = function, text
        self._size = Sizes(function, text).of
        self._moved = self._moved_arrays()

    @cached_property
    def by_quotient(self) -> str:
        """The function that is called with its input moved by what is divided by, or whose results
        are subtracted and divided by something small; ``"…"`` if no function is called for it.
        """
        divided = [(left, by) for left, by in self._divided() if by]
        by_all: set[Step] = {d for _, by in divided for d in by}
        if not by_all:
            return ""
        for call, name in self._own_calls:
            if any(_fits(s, d) for s in self._steps_of(call) for d in by_all):
                return name
        for left, by in divided:
            if any(map(_is_small, by)) and (name := self._difference(left, by)):
                return name
        return ""

    def by_moves(self, shared: set[str], forwards: set[str]) -> str:
        """Which of the ``shared`` functions, or of its own, is called with the same input moved and
        not moved, or in a loop in which an element of its input is moved; which of the ``forwards``
        with its input moved at all.
        """
        origins: dict[tuple[str, str], set[str]] = {}
        for call, name in self._own_calls:
            names = self._text.names(call.name, self._function)
            if names & forwards and any(map(_is_small, self._steps_of(call))):
                return name
            if not (names & shared or call.name in self._function.local):
                continue
            if call.looped and any(self._is_moved_whole(a) for a in call.arguments):
                return name
            for place, argument in enumerate(call.arguments):
                at = f"{place}{self._form(argument)}"
                how = self._stripped(argument)
                for origin, moved in how:
                    key = f"{place}{origin}"
                    origins.setdefault((call.name, key), set()).add(moved)
                if not how:
                    origins.setdefault((call.name, at), set()).add("")
        for (name, _), moves in origins.items():
            if len(moves) > 1:
                return name
        return ""

    # --- calls ---

    @cached_property
    def _own_calls(self) -> list[tuple[Call, str]]:
        """Those of functions that somebody wrote in this file, or that it was given."""
        calls = []
        for call in self._function.calls:
            if not call.arguments:
                continue
            names = self._text.names(call.name, self._function)
            is_known = names & self._text.defined.keys() or "forward" in call.name
            if is_known or call.name in self._function.local:
                calls.append((call, call.name))
        return calls

    def _steps_of(self, call: Call) -> set[Step]:
        return {step for a in call.arguments for step in self._steps_in(a)}

    def _steps_in(self, node: ast.expr, hops: int = 0) -> set[Step]:
        """By which what is in an argument is moved."""
        found: set[Step] = set()
        for part in self._parts(node):
            if sides := _sum(part):
                for side, other in (sides, sides[::-1]):
                    if self._size(other) is None:
                        found |= self._step(side)
            elif isinstance(part, ast.Name):
                found |= self._moved.get(part.id, set())
                if hops < _FOLLOWED:
                    for value in self._function.values.get(part.id, ()):
                        if _sum(value):
                            found |= self._steps_in(value, hops + 1)
        return found

    def _stripped(self, argument: ast.expr) -> list[tuple[str, str]]:
        """``x + h`` as x and how it is moved, if h is a step."""
        for value in self._meant(argument):
            if sides := _sum(value):
                left, right = sides
                if any(_is_small(s) for s in self._step(right)):
                    sign = type(value.op).__name__ if isinstance(value, ast.BinOp) else "call"
                    return [(self._form(left), sign + self._form(right))]
                if any(_is_small(s) for s in self._step(left)):
                    return [(self._form(right), self._form(left))]
        return []

    def _meant(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.Name):
            return [*self._function.values.get(node.id, ())]
        return [node]

    def _form(self, node: ast.expr) -> str:
        """The same for what is written in the same way."""
        return " ".join(
            f"{type(n).__name__}{getattr(n, 'id', '')}{getattr(n, 'attr', '')}"
            f"{getattr(n, 'value', '') if isinstance(n, ast.Constant) else ''}"
            for n in self._parts(node, everything=True)
        )

    def _is_moved_whole(self, argument: ast.expr) -> bool:
        """Whether an argument is an array of which one element is moved in the same loop."""
        sides = _sum(argument) or (argument,)
        return any(isinstance(s, ast.Name) and s.id in self._elements for s in sides) or (
            isinstance(argument, ast.Starred) and root(argument) in self._elements
        )

    # --- what is moved ---

    def _moved_arrays(self) -> dict[str, set[Step]]:
        """The arrays of which something is moved, and by what."""
        found: dict[str, set[Step]] = {}
        self._elements: set[str] = set()
        for write in self._function.writes:
            sides = [write.value] if write.moved else [*(_sum(write.value) or (write.value,))]
            steps = {step for side in sides for step in self._step(side)}
            names = self._related(write.name)
            for name in names:
                found.setdefault(name, set()).update(steps)
            counted = self._size(write.value) or any(map(_is_small, steps))
            if counted and write.looped and not write.whole:
                self._elements |= names
        return found

    def _related(self, name: str) -> set[str]:
        """It, and what it is a view of, or an element."""
        found, new = {name}, [name]
        for _ in range(_FOLLOWED):
            values = [v for n in new for v in self._function.values.get(n, ())]
            new = [n for v in values for n in self._views(v) if n not in found]
            found |= {*new}
        return found

    def _views(self, value: ast.expr) -> Iterator[str]:
        if isinstance(value, ast.Name):
            yield value.id
        elif isinstance(value, ast.Attribute):
            yield root(value)
        elif isinstance(value, ast.Call):
            name = called(value.func, "").rpartition(".")[2]
            if name in _RELATED:
                yield root(value)
                yield from (a.id for a in value.args if isinstance(a, ast.Name))

    def _step(self, node: ast.expr) -> set[Step]:
        """What a summand is as a step: its size, or the names of which it may be a multiple."""
        while isinstance(node, ast.UnaryOp):
            node = node.operand
        size = self._size(node)
        if size is not None:
            return {abs(size)} if 0 < abs(size) < SMALL else set()
        if isinstance(node, ast.Name):
            return {node.id}
        if isinstance(node, ast.Attribute):
            return {called(node, self._function.owner)}
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return {s.id for s in (node.left, node.right) if isinstance(s, ast.Name)}
        return set()

    # --- what is divided by ---

    def _divided(self) -> Iterator[tuple[ast.expr, set[Step]]]:
        """What is divided, and the steps that it may be divided by; ``* 1e5`` as well, of what is a
        difference.
        """
        quotients = [*self._function.quotients]
        for call in self._function.calls:
            name = call.name.rpartition(".")[2]
            if name in _OPERATORS and len(call.arguments) > 1:
                quotients.append((_OPERATORS[name], call.arguments[0], call.arguments[1]))
        for op, left, right in quotients:
            if isinstance(op, ast.Div):
                yield left, self._divisors(right)
                continue
            for factor, size in ((left, self._size(right)), (right, self._size(left))):
                if size and abs(size) >= _LARGE and self._is_difference(factor):
                    yield factor, {1 / abs(size)}

    def _divisors(self, right: ast.expr) -> set[Step]:
        found: set[Step] = set()
        for part in self._factors(right):
            size = self._size(part)
            if size is not None:
                found |= {abs(size)} if 0 < abs(size) < SMALL * 2 else set()
            elif isinstance(part, ast.Name):
                found.add(part.id)
            elif isinstance(part, ast.Attribute):
                found.add(called(part, self._function.owner))
        return found

    def _factors(self, node: ast.expr) -> Iterator[ast.expr]:
        """``h`` of ``2 * h`` and of ``h + h``."""
        waiting = [node]
        while waiting:
            part = waiting.pop()
            if isinstance(part, ast.BinOp) and self._size(part) is None:
                if isinstance(part.op, ast.Mult) or self._form(part.left) == self._form(part.right):
                    waiting += [part.left, part.right]
            else:
                yield part

    def _difference(self, left: ast.expr, by: set[Step]) -> str:
        """What is divided has a difference in it: of two results of one function, or of what was
        moved by as much.
        """
        moved, differs = self._moves_by(by), False
        for part in self._made_of(left):
            if not (sides := _sum(part)):
                continue
            if _is_subtraction(part):
                differs |= self._size(sides[0]) is None
                if name := self._same_call(*sides):
                    return name
            for side, other in (sides, sides[::-1]):
                if self._size(other) is None:
                    sized = {s for s in self._step(side) if isinstance(s, float)}
                    moved |= any(_fits(s, d) for s in sized for d in by)
        return "…" if moved and differs else ""

    def _is_difference(self, node: ast.expr) -> bool:
        """Whether there is one in it; one from a number is none, as of ``1 - mask``."""
        differences = (p for p in self._made_of(node) if _is_subtraction(p))
        return any(self._size(_sum(p)[0]) is None for p in differences)  # type: ignore[index]

    def _made_of(self, node: ast.expr) -> Iterator[ast.AST]:
        """What it consists of, and what the names in it are bound to."""
        seen: set[str] = set()
        waiting = [(node, 0)]
        while waiting:
            at, hops = waiting.pop()
            for part in self._parts(at):
                yield part
                if isinstance(part, ast.Name) and part.id not in seen and hops < _FOLLOWED:
                    seen.add(part.id)
                    waiting += [(v, hops + 1) for v in self._function.values.get(part.id, ())]

    def _moves_by(self, by: set[Step]) -> bool:
        return any(
            _fits(step, d)
            for name, steps in self._moved.items()
            if name in self._elements
            for step in steps
            for d in by
        )

    def _same_call(self, left: ast.expr, right: ast.expr) -> str:
        """The function of which both are results."""
        here = {name for _, name in self._own_calls}
        sides = (
            {
                called(v.func, self._function.owner)
                for v in self._meant(side)
                if isinstance(v, ast.Call)
            }
            for side in (left, right)
        )
        both = set.intersection(*sides) & here
        return min(both, default="")

    # --- a walk that ends ---

    def _parts(self, node: ast.AST, *, everything: bool = False) -> Iterator[ast.AST]:
        """What it consists of; indices only with ``everything``."""
        waiting = [node]
        while waiting:
            part = waiting.pop()
            self._text.look()
            yield part
            if isinstance(part, ast.Subscript) and not everything:
                waiting.append(part.value)
            else:
                waiting += ast.iter_child_nodes(part)


def _sum(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The two sides of a sum or a difference; ``np.add(x, h)`` as well."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return node.left, node.right
    name = called(node.func, "").rpartition(".")[2] if isinstance(node, ast.Call) else ""
    if isinstance(node, ast.Call) and name in ("add", "subtract") and len(node.args) > 1:
        return node.args[0], node.args[1]
    return None


def _is_subtraction(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return called(node.func, "").rpartition(".")[2] == "subtract" and len(node.args) > 1
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _is_small(step: Step) -> bool:
    return step in _NAMED if isinstance(step, str) else step < SMALL * 2


def _fits(step: Step, divisor: Step) -> bool:
    """Whether that is what is divided by, after such a step."""
    if isinstance(step, str) or isinstance(divisor, str):
        return step == divisor
    return _RATIO[0] <= divisor / step <= _RATIO[1]
