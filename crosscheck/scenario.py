"""Named families of inputs: how values are drawn, and how they lie in memory.

Values come from the raw bits of Philox through our own mapping to floating-point numbers, so they
are the same on every machine, Python and NumPy. Only exact operations are used on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from hashlib import blake2b
from math import prod

import numpy as np

from crosscheck.dtypes import Format

Shape = tuple[int, ...]


class Bits:
    """Raw random bits: a counter-based stream (Philox) named by a text.

    Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11.
    """

    def __init__(self, name: str) -> None:
        key = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "little")
        self._stream = np.random.Philox(key=key)

    def words(self, shape: Shape) -> np.ndarray:
        """Fresh 64-bit words: uint64, of that shape."""
        return np.asarray(self._stream.random_raw(prod(shape)), np.uint64).reshape(shape)

    def below(self, limit: int, shape: Shape) -> np.ndarray:
        """Integers 0 ≤ i < limit (int64), limit < 2**32."""
        words = self.words(shape) >> np.uint64(32)
        return (words * np.uint64(limit) >> np.uint64(32)).astype(np.int64)


Fill = Callable[[Bits, Shape, Format], np.ndarray]
Layout = Callable[[np.ndarray], np.ndarray]


def _exponent_bits(exponent: int) -> np.uint64:
    """The exponent field of a float64 in [2**exponent, 2**(exponent + 1))."""
    return np.uint64(exponent + 1023 << 52)


# How often each binade occurs among 256 draws from a standard normal distribution.
_NORMAL_BINADES = np.repeat(
    np.array([_exponent_bits(e) for e in (1, 0, -1, -2, -3, -4, -5)]), [12, 70, 77, 48, 25, 12, 12]
)


def _floats(words: np.ndarray, exponents: np.ndarray | np.uint64, fmt: Format) -> np.ndarray:
    """Float64 values ±1.mmm·2**exponent whose significand fills ``fmt`` exactly.

    Bit 63 of each word is the sign, the bits below 52 the significand.
    """
    sign_and_significand = np.uint64((1 << 63) + (1 << 52) - (1 << (53 - fmt.precision)))
    return np.asarray(words & sign_and_significand | exponents).view(np.float64)


def normal(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Spread over the binades as a standard normal distribution is."""
    words = bits.words(shape)
    return _floats(words, _NORMAL_BINADES[words >> np.uint64(52) & np.uint64(255)], fmt)


def positive(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """As ``normal``, without the signs: sums grow, and narrow accumulators stagnate."""
    return np.abs(normal(bits, shape, fmt))


def kinks(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A quarter of the elements exactly 0.0, an eighth -0.0, and at least one of each."""
    values, eighth = normal(bits, shape, fmt), bits.below(8, shape)
    zeros = np.where(eighth < 2, 0.0, np.where(eighth == 2, -0.0, values))
    return _with_each(bits, zeros, (0.0, -0.0))


def with_special(*specials: float) -> Fill:
    """``normal``, with each special value at one place of its own."""
    return lambda bits, shape, fmt: _with_each(bits, normal(bits, shape, fmt), specials)


def _with_each(bits: Bits, values: np.ndarray, specials: tuple[float, ...]) -> np.ndarray:
    """As many of the special values as there is room for, far apart."""
    flat = values.ravel()
    start = int(bits.below(max(flat.size, 1), ()))
    stride = max(flat.size // len(specials), 1)
    for i, special in enumerate(specials[: flat.size]):
        flat[(start + i * stride) % flat.size] = special
    return flat.reshape(values.shape)


def ties(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Every element one of three values."""
    return normal(bits, (3,), fmt)[bits.below(3, shape)]


def equal_rows(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Each row constant: zero variance, uniform softmax."""
    column = shape[:1] + (1,) * (len(shape) - 1)
    return np.broadcast_to(normal(bits, column, fmt), shape).copy()


def at_exponent(exponent: Callable[[Format], int]) -> Fill:
    """A fill whose magnitudes all lie in one binade, ``[2**e, 2**(e+1))``."""

    def fill(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
        return _floats(bits.words(shape), _exponent_bits(exponent(fmt)), fmt)

    return fill


def integers(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """-1, 0 and 1, so few of them not 0 that every sum of products is exact in any order.

    The first and the last element are never 0: an index off by one cannot hide.
    """
    size = int(np.prod(shape, dtype=np.int64))
    limit = 2 ** (fmt.precision - 2)
    values = np.zeros(size)
    places = np.arange(size) if size <= limit else bits.below(size, (limit - 2,))
    values[places] = bits.below(3, places.shape) - 1.0
    values[[0, -1] if size else []] = 1.0
    return values.reshape(shape)


def _fortran_order(array: np.ndarray) -> np.ndarray:
    return np.array(array, order="F")


def _transposed(array: np.ndarray) -> np.ndarray:
    """A view whose first axis is the fastest, the others in C order behind it."""
    return np.moveaxis(np.array(np.moveaxis(array, 0, -1), order="C"), -1, 0)


def _negative_strides(array: np.ndarray) -> np.ndarray:
    return np.flip(np.array(np.flip(array), order="C"))


def _broadcast(array: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.array(array[:1], order="C"), array.shape)


@dataclass(frozen=True, eq=False)  # there is one of each
class Scenario:
    """A named family of inputs.

    ``fill`` draws the first input, ``rest`` the other inputs and the cotangents, ``fills`` the
    inputs of these names; ``repeats`` makes all rows of each array the same. ``layout`` lays
    float arrays out in memory and ``labels`` is the dtype of labels; neither changes a value, and
    ``values_of`` names the scenario whose values are shared. ``guard``, if set, is the kind of
    the *warning* that a failure here alone is worth, where correct course code is known to fail.
    ``stress`` marks magnitudes at which an infinite output is a warning if the gradients are right.
    """

    name: str
    about: str
    fill: Fill = normal
    rest: Fill = normal
    fills: Mapping[str, Fill] = field(default_factory=dict)
    repeats: bool = False
    layout: Layout = np.ndarray.copy
    labels: str = "int64"
    values_of: str = ""
    guard: str = ""
    stress: bool = False

    @cached_property
    def as_drawn(self) -> bool:
        """Whether arrays lie as they were drawn: in C order, with labels of int64."""
        return self.layout is np.ndarray.copy and self.labels == "int64"


_LAYOUT = Scenario("", "", values_of="normal", guard="layout")
_LABELS = Scenario("", "", values_of="normal", guard="labels")

SCENARIOS = (
    Scenario("normal", "values as from a standard normal distribution"),
    Scenario("empty", "a batch of no examples", guard="empty"),
    Scenario("scalar", "an array of no dimensions", guard="scalar"),
    Scenario("positive", "all positive, so that sums grow", positive, positive),
    Scenario("integers", "-1, 0 and 1: every sum is exact", integers, integers),
    Scenario("kinks", "exact zeros, of either sign, among the values", kinks),
    Scenario("ties", "every element one of three values", ties),
    Scenario("equal-rows", "each row constant", equal_rows),
    Scenario("large", "magnitudes from 512 to 1,024", at_exponent(lambda f: 9), stress=True),
    Scenario(
        "near-overflow",
        "the dtype's fourth-largest binade",
        # Not beyond 2**1000: the float64 interpreter of the bound must not overflow itself.
        at_exponent(lambda f: min(f.max_exponent - 3, 1000)),
        stress=True,
    ),
    Scenario(
        "large-upstream",
        "parameters and upstream gradients from 512 to 1,024 (float16: 32 to 64)",
        rest=at_exponent(lambda f: 5 if f.name == "float16" else 9),
    ),
    # Halving or doubling it on the way is allowed: it stays a normal number.
    Scenario("tiny", "near the smallest normal numbers", at_exponent(lambda f: f.min_exponent + 1)),
    Scenario("nan", "one NaN", with_special(np.nan), guard="nonfinite"),
    Scenario("inf", "one inf, one -inf", with_special(np.inf, -np.inf), guard="nonfinite"),
    Scenario("repeated", "all rows the same", repeats=True),
    replace(_LAYOUT, name="fortran", about="Fortran order", layout=_fortran_order),
    replace(_LAYOUT, name="transposed", about="a transposed view", layout=_transposed),
    replace(_LAYOUT, name="negative", about="negative strides", layout=_negative_strides),
    Scenario(
        "broadcast",
        "stride 0 along the first axis",
        repeats=True,
        layout=_broadcast,
        values_of="repeated",
        guard="layout",
    ),
    *(
        replace(_LABELS, name=f"labels-{name}", about=f"labels of dtype {name}", labels=name)
        for name in ("int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64")
    ),
)


# One after the other at a layer's main point: all but the values of "repeated" come from "normal".
FORMS = ("repeated", "broadcast", "fortran", "transposed", "negative")
LABELS = tuple(s.name for s in SCENARIOS if s.guard == "labels")


@cache
def by_name(*own: Scenario) -> Mapping[str, Scenario]:
    """The scenarios that every layer has, and a layer's own."""
    return {s.name: s for s in (*SCENARIOS, *own)}
