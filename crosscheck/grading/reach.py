"""Which functions of a file call which, as far as its text shows."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Call:
    """One call, or one mention of a function that is handed on to be called: that is as good as a
    loop. ``name`` is without ``self``.
    """

    name: str
    looped: bool
    arguments: tuple[ast.expr, ...] = ()


@dataclass(frozen=True)
class Function:
    """A function, or a method as ``Affine.backward``."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.node.lineno

    @property
    def owner(self) -> str:
        """Its class, if it is a method."""
        return self.name.rpartition(".")[0]

    @property
    def is_backward(self) -> bool:
        """Whether it is called a backward."""
        return "backward" in self.node.name.lower() or self.node.name.lower() == "backprop"

    def named(self, functions: Collection[str]) -> bool:
        """Whether it is one of these."""
        return self.name in functions or self.node.name in functions

    @property
    def forwards(self) -> set[str]:
        """How its own forward may be called."""
        names = {self.node.name.replace("backward", "forward").replace("Backward", "Forward")}
        names |= {"forward", "__call__"} if self.owner else set()
        return {f"{self.owner}.{n}" for n in names} if self.owner else names - {self.node.name}

    @property
    def is_complex(self) -> bool:
        """Whether it makes complex numbers."""
        return any(
            (isinstance(n, ast.Constant) and isinstance(n.value, complex))
            or (isinstance(n, ast.Name) and n.id == "complex")
            or (isinstance(n, ast.Attribute) and n.attr in ("complex64", "complex128", "imag"))
            for n in ast.walk(self.node)
        )

    @cached_property
    def calls(self) -> list[Call]:
        """What it calls, and the functions it hands on."""
        return list(self._calls(self.node, looped=False))

    def _calls(self, node: ast.AST, *, looped: bool) -> Iterator[Call]:
        for child in ast.iter_child_nodes(node):
            inside = looped or isinstance(child, _LOOPS)
            if isinstance(child, ast.Lambda):  # nobody knows how often it is called
                inside = True
            if isinstance(child, ast.Call):
                values = (*child.args, *(k.value for k in child.keywords))
                if name := self._name(child.func):
                    yield Call(name, inside, values)
                for handed in values:
                    if name := self._name(handed):
                        yield Call(name, looped=True)
            yield from self._calls(child, looped=inside)

    def _name(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            first = self.owner if node.value.id in ("self", "cls") else node.value.id
            return f"{first}.{node.attr}"
        return ""

    def reached(self, defined: Mapping[str, Function]) -> list[Function]:
        """It, and every function of the file that it calls, directly or not: but its forward, and
        what that calls.
        """
        found, waiting = {self.name: self}, [self]
        while waiting:
            for call in waiting.pop().calls:
                function = defined.get(call.name)
                if function and call.name not in self.forwards and call.name not in found:
                    found[call.name] = function
                    waiting.append(function)
        return list(found.values())


def functions_of(tree: ast.Module) -> dict[str, Function]:
    """Every function of a module and method of its classes, by name."""
    found = {}
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for item in inner:
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[owner + item.name] = Function(owner + item.name, item)
    return found
