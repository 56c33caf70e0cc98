"""Rules for what runs along axes: sums, extremes, products of matrices, sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crosscheck.jaxpr.rules import RULES, Params, rule
from crosscheck.rounding import Approx, Arithmetic, Array, Discrete, Number


@rule("reduce_sum")
def _reduce_sum(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    axes = tuple(params["axes"])
    if isinstance(a, Discrete):
        return _over(np.sum, axes, a)
    return arithmetic.total(a, axes)


def _over(reduce: Callable[..., Array], axes: tuple[int, ...], a: Discrete) -> Discrete:
    return Discrete(np.asarray(reduce(a.value, axis=axes)), np.asarray(a.ambiguous.any(axis=axes)))


@rule("reduce_and")
def _reduce_and(arithmetic: Arithmetic, params: Params, a: Discrete) -> Number:
    return _over(np.all, tuple(params["axes"]), a)


@rule("reduce_or")
def _reduce_or(arithmetic: Arithmetic, params: Params, a: Discrete) -> Number:
    return _over(np.any, tuple(params["axes"]), a)


@rule("reduce_prod")
def _reduce_prod(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    axes = tuple(params["axes"])
    if isinstance(a, Discrete):
        return _over(np.prod, axes, a)
    return arithmetic.product_of(a, axes)


def _reduce_extreme(name: str, keeps: Any, reduce: Any) -> None:
    def apply(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
        axes = tuple(int(axis) for axis in params["axes"])
        if isinstance(a, Discrete):
            return _over(reduce, axes, a)
        return arithmetic.extreme_of(keeps, a, axes)

    RULES[name] = apply


_reduce_extreme("reduce_max", np.greater_equal, np.max)
_reduce_extreme("reduce_min", np.less_equal, np.min)


def _arg_extreme(name: str, keeps: Any, find: Any) -> None:
    def apply(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
        [axis] = params["axes"]
        value = find(a.value, axis=axis).astype(params["index_dtype"])
        if isinstance(a, Discrete):
            return Discrete(value, a.ambiguous.any(axis=axis))
        return Discrete(value, arithmetic.contenders(keeps, a, (axis,))[1])

    RULES[name] = apply


_arg_extreme("argmax", np.greater_equal, np.argmax)
_arg_extreme("argmin", np.less_equal, np.argmin)


@rule("cumsum")
def _cumsum(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    axis, backwards = params["axis"], params["reverse"]

    def run(part: Array) -> Array:
        part = np.flip(part, axis) if backwards else part
        part = np.cumsum(part, axis)
        return np.flip(part, axis) if backwards else part

    if isinstance(a, Discrete):
        return Discrete(run(a.value), run(a.ambiguous) > 0)
    return arithmetic.sums(a, run)


@rule("sort")
def _sort(arithmetic: Arithmetic, params: Params, *operands: Number) -> list[Number]:
    """By the first operand alone; the others go along."""
    axis = params["dimension"]
    key = operands[0]
    order = np.argsort(key.value, axis=axis, kind="stable")
    unsure = np.zeros(key.value.shape, bool)
    if isinstance(key, Approx):
        key = arithmetic.finalise(key)
        # An order statistic moves no further than the operands do.
        error = np.broadcast_to(key.error.max(axis=axis, keepdims=True), key.value.shape)
        by_size = np.take_along_axis(key.value, order, axis)
        steps = np.diff(by_size, axis=axis) <= 2 * error.take(range(error.shape[axis] - 1), axis)
        unsure = _beside(steps, axis) & (error > 0)
        first: Number = arithmetic.plain(by_size, error, key.grid)
    else:
        first = key.map(lambda part: np.take_along_axis(part, order, axis))
    results = [first]
    for operand in operands[1:]:
        moved = operand.map(lambda part: np.take_along_axis(part, order, axis))
        if isinstance(moved, Discrete):
            results.append(Discrete(moved.value, moved.ambiguous | unsure))
        elif isinstance(operand, Approx):
            results.append(arithmetic.anywhere(operand, unsure, moved, (axis,)))
    return results


def _beside(steps: Array, axis: int) -> Array:
    """Which elements are next to a step that is marked."""
    edges = [(0, 0)] * steps.ndim
    before, after = list(edges), list(edges)
    before[axis], after[axis] = (1, 0), (0, 1)
    return np.pad(steps, before) | np.pad(steps, after)


@rule("dot_general")
def _dot_general(arithmetic: Arithmetic, params: Params, a: Approx, b: Approx) -> Approx:
    (contract_a, contract_b), (batch_a, batch_b) = params["dimension_numbers"]
    length = int(np.prod([a.value.shape[i] for i in contract_a]))
    free = len(batch_a), len(contract_a)

    def product(x: Array, y: Array) -> Array:
        rows, columns = (
            _batch_free_contracted(v, batch, contract)
            for v, batch, contract in ((x, batch_a, contract_a), (y, batch_b, contract_b))
        )
        batch, shape_x, shape_y = (
            rows.shape[: free[0]],
            rows.shape[free[0] : rows.ndim - free[1]],
            columns.shape[free[0] : columns.ndim - free[1]],
        )
        if not length or not rows.size or not columns.size:
            return np.zeros(batch + shape_x + shape_y)
        flat = (*batch, -1, length)
        result = rows.reshape(flat) @ np.swapaxes(columns.reshape(flat), -1, -2)
        return np.asarray(result.reshape(batch + shape_x + shape_y))

    return arithmetic.contract(a, b, product)


def _batch_free_contracted(v: Array, batch: Sequence[int], contracted: Sequence[int]) -> Array:
    free: list[Any] = [i for i in range(v.ndim) if i not in batch and i not in contracted]
    return np.transpose(v, [*batch, *free, *contracted])
