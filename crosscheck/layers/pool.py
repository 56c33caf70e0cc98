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

        def windows(step=stride, width=pool_width):
            spare = (0, max(width - pool_width, 0))
            wide = np.pad(x, ((0, 0), (0, 0), (0, 0), spare), constant_values=-np.inf)
            found = np.lib.stride_tricks.sliding_window_view(wide, (pool_height, width), (2, 3))
            return found[:, :, ::step, ::step][:, :, : dout.shape[2], : dout.shape[3]]

        one = "the windows move by 1, whatever the stride"
        seen = slip(windows(), {one: windows(step=1)})
        axes, place = (4, 5), (pool_height, pool_width)
        nonzero = np.maximum((seen != 0).sum(axes), 1)
        largest, mean = seen.max(axes), seen.mean(axes)
        over_channels = "all channels are pooled together"
        wrong = {
            "the maximum is searched for from 0 upwards": np.maximum(largest, 0),
            "the largest magnitude is taken": np.abs(seen).max(axes),
            over_channels: np.broadcast_to(largest.max(1, keepdims=True), largest.shape),
            "the windows are as wide as they are high": lambda: windows(width=pool_height).max(
                axes
            ),
            "the mean is taken, not the maximum": mean,
        }
        if not best:
            wrong = {
                "zeros do not count in the mean": seen.sum(axes) / nonzero,
                over_channels: np.broadcast_to(mean.mean(1, keepdims=True), mean.shape),
                "the maximum is taken, not the mean": largest,
            }
        flat = seen.reshape(*seen.shape[:4], -1)
        first = np.eye(flat.shape[4])[flat.argmax(4)].reshape(seen.shape)
        lowest = np.eye(flat.shape[4])[flat.argmin(4)].reshape(seen.shape)
        even = np.full(seen.shape, 1 / flat.shape[4])
        share, other = (first, even) if best else (even, first)
        refitted = first.reshape(*first.shape[:4], *place[::-1]).swapaxes(4, 5)
        shares = {
            "the gradient goes to the minimum": lowest,
            "one maximum is sought for all channels together": (
                seen == seen.max(axis=(1, 4, 5), keepdims=True)
            )
            * 1.0,
            "argmax is unravelled as (width, height), not (height, width)": refitted,
            "the gradient is spread over the whole window"
            if best
            else ("the gradient goes to the maximum, as of max pooling"): other,
        }
        share = slip(share, shares)
        upstream = slip(dout, {"dout is not multiplied in": np.ones_like(dout)})
        parts = share * upstream[..., None, None]
        assigns = "windows that overlap assign dx where they should add"
        step = slip(stride, {one: 1})
        boolean = "dx is kept in an array of truth values"
        dx = put_together(parts, x.shape, step, False)
        assigned = put_together(parts, x.shape, step, True)
        return {
            "out": slip(largest if best else mean, wrong),
            "dx": slip(dx, {assigns: assigned, boolean: (assigned != 0) * 1.0}),
        }

    return terms


def put_together(parts, shape, stride, assign):
    """Each window's part where it came from: added, or assigned one after the other."""
    whole = np.zeros(shape)
    for p, q in np.ndindex(parts.shape[2:4]):
        at = zip((p, q), parts.shape[4:], strict=True)
        rows, columns = (slice(k * stride, k * stride + n) for k, n in at)
        place = np.s_[:, :, rows, columns]
        whole[place] = parts[:, :, p, q] + (0 if assign else whole[place])
    return whole


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
