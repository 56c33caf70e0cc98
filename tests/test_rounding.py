"""The bound against exact arithmetic: random programs, evaluated with rounding in every order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscheck.dtypes import FORMATS
from crosscheck.rounding import Arithmetic, grid_of, is_short


@pytest.fixture(autouse=True)
def _as_when_interpreting():
    """Overflow and division by zero are results here, not accidents."""
    with np.errstate(all="ignore"):
        yield


DTYPES = ["float16", "bfloat16", "float32", "float64"]
UNARY = [
    *("negate", "absolute", "exp", "log", "sqrt", "tanh", "logistic", "rsqrt", "square", "cube"),
    *("reciprocal", "sin", "erfc", "floor"),
]
BINARY = ["add", "subtract", "multiply", "divide", "max", "min", "power"]
POWERS = {"square": 2, "cube": 3, "reciprocal": -1}


@dataclass(frozen=True)
class Node:
    """An operation of a random program: its operands are earlier values, by number."""

    name: str
    operands: tuple[int, ...]


def rounded(value, fmt):
    return np.asarray(value).astype(fmt.dtype).astype(np.float64)


@st.composite
def programs(draw):
    """Some leaves, then operations on whatever stands before them; the last one is the result."""
    leaves = draw(st.integers(2, 4))
    nodes = []
    for count in range(leaves, leaves + draw(st.integers(1, 6))):
        earlier = st.integers(0, count - 1)
        name = draw(st.sampled_from([*UNARY, *BINARY, "sum", "dot", "select"]))
        if name in UNARY:
            operands = [draw(earlier)]
        elif name in BINARY:
            operands = [draw(earlier), draw(earlier)]
        else:
            size = 4 if name in ("dot", "select") else draw(st.integers(1, 5))
            operands = [draw(earlier) for _ in range(size)]
        nodes.append(Node(name, tuple(operands)))
    return leaves, nodes


def bounded(arithmetic, nodes, leaves):
    """The program by the rules under test."""
    values = [arithmetic.exact(np.array([x])) for x in leaves]
    for node in nodes:
        a = [values[i] for i in node.operands]
        values.append(bounded_step(arithmetic, node.name, a))
    return arithmetic.finalise(values[-1])


def bounded_step(arithmetic, name, a):
    if name in ("negate", "absolute", "add", "subtract", "multiply", "divide"):
        return getattr(arithmetic, name)(*a)
    if name in POWERS:
        return arithmetic.power(a[0], POWERS[name])
    if name == "power":
        return arithmetic.power_of(*a)
    if name == "floor":
        return arithmetic.to_integer(np.floor, a[0])
    if name in ("max", "min"):
        return arithmetic.extreme(np.greater_equal if name == "max" else np.less_equal, *a)
    if name == "sum":
        stacked = stack(arithmetic, a)
        return arithmetic.total(stacked, (0,))
    if name == "dot":
        left, right = stack(arithmetic, a[:2]), stack(arithmetic, a[2:])
        return arithmetic.contract(left, right, lambda x, y: (x * y).sum(0))
    if name == "select":
        which = arithmetic.compare(np.greater, a[0], a[1])
        return arithmetic.select(which, a[2:])
    return arithmetic.function(name, a[0])


def stack(arithmetic, numbers):
    return arithmetic.joined([arithmetic.finalise(n) for n in numbers], np.stack)


def exactly(nodes, leaves):
    """The program in 200 digits; None where it has no value."""
    values = [mpmath.mpf(float(x)) for x in leaves]
    for node in nodes:
        value = exact_step(node.name, [values[i] for i in node.operands])
        if value is None:
            return None
        values.append(value)
    return values[-1]


def exact_step(name, a):
    if name == "divide" and not a[1]:
        return None
    if name == "reciprocal" and not a[0]:
        return None
    if name == "power" and (a[0] <= 0 or abs(a[1] * mpmath.log(a[0])) > 1e4):
        return None
    if name in ("log", "sqrt", "rsqrt") and (a[0] < 0 or (a[0] == 0 and name != "sqrt")):
        return None
    if name in ("exp", "tanh", "logistic", "sin", "erfc") and abs(a[0]) > 1e6:
        return None
    return {
        "add": lambda: a[0] + a[1],
        "subtract": lambda: a[0] - a[1],
        "multiply": lambda: a[0] * a[1],
        "negate": lambda: -a[0],
        "absolute": lambda: abs(a[0]),
        "divide": lambda: a[0] / a[1],
        "power": lambda: a[0] ** a[1],
        "square": lambda: a[0] ** 2,
        "cube": lambda: a[0] ** 3,
        "reciprocal": lambda: 1 / a[0],
        "sin": lambda: mpmath.sin(a[0]),
        "erfc": lambda: mpmath.erfc(a[0]),
        "floor": lambda: mpmath.floor(a[0]),
        "exp": lambda: mpmath.exp(a[0]),
        "log": lambda: mpmath.log(a[0]),
        "sqrt": lambda: mpmath.sqrt(a[0]),
        "rsqrt": lambda: 1 / mpmath.sqrt(a[0]),
        "tanh": lambda: mpmath.tanh(a[0]),
        "logistic": lambda: 1 / (1 + mpmath.exp(-a[0])),
        "max": lambda: max(a),
        "min": lambda: min(a),
        "sum": lambda: mpmath.fsum(a),
        "dot": lambda: a[0] * a[2] + a[1] * a[3],
        "select": lambda: a[3] if a[0] > a[1] else a[2],
    }[name]()


def in_dtype(nodes, leaves, fmt, draw):
    """The program with every operation rounded to the format, sums in an order that is drawn."""
    values = [float(x) for x in leaves]
    for node in nodes:
        values.append(rounded_step(node.name, [values[i] for i in node.operands], fmt, draw))
    return values[-1]


def rounded_step(name, a, fmt, draw):
    def keep(value):
        return float(rounded(value, fmt))

    def summed(terms):
        terms = list(draw(st.permutations(terms)))
        while len(terms) > 1:  # any tree: two of them at a time
            left, right = terms.pop(), terms.pop(draw(st.integers(0, len(terms) - 1)))
            terms.append(keep(left + right))
        return terms[0]

    def root(x):
        return keep(np.sqrt(x))

    steps = {
        "sum": lambda: summed(a),
        "dot": lambda: summed([keep(a[0] * a[2]), keep(a[1] * a[3])]),
        "square": lambda: keep(a[0] * a[0]),
        "cube": lambda: keep(keep(a[0] * a[0]) * a[0]),
        "reciprocal": lambda: keep(1 / np.float64(a[0])),
        "power": lambda: (
            a[0]
            if a[1] == 1  # nobody takes a logarithm for that
            else keep(np.exp(np.float64(keep(keep(np.log(np.float64(a[0]))) * a[1]))))
        ),
        "erfc": lambda: keep(1 - keep(math.erf(a[0]))),
        "rsqrt": lambda: keep(np.float64(1) / root(a[0])),
        "logistic": lambda: keep(np.float64(1) / keep(1 + keep(np.exp(-a[0])))),
        "select": lambda: a[3] if a[0] > a[1] else a[2],
    }
    if name in steps:
        return steps[name]()
    functions = {
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": np.divide,
        "negate": np.negative,
        "absolute": np.abs,
        "max": np.maximum,
        "min": np.minimum,
    }
    function = functions.get(name) or getattr(np, name)
    return keep(function(*(np.float64(x) for x in a)))


# Doubles carry the rounded values: for float64 itself NumPy's own rounding is the rounding.
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=400, deadline=None)
@given(data=st.data(), program=programs())
def test_the_bound_holds_for_random_programs_in_any_order(dtype, data, program):
    fmt = FORMATS[dtype]
    count, nodes = program
    drawn = [data.draw(st.floats(-8, 8, width=16)) for _ in range(count)]
    leaves = [float(rounded(x, fmt)) for x in drawn]
    with np.errstate(all="ignore"):
        bound = bounded(Arithmetic(fmt), nodes, leaves)
        got = in_dtype(nodes, leaves, fmt, data.draw)
    with mpmath.workdps(200):
        truth = exactly(nodes, leaves)
        if truth is None or not np.isfinite(bound.value[0]):
            return  # the program has no value here
        error = float(bound.error[0])
        reached = float(abs(mpmath.mpf(got) - truth)) if np.isfinite(got) else np.inf
    assert np.isinf(error) or reached <= 2 * error


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_bound_of_half_the_size_would_be_too_small(dtype):
    """The property above can fail: a single rounding already uses half of one bound."""
    fmt = FORMATS[dtype]
    arithmetic = Arithmetic(fmt)
    one = arithmetic.exact(np.array([1.0]))
    three = arithmetic.exact(np.array([3.0]))
    quotient = arithmetic.divide(one, three)
    reached = abs(float(rounded(1 / 3, fmt)) - 1 / 3) if dtype != "float64" else 2.0**-55 / 3
    assert 0.05 * quotient.error[0] < reached <= quotient.error[0]


@pytest.mark.parametrize("dtype", DTYPES)
@settings(deadline=None)
@given(values=st.lists(st.integers(-3, 3), min_size=1, max_size=20))
def test_sums_of_small_integers_have_no_bound_at_all(dtype, values):
    arithmetic = Arithmetic(FORMATS[dtype])
    total = arithmetic.finalise(arithmetic.total(arithmetic.exact(np.array(values, float)), (0,)))
    assert total.value == sum(values)
    assert total.error == 0


def test_a_sum_that_can_round_has_a_bound():
    arithmetic = Arithmetic(FORMATS["bfloat16"])
    total = arithmetic.total(arithmetic.exact(np.array([256.0, 1.0, 1.0])), (0,))
    assert arithmetic.finalise(total).error > 0


@settings(deadline=None)
@given(
    terms=st.lists(st.floats(-100, 100, width=16), min_size=2, max_size=12),
    data=st.data(),
)
def test_a_float16_sum_in_any_order_is_inside_the_bound_of_exact_fractions(terms, data):
    fmt = FORMATS["float16"]
    arithmetic = Arithmetic(fmt)
    bound = arithmetic.finalise(arithmetic.total(arithmetic.exact(np.array(terms)), (0,)))
    got = rounded_step("sum", terms, fmt, data.draw)
    truth = sum(map(Fraction, terms))
    assert abs(Fraction(got) - truth) <= Fraction(float(bound.error))


def test_a_comparison_of_exact_numbers_is_never_ambiguous():
    arithmetic = Arithmetic(FORMATS["float32"])
    x = arithmetic.exact(np.array([0.0, -0.0, 1.0]))
    assert not arithmetic.compare(np.greater, x, arithmetic.exact(np.zeros(3))).ambiguous.any()


def test_a_comparison_within_rounding_covers_both_branches():
    arithmetic = Arithmetic(FORMATS["float32"])
    third = arithmetic.divide(arithmetic.exact(np.ones(1)), arithmetic.exact(np.full(1, 3.0)))
    which = arithmetic.compare(np.greater, third, arithmetic.exact(np.full(1, 1 / 3)))
    assert which.ambiguous.all()
    low, high = arithmetic.exact(np.zeros(1)), arithmetic.exact(np.full(1, 5.0))
    assert arithmetic.select(which, [low, high]).error == 5.0


def test_an_overflow_makes_no_claim():
    arithmetic = Arithmetic(FORMATS["float16"])
    big = arithmetic.exact(np.array([60000.0]))
    assert np.isinf(arithmetic.finalise(arithmetic.add(big, big)).error)


def test_a_sum_of_which_a_part_may_overflow_makes_no_claim():
    arithmetic = Arithmetic(FORMATS["float16"])
    terms = arithmetic.exact(np.array([60000.0, 30000.0, -60000.0]))
    assert np.isinf(arithmetic.finalise(arithmetic.total(terms, (0,))).error)


def test_a_nan_that_was_carried_through_is_claimed_exactly():
    arithmetic = Arithmetic(FORMATS["float16"])
    x = arithmetic.exact(np.array([np.nan, np.inf]))
    assert (arithmetic.multiply(x, x).error == 0).all()


def test_a_division_by_what_could_be_zero_is_unbounded():
    arithmetic = Arithmetic(FORMATS["float16"])
    third = arithmetic.divide(arithmetic.exact(np.ones(1)), arithmetic.exact(np.full(1, 3.0)))
    small = arithmetic.finalise(arithmetic.subtract(third, arithmetic.exact(np.full(1, 1 / 3))))
    assert np.isinf(arithmetic.divide(arithmetic.exact(np.ones(1)), small).error)


def test_a_long_constant_is_charged_its_own_rounding_and_a_short_one_is_not():
    arithmetic = Arithmetic(FORMATS["float32"])
    error = arithmetic.constant(np.array([0.5, 3.0, 0.0, 1e-5, 1 / 3])).error
    assert (error[:3] == 0).all()
    assert (error[3:] > 0).all()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_element_is_a_multiple_of_the_grid(values):
    grid = grid_of(np.array(values))
    if 0 < grid < np.inf:
        assert all(Fraction(v) % Fraction(grid) == 0 for v in values)


def test_the_grid_is_that_of_the_finite_elements():
    """-inf under a mask, or around a pool, makes nothing else unknown."""
    assert grid_of(np.array([1.0, np.inf, np.nan, -np.inf])) == 1
    assert grid_of(np.zeros(3)) == np.inf
    assert grid_of(np.array([0.75, 6.0])) == 0.25


@given(st.floats(allow_nan=False))
def test_a_short_constant_is_the_same_in_every_dtype(value):
    if is_short(np.array(value)):
        for fmt in FORMATS.values():
            assert float(rounded(value, fmt)) == value


@pytest.fixture
def cancelled():
    """A small number with a large relative error: 1/3, rounded, less 85/256."""
    arithmetic = Arithmetic(FORMATS["float16"])
    third = arithmetic.divide(arithmetic.exact(np.ones(1)), arithmetic.exact(np.full(1, 3.0)))
    return arithmetic.finalise(arithmetic.subtract(third, arithmetic.exact(np.full(1, 85 / 256))))


def test_a_product_carries_either_factors_error(cancelled):
    arithmetic = Arithmetic(FORMATS["float16"])
    five = arithmetic.exact(np.full(1, 5.0))
    for product in (arithmetic.multiply(cancelled, five), arithmetic.multiply(five, cancelled)):
        assert product.error >= 5 * cancelled.error


def test_a_dot_product_carries_either_factors_error(cancelled):
    arithmetic = Arithmetic(FORMATS["float16"])
    five = arithmetic.exact(np.full(1, 5.0))
    for a, b in ((cancelled, five), (five, cancelled)):
        dot = arithmetic.contract(a, b, lambda x, y: (x * y).sum(keepdims=True))
        assert dot.error >= 5 * cancelled.error


def test_a_dot_product_charges_the_rounding_of_its_products():
    arithmetic = Arithmetic(FORMATS["float32"])
    x = arithmetic.exact(np.full(1, 1 + 2.0**-23))
    dot = arithmetic.contract(x, x, lambda a, b: (a * b).sum(keepdims=True))
    assert dot.error >= 2.0**-24


def test_a_quotient_carries_both_errors(cancelled):
    arithmetic = Arithmetic(FORMATS["float16"])
    five = arithmetic.exact(np.full(1, 5.0))
    assert arithmetic.divide(cancelled, five).error >= cancelled.error / 5
    slope = 5 / cancelled.value**2
    assert arithmetic.divide(five, cancelled).error >= slope * cancelled.error


@pytest.mark.parametrize("keeps", [np.greater_equal, np.less_equal])
def test_an_extreme_of_close_numbers_carries_the_larger_error(keeps, cancelled):
    arithmetic = Arithmetic(FORMATS["float16"])
    same = arithmetic.exact(cancelled.value)
    for a, b in ((cancelled, same), (same, cancelled)):
        assert arithmetic.extreme(keeps, a, b).error >= cancelled.error


def test_an_overflow_of_float64_itself_makes_no_claim():
    arithmetic = Arithmetic(FORMATS["float64"])
    huge = arithmetic.exact(np.array([1e200]))
    assert np.isinf(arithmetic.multiply(huge, huge).error)
    assert np.isinf(arithmetic.function("exp", arithmetic.exact(np.array([1000.0]))).error)


def test_what_stands_over_an_exact_zero_is_infinite_for_everybody():
    arithmetic = Arithmetic(FORMATS["float64"])
    quotient = arithmetic.divide(arithmetic.exact(np.ones(1)), arithmetic.exact(np.zeros(1)))
    assert np.isinf(quotient.value)
    assert quotient.error == 0


def test_a_zero_that_may_be_more_has_the_root_of_its_error():
    """Around 0 a root moves further than half of what its operand moves."""
    arithmetic = Arithmetic(FORMATS["float32"])
    zero = arithmetic.plain(np.zeros(1), np.full(1, 1e-4))
    assert arithmetic.function("sqrt", zero).error >= 1e-2


def test_one_over_what_may_be_zero_is_unbounded():
    arithmetic = Arithmetic(FORMATS["float32"])
    zero = arithmetic.plain(np.zeros(1), np.full(1, 1e-4))
    assert np.isinf(arithmetic.power(zero, -2).error)
    assert np.isinf(arithmetic.function("rsqrt", zero).error)


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_small_whole_numbers_are_exact(dtype):
    arithmetic = Arithmetic(FORMATS[dtype])
    whole = arithmetic.exact(np.array([-3.0, 0.0, 2.0, 5.0]))
    assert (arithmetic.power(whole, 2).error == 0).all()
    assert (arithmetic.power(whole, 3).error == 0).all()
    assert (arithmetic.power(arithmetic.exact(np.full(1, 1 / 3)), 2).error > 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_half_of_what_was_rounded_is_not_rounded_again(dtype):
    arithmetic = Arithmetic(FORMATS[dtype])
    third = arithmetic.divide(arithmetic.exact(np.ones(1)), arithmetic.exact(np.full(1, 3.0)))
    half, two = arithmetic.exact(np.full(1, 0.5)), arithmetic.exact(np.full(1, 2.0))
    assert arithmetic.multiply(third, half).error == third.error / 2
    assert arithmetic.divide(third, two).error == third.error / 2
    # Unless it underflows: the last digits are lost then.
    tiny = arithmetic.exact(np.full(1, 1.5 * FORMATS[dtype].smallest_normal))
    assert arithmetic.divide(tiny, two).error > 0


def test_the_limits_of_functions_are_exact():
    arithmetic = Arithmetic(FORMATS["float16"])
    ends = arithmetic.exact(np.array([-np.inf, np.inf]))
    for name in ("exp", "tanh", "logistic", "erf", "erfc"):
        assert (arithmetic.function(name, ends).error == 0).all()


def test_products_with_an_exact_zero_are_no_terms():
    arithmetic = Arithmetic(FORMATS["float32"])
    weights = arithmetic.exact(np.full(100, 1 / 3))
    dense, sparse = (arithmetic.exact(x) for x in (np.full(100, 0.01), np.eye(100)[0]))

    def dot(x):
        return arithmetic.finalise(
            arithmetic.contract(x, weights, lambda a, b: np.sum(a * b, keepdims=True))
        )

    assert dot(dense).error > 50 * 2.0**-24 * dot(dense).value
    assert dot(sparse).error < 5 * 2.0**-24 * dot(sparse).value


def test_a_rounded_number_that_is_a_max_is_not_compared_with_itself():
    arithmetic = Arithmetic(FORMATS["float32"])
    third = arithmetic.divide(arithmetic.exact(np.ones(2)), arithmetic.exact(np.full(2, 3.0)))
    other = arithmetic.exact(np.array([0.0, 1 / 3]))
    largest = arithmetic.extreme(np.greater_equal, third, other)
    for one in (third, other):
        assert np.array_equal(arithmetic.compare(np.equal, one, largest).ambiguous, [False, True])


def test_a_power_may_be_computed_by_logarithms():
    """Where the logarithm is large, so is what its rounding does to the power."""
    fmt = FORMATS["float32"]
    base, exponent = np.linspace(2, 3, 50).astype(np.float32), np.float32(37.0)
    bound = Arithmetic(fmt)
    power = bound.power_of(bound.exact(base), bound.exact(np.full(50, exponent)))
    off = abs(np.exp(np.log(base) * exponent).astype(np.float64) - base.astype(np.float64) ** 37)
    assert (off <= power.error).all()
    assert (off > 6 * fmt.unit * power.value).any()
