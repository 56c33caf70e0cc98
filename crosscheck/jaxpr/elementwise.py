"""Rules for what is computed element by element: real numbers by the rounding rules, integers by
NumPy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crosscheck.errors import DescriptionError
from crosscheck.jaxpr.rules import RULES, Params, discrete, real, rule
from crosscheck.rounding import FUNCTIONS, Approx, Arithmetic, Array, Discrete, Number


def _divided(a: Array, b: Array) -> Array:
    # XLA rounds integers towards 0.
    return (a - np.fmod(a, b)) // b


def _arithmetic(name: str, method: str, integer: Callable[..., Array]) -> None:
    def apply(arithmetic: Arithmetic, params: Params, *operands: Number) -> Number:
        if all(isinstance(o, Discrete) for o in operands):
            return discrete(integer, *operands)
        result: Number = getattr(arithmetic, method)(*operands)
        return result

    RULES[name] = apply


for _name, _method, _integer in (
    ("add", "add", np.add),
    ("add_any", "add", np.add),
    ("sub", "subtract", np.subtract),
    ("mul", "multiply", np.multiply),
    ("div", "divide", _divided),
    ("neg", "negate", np.negative),
    ("abs", "absolute", np.abs),
    ("sign", "sign", np.sign),
):
    _arithmetic(_name, _method, _integer)


@rule("rem")
def _rem(arithmetic: Arithmetic, params: Params, a: Number, b: Number) -> Number:
    if isinstance(a, Approx):
        raise DescriptionError(
            "The rounding bound has no rule for the remainder of real numbers, which jumps: "
            "write the reference with other operations."
        )
    return discrete(np.fmod, a, b)


def _function(name: str) -> None:
    RULES[name] = lambda arithmetic, params, a: arithmetic.function(name, a)


for _name in FUNCTIONS:
    _function(_name)


@rule("integer_pow")
def _integer_pow(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    return _whole_power(arithmetic, a, params["y"])


def _whole_power(arithmetic: Arithmetic, a: Number, exponent: int) -> Number:
    if isinstance(a, Discrete):
        return discrete(lambda v: v**exponent, a)
    return arithmetic.power(a, exponent)


@rule("square")
def _square(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    return _whole_power(arithmetic, a, 2)


@rule("pow")
def _pow(arithmetic: Arithmetic, params: Params, a: Number, b: Number) -> Number:
    if isinstance(a, Discrete):
        return discrete(np.power, a, b)
    return arithmetic.power_of(a, real(arithmetic, b))


@rule("one_minus_square")
def _one_minus_square(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    return arithmetic.subtract(arithmetic.exact(np.array(1.0)), arithmetic.power(a, 2))


def _step(name: str, towards: Callable[[Array], Array]) -> None:
    RULES[name] = lambda arithmetic, params, a: arithmetic.to_integer(towards, a)


_step("floor", np.floor)
_step("ceil", np.ceil)


@rule("round")
def _round(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    to_even = "EVEN" in params["rounding_method"].name

    def away_from_zero(x: Array) -> Array:
        return np.asarray(np.copysign(np.floor(np.abs(x) + 0.5), x))

    return arithmetic.to_integer(np.rint if to_even else away_from_zero, a)


@rule("convert_element_type")
def _convert(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    target = np.dtype(params["new_dtype"])
    if isinstance(a, Approx):
        if target != np.float64:
            raise DescriptionError(
                f"A reference turns its own dtype into {target}: its derivative cannot be bounded. "
                "Write it so that the dtype that comes in goes through."
            )
        return a
    if target.kind in "biu":
        return discrete(lambda v: v.astype(target), a)
    if a.value.dtype != bool:
        return real(arithmetic, a)
    # A truth value that rounding could turn is off by 1.
    numbers = arithmetic.exact(a.value.astype(np.float64))
    return arithmetic.plain(numbers.value, a.ambiguous * 1.0, numbers.grid)
