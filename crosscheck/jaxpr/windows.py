"""Rules for sliding windows: convolution and pooling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from crosscheck.jaxpr.rules import RULES, Params, rule
from crosscheck.jaxpr.structure import padded
from crosscheck.rounding import Approx, Arithmetic, Array


def windows(
    part: Array, sizes: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Array:
    """A view of every window over all axes: (…places, …elements of a window)."""
    spans = [(size - 1) * d + 1 for size, d in zip(sizes, dilation, strict=True)]
    if any(n < span for n, span in zip(part.shape, spans, strict=True)):
        places = [
            max(0, (n - span) // stride + 1)
            for n, span, stride in zip(part.shape, spans, strides, strict=True)
        ]
        return np.zeros([*places, *sizes], part.dtype)
    view = sliding_window_view(part, spans)
    return view[tuple(slice(None, None, s) for s in (*strides, *dilation))]


# -- convolution ----------------------------------------------------------------------------------


@rule("conv_general_dilated")
def _convolution(arithmetic: Arithmetic, params: Params, a: Approx, b: Approx) -> Approx:
    return arithmetic.contract(a, b, lambda x, w: _convolved(x, w, params))


def _convolved(x: Array, w: Array, params: Params) -> Array:
    """The convolution as one product of matrices per group: windows times weights."""
    numbers = params["dimension_numbers"]
    x, w = x.transpose(numbers.lhs_spec), w.transpose(numbers.rhs_spec)
    config = [
        (low, high, hole - 1)
        for (low, high), hole in zip(params["padding"], params["lhs_dilation"], strict=True)
    ]
    x = padded(x, 0.0, [(0, 0, 0), (0, 0, 0), *config])
    space = windows(
        x,
        (1, 1, *w.shape[2:]),
        (1, 1, *params["window_strides"]),
        (1, 1, *params["rhs_dilation"]),
    )
    rank = w.ndim - 2
    places = space.shape[2 : 2 + rank]
    area, taps = int(np.prod(places)), int(np.prod(w.shape[2:]))
    space = space.reshape(*x.shape[:2], area, taps)
    by_channels, by_images = params["feature_group_count"], params["batch_group_count"]
    # (group, image, place, channel, element): groups of channels, or of images.
    if by_images > 1:
        grouped = space.reshape(by_images, x.shape[0] // by_images, *space.shape[1:])
    else:
        images, channels = space.shape[:2]
        grouped = space.reshape(images, by_channels, channels // by_channels, *space.shape[2:])
        grouped = grouped.swapaxes(0, 1)
    grouped = grouped.transpose(0, 1, 3, 2, 4)
    groups, images = grouped.shape[:2]
    rows = grouped.reshape(groups, images * area, w.shape[1] * taps)
    weights = w.reshape(groups, w.shape[0] // groups, w.shape[1] * taps)
    result = rows @ weights.swapaxes(1, 2)
    result = result.reshape(groups, images, *places, w.shape[0] // groups)
    # (image, group, channel, …places)
    result = np.moveaxis(np.moveaxis(result, -1, 2), 0, 1)
    result = result.reshape(images, w.shape[0], *places)
    return np.asarray(result.transpose(np.argsort(numbers.out_spec)))


# -- pooling --------------------------------------------------------------------------------------


def _pooled_axes(params: Params) -> tuple[list[tuple[int, int, int]], Callable[[Array], Array]]:
    """How a pooled array is padded, and the view of its windows."""
    sizes = params["window_dimensions"]
    base = params.get("base_dilation", (1,) * len(sizes))
    inside = params.get("window_dilation", (1,) * len(sizes))
    config = [
        (low, high, hole - 1) for (low, high), hole in zip(params["padding"], base, strict=True)
    ]
    return config, lambda part: windows(part, sizes, params["window_strides"], inside)


@rule("reduce_window_sum")
def _window_sum(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    config, view = _pooled_axes(params)
    axes = tuple(range(a.value.ndim, 2 * a.value.ndim))
    return arithmetic.sums(a, lambda part: view(padded(part, 0.0, config)).sum(axes))


def _window_extreme(name: str, keeps: Any, nothing: float) -> None:
    def apply(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
        config, view = _pooled_axes(params)
        fill = arithmetic.exact(np.array(nothing))
        whole = arithmetic.joined([a, fill], lambda parts: padded(parts[0], parts[1], config))
        axes = tuple(range(a.value.ndim, 2 * a.value.ndim))
        return arithmetic.extreme_of(keeps, whole.map(view), axes)

    RULES[name] = apply


_window_extreme("reduce_window_max", np.greater_equal, -np.inf)
_window_extreme("reduce_window_min", np.less_equal, np.inf)


@rule("select_and_scatter_add")
def _select_and_scatter_add(
    arithmetic: Arithmetic, params: Params, source: Approx, a: Approx
) -> Approx:
    """The derivative of pooling by an extreme: each window's share goes to its winner; where
    rounding could turn the winner, the bound covers that it goes to any that could win.
    """
    largest = params["select_prim"].name == "ge"
    keeps = np.greater_equal if largest else np.less_equal
    config, view = _pooled_axes(params)
    a = arithmetic.finalise(a)
    shape = a.value.shape
    # Everything below: (window, element of the window).
    rows = source.value.size, int(np.prod(params["window_dimensions"]))
    flat = view(padded(np.arange(a.value.size).reshape(shape), -1, config)).reshape(rows)
    inside = flat >= 0
    nothing = arithmetic.exact(np.array(-np.inf if largest else np.inf))
    whole = arithmetic.joined([a, nothing], lambda parts: padded(parts[0], parts[1], config))
    seen = whole.map(lambda part: view(part).reshape(rows))
    winner = _first(keeps, seen.value, inside)
    able, unsure = arithmetic.contenders(keeps, seen, (1,))
    able = np.where(unsure[:, None], able & inside, winner)
    return arithmetic.route(
        source.map(lambda part: part.reshape(-1, 1)), shape, flat, winner, able, unsure
    )


def _first(keeps: Any, values: Array, inside: Array) -> Array:
    """Which element of each window XLA selects: it goes through them in order, and keeps the one it
    has while ``keeps(it, the next)``.
    """
    best, chosen = values[:, 0], np.where(inside[:, 0], 0, -1)
    for i in range(1, values.shape[1]):
        change = inside[:, i] & ((chosen < 0) | ~keeps(best, values[:, i]))
        best, chosen = np.where(change, values[:, i], best), np.where(change, i, chosen)
    return np.asarray(np.arange(values.shape[1]) == chosen[:, None])
