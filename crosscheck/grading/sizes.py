"""How large a number is, as far as the text of a function shows."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator

from crosscheck.grading.called import called
from crosscheck.grading.function import Function
from crosscheck.grading.reach import Text

SMALL = 0.01  # a number added to an input that is smaller is a step
_DEEP = 30  # nodes below each other of a number that is worked out
_ROOTS = {"sqrt": 1 / 2, "cbrt": 1 / 3}
_NUMBERS = {"float", "abs", "max", "maximum", "array", "asarray", "full", "full_like", "fabs"}
_NUMBERS |= {"float16", "float32", "float64", "longdouble", "double", "min", "minimum", "type"}
_TINY = {"eps", "epsilon", "tiny", "resolution", "smallest_normal"}
_SPACING = 2e-16

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, exponent: float(abs(base)) ** exponent,
}


class Sizes:
    """The numbers in one function. ``text``: the file it is in."""

    def __init__(self, function: Function, text: Text) -> None:
        self._function, self._text = function, text
        self._sizes: dict[int, float | None] = {}

    def of(self, node: ast.expr, depth: int = 0) -> float | None:
        """A number, or what something small is multiplied with; None if nobody knows."""
        if depth > _DEEP:
            return None
        self._text.look()
        known = self._sizes.get(id(node), "")
        if known == "":
            known = self._sizes[id(node)] = None  # a name may be bound to itself
            known = self._sizes[id(node)] = self._size(node, depth + 1)
        return known  # type: ignore[return-value]

    def _size(self, node: ast.expr, depth: int) -> float | None:
        if isinstance(node, ast.Constant):
            number = isinstance(node.value, (int, float, complex))
            return _finite(abs(node.value)) if number else None  # type: ignore[arg-type]
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._size_of_name(node, depth)
        if isinstance(node, ast.UnaryOp):
            size = self.of(node.operand, depth)
            return size if size is None or not isinstance(node.op, ast.USub) else -size
        if isinstance(node, ast.BinOp):
            return self._size_of_operation(node, depth)
        if isinstance(node, (ast.Tuple, ast.List)):
            return _least(self.of(e, depth) for e in node.elts[:_DEEP])
        return self._size_of_call(node, depth) if isinstance(node, ast.Call) else None

    def _size_of_name(self, node: ast.Name | ast.Attribute, depth: int) -> float | None:
        name = called(node, self._function.owner)
        values = [
            value
            for names in (self._function.values, self._text.module.values)
            for value in names.get(name, ())
        ]
        size = _least(self.of(v, depth) for v in values)
        tiny = isinstance(node, ast.Attribute) and node.attr in _TINY and not values
        return _SPACING if tiny else size

    def _size_of_operation(self, node: ast.BinOp, depth: int) -> float | None:
        left, right = self.of(node.left, depth), self.of(node.right, depth)
        if left is None or right is None:  # a multiple of something small is small
            known = {ast.Mult: (left, right), ast.Div: (left,)}.get(type(node.op), ())
            return _least(s for s in known if s is not None and abs(s) < SMALL)
        try:
            return _finite(_OPERATIONS[type(node.op)](left, right))
        except (KeyError, ArithmeticError, TypeError):
            return None

    def _size_of_call(self, node: ast.Call, depth: int) -> float | None:
        name = called(node.func, "").rpartition(".")[2]
        sizes = [self.of(a, depth) for a in node.args]
        if name in _ROOTS and sizes and sizes[0] is not None:
            return float(abs(sizes[0]) ** _ROOTS[name])
        if name in ("spacing", "nextafter"):
            return _SPACING
        if name in ("power", "pow") and len(sizes) == 2:
            return self._size_of_operation(ast.BinOp(node.args[0], ast.Pow(), node.args[1]), depth)
        return _least(sizes) if name in _NUMBERS else None


def _least(sizes: Iterator[float | None] | list[float | None]) -> float | None:
    return min((s for s in sizes if s), key=abs, default=None)


def _finite(number: float) -> float | None:
    try:
        number = float(number)
    except OverflowError:
        return None
    return number if abs(number) < float("inf") else None
