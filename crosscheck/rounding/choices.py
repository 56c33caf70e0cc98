"""Comparisons, extremes and selections: where rounding could turn one, the bound covers what else
could have been chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from crosscheck.rounding.number import Approx, Array, Choice, Discrete, finite
from crosscheck.rounding.sums import Sums

# By what the better one is to the others: the extreme of two arrays, and along axes.
_EXTREMES: dict[Any, tuple[Any, Any]] = {
    np.greater_equal: (np.maximum, np.max),
    np.less_equal: (np.minimum, np.min),
}


def _same(a: Approx, b: Approx) -> bool:
    """The same numbers, not just close ones: one object, or one exact constant."""
    exact = not a.error.any() and not b.error.any()
    return a is b or (exact and np.array_equal(a.value, b.value))


class Choices(Sums):
    """What depends on which of several numbers is larger."""

    def compare(self, relation: Callable[[Array, Array], Array], a: Approx, b: Approx) -> Discrete:
        """Ambiguous where the operands could swap within their errors; never for exact ones."""
        if a is b:  # x != x asks for NaN
            value = relation(a.value, b.value)
            return Discrete(value, np.zeros(value.shape, bool))
        if relation is np.equal and b.choice:
            chosen = self._is_chosen(a, b, b.choice)
            if chosen:
                return chosen
        a, b = self.finalise(a), self.finalise(b)
        slack = a.error + b.error
        return Discrete(
            relation(a.value, b.value), (np.abs(a.value - b.value) <= slack) & (slack > 0)
        )

    def _is_chosen(self, a: Approx, b: Approx, choice: Choice) -> Discrete | None:
        """Whether ``a`` is what ``b`` was chosen to be; None if ``b`` was chosen from others."""
        if choice.axes:
            [rival] = choice.rivals
            if not _same(a, rival) or a.value.ndim != b.value.ndim:
                return None
            able, unsure = self.contenders(choice.keeps, rival, choice.axes)
            unsure = np.expand_dims(unsure, choice.axes)
            return Discrete(a.value == b.value, able & unsure)
        for rival, other in (choice.rivals, choice.rivals[::-1]):
            if _same(a, rival):
                return self.compare(choice.keeps, rival, other)
        return None

    def extreme(self, keeps: Callable[[Array, Array], Array], a: Approx, b: Approx) -> Approx:
        """Max (keeps what is ≥) or min (≤): the winner's error, the larger one where either could
        win.
        """
        choice = Choice(keeps, (a, b))
        choose = _EXTREMES[keeps][0]
        a, b = self.finalise(a), self.finalise(b)
        value = choose(a.value, b.value)
        close = np.abs(a.value - b.value) <= a.error + b.error
        winner = np.where(value == a.value, a.error, b.error)
        error = np.where(close, np.maximum(a.error, b.error), winner)
        return replace(self.plain(value, error, min(a.grid, b.grid)), choice=choice)

    def extreme_of(
        self, keeps: Callable[[Array, Array], Array], a: Approx, axes: tuple[int, ...]
    ) -> Approx:
        """Max or min over axes: the largest error among those that could win."""
        if not axes:
            return a
        choice = Choice(keeps, (a,), axes)
        a = self.finalise(a)
        best = _EXTREMES[keeps][1](a.value, axis=axes, keepdims=True)
        able = self._able_to_win(a, best, axes)
        error = np.where(able, a.error, 0.0).max(axis=axes, initial=0.0)
        return replace(self.plain(best.squeeze(axes), error, a.grid), choice=choice)

    def realigned(self, moved: Approx, choice: Choice) -> Approx:
        """A max along axes that got its axes back, as ones: it is still known from what."""
        if not choice.axes:
            return moved
        [rival] = choice.rivals
        best = _EXTREMES[choice.keeps][1](rival.value, axis=choice.axes, keepdims=True)
        kept = best.shape == moved.value.shape and np.array_equal(best, moved.value, True)
        return replace(moved, choice=choice) if kept else moved

    def contenders(
        self, keeps: Callable[[Array, Array], Array], a: Approx, axes: tuple[int, ...]
    ) -> tuple[Array, Array]:
        """Which elements along the axes could be the max or min, and where that is more than one
        because of rounding: exact ties are not, they are a convention's.
        """
        a = self.finalise(a)
        best = _EXTREMES[keeps][1](a.value, axis=axes, keepdims=True)
        able = self._able_to_win(a, best, axes)
        unsure = (able & (a.error > 0)).any(axis=axes) & (able.sum(axis=axes) > 1)
        return able, unsure

    @staticmethod
    def _able_to_win(a: Approx, best: Array, axes: tuple[int, ...]) -> Array:
        winner = a.value == best
        of_winner = np.where(winner, a.error, 0.0).max(axis=axes, keepdims=True, initial=0.0)
        return np.asarray(winner | (np.abs(best - a.value) <= a.error + of_winner))

    def select(self, which: Discrete, cases: Sequence[Approx]) -> Approx:
        """``cases[which]``; where the choice is ambiguous the bound covers every case."""
        finals = [self.finalise(c) for c in cases]
        index = which.value.astype(np.intp)
        value = np.choose(index, [c.value for c in finals])
        error = np.choose(index, [c.error for c in finals])
        if which.ambiguous.any():
            # Equal infinities are no distance apart.
            apart = (np.where(c.value == value, 0.0, np.abs(c.value - value)) for c in finals)
            reach = [d + c.error for d, c in zip(apart, finals, strict=True)]
            error = np.where(which.ambiguous, np.maximum.reduce(reach), error)
        return self.plain(value, error, min(c.grid for c in finals))

    def anywhere(
        self, a: Approx, unsure: Array, moved: Approx, axes: tuple[int, ...] | None = None
    ) -> Approx:
        """``moved``: elements of ``a`` that were picked, along the axes or of all. Where it is
        unsure which, the bound covers each of them.
        """
        if not unsure.any():
            return moved
        a, moved = self.finalise(a), self.finalise(moved)
        kept = axes is not None
        high = (a.value + a.error).max(axis=axes, keepdims=kept)
        low = (a.value - a.error).min(axis=axes, keepdims=kept)
        reach = np.maximum(high - moved.value, moved.value - low)
        return self.plain(moved.value, np.where(unsure, reach, moved.error), a.grid)

    def route(
        self,
        source: Approx,
        shape: tuple[int, ...],
        flat: Array,
        winner: Array,
        able: Array,
        unsure: Array,
    ) -> Approx:
        """Each window's share added where its winner lies, pending: ``flat``, ``winner`` and
        ``able`` are (window, element), ``source`` is (window, 1).

        An unsure window's share may arrive at any element that is able to win, and not at its
        winner.
        """

        def added(share: Array, to: Array) -> Array:
            result = np.zeros(shape)
            np.add.at(result.reshape(-1), flat[to], np.broadcast_to(share, flat.shape)[to])
            return result

        astray = np.where(unsure[:, None], finite(source.value), 0.0)
        count = np.where(source.is_zero, 0.0, source.terms)
        return Approx(
            added(source.value, winner),
            added(self._error_if_stored(source) + astray, able),
            added(source.mass, able),
            np.maximum(added(count, able), 1.0),
            source.grid,
        )
