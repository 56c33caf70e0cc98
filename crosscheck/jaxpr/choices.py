"""Rules for comparisons, and for choosing by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.jaxpr.rules import RULES, Params, discrete, rule
from crosscheck.rounding import Approx, Arithmetic, Array, Discrete, Number


def _comparison(name: str, relation: Callable[[Array, Array], Array]) -> None:
    def apply(arithmetic: Arithmetic, params: Params, a: Number, b: Number) -> Number:
        if isinstance(a, Approx) and isinstance(b, Approx):
            return arithmetic.compare(relation, a, b)
        return discrete(relation, a, b)

    RULES[name] = apply


for _name, _relation in (
    ("eq", np.equal),
    ("ne", np.not_equal),
    ("lt", np.less),
    ("le", np.less_equal),
    ("gt", np.greater),
    ("ge", np.greater_equal),
    ("and", np.bitwise_and),
    ("or", np.bitwise_or),
    ("xor", np.bitwise_xor),
):
    _comparison(_name, _relation)


@rule("not")
def _not(arithmetic: Arithmetic, params: Params, a: Discrete) -> Number:
    return discrete(np.invert, a)


@rule("is_finite")
def _is_finite(arithmetic: Arithmetic, params: Params, a: Approx) -> Number:
    return Discrete(np.isfinite(a.value), np.zeros(a.value.shape, bool))


def _extreme_of_two(
    arithmetic: Arithmetic, keeps: Any, choose: Any, a: Number, b: Number
) -> Number:
    if isinstance(a, Approx) and isinstance(b, Approx):
        return arithmetic.extreme(keeps, a, b)
    return discrete(choose, a, b)


@rule("max")
def _max(arithmetic: Arithmetic, params: Params, a: Number, b: Number) -> Number:
    return _extreme_of_two(arithmetic, np.greater_equal, np.maximum, a, b)


@rule("min")
def _min(arithmetic: Arithmetic, params: Params, a: Number, b: Number) -> Number:
    return _extreme_of_two(arithmetic, np.less_equal, np.minimum, a, b)


@rule("clamp")
def _clamp(arithmetic: Arithmetic, params: Params, low: Number, a: Number, high: Number) -> Number:
    raised = _extreme_of_two(arithmetic, np.greater_equal, np.maximum, low, a)
    return _extreme_of_two(arithmetic, np.less_equal, np.minimum, raised, high)


@rule("select_n")
def _select_n(arithmetic: Arithmetic, params: Params, which: Discrete, *cases: Number) -> Number:
    reals = [c for c in cases if isinstance(c, Approx)]
    if reals:
        return arithmetic.select(which, reals)
    return discrete(lambda w, *c: np.choose(w.astype(np.intp), c), which, *cases)
