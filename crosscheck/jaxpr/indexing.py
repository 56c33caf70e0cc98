"""Rules for reading and writing at indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosscheck.errors import DescriptionError
from crosscheck.jaxpr.rules import Params, discrete, rule
from crosscheck.jaxpr.structure import joined
from crosscheck.rounding import Arithmetic, Array, Discrete, Number


@dataclass(frozen=True)
class _Windows:
    """Which elements of an operand a gather reads, or a scatter writes to: at each start index a
    window of ``sizes``, as XLA's operation semantics define it.

    ``spanned``: the operand's dims that a window spans, laid out along ``axes`` of the result.
    ``starts``: the operand's dim that each entry of an index vector is for. ``batching``: pairs of
    an operand's dim and the index array's that run together.
    """

    sizes: Sequence[int]
    spanned: Sequence[int]
    axes: Sequence[int]
    starts: Sequence[int]
    batching: Sequence[tuple[int, int]]
    clip: bool

    def places(self, shape: Sequence[int], index: Discrete) -> tuple[Array, Array, Array]:
        """For each element of the result, its place in the flattened operand, whether it lies
        inside it at all, and whether rounding could move it. ``index``: (…batch, index vector).
        """
        batch_shape = index.value.shape[:-1]
        rank = len(batch_shape) + len(self.spanned)
        batch_axes = [d for d in range(rank) if d not in self.axes]
        lengths = dict(zip(batch_axes, batch_shape, strict=True))
        lengths |= {a: self.sizes[d] for a, d in zip(self.axes, self.spanned, strict=True)}

        def along(axes: Sequence[int], values: Array) -> Array:
            aligned = [1] * rank
            for axis, size in zip(axes, values.shape, strict=True):
                aligned[axis] = size
            return values.reshape(aligned)

        at: list[Any] = [0] * len(shape)
        inside: Any = True
        for position, d in enumerate(self.starts):
            begin = along(batch_axes, index.value[..., position].astype(np.int64))
            last = shape[d] - self.sizes[d]
            if self.clip:
                begin = np.clip(begin, 0, last)
            inside = inside & (begin >= 0) & (begin <= last)
            at[d] = at[d] + begin
        for d, batch in self.batching:
            at[d] = at[d] + along([batch_axes[batch]], np.arange(shape[d]))
        for axis, d in zip(self.axes, self.spanned, strict=True):
            at[d] = at[d] + along([axis], np.arange(self.sizes[d]))
        flat: Any = 0
        for d, size in enumerate(shape):
            flat = flat * size + at[d]
        unsure = along(batch_axes, np.asarray(index.ambiguous.any(axis=-1)))
        result_shape = [lengths[axis] for axis in range(rank)]
        flat, inside, unsure = (np.broadcast_to(v, result_shape) for v in (flat, inside, unsure))
        return flat, inside, unsure


@rule("gather")
def _gather(arithmetic: Arithmetic, params: Params, a: Number, index: Discrete) -> Number:
    numbers, sizes = params["dimension_numbers"], tuple(params["slice_sizes"])
    gone = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    flat, inside, unsure = _Windows(
        sizes,
        [d for d in range(len(sizes)) if d not in gone],
        numbers.offset_dims,
        numbers.start_index_map,
        list(zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True)),
        "CLIP" in str(params["mode"]),
    ).places(a.value.shape, index)
    if not inside.all():
        raise DescriptionError("A reference reads outside an array, where frameworks differ.")

    def read(part: Array) -> Array:
        return part.reshape(-1)[flat]

    if isinstance(a, Discrete):
        return Discrete(read(a.value), read(a.ambiguous) | unsure)
    return arithmetic.anywhere(a, unsure, a.map(read))


def _settled(index: Discrete) -> None:
    if index.ambiguous.any():
        raise DescriptionError(
            "A reference reads or writes at an index that rounding could turn: no bound covers it."
        )


def _targets(
    params: Params, shape: Sequence[int], index: Discrete, updates: Array
) -> tuple[Array, Array, Array]:
    """Where a scatter's updates go, as ``_Windows.places`` says."""
    numbers = params["dimension_numbers"]
    gone = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
    spanned = [d for d in range(len(shape)) if d not in gone]
    sizes = [1] * len(shape)
    for d, axis in zip(spanned, numbers.update_window_dims, strict=True):
        sizes[d] = updates.shape[axis]
    return _Windows(
        sizes,
        spanned,
        numbers.update_window_dims,
        numbers.scatter_dims_to_operand_dims,
        list(
            zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
        ),
        "CLIP" in str(params["mode"]),
    ).places(shape, index)


def _written(
    shape: Sequence[int], flat: Array, inside: Array, write: Callable[[Array, Array, Array], None]
) -> Callable[[Array, Array], Array]:
    """A copy of an array with updates written at their places; XLA drops those outside."""

    def apply(onto: Array, updates: Array) -> Array:
        result = np.array(np.broadcast_to(onto, shape), order="C")
        write(result.reshape(-1), flat[inside], np.broadcast_to(updates, flat.shape)[inside])
        return result

    return apply


@rule("scatter-add")
def _scatter_add(
    arithmetic: Arithmetic, params: Params, a: Number, index: Discrete, b: Number
) -> Number:
    flat, inside, unsure = _targets(params, a.value.shape, index, b.value)
    add_at = _written(a.value.shape, flat, inside, np.add.at)
    if isinstance(a, Discrete) or isinstance(b, Discrete):
        _settled(index)
        return discrete(lambda onto, _, updates: add_at(onto, updates), a, index, b)
    return arithmetic.scatter_add(a, add_at, b, unsure)


@rule("scatter")
def _scatter(
    arithmetic: Arithmetic, params: Params, a: Number, index: Discrete, b: Number
) -> Number:
    _settled(index)
    flat, inside, _ = _targets(params, a.value.shape, index, b.value)
    put = _written(a.value.shape, flat, inside, np.put)
    return joined(arithmetic, [a, b], lambda parts: put(parts[0], parts[1]))


def _corner(shape: Sequence[int], sizes: Sequence[int], starts: Sequence[Number]) -> Any:
    """The slices of a window, moved inside the array where it would leave it."""
    slices = []
    for n, size, start in zip(shape, sizes, starts, strict=True):
        _settled(start)  # type: ignore[arg-type]  # indices are whole numbers
        begin = min(max(int(start.value), 0), n - size)
        slices.append(slice(begin, begin + size))
    return tuple(slices)


@rule("dynamic_slice")
def _dynamic_slice(arithmetic: Arithmetic, params: Params, a: Number, *starts: Number) -> Number:
    at = _corner(a.value.shape, params["slice_sizes"], starts)
    return a.map(lambda part: part[at])


@rule("dynamic_update_slice")
def _dynamic_update_slice(
    arithmetic: Arithmetic, params: Params, a: Number, b: Number, *starts: Number
) -> Number:
    at = _corner(a.value.shape, b.value.shape, starts)

    def written(parts: Sequence[Array]) -> Array:
        result = np.array(parts[0])
        result[at] = parts[1]
        return result

    return joined(arithmetic, [a, b], written)
