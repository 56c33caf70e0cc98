"""Rules for the same numbers in other places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crosscheck.jaxpr.rules import RULES, Params, number, rule
from crosscheck.rounding import Approx, Arithmetic, Array, Discrete, Number


def _structural(name: str, move: Callable[[Array, Params], Array]) -> None:
    RULES[name] = lambda arithmetic, params, a: a.map(lambda part: move(part, params))


def _reshape(part: Array, params: Params) -> Array:
    if params["dimensions"] is not None:
        part = part.transpose(params["dimensions"])
    return part.reshape(params["new_sizes"])


def _slice(part: Array, params: Params) -> Array:
    steps = params["strides"] or (1,) * part.ndim
    limits = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return part[tuple(slice(*limit) for limit in limits)]


def _broadcast_in_dim(part: Array, params: Params) -> Array:
    shape = [1] * len(params["shape"])
    for axis, target in enumerate(params["broadcast_dimensions"]):
        shape[target] = part.shape[axis]
    return np.broadcast_to(part.reshape(shape), params["shape"])


for _name, _move in (
    ("transpose", lambda part, params: part.transpose(params["permutation"])),
    ("squeeze", lambda part, params: part.squeeze(tuple(params["dimensions"]))),
    ("expand_dims", lambda part, params: np.expand_dims(part, tuple(params["dimensions"]))),
    ("rev", lambda part, params: np.flip(part, tuple(params["dimensions"]))),
    ("slice", _slice),
    ("tile", lambda part, params: np.tile(part, params["reps"])),
):
    _structural(_name, _move)


def _realigning(name: str, move: Callable[[Array, Params], Array]) -> None:
    """A max may get its axes back; where it was chosen is still known."""

    def apply(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
        moved = a.map(lambda part: move(part, params))
        if isinstance(a, Approx) and isinstance(moved, Approx) and a.choice:
            return arithmetic.realigned(moved, a.choice)
        return moved

    RULES[name] = apply


_realigning("reshape", _reshape)
_realigning("broadcast_in_dim", _broadcast_in_dim)


@rule("stop_gradient", "copy", "copy_p", "name")
def _unchanged(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    return a


@rule("optimization_barrier")
def _all_unchanged(arithmetic: Arithmetic, params: Params, *operands: Number) -> list[Number]:
    return list(operands)


def joined(
    arithmetic: Arithmetic, operands: Sequence[Number], join: Callable[[Sequence[Array]], Array]
) -> Number:
    """Several arrays as one, of real numbers or of whole ones."""
    reals = [o for o in operands if isinstance(o, Approx)]
    if reals:
        return arithmetic.joined(reals, join)
    wholes = [o for o in operands if isinstance(o, Discrete)]
    return Discrete(
        join([w.value for w in wholes]),
        join([np.broadcast_to(w.ambiguous, w.value.shape) for w in wholes]),
    )


@rule("concatenate")
def _concatenate(arithmetic: Arithmetic, params: Params, *operands: Number) -> Number:
    return joined(arithmetic, operands, lambda v: np.concatenate(v, params["dimension"]))


@rule("stack")
def _stack(arithmetic: Arithmetic, params: Params, *operands: Number) -> Number:
    return joined(arithmetic, operands, lambda v: np.stack(v, params["axis"]))


@rule("split")
def _split(arithmetic: Arithmetic, params: Params, a: Number) -> list[Number]:
    ends = np.cumsum(params["sizes"])[:-1]
    return [
        a.map(lambda part, i=i: np.split(part, ends, params["axis"])[i])  # type: ignore[misc]
        for i in range(len(params["sizes"]))
    ]


@rule("unstack")
def _unstack(arithmetic: Arithmetic, params: Params, a: Number) -> list[Number]:
    axis = params["axis"]
    return [
        a.map(lambda part, i=i: part.take(i, axis))  # type: ignore[misc]
        for i in range(a.value.shape[axis])
    ]


@rule("pad")
def _pad(arithmetic: Arithmetic, params: Params, a: Number, fill: Number) -> Number:
    return joined(
        arithmetic, [a, fill], lambda parts: padded(parts[0], parts[1], params["padding_config"])
    )


def padded(part: Array, fill: Any, config: Sequence[tuple[int, int, int]]) -> Array:
    """``part`` with (low, high, interior) elements of ``fill`` along each axis; where low or high
    is negative, without so many of its own.
    """
    wide = [n + max(n - 1, 0) * inner for n, (_, _, inner) in zip(part.shape, config, strict=True)]
    whole = np.full(
        [max(low, 0) + w + max(high, 0) for w, (low, high, _) in zip(wide, config, strict=True)],
        fill,
        part.dtype,
    )
    inside = (
        slice(max(low, 0), max(low, 0) + w, inner + 1)
        for w, (low, _, inner) in zip(wide, config, strict=True)
    )
    whole[tuple(inside)] = part
    kept = (
        slice(max(-low, 0), size - max(-high, 0))
        for size, (low, high, _) in zip(whole.shape, config, strict=True)
    )
    return whole[tuple(kept)]


@rule("iota")
def _iota(arithmetic: Arithmetic, params: Params) -> Number:
    shape, axis = params["shape"], params["dimension"]
    along = [-1 if i == axis else 1 for i in range(len(shape))]
    steps = np.arange(shape[axis], dtype=params["dtype"]).reshape(along)
    return number(arithmetic.exact, np.broadcast_to(steps, shape))


@rule("empty", "empty2")
def _empty(arithmetic: Arithmetic, params: Params) -> Number:
    """What a branch that was not taken leaves behind: nobody reads it."""
    return number(arithmetic.exact, np.zeros(params.get("shape", ()), params["dtype"]))
