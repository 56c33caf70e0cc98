"""Elementary functions: their values, how errors spread through them, how accurate they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crosscheck.rounding.number import Array

# Library functions (exp, log, tanh, …) are accurate to this many units; SIMD versions reach 4 ulp.
FUNCTION_UNITS = 4.0


@dataclass(frozen=True)
class Function:
    """``spread(x, error, value)``: how far the value moves when x moves by ±error. ``units`` and
    ``absolute``: roundings, relative to the value and to 1.
    """

    value: Callable[[Array], Array]
    spread: Callable[[Array, Array, Array], Array]
    units: float = FUNCTION_UNITS
    absolute: float = 0.0


def _special(name: str) -> Callable[[Array], Array]:
    def function(x: Array) -> Array:
        from scipy import special  # comes with JAX, without which nothing is traced

        return np.asarray(getattr(special, name)(x))

    return function


def _logistic(x: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -x))


def _logistic_slope(x: Array) -> Array:
    return _logistic(x) * _logistic(-x)


def _exp_spread(x: Array, error: Array, value: Array) -> Array:
    """exp(x + error) - exp(x): as a product where they are close, 0·∞ where exp(x) underflows."""
    return np.where(error < 1, value * np.expm1(error), np.exp(x + error) - value)


def _log_spread(x: Array, error: Array) -> Array:
    """|log(x - error) - log(x)|, the larger side; unbounded if x - error reaches 0."""
    ratio = error / x
    return np.where((ratio >= 0) & (ratio < 1), -np.log1p(-np.minimum(ratio, 1 - 2**-53)), np.inf)


def _nearest_zero(x: Array, error: Array) -> Array:
    return np.maximum(np.abs(x) - error, 0.0)


def _erf_slope(x: Array) -> Array:
    return 2 / np.sqrt(np.pi) * np.exp(-(x**2))


def relative_power(x: Array, error: Array, exponent: Array | float) -> Array:
    """How far x**exponent moves at most, relative to itself, when |x| moves by ±error < |x|.

    Powers are compared through their logarithms: a difference of powers would cancel.
    """
    ratio = np.where(error > 0, error / np.abs(x), 0.0)
    # Upwards |x| moves (1 + ratio) times, downwards by more: that is the steep side of a root.
    up = np.expm1(exponent * np.log1p(ratio))
    down = np.expm1(exponent * np.log1p(-np.minimum(ratio, 1.0)))
    return np.where(ratio < 1, np.maximum(np.abs(up), np.abs(down)), np.inf)


def _sqrt_spread(x: Array, error: Array, value: Array) -> Array:
    near_zero = np.maximum(value, np.sqrt(x + error) - value)
    return np.where(error < x, value * relative_power(x, error, 0.5), near_zero)


FUNCTIONS = {
    "exp": Function(np.exp, _exp_spread),
    "exp2": Function(np.exp2, lambda x, e, v: v * np.expm1(e * np.log(2))),
    "expm1": Function(np.expm1, lambda x, e, v: np.exp(x) * np.expm1(e)),
    "log": Function(np.log, lambda x, e, v: _log_spread(x, e)),
    "log2": Function(np.log2, lambda x, e, v: _log_spread(x, e) / np.log(2)),
    "log1p": Function(np.log1p, lambda x, e, v: _log_spread(1 + x, e)),
    "sin": Function(np.sin, lambda x, e, v: np.minimum(e, 2.0)),
    "cos": Function(np.cos, lambda x, e, v: np.minimum(e, 2.0)),
    "tanh": Function(
        np.tanh, lambda x, e, v: np.minimum((1 - np.tanh(_nearest_zero(x, e)) ** 2) * e, 2.0)
    ),
    # One unit of 1 more admits ½·(1 + tanh(x/2)).
    "logistic": Function(
        _logistic,
        lambda x, e, v: np.minimum(_logistic_slope(_nearest_zero(x, e)) * e, 1.0),
        absolute=1.0,
    ),
    "erf": Function(_special("erf"), lambda x, e, v: _erf_slope(_nearest_zero(x, e)) * e),
    # As many units of 1 as erf has admit 1 - erf(x).
    "erfc": Function(
        _special("erfc"),
        lambda x, e, v: _erf_slope(_nearest_zero(x, e)) * e,
        absolute=FUNCTION_UNITS,
    ),
    "sqrt": Function(np.sqrt, _sqrt_spread, units=1.0),
    "rsqrt": Function(
        lambda x: 1 / np.sqrt(x), lambda x, e, v: v * relative_power(x, e, -0.5), units=2.0
    ),
}
