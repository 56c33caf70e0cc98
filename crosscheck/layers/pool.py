"""Pooling: the maximum or the mean of each window of an image; windows may overlap.

As torch.nn.functional.max_pool2d and avg_pool2d, and jax.lax.reduce_window.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.layer import (
    Alternative,
    Arrays,
    Dims,
    Dispute,
    Input,
    Layer,
    Output,
    Point,
    spelled,
)
from crosscheck.scenario import FORMS

OPTIONS = ("pool_height", "pool_width", "stride")
POOL_PARAM = Bundle("pool_param", OPTIONS)


def torch_max_reference(x, *, pool_height, pool_width, stride):
    """torch.nn.functional.max_pool2d."""
    from torch.nn.functional import max_pool2d

    return max_pool2d(x, (pool_height, pool_width), stride)


def jax_max_reference(x, *, pool_height, pool_width, stride):
    """jax.lax.reduce_window of max."""
    from jax import lax

    window, strides = (1, 1, pool_height, pool_width), (1, 1, stride, stride)
    return lax.reduce_window(x, -np.inf, lax.max, window, strides, "VALID")


def jax_by_argmax(x, *, pool_height, pool_width, stride):
    """The element at jax.numpy.argmax of each window, as torch has it: NaN where there is one.
    There gradients of several windows may add up; lax sends none, and so would not bound the sum.
    """
    import jax.numpy as jnp
    from jax import lax

    spans = _spans(x.shape, pool_height, pool_width, stride)
    elements = jnp.stack([x[span] for span in spans])
    first = jnp.argmax(lax.stop_gradient(elements), axis=0)
    return jnp.take_along_axis(elements, first[None], axis=0)[0]


def torch_mean_reference(x, *, pool_height, pool_width, stride):
    """torch.nn.functional.avg_pool2d."""
    from torch.nn.functional import avg_pool2d

    return avg_pool2d(x, (pool_height, pool_width), stride)


def jax_mean_reference(x, *, pool_height, pool_width, stride):
    """jax.lax.reduce_window of add, divided by the size of a window."""
    from jax import lax

    window, strides = (1, 1, pool_height, pool_width), (1, 1, stride, stride)
    return lax.reduce_window(x, 0.0, lax.add, window, strides, "VALID") / (pool_height * pool_width)


def output_sizes(dims: Mapping[str, Any]) -> Dims:
    """How many windows fit: the stride must divide evenly, or the course's code refuses."""
    return {
        "Ho": 1 + (dims["H"] - dims["pool_height"]) // dims["stride"],
        "Wo": 1 + (dims["W"] - dims["pool_width"]) // dims["stride"],
    }


def _spans(shape: tuple[int, ...], pool_height: int, pool_width: int, stride: int) -> list[Any]:
    """For each place in a window, where it is in x: of all windows at once."""
    rows, columns = shape[2] - pool_height, shape[3] - pool_width
    return [
        np.s_[..., i : i + rows + 1 : stride, j : j + columns + 1 : stride]
        for i in range(pool_height)
        for j in range(pool_width)
    ]


def other_maxima(
    _: np.ndarray,
    inputs: Arrays,
    cotangents: Arrays,
    *,
    pool_height: int,
    pool_width: int,
    stride: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What dx is if the gradient of tied maxima goes to each, is split, or goes to the last."""
    x, dout = (a.astype(np.float64) for a in (inputs["x"], cotangents["dout"]))
    spans = _spans(x.shape, pool_height, pool_width, stride)
    elements = np.stack([x[span] for span in spans])
    tied = elements == elements.max(axis=0)
    last = tied & (np.cumsum(tied[::-1], axis=0)[::-1] == 1)
    with np.errstate(invalid="ignore"):  # no element equals NaN
        split = tied / tied.sum(axis=0)
    for share, roundings in ((tied, 1), (split, 2), (last, 1)):
        dx, summed = np.zeros(x.shape), np.zeros(x.shape)
        for span, part in zip(spans, share * dout, strict=True):
            dx[span] += part
            summed[span] += roundings * np.abs(part)
        yield dx, summed


def terms_of(best: bool) -> Callable[..., Any]:
    """Out and dx in NumPy, and the slips that people make: of the maximum, or of the mean."""

    def terms(slip, inputs, cotangents, *, pool_height, pool_width, stride):
        x, dout = inputs["x"], cotangents["dout"]
        right = (pool_height, pool_width), (stride, stride)

        moves = {
            ONE: (right[0], (1, 1)),
            "the windows are as wide as they are high": ((pool_height, pool_height), right[1]),
            "the windows are as high as they are wide": ((pool_width, pool_width), right[1]),
            "height and width of the windows are swapped": (right[0][::-1], right[1]),
            "the windows move by their own size, whatever the stride": (right[0], right[0]),
        }
        size, steps = slip(right, moves)
        seen = framed(x, dout.shape[2:], size, steps)
        out = _largest(seen) if best else _mean(seen)
        over_channels = "all channels are pooled together"
        wrong = {
            "the maximum is searched for from 0 upwards": lambda: np.maximum(out, 0),
            "the largest magnitude is taken": lambda: _largest(np.abs(seen)),
            over_channels: lambda: np.broadcast_to(out.max(1, keepdims=True), out.shape),
            "the mean is taken, not the maximum": lambda: _mean(seen),
        }
        if not best:
            wrong = {
                "zeros do not count in the mean": lambda: (
                    np.nansum(seen, (4, 5))
                    / np.maximum(((seen != 0) & ~np.isnan(seen)).sum((4, 5)), 1)
                ),
                over_channels: lambda: np.broadcast_to(out.mean(1, keepdims=True), out.shape),
                "the maximum is taken, not the mean": lambda: _largest(seen),
            }
        share = slip(*_shares(seen, best))
        upstream = slip(dout, {"dout is not multiplied in": np.ones_like(dout)})
        parts = share * upstream[..., None, None]
        inside = "the maximum's place in its window is taken for its place in x"
        places = {"dx goes where the windows would be if they moved by 1": (1, 1), inside: (0, 0)}
        steps = slip(steps, places)
        overlapping = "windows that overlap assign dx where they should add"
        single = "the maximum of several windows is assigned in dx, not added to: = stands for +="
        ways = {overlapping: np.ones_like(parts, bool)} | ({single: share != 0} if best else {})
        assigned = slip(np.zeros_like(parts, bool), ways)
        dx = put_together(parts, x.shape, steps, assigned)
        boolean = {
            "dx is kept in an array of truth values": lambda: (
                (put_together(parts, x.shape, steps, np.ones_like(assigned)) != 0) * 1.0
            )
        }
        return {"out": slip(out, wrong), "dx": slip(dx, boolean)}

    return terms


ONE = "the windows move by 1, whatever the stride"


def framed(x, places, size, steps):
    """The windows of that size at so many places: (N, C, Ho, Wo, height, width). What lies outside
    x is NaN.
    """
    needed = [s * (n - 1) + k for n, k, s in zip(places, size, steps, strict=True)]
    spare = [(0, max(n - have, 0)) for n, have in zip(needed, x.shape[2:], strict=True)]
    wide = np.pad(x, ((0, 0), (0, 0), *spare), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(wide, size, (2, 3))
    return windows[:, :, :: steps[0], :: steps[1]][:, :, : places[0], : places[1]]


def _largest(windows):
    return np.fmax.reduce(windows, axis=(4, 5))


def _mean(windows):
    return np.nansum(windows, (4, 5)) / (~np.isnan(windows)).sum((4, 5))


def _shares(seen, best):
    """How each window's gradient is shared out, and how people share it out wrongly."""
    flat = seen.reshape(*seen.shape[:4], -1)
    places = np.eye(flat.shape[4])
    first, lowest = (
        places[found(flat)].reshape(seen.shape)
        for found in (
            lambda a: np.where(np.isnan(a), -np.inf, a).argmax(4),
            lambda a: np.where(np.isnan(a), np.inf, a).argmin(4),
        )
    )
    even = np.full(seen.shape, 1 / flat.shape[4])
    refitted = first.reshape(*first.shape[:4], *seen.shape[:3:-1]).swapaxes(4, 5)
    wrong = {
        "the gradient goes to the minimum": lowest,
        "one maximum is sought for all channels together": (
            seen == np.fmax.reduce(seen, axis=(1, 4, 5), keepdims=True)
        )
        * 1.0,
        "argmax is unravelled as (width, height), not (height, width)": refitted,
    }
    if best:
        wrong["the gradient is spread over the whole window"] = even
        wrong["every element of a window gets all of its gradient"] = np.ones_like(even)
        return first, wrong
    wrong["the gradient goes to the maximum, as of max pooling"] = first
    wrong["the gradient goes to the first element of a window"] = even * (
        np.arange(flat.shape[4]) == 0
    ).reshape(seen.shape[4:])
    return even, wrong


def put_together(parts, shape, steps, assigned):
    """Each window's part where it came from: added, or where ``assigned``, in the place of what
    the windows before have left there.
    """
    height, width = (
        max(s * (n - 1) + k, have)
        for n, k, s, have in zip(parts.shape[2:4], parts.shape[4:], steps, shape[2:], strict=True)
    )
    whole = np.zeros((*shape[:2], height, width))
    for p, q in np.ndindex(parts.shape[2:4]):
        at = zip((p, q), steps, parts.shape[4:], strict=True)
        rows, columns = (slice(k * step, k * step + n) for k, step, n in at)
        place = np.s_[:, :, rows, columns]
        kept = np.where(assigned[:, :, p, q], 0.0, whole[place])
        whole[place] = parts[:, :, p, q] + kept
    return whole[:, :, : shape[2], : shape[3]]


def point(
    x: tuple[int, int, int, int],
    window: tuple[int, int],
    stride: int,
    scenarios: tuple[str, ...] = ("normal",),
    seeds: tuple[int, ...] = (0,),
) -> Point:
    """Images of shape ``x``, (N, C, H, W), under windows of that height and width.

    Not all of these can be primes: the stride has to divide evenly.
    """
    sizes = zip(("N", "C", "H", "W", *OPTIONS), (*x, *window, stride), strict=True)
    return Point(dict(sizes), scenarios, seeds)


def points(*scenarios: str) -> tuple[Point, ...]:
    """Where both poolings are checked; at the first point also in these scenarios."""
    return (
        # Windows that overlap in one axis, in neither, in both.
        point((2, 3, 7, 4), (3, 2), 2, ("normal", *scenarios, *FORMS), (0, 1)),
        point((2, 3, 4, 6), (2, 2), 2),
        point((1, 2, 5, 4), (2, 3), 1),
        # Pixels between the windows, which none of them sees.
        point((3, 1, 8, 5), (2, 2), 3),
        point((3, 2, 5, 7), (5, 7), 1),
        point((2, 1, 7, 5), (3, 3), 2),
        point((2, 3, 5, 4), (2, 2), 1),
        point((2, 5, 3, 2), (1, 1), 1),
        point((0, 2, 5, 4), (3, 2), 2, ("empty",)),
    )


max_pool = Layer(
    name="max_pool",
    formula="out = max of each window    dx = Σ of dout over the windows whose maximum x is",
    inputs=(Input("x", "N C H W"),),
    outputs=(Output("out", "N C Ho Wo"),),
    points=points("integers", "kinks", "ties", "equal-rows", "near-overflow", "nan", "inf"),
    torch=torch_max_reference,
    jax=(jax_max_reference, jax_by_argmax),
    terms=terms_of(best=True),
    options=OPTIONS,
    derived=output_sizes,
    arguments=("x", POOL_PARAM),
    also=spelled("max_pool", "naive", "fast"),
    conventions=(
        Dispute(
            "dx",
            "the gradient of a window with NaN goes to NaN in torch, in JAX to the largest "
            "element behind it",
            ("nan",),
        ),
        Alternative(
            "dx",
            "the gradient goes to every maximum of a window, or to the last, or is split, not to "
            "the first",
            other_maxima,
        ),
    ),
)

avg_pool = Layer(
    name="avg_pool",
    formula="out = mean of each window    dx = Σ dout / (pool_height · pool_width), over the "
    "windows that x is in",
    inputs=(Input("x", "N C H W"),),
    outputs=(Output("out", "N C Ho Wo"),),
    points=points("positive", "integers", "nan"),
    torch=torch_mean_reference,
    jax=(jax_mean_reference,),
    terms=terms_of(best=False),
    options=OPTIONS,
    derived=output_sizes,
    arguments=("x", POOL_PARAM),
    also=spelled("avg_pool", "naive", "fast"),
)
