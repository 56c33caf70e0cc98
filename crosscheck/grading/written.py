"""What is written in a file: all of it comes from one walk over its text."""

from __future__ import annotations

import ast

from crosscheck.grading.called import called, root
from crosscheck.grading.function import Call, Function, Write

_LOOPS = (
    *(ast.For, ast.AsyncFor, ast.While),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_SKIPPED = {"ctx", "op", "ops", "type_ignores", "kind", "attr", "arg", "name", "asname", "module"}
_COMPLEX = {"complex", "complex64", "complex128", "csingle", "cdouble", "c8", "c16", "imag"}


class Written:
    """A module, read. ``defined``: every function of it and method of its classes, by name; some
    are written more than once. ``nodes``: those of its nodes that may reach out of it.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.module = Function("")
        self.defined: dict[str, list[Function]] = {}
        self.nodes: list[ast.AST] = []
        self._bound: dict[int, str] = {}  # lambdas that have a name
        # Where the walk is: in which function and class, and whether in a loop.
        self._function, self._owner, self._looped = where = self.module, "", False
        read = {kind: getattr(self, name) for kind, name in _READ.items()}
        waiting: list[tuple[ast.AST, tuple[Function, str, bool]]] = [(tree, where)]
        while waiting:
            node, where = waiting.pop()
            kind = type(node)
            if kind in read:
                self._function, self._owner, self._looped = where
                read[kind](node)
                if kind in _SCOPES:
                    where = self._function, self._owner, self._looped
            if kind in _LOOPS:
                where = *where[:2], True
            for name in _children(kind):
                child = getattr(node, name, None)
                if type(child) is list:
                    waiting += [(c, where) for c in reversed(child) if isinstance(c, ast.AST)]
                elif isinstance(child, ast.AST):
                    waiting.append((child, where))

    def _class(self, node: ast.ClassDef) -> None:
        if self._function is self.module:
            self._owner = node.name

    def _begun(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        name = self._bound.get(id(node), "") if isinstance(node, ast.Lambda) else node.name
        if self._function is self.module and name:
            whole = f"{self._owner}.{name}" if self._owner else name
            self._function = Function(whole, node.lineno)
            self.defined.setdefault(whole, []).append(self._function)
        else:
            self._looped = True  # nobody knows how often it is called
            self._function.local |= {name}
        self._arguments(node.args)

    def _arguments(self, told: ast.arguments) -> None:
        positional = [*told.posonlyargs, *told.args]
        self._function.local |= {a.arg for a in (*positional, *told.kwonlyargs)}
        defaults = [*zip(reversed(positional), reversed(told.defaults), strict=False)]
        defaults += [(a, d) for a, d in zip(told.kwonlyargs, told.kw_defaults, strict=True) if d]
        for argument, default in defaults:
            self._function.values.setdefault(argument.arg, []).append(default)

    def _call(self, node: ast.Call) -> None:
        values = (*node.args, *(k.value for k in node.keywords))
        calls = self._function.calls
        calls.append(Call(called(node.func, self._owner) or "…", self._looped, values))
        for handed in values:
            parts = handed.elts if isinstance(handed, (ast.Tuple, ast.List)) else (handed,)
            for part in parts:
                if isinstance(part, (ast.Name, ast.Attribute)):
                    calls.append(Call(called(part, self._owner), looped=True))

    def _binding(self, node: ast.AST) -> None:
        """``a = value``, also in a loop, a ``with`` and a comprehension: what binds a name."""
        value, targets = _binding(node)
        for target in targets if value else ():
            parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
            values = [value] * len(parts)
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(parts) > 1:
                values = [*value.elts]
            for part, its in zip(parts, values, strict=True):
                self._bind(part, its)  # type: ignore[arg-type]

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        function, owner = self._function, self._owner
        if isinstance(target, ast.Name):
            in_class = owner and function is self.module
            name = f"{owner}.{target.id}" if in_class else target.id
            function.values.setdefault(name, []).append(value)
            if isinstance(value, ast.Lambda):
                self._bound[id(value)] = target.id
        elif isinstance(target, ast.Attribute) and owner:
            self.module.values.setdefault(called(target, owner), []).append(value)
        elif isinstance(target, ast.Subscript):
            function.writes.append(Write(root(target), value, False, self._looped))

    def _changed(self, node: ast.AugAssign) -> None:
        if isinstance(node.op, (ast.Add, ast.Sub)):
            whole = isinstance(node.target, ast.Name)
            write = Write(root(node.target), node.value, True, self._looped, whole)
            self._function.writes.append(write)
        elif isinstance(node.op, (ast.Div, ast.Mult)):
            self._function.quotients.append((node.op, node.target, node.value))

    def _operation(self, node: ast.BinOp) -> None:
        if isinstance(node.op, (ast.Div, ast.Mult)):
            self._function.quotients.append((node.op, node.left, node.right))

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, complex):
            self._function.is_complex = True
            self.nodes.append(node)
        elif isinstance(node.value, str):
            self._function.is_complex |= node.value in _COMPLEX
            if node.value.startswith("/proc"):
                self.nodes.append(node)

    def _name(self, node: ast.Name) -> None:
        self._function.is_complex |= node.id in _COMPLEX

    def _attribute(self, node: ast.Attribute) -> None:
        self._function.is_complex |= node.attr in _COMPLEX
        self.nodes.append(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.nodes.append(node)


# What the walk does where it comes to such a node.
_READ: dict[type[ast.AST], str] = {
    ast.ClassDef: "_class",
    ast.Call: "_call",
    ast.AugAssign: "_changed",
    ast.BinOp: "_operation",
    ast.Constant: "_constant",
    ast.Name: "_name",
    ast.Attribute: "_attribute",
    ast.Import: "_import",
    ast.ImportFrom: "_import",
    ast.withitem: "_binding",
    **dict.fromkeys(_FUNCTIONS, "_begun"),
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.NamedExpr), "_binding"),
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.comprehension), "_binding"),
}


_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {ast.Name: (), ast.Constant: ()}


def _children(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a node that are worth a look."""
    if kind not in _CHILDREN:
        _CHILDREN[kind] = tuple(field for field in kind._fields if field not in _SKIPPED)
    return _CHILDREN[kind]


def _binding(node: ast.AST) -> tuple[ast.expr | None, list[ast.expr]]:
    if isinstance(node, ast.Assign):
        return node.value, node.targets
    if isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        return node.value, [node.target]
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        return node.iter, [node.target]
    if isinstance(node, ast.withitem) and node.optional_vars:
        return node.context_expr, [node.optional_vars]
    return None, []
