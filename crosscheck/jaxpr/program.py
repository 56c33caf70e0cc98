"""Runs a jaxpr equation by equation: calls, loops and branches included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crosscheck.errors import DescriptionError
from crosscheck.jaxpr import (  # noqa: F401  # they register their rules
    choices,
    elementwise,
    indexing,
    reductions,
    structure,
    windows,
)
from crosscheck.jaxpr.rules import RULES, number
from crosscheck.jaxpr.structure import joined
from crosscheck.rounding import Approx, Arithmetic, Discrete, Number

# Primitives that only call another jaxpr, and the parameter that holds it.
_CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "remat2": "jaxpr",
}


def run(arithmetic: Arithmetic, closed: Any, arguments: Sequence[Number]) -> list[Number]:
    """The results of a jaxpr, closed or not, for these arguments."""
    jaxpr, consts = getattr(closed, "jaxpr", closed), getattr(closed, "consts", ())
    known: dict[Any, Number] = dict(zip(jaxpr.invars, arguments, strict=True))
    known.update(
        zip(jaxpr.constvars, (number(arithmetic.constant, c) for c in consts), strict=True)
    )

    def read(atom: Any) -> Number:
        # A Literal carries its value; a Var was computed before.
        return number(arithmetic.constant, atom.val) if hasattr(atom, "val") else known[atom]

    for equation in jaxpr.eqns:
        results = _apply(arithmetic, equation, [read(a) for a in equation.invars])
        known.update(zip(equation.outvars, results, strict=True))
    return [read(a) for a in jaxpr.outvars]


def _apply(arithmetic: Arithmetic, equation: Any, operands: list[Number]) -> list[Number]:
    name, params = equation.primitive.name, equation.params
    if name in _CALLS:
        inner = params[_CALLS[name]]
        named = _NAMED.get(_function_name(inner))
        return [named(arithmetic, *operands)] if named else run(arithmetic, inner, operands)
    if name in _CONTROL:
        return _CONTROL[name](arithmetic, equation, operands)
    if name in RULES:
        result = RULES[name](arithmetic, params, *operands)
        return result if isinstance(result, list) else [result]
    raise DescriptionError(
        f"The rounding bound has no rule for the JAX primitive {name!r}. "
        "Add one to crosscheck/jaxpr, or write the reference with other operations."
    )


def _function_name(closed: Any) -> str:
    """What the Python function that was traced is called."""
    return str(getattr(getattr(closed, "jaxpr", closed).debug_info, "func_name", ""))


def _exp_neg_sq(arithmetic: Arithmetic, a: Approx) -> Approx:
    """exp(-x²), for which JAX 0.12 takes x apart bit by bit."""
    return arithmetic.function("exp", arithmetic.negate(arithmetic.power(a, 2)))


# Functions that JAX defines by other operations, and whose definition cannot be followed.
_NAMED: dict[str, Callable[..., Number]] = {"exp_neg_sq": _exp_neg_sq}


# -- loops and branches ---------------------------------------------------------------------------


def _scan(arithmetic: Arithmetic, equation: Any, operands: list[Number]) -> list[Number]:
    """Step by step. A carry's pending sum stays pending: what a loop adds up, others may add up in
    one go.
    """
    step, length = equation.params["jaxpr"], equation.params["length"]
    inner = step.jaxpr if hasattr(step, "jaxpr") else step
    # What is scanned over, or stacked, has one axis more outside than inside.
    scanned = sum(_rank(o) > _rank(i) for o, i in zip(equation.invars, inner.invars, strict=True))
    stacked = sum(_rank(o) > _rank(i) for o, i in zip(equation.outvars, inner.outvars, strict=True))
    carried = len(inner.outvars) - stacked
    consts = len(inner.invars) - scanned - carried
    fixed, carry = operands[:consts], operands[consts : consts + carried]
    sequences, rows = operands[consts + carried :], []
    order = range(length - 1, -1, -1) if equation.params["reverse"] else range(length)
    for t in order:
        results = run(arithmetic, step, [*fixed, *carry, *(_at(s, t) for s in sequences)])
        carry = results[:carried]
        rows.append(results[carried:])
    if equation.params["reverse"]:
        rows.reverse()
    if not rows:
        return [*carry, *(_nothing(arithmetic, out) for out in equation.outvars[carried:])]
    columns = zip(*rows, strict=True)
    return [*carry, *(joined(arithmetic, column, np.stack) for column in columns)]


def _rank(variable: Any) -> int:
    return len(variable.aval.shape)


def _at(sequence: Number, t: int) -> Number:
    return sequence.map(lambda part: part[t])


def _nothing(arithmetic: Arithmetic, variable: Any) -> Number:
    return number(arithmetic.exact, np.zeros(variable.aval.shape, variable.aval.dtype))


def _while(arithmetic: Arithmetic, equation: Any, operands: list[Number]) -> list[Number]:
    params = equation.params
    of_cond, of_both = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
    state = operands[of_both:]
    while True:
        [again] = run(arithmetic, params["cond_jaxpr"], [*operands[:of_cond], *state])
        if not _decided(again):
            return state
        state = run(arithmetic, params["body_jaxpr"], [*operands[of_cond:of_both], *state])


def _cond(arithmetic: Arithmetic, equation: Any, operands: list[Number]) -> list[Number]:
    branches = equation.params["branches"]
    which = min(max(_decided(operands[0]), 0), len(branches) - 1)
    return run(arithmetic, branches[which], operands[1:])


def _decided(which: Number) -> int:
    if isinstance(which, Discrete) and not which.ambiguous.any():
        return int(which.value)
    raise DescriptionError(
        "A reference chooses what to compute by a comparison that rounding could turn: its bound "
        "cannot be followed. Choose between numbers (where, select) instead."
    )


def _platform(arithmetic: Arithmetic, equation: Any, operands: list[Number]) -> list[Number]:
    """Which branch is for the CPU, where references run: named, or the default."""
    platforms = equation.params["platforms"]
    index = next(i for i, names in enumerate(platforms) if names is None or "cpu" in names)
    return [number(arithmetic.exact, np.array(index, np.int32))]


_CONTROL: dict[str, Callable[[Arithmetic, Any, list[Number]], list[Number]]] = {
    "scan": _scan,
    "while": _while,
    "cond": _cond,
    "platform_index": _platform,
}
