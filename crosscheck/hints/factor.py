"""A constant factor that a size or an option names: 1/N, H·W, 2, -1, 1/(1 - p)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, permutations
from math import isfinite, log, pi, prod, sqrt

import numpy as np

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import Evidence, View

# Numbers that no size has to explain, in the order in which they are thought of.
_NUMBERS = {
    "2": 2.0,
    "1/2": 0.5,
    "4": 4.0,
    "1/4": 0.25,
    "ln 2": log(2),
    "1/ln 2": 1 / log(2),
    "√2": sqrt(2),
    "1/√2": sqrt(0.5),
    "√(2π)": sqrt(2 * pi),
    "√(2/π)": sqrt(2 / pi),
    "√(π/2)": sqrt(pi / 2),
}


def clues(view: View) -> Iterator[Clue]:
    """``got`` is ``expected`` times a named constant."""
    measured = ratio(view.got, view.expected) if view.shaped else None
    if measured is None:
        return
    quantity = view.quantity
    if view.fits(-view.expected):
        yield Clue(("factor", "-1"), f"{quantity} has the wrong sign, and is right otherwise")
        return
    for name, (value, where, cost) in named(view.evidence).items():
        for sign in (1.0, -1.0):
            if abs(sign * value - measured) < 1e-6 * abs(measured) and view.fits(
                sign * value * view.expected
            ):
                yield _clue(view, name, sign, value, where, cost)


def ratio(got: np.ndarray, expected: np.ndarray) -> float | None:
    """Got over expected at its largest element; None if there is no such number."""
    if not expected.size or not np.isfinite(got).all() or not np.isfinite(expected).all():
        return None
    place = np.unravel_index(int(np.argmax(np.abs(expected))), expected.shape)
    if expected[place] == 0 or got[place] == 0:
        return None
    found = float(got[place] / expected[place])
    return found if isfinite(found) else None


def _clue(view: View, name: str, sign: float, value: float, where: str, cost: float) -> Clue:
    minus, quantity = "-" * (sign < 0), view.quantity
    is_gradient = quantity in view.evidence.case.layer.gradients
    right = "the correct gradient" if is_gradient else f"the correct {quantity}"
    number = minus + _written(value)
    here = f": here that is {number}, as {where}" if where else ""
    text = f"{quantity} is {right} times exactly {minus}{name}{here}"
    elsewhere = f"in a case with {where} it is {number}" if where else ""
    likely = "Likely it is averaged over the batch, where the loss already is."
    cause = likely if name == "1/N" and is_gradient else ""
    return Clue(("factor", minus + name), text, elsewhere, cause, cost + (sign < 0))


def _written(value: float) -> str:
    """A number as people write it: 1/3, 7, 0.125."""
    if value < 1 and abs(1 / value - round(1 / value)) < 1e-9 / value and 1 / value < 1e6:
        return f"1/{round(1 / value)}"
    return f"{value:.6g}"


Constant = tuple[str, float, str, float]  # its name, value, what it stands for, its cost


def named(evidence: Evidence) -> dict[str, tuple[float, str, float]]:
    """By name, each constant with what it stands for ("N = 3") and how far-fetched it is."""
    found: dict[str, tuple[float, str, float]] = {}
    for name, value, where, cost in _constants(evidence):
        if value > 0 and isfinite(value) and abs(value - 1) > 1e-12:
            found.setdefault(name, (value, where, cost))
    return found


def valued(evidence: Evidence, name: str) -> float:
    """What a constant of this name, perhaps with a minus, is in a case; 1 has no name."""
    sign = -1.0 if name.startswith("-") else 1.0
    value, *_ = named(evidence).get(name.removeprefix("-"), (1.0,))
    return sign * value


def _constants(evidence: Evidence) -> Iterator[Constant]:
    for i, (name, value) in enumerate(_NUMBERS.items()):
        yield name, value, "", 1 if i < 2 else 3
    for names, product in _products(evidence):
        yield from _of_sizes(names, product)
    sizes = flat_sizes(evidence)
    for (over, a), (under, b) in permutations(sizes.items(), 2):
        if a > 0 and b > 0:
            yield f"{over}/{under}", a / b, f"{over} = {a}, {under} = {b}", 2.5
    for name, option in evidence.options.items():
        if 0 < option < 1e6:
            for text, value in _of_option(name, option):
                cost = 1.5 + (len(text) - len(name)) / 10
                yield text, value, f"{name} = {option:g}", cost


def _of_sizes(names: tuple[str, ...], sizes: tuple[int, ...]) -> Iterator[Constant]:
    """What is made of a size, or of the product of several."""
    product, value, cost = "·".join(names), float(prod(sizes)), float(len(names))
    where = ", ".join(f"{n} = {s}" for n, s in zip(names, sizes, strict=True))
    group = f"({product})" if len(names) > 1 else product
    yield f"1/{group}", 1 / value, where, cost
    yield product, value, where, cost
    for text, factor in (("2", 2.0), ("1/2", 0.5)):
        yield f"{text}/{group}", factor / value, where, cost + 1.5
        yield f"{text}·{product}", factor * value, where, cost + 1.5
    yield f"√{group}", sqrt(value), where, cost + 1
    yield f"1/√{group}", 1 / sqrt(value), where, cost + 1
    if len(names) == 1:
        yield f"{product}/({product} - 1)", value / max(value - 1, 0.5), where, 2
        yield f"({product} - 1)/{product}", (value - 1) / value, where, 2
        yield f"1/{product}²", 1 / value**2, where, 3


def _of_option(name: str, p: float) -> Iterator[tuple[str, float]]:
    yield from ((f"1/{name}", 1 / p), (name, p), (f"{name}²", p * p), (f"1/{name}²", 1 / p**2))
    if 0 < p < 1:
        q = 1 - p
        yield from ((f"(1 - {name})", q), (f"1/(1 - {name})", 1 / q))
        yield from ((f"{name}/(1 - {name})", p / q), (f"(1 - {name})/{name}", q / p))
        yield from ((f"2·{name}", 2 * p), (f"2·(1 - {name})", 2 * q))


def _products(evidence: Evidence) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Every size, and the products of two and three of them."""
    sizes = flat_sizes(evidence)
    for count in (1, 2, 3):
        for names in combinations(sizes, count):
            if all(sizes[n] > 0 for n in names) and any(sizes[n] > 1 for n in names):
                yield names, tuple(sizes[n] for n in names)


def flat_sizes(evidence: Evidence) -> Mapping[str, int]:
    """The sizes by name; of several in one symbol, their product, and the first of them."""
    sizes: dict[str, int] = {}
    for name, size in evidence.case.sizes.items():
        if name in evidence.options and not isinstance(size, int):
            continue
        if isinstance(size, tuple):
            sizes[f"|{name}|"] = prod(size)
            if len(size) > 1 or len(evidence.case.sizes) == 1:
                sizes["N" if len(evidence.case.sizes) == 1 else f"{name}₁"] = size[0] if size else 1
        else:
            sizes[name] = int(size)
    return sizes
