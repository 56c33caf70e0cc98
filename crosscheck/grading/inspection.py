"""Flags what a value cannot show: a derivative that was measured and not derived, and code that
reaches for what no layer needs. For people to look at; it is no verdict.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator

from crosscheck.grading.reach import Function, functions_of
from crosscheck.sandbox.imports import FRAMEWORKS

Flag = dict[str, str]

NUMERICAL, COMPLEX_STEP = "numerical-gradient", "complex-step"
RECOMPUTED, FRAMEWORK, REACH = "recomputed-forward", "framework", "reaches-out"

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
_STEPS = {"h", "eps", "epsilon", "delta", "step"}
_SMALL = 0.01  # a number added to an input of a forward that is smaller is a step


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
    defined = functions_of(tree)
    judged = [
        f for f in defined.values() if f.is_backward and (not functions or f.named(functions))
    ]
    found = [*_reaching(tree)]
    for backward in judged:
        found += _measured(backward, backward.reached(defined))
    first: dict[tuple[str, str], int] = {}
    for line, kind, message in sorted(found):
        first.setdefault((kind, message), line)
    return [
        {"kind": kind, "message": message, "where": f"{file}:{line}"}
        for (kind, message), line in first.items()
    ]


_Found = tuple[int, str, str]


def _measured(backward: Function, reached: Iterable[Function]) -> Iterator[_Found]:
    """Signs that a backward measures the slope of its own forward."""
    calls = [call for part in reached for call in part.calls]
    own = [c for c in calls if c.name in backward.forwards]
    line = backward.line
    for call in calls:
        if call.name.rpartition(".")[2] in _MEASURING:
            yield line, NUMERICAL, f"{backward.name} calls {call.name}: a numerical derivative"
            return
    steps = [c for c in own if c.looped or any(_is_step(a) for a in c.arguments)]
    if steps or len(own) > 1:
        why = "in a loop" if any(c.looped for c in own) else "with its input moved"
        why = why if steps else f"{len(own)} times"
        yield (
            line,
            NUMERICAL,
            f"{backward.name} calls its own forward {why}: a numerical derivative?",
        )
    elif own:
        message = f"{backward.name} calls its own forward once: it computes anew what it could keep"
        yield line, RECOMPUTED, message
    if any(part.is_complex for part in (backward, *reached)) and own:
        message = f"{backward.name} gives complex numbers to its own forward: a complex-step one?"
        yield line, COMPLEX_STEP, message


def _is_step(argument: ast.expr) -> bool:
    """``x + h`` or ``x - 1e-5``, also inside of something else."""
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Add, ast.Sub))
        and any(map(_is_small, (node.left, node.right)))
        for node in ast.walk(argument)
    )


def _is_small(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float) and 0 < node.value < _SMALL
    return isinstance(node, ast.Name) and node.id in _STEPS


def _reaching(tree: ast.AST) -> Iterator[_Found]:
    """Imports, names and paths that no layer needs."""
    for node in ast.walk(tree):
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
