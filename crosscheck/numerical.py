"""The derivative of a candidate's own forward, from nothing but its results: central differences.

φ(t) = Σ cotangent·out(x + t·v) has the slope <gradient, v> at t = 0. D(h) = (φ(h) - φ(-h))/2h is
off by O(h²), and by noise/h from rounding: least at h = ∛noise (Press et al., Numerical Recipes,
section 5.7). The noise is measured (Moré and Wild, "Estimating computational noise", SISC 2011).
(4·D(h/2) - D(h))/3 is free of h², and how the two differ says how far off it may be. A kink at 0,
which D cannot see, shows in the second differences: those of smooth functions vanish with h.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from crosscheck.case import Case, Drawn
from crosscheck.oracle import Array
from crosscheck.scenario import Bits

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate

# In so many numbers at most, each by itself: a kink or a mistake in one shows there alone.
ELEMENTWISE = 48
# Otherwise along so many random directions in each input: the chance that errors cancel in all of
# them is one in 256 at most.
DIRECTIONS = 8
_FEWEST = 3
SECONDS = 0.5  # of one case, as its first calls promise; it is given up at four times as many
# The error is estimated from two differences, and either may be small by chance. Measured over
# three normal cases of each layer of impl_numpy: the true error is at most 0.8 of the estimate.
SAFETY = 8.0
_UNIT = 2.0**-53
# Two gradients can be told apart by a derivative so much finer than their difference.
_FINER = 10.0
_SINGLE = 2.0**-20  # of a few roundings to float32


@dataclass(frozen=True)
class Slopes:
    """Derivatives along K directions in one input: ``directions`` (K, *shape), ``values`` (K,) and
    what they may be off, ``allowed`` (K,), which is not finite where nothing is known.
    """

    directions: Array
    values: Array
    allowed: Array

    def along(self, gradient: Array) -> Array:
        """The same (K,) by a gradient of the input's shape."""
        return np.tensordot(self.directions, gradient, axes=gradient.ndim)

    def fits(self, gradient: Array, other: Array) -> bool | None:
        """Whether a gradient is the derivative; None if this cannot tell it from another one, or if
        it is off by no more than rounding to float32 explains.

        Both are of the input's shape.
        """
        known = np.isfinite(self.values + self.allowed)
        if not np.isfinite(gradient).all():
            return False if known.any() else None
        mine, theirs = self.along(gradient), self.along(other)
        known &= self.allowed <= np.abs(mine - theirs).max(initial=0.0) / _FINER
        error = np.abs(mine - self.values)
        rounded = _SINGLE * np.tensordot(np.abs(self.directions), np.abs(gradient), gradient.ndim)
        if (known & (error > self.allowed + rounded)).any():
            return False
        return True if known.size and (known & (error <= self.allowed)).all() else None


def own_slopes(candidate: Candidate, case: Case) -> dict[str, Slopes]:
    """The slopes of a candidate's own forward at a case, by the names of the gradients (``dx``).

    Empty if that cannot be known: it does not return the same again, nor anything else for other
    inputs, returns no array of the right shape, or takes too long.
    """
    start = time.perf_counter()
    forward = _Forward(candidate, case, case.draw(), start + 4 * SECONDS)
    base = forward.at({})
    if not (np.isfinite(base).all() and np.array_equal(base, forward.at({}))):
        return {}
    nearby = _nearby(forward, base)
    if not (np.isfinite(nearby).all() and nearby.any()):
        return {}
    size = float(np.abs(base).sum())
    noise = max(_UNIT * size, _noise(nearby))
    calls = SECONDS / max(time.perf_counter() - start, 1e-9) * (2 + _NEARBY)
    relative = noise / size if size else _UNIT
    found = {}
    for name, directions in _directions(case, forward.inputs, int(calls / 4)).items():
        step = 2.0 ** round(log2(relative ** (1 / 3) * _scale(forward.inputs[name])))
        pairs = [_slope(forward, base, name, d, step, noise) for d in directions]
        values, allowed = np.array(pairs).reshape(-1, 2).T
        found["d" + name] = Slopes(directions, values, allowed)
    return found


@dataclass(frozen=True)
class _Forward:
    """A candidate's forward near a case, each result times its cotangent, until then."""

    candidate: Candidate
    case: Case
    drawn: Drawn
    until: float

    @property
    def inputs(self) -> dict[str, Array]:
        """What may be changed."""
        return {i.name: self.drawn.inputs[i.name] for i in self.case.layer.differentiated}

    def at(self, changed: Mapping[str, Array]) -> Array:
        """The terms of φ with these inputs changed; NaN if it does not answer."""
        if time.perf_counter() > self.until:
            return _NO_ANSWER
        drawn = replace(self.drawn, inputs={**self.drawn.inputs, **changed})
        results = self.candidate.trial(self.case, drawn).results
        terms = []
        for name, cotangent in self.drawn.cotangents.items():
            got = results.get(name.removeprefix("d"))
            if not isinstance(got, np.ndarray) or not alike(got.shape, cotangent.shape):
                return _NO_ANSWER
            terms.append(cotangent.ravel() * got.astype(np.float64).ravel())
        return np.concatenate(terms)


def alike(shape: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    """Whether they are the same but for axes of length 1."""
    return [n for n in shape if n != 1] == [n for n in expected if n != 1]


_NO_ANSWER = np.array([np.nan])
_NEARBY = 8
_NEAR = 2.0**-20


def _nearby(forward: _Forward, base: Array) -> Array:
    """How φ changes in equal steps, all inputs together: so small that it is all but a line."""
    ways = {n: _signs(f"{forward.case.id} near {n}", x.shape) for n, x in forward.inputs.items()}
    steps = {n: _NEAR * _scale(x) * ways[n] for n, x in forward.inputs.items()}
    return np.array(
        [
            (forward.at({n: x + i * steps[n] for n, x in forward.inputs.items()}) - base).sum()
            for i in range(1, 1 + _NEARBY)
        ]
    )


def _noise(nearby: Array) -> float:
    """The standard deviation of φ's rounding errors: they are all that is left in the fourth
    differences, √70 times (the binomial coefficients squared add up to that).
    """
    return float(np.sqrt(np.mean(np.diff(nearby, n=4) ** 2) / 70))


def _scale(array: Array) -> float:
    """A power of two near the mean magnitude, so that steps are exact; 1 if there is none."""
    mean = float(np.abs(array).mean()) if array.size else 0.0
    return 2.0 ** round(log2(mean)) if mean else 1.0


def _signs(name: str, shape: tuple[int, ...]) -> Array:
    return Bits(name).below(2, shape) * 2.0 - 1.0


def _directions(case: Case, inputs: Mapping[str, Array], most: int) -> dict[str, Array]:
    """Where to go from each input: along every axis if all together are few, else at random. Empty
    if there are fewer than a few to afford.
    """
    total = sum(x.size for x in inputs.values())
    each = min(DIRECTIONS, most // max(len(inputs), 1))
    if total <= min(ELEMENTWISE, most):
        return {n: np.eye(x.size).reshape(x.size, *x.shape) for n, x in inputs.items()}
    if each < _FEWEST:
        return {}
    return {n: _signs(f"{case.id} {n}", (each, *x.shape)) for n, x in inputs.items()}


def _slope(
    forward: _Forward, base: Array, name: str, direction: Array, step: float, noise: float
) -> tuple[float, float]:
    """The derivative at 0 along a direction, and what it may be off."""
    x = forward.inputs[name]

    def differences(h: float) -> Iterator[float]:
        up, down = (forward.at({name: x + t * direction}) for t in (h, -h))
        yield float((up - down).sum()) / (2 * h)
        yield float((up - base + (down - base)).sum()) / h

    coarse, coarse_bend = differences(step)
    fine, fine_bend = differences(step / 2)
    kink = abs(2 * fine_bend - coarse_bend)  # 0 up to h³ if smooth; at a kink, how much it bends
    return (4 * fine - coarse) / 3, SAFETY * (abs(fine - coarse) + kink + 2 * noise / step)
