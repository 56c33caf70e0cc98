"""The recurrent cells of CMU 11-785's mytorch, which hardly changed over the years."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from crosscheck.adapters.cmu import (
    MEANS,
    SMALL,
    Functions,
    batch_mean,
    in_dtype,
    moderate,
    shifts,
)
from crosscheck.adapters.codes import averages
from crosscheck.adapters.family import Family, Kept, has, parameters
from crosscheck.adapters.shaped import times, turned

ONE_BIAS = "{} is the bias, the other one is 0"
OVER_TIME = "the steps are chained here, and the gradients accumulate from step to step"
EACH_EXAMPLE = "the cell takes one example: called for each, the gradients are added here"
_GATES = ("Wrx", "Wzx", "Wnx", "Wrh", "Wzh", "Wnh")
# The gates' biases have other names from year to year, in this order.
_COUNT = 12


def add_cells(family: Family) -> None:
    """RNNCell, a step and a sequence, and GRUCell, a step."""
    for is_safe, is_mean in product((True, False), (True, False)):
        small, means = (SMALL,) * (not is_safe), (MEANS,) * is_mean
        for layer, adapt, told in (
            ("rnn_step", rnn_step, (ONE_BIAS.format("b_ih"),)),
            ("rnn", rnn, (ONE_BIAS.format("b_hh"), OVER_TIME)),
        ):
            family.form(
                *(layer, "RNNCell"),
                when=lambda cls, s=is_safe, m=is_mean: (
                    _is_rnn(cls) and _is_safe(cls) == s and averages(cls.backward) == m
                ),
                only=_only(is_safe, is_mean),
                conventions=(*told, *means, *small),
            )(lambda cls, a=adapt, m=is_mean: a(cls, m))
        family.form(
            *("gru_step", "GRUCell"),
            when=lambda cls, s=is_safe: _is_gru(cls) and _is_safe(cls) == s,
            only=_only(is_safe, False),
            conventions=(EACH_EXAMPLE, *small),
        )(gru_step)


def _only(is_safe: bool, is_mean: bool) -> Callable[..., bool]:
    def fits(N: int, scenario: str, **_: Any) -> bool:
        exact = not is_mean or batch_mean(N, scenario)
        return N > 0 and exact and (is_safe or moderate(scenario))

    return fits


def _is_safe(cell: Any) -> bool:
    """Whether the Tanh that it uses, which is another class, can take large numbers."""
    tanh = getattr(cell.forward, "__globals__", {}).get("Tanh")
    return tanh is None or shifts(tanh)


def _is_rnn(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward", "init_weights")
        and parameters(cls.init_weights) == ("W_ih", "W_hh", "b_ih", "b_hh")
        and len(parameters(cls.backward)) == 4
    )


def _is_gru(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward", "init_weights")
        and parameters(cls.init_weights)[: len(_GATES)] == _GATES
        and len(parameters(cls.init_weights)) == _COUNT
    )


def _rnn_cell(cls: Any, Wx: np.ndarray, Wh: np.ndarray, *biases: np.ndarray) -> Any:
    cell = in_dtype(cls(*Wx.shape), Wx.dtype)
    cell.init_weights(Wx.T, Wh.T, *biases)
    return cell


def rnn_step(cls: Any, is_mean: bool) -> Functions:
    """``.forward(x, h)``, and ``.backward(delta, h_t, h_prev_l, h_prev_t)``."""

    def forward(
        x: np.ndarray, prev_h: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
    ) -> Any:
        cell = _rnn_cell(cls, Wx, Wh, b, np.zeros_like(b))
        next_h = cell.forward(x, prev_h)
        return next_h, (Kept(cell), next_h, x, prev_h)

    def backward(dnext_h: np.ndarray, cache: tuple[Any, ...]) -> Any:
        kept, *states = cache
        returned = kept.of.backward(dnext_h, *states)
        if not _is_pair(returned):
            return returned
        dx, dprev_h = returned
        return dx, dprev_h, *_gradients(kept.of, "ih", len(dnext_h) if is_mean else 1)

    return forward, backward


def rnn(cls: Any, is_mean: bool) -> Functions:
    """The same cell at every step: what it learns accumulates."""

    def forward(
        x: np.ndarray, h0: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
    ) -> Any:
        cell = _rnn_cell(cls, Wx, Wh, np.zeros_like(b), b)
        states = [h0]
        for step in np.swapaxes(x, 0, 1):
            states.append(cell.forward(step, states[-1]))
            if states[-1] is None:
                return None
        return np.stack(states[1:], axis=1), (Kept(cell), states, x)

    def backward(dh: np.ndarray, cache: tuple[Any, ...]) -> Any:
        (kept, states, x), steps, dprev_h = cache, [], 0
        for t in reversed(range(x.shape[1])):
            returned = kept.of.backward(dh[:, t] + dprev_h, states[t + 1], x[:, t], states[t])
            if not _is_pair(returned):
                return returned
            dx, dprev_h = returned
            steps.append(dx)
        count = len(x) if is_mean else 1
        return np.stack(steps[::-1], axis=1), dprev_h, *_gradients(kept.of, "hh", count)

    return forward, backward


def _is_pair(returned: Any) -> bool:
    """Whether it is (dx, dh); if not, the judge says so."""
    return isinstance(returned, (tuple, list)) and len(returned) == 2


def _gradients(cell: Any, bias: str, count: int) -> tuple[Any, ...]:
    """Of both weights, as the layer has them, and of one bias."""
    weights = (times(turned(d), count) for d in (cell.dW_ih, cell.dW_hh))
    return (*weights, times(getattr(cell, f"db_{bias}"), count))


def gru_step(cls: Any) -> Functions:
    """``.forward(x, h)`` of one example, and ``.backward(delta)``."""
    names = [f"d{name}" for name in parameters(cls.init_weights)]

    def forward(
        x: np.ndarray,
        prev_h: np.ndarray,
        Wx: np.ndarray,
        Wh: np.ndarray,
        bx: np.ndarray,
        bh: np.ndarray,
    ) -> Any:
        parts = [part for a in (Wx.T, Wh.T, bx, bh) for part in np.split(a, 3)]
        cells, states = [], []
        for example, state in zip(x, prev_h, strict=True):
            cell = in_dtype(cls(len(Wx), len(Wh)), x.dtype)
            cell.init_weights(*parts)
            cells.append(Kept(cell))
            states.append(cell.forward(example, state))
            if states[-1] is None:
                return None
        return np.stack(states), cells

    def backward(dnext_h: np.ndarray, cells: list[Kept]) -> Any:
        steps = [kept.of.backward(d) for kept, d in zip(cells, dnext_h, strict=True)]
        for step in steps:
            if not _is_pair(step):
                return step
        inputs, states = (np.stack([np.ravel(step[i]) for step in steps]) for i in (0, 1))
        sums = [_sum([getattr(kept.of, name, None) for kept in cells]) for name in names]
        dWx, dWh, dbx, dbh = (np.concatenate(sums[i : i + 3]) for i in range(0, _COUNT, 3))
        return inputs, states, dWx.T, dWh.T, np.ravel(dbx), np.ravel(dbh)

    return forward, backward


def _sum(gradients: list[Any]) -> Any:
    return sum(gradients)
