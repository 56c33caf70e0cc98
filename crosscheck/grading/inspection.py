"""Flags what a value cannot show: a derivative that was measured and not derived, and code that
reaches for what no layer needs. For people to look at; it is no verdict.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence

from crosscheck.grading.function import Call, Function
from crosscheck.grading.reach import Text, TooMuchError
from crosscheck.grading.steps import Measuring
from crosscheck.sandbox.imports import FRAMEWORKS

Flag = dict[str, str]

NUMERICAL, COMPLEX_STEP = "numerical-gradient", "complex-step"
RECOMPUTED, FRAMEWORK, REACH = "recomputed-forward", "framework", "reaches-out"
UNREAD = "not-inspected"

_REACHING = {"ctypes", "gc", "inspect", "subprocess", "socket", "multiprocessing", "crosscheck"}
_REACHING_OF = {
    "os": {"_exit", "abort", "kill", "killpg", "fork", "system", "popen", "posix_spawn", "execv"},
    "sys": {"_getframe", "_current_frames", "settrace", "setprofile", "meta_path", "addaudithook"},
    "signal": {"signal", "pidfd_send_signal"},
}
_NUMBERS = {"complex64", "complex128", "clongdouble", "longdouble", "float128", "imag"}
_MEASURING = {
    *("numerical_gradient", "numeric_gradient", "eval_numerical_gradient", "approx_fprime"),
    *("eval_numerical_gradient_array", "eval_numerical_gradient_blobs", "approx_derivative"),
    *("compute_numeric_gradient", "numeric_grad", "numerical_grad", "num_grad"),
}
_INLINE = "divides a difference by the step by which its input is moved"
_TOO_MUCH = "it is too long to look for numerical derivatives in all of it"
# How a function is called by a name that nobody can read.
_UNREAD = {"eval", "exec", "globals", "__import__"}


def flags(source: str, file: str, functions: Collection[str] = ()) -> list[Flag]:
    """What there is to look at in a file, in the order of its lines; nothing if it is no Python.

    ``functions``: the names of the functions that are judged, as ``affine_backward`` or
    ``Affine.backward``; every one that is called a backward, if none is given.
    Each flag has a kind, a message and where: ``{"kind": "numerical-gradient", …}``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a string is not ours to tell
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    text, measured = Text(tree), dict[int, Measuring]()
    found = [*_reaching(text.nodes)]
    for function in (f for same in text.defined.values() for f in same):
        is_judged = function.is_backward or function.is_loss
        if is_judged and (not functions or function.named(functions)):
            found += _Judged(function, text, measured).found()
    first: dict[tuple[str, str], int] = {}
    for line, kind, message in sorted(found):
        first.setdefault((kind, message), line)
    return [
        {"kind": kind, "message": message, "where": f"{file}:{line}"}
        for (kind, message), line in first.items()
    ]


_Found = tuple[int, str, str]


class _Judged:
    """A function that may measure a slope, for the most part that of its own forward."""

    def __init__(self, function: Function, text: Text, measured: dict[int, Measuring]) -> None:
        self._function, self._text, self._measured = function, text, measured

    def found(self) -> list[_Found]:
        """The signs of it."""
        found: list[tuple[str, str]] = []
        try:
            found.extend(self._signs())
        except TooMuchError:
            found.append((UNREAD, _TOO_MUCH))
        return [(self._function.line, kind, message) for kind, message in found]

    def _signs(self) -> Iterator[tuple[str, str]]:
        function, text, name = self._function, self._text, self._function.name
        is_own = function.is_own if function.is_backward else lambda _: False
        reached = text.reached(function, is_own)
        calls = [(c, names) for part in reached for c, names in text.called_in(part)]
        for call, _ in calls:
            if call.name.rpartition(".")[2] in _MEASURING:
                yield NUMERICAL, f"{name} calls {call.name}: a numerical derivative"
                return
            if call.name in _UNREAD:
                yield REACH, f"{name} uses {call.name}, which no layer needs"
        own = [call for call, names in calls if any(map(is_own, names))]
        shared = text.shared(function)
        yield from self._moving(reached, own, shared)
        parts = [f for f in reached if f.name not in shared]
        uses = own or any(text.callees(f) & shared for f in reached)
        if uses and any(f.is_complex for f in parts):
            message = f"{name} gives complex numbers to its own forward: a complex-step one?"
            yield COMPLEX_STEP, message

    def _moving(
        self, reached: Iterable[Function], own: Sequence[Call], shared: set[str]
    ) -> Iterator[tuple[str, str]]:
        """Whether it calls something with its input moved, and how often its own forward."""
        name, how = self._function.name, ""
        if len(own) > 1 or any(call.looped for call in own):
            often = "in a loop" if any(call.looped for call in own) else f"{len(own)} times"
            how = f"calls its own forward {often}"
        elif by := self._step(reached, {call.name for call in own}, shared):
            how = f"calls {by} with its input moved by a step" if by != "…" else _INLINE
        if how:
            yield NUMERICAL, f"{name} {how}: a numerical derivative?"
        elif own:
            message = f"{name} calls its own forward once: it computes anew what it could keep"
            yield RECOMPUTED, message

    def _step(self, reached: Iterable[Function], forwards: set[str], shared: set[str]) -> str:
        """The function that is called with moved inputs, if one is."""
        for part in reached:
            if id(part) not in self._measured:
                self._measured[id(part)] = Measuring(part, self._text)
            measuring = self._measured[id(part)]
            if by := measuring.by_quotient or measuring.by_moves(shared, forwards):
                return by
        return ""


def _reaching(nodes: Iterable[ast.AST]) -> Iterator[_Found]:
    """Imports, names and paths that no layer needs."""
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for module in _modules(node):
                yield from _imported(node.lineno, module)
        for what in _used(node):
            yield node.lineno, REACH, _needless(what)  # type: ignore[attr-defined]


def _used(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        wanted = _REACHING_OF.get(node.module or "", set())
        yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name in wanted)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.attr in _REACHING_OF.get(node.value.id, ()):
            yield f"{node.value.id}.{node.attr}"
    elif isinstance(node, ast.Constant) and str(node.value).startswith("/proc"):
        yield "/proc"
    elif isinstance(node, ast.Constant) and isinstance(node.value, complex):
        yield "complex numbers"
    elif isinstance(node, ast.Attribute) and node.attr in _NUMBERS:
        yield node.attr


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [] if node.level else [node.module or ""]


def _imported(line: int, module: str) -> Iterator[_Found]:
    top = module.partition(".")[0]
    if top in FRAMEWORKS:
        yield line, FRAMEWORK, f"it imports {top}, which cannot be imported where it is judged"
    elif top in _REACHING:
        yield line, REACH, _needless(top)


def _needless(what: str) -> str:
    return f"it uses {what}, which no layer needs"
