"""What a rule is: how to compute one JAX primitive on numbers with errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from crosscheck.rounding import Approx, Arithmetic, Array, Discrete, Number

Params = Mapping[str, Any]
# (arithmetic, params, *operands): one number, or a list for a primitive with several results.
Rule = Callable[..., Number | list[Number]]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these primitives."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def number(approximate: Callable[[Array], Approx], values: Array) -> Number:
    """An array as a number: whole numbers and truth values are discrete, others approximate."""
    values = np.asarray(values)
    if values.dtype.kind in "biu":
        return Discrete(values, np.zeros(values.shape, bool))
    return approximate(values.astype(np.float64))


def discrete(function: Callable[..., Array], *operands: Number) -> Discrete:
    """An operation on whole numbers and truth values, element by element: ambiguous where one of
    its operands is.
    """
    unsure = [o.ambiguous for o in operands if isinstance(o, Discrete)]
    value = np.asarray(function(*(o.value for o in operands)))
    # Indices are computed from exact integers: only elementwise operations can be ambiguous.
    ambiguous = reduce(np.logical_or, unsure) if any(u.any() for u in unsure) else np.array(False)
    return Discrete(value, np.broadcast_to(ambiguous, value.shape))


def real(arithmetic: Arithmetic, operand: Number) -> Approx:
    """A whole number as a real one: where it is ambiguous, the error is inf."""
    if isinstance(operand, Approx):
        return operand
    values = arithmetic.exact(operand.value.astype(np.float64))
    error = np.where(operand.ambiguous, np.inf, 0.0)
    return arithmetic.plain(values.value, error, values.grid)
