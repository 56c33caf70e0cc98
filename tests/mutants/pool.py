"""Wrong max and average pooling."""

import numpy as np

from impl_numpy import avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward
from mutants import hinted, warning, wrong


def _windows(shape, param):
    """Where each window lies, and its place in the output."""
    height, width, stride = (param[k] for k in ("pool_height", "pool_width", "stride"))
    for i in range((shape[2] - height) // stride + 1):
        for j in range((shape[3] - width) // stride + 1):
            yield (
                np.s_[..., i * stride : i * stride + height, j * stride : j * stride + width],
                i,
                j,
            )


def _pooled(x, param, reduce):
    """Each window reduced to one number, by loops."""
    out = np.zeros_like(max_pool_forward(x, param)[0])
    for window, i, j in _windows(x.shape, param):
        out[:, :, i, j] = reduce(x[window])
    return out


def _param(cache):
    """The pool_param that a cache of impl_numpy's stands for."""
    return dict(zip(("pool_height", "pool_width", "stride"), cache[1], strict=True))


# --- max_pool, forward ---


@wrong("max_pool_forward", "value", "out", "the maximum is searched for from 0 upwards")
@hinted("the maximum is searched for from 0 upwards")
def max_pool_from_zero(x, pool_param):
    out, cache = max_pool_forward(x, pool_param)
    return np.maximum(out, np.zeros((), x.dtype)), cache


@wrong("max_pool_forward", "value", "out", "the largest magnitude is taken")
@hinted("the largest magnitude is taken")
def max_pool_of_magnitudes(x, pool_param):
    return max_pool_forward(np.abs(x), pool_param)[0], max_pool_forward(x, pool_param)[1]


@wrong("max_pool_forward", "value", "out", "the maximum is over all channels")
@hinted("all channels are pooled together")
def max_pool_over_channels(x, pool_param):
    out, cache = max_pool_forward(x, pool_param)
    return np.broadcast_to(out.max(axis=1, keepdims=True), out.shape).copy(), cache


@wrong("max_pool_forward", "value", "out", "the windows are as wide as they are high")
@hinted("the windows are as wide as they are high")
def max_pool_height_for_width(x, pool_param):
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    out, cache = max_pool_forward(x, pool_param)
    wide = np.pad(x, ((0, 0),) * 3 + ((0, max(height - width, 0)),), constant_values=-np.inf)
    seen = wide[..., : (out.shape[3] - 1) * stride + height]
    return max_pool_forward(seen, {**pool_param, "pool_width": height})[0], cache


@wrong("max_pool_forward", "shape", "out", "the output is as wide as the windows' height says")
@hinted("that is its size if pool_height stands where pool_width should")
def max_pool_height_in_size(x, pool_param):
    out, cache = max_pool_forward(x, pool_param)
    columns = (x.shape[3] - pool_param["pool_height"]) // pool_param["stride"] + 1
    return np.resize(out, (*out.shape[:3], max(columns, 0))), cache


@wrong("max_pool_forward", "shape", "out", "the windows move by their height, whatever the stride")
def max_pool_ignores_stride(x, pool_param):
    cache = max_pool_forward(x, pool_param)[1]
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    rows, columns = x.shape[2] // height, x.shape[3] // width
    tiled = x[:, :, : rows * height, : columns * width]
    tiled = tiled.reshape(*x.shape[:2], rows, height, columns, width)
    return tiled.max(axis=(3, 5)), cache


@warning("max_pool_forward", "nonfinite", "out", "NaN is swallowed")
def max_pool_swallows_nan(x, pool_param):
    cache = max_pool_forward(x, pool_param)[1]
    return _pooled(x, pool_param, lambda window: np.fmax.reduce(window, axis=(2, 3))), cache


@warning("max_pool_forward", "dtype", "out", "the output buffer np.zeros(shape) is float64")
def max_pool_float64_buffer(x, pool_param):
    out, cache = max_pool_forward(x, pool_param)
    return np.zeros(out.shape) + out, cache


# --- max_pool, backward ---


def _routed(dout, cache, share, *, assign=False, dtype=None):
    """dx, where each window's part is ``share(window of x, its dout)``."""
    x = cache[0]
    dx = np.zeros(x.shape, dtype or x.dtype)
    for window, i, j in _windows(x.shape, _param(cache)):
        part = share(x[window], dout[:, :, i, j, None, None])
        dx[window] = part if assign else dx[window] + part
    return dx


def _is_first(window):
    flat = window.reshape(*window.shape[:2], -1)
    first = np.arange(flat.shape[2]) == flat.argmax(axis=2)[..., None]
    return first.reshape(window.shape)


def _first_takes_all(window, upstream):
    return np.where(_is_first(window), upstream, np.zeros((), upstream.dtype))


@wrong("max_pool_backward", "value", "dx", "windows that overlap assign dx where they should add")
@hinted("windows that overlap assign dx where they should add")
def max_pool_assigns(dout, cache):
    return _routed(dout, cache, _first_takes_all, assign=True)


@wrong("max_pool_backward", "value", "dx", "the maximum of several windows is assigned")
@hinted("the maximum of several windows is assigned in dx, not added to: = stands for +=")
def max_pool_assigns_elements(dout, cache):
    dx = np.zeros_like(cache[0])
    for window, i, j in _windows(dx.shape, _param(cache)):
        dx[window] = np.where(_is_first(cache[0][window]), dout[:, :, i, j, None, None], dx[window])
    return dx


@wrong("max_pool_backward", "value", "dx", "all of a window gets its gradient")
@hinted("every element of a window gets all of its gradient")
def max_pool_marks_all(dout, cache):
    return _routed(dout, cache, lambda window, upstream: upstream)


@wrong("max_pool_backward", "value", "dx", "the window's corner is forgotten: dx[argmax] += dout")
@hinted("the maximum's place in its window is taken for its place in x")
def max_pool_without_corner(dout, cache):
    dx, (height, width, _) = np.zeros_like(cache[0]), cache[1]
    for window, i, j in _windows(dx.shape, _param(cache)):
        dx[:, :, :height, :width] += _first_takes_all(
            cache[0][window], dout[:, :, i, j, None, None]
        )
    return dx


@wrong("max_pool_backward", "value", "dx", "dx goes where windows that move by 1 would be")
@hinted("dx goes where the windows would be if they moved by 1")
def max_pool_dx_without_stride(dout, cache):
    dx, (height, width, _) = np.zeros_like(cache[0]), cache[1]
    for window, i, j in _windows(dx.shape, _param(cache)):
        dx[:, :, i : i + height, j : j + width] += _first_takes_all(
            cache[0][window], dout[:, :, i, j, None, None]
        )
    return dx


@wrong("max_pool_backward", "value", "dx", "the windows are as wide as they are high")
@hinted("the windows are as wide as they are high")
def max_pool_dx_height_for_width(dout, cache):
    x, (height, _, stride) = cache
    dx = np.zeros_like(x)
    for i, j in np.ndindex(dout.shape[2:]):
        window = np.s_[..., i * stride : i * stride + height, j * stride : j * stride + height]
        dx[window] += _first_takes_all(x[window], dout[:, :, i, j, None, None])
    return dx


@wrong("max_pool_backward", "value", "dx", "dx is a buffer of truth values")
@hinted("dx is kept in an array of truth values")
def max_pool_boolean_buffer(dout, cache):
    return _routed(dout, cache, _first_takes_all, assign=True, dtype=bool)


@wrong("max_pool_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def max_pool_mask_alone(dout, cache):
    return _routed(dout, cache, lambda window, _: _is_first(window))


@wrong("max_pool_backward", "value", "dx", "the gradient is spread over the whole window")
@hinted("the gradient is spread over the whole window")
def max_pool_spreads(dout, cache):
    return _routed(dout, cache, lambda window, upstream: upstream / window[0, 0].size)


@wrong("max_pool_backward", "value", "dx", "the gradient goes to the minimum")
@hinted("the gradient goes to the minimum")
def max_pool_to_minimum(dout, cache):
    x, window = cache
    return max_pool_backward(dout, (-x, window))


@wrong("max_pool_backward", "value", "dx", "one maximum is sought for all channels together")
@hinted("one maximum is sought for all channels together")
def max_pool_one_for_all_channels(dout, cache):
    def share(window, upstream):
        return np.where(window == window.max(axis=(1, 2, 3), keepdims=True), upstream, 0)

    return _routed(dout, cache, share)


@wrong("max_pool_backward", "value", "dx", "argmax is unravelled as (width, height)")
@hinted("argmax is unravelled as (width, height), not (height, width)")
def max_pool_unravelled_wrongly(dout, cache):
    def share(window, upstream):
        refitted = _is_first(window).reshape(*window.shape[:2], *window.shape[:1:-1])
        return np.where(refitted.swapaxes(2, 3), upstream, 0)

    return _routed(dout, cache, share)


@wrong("max_pool_backward", "value", "dx", "the windows move by 1 in dx, whatever the stride")
@hinted("the windows move by 1, whatever the stride")
def max_pool_dx_ignores_stride(dout, cache):
    x, (height, width, _) = cache
    seen = x[:, :, : dout.shape[2] + height - 1, : dout.shape[3] + width - 1]
    dx = np.zeros_like(x)
    dx[:, :, : seen.shape[2], : seen.shape[3]] = max_pool_backward(dout, (seen, (height, width, 1)))
    return dx


@wrong("max_pool_backward", "shape", "dx", "dout is returned")
@hinted("is dout, as it was passed in")
def max_pool_returns_dout(dout, cache):
    return dout.copy()


@warning("max_pool_backward", "convention", "dx", "of tied maxima the last gets the gradient")
def max_pool_to_last(dout, cache):
    x, window = cache
    return max_pool_backward(dout[..., ::-1, ::-1], (x[..., ::-1, ::-1], window))[..., ::-1, ::-1]


@warning("max_pool_backward", "mutation", "dout", "dout is zero once it has been used")
def max_pool_overwrites_dout(dout, cache):
    dx = max_pool_backward(dout, cache)
    dout *= 0
    return dx


_masks = {}


def _keeps_x_outside(x, pool_param):
    _masks["x"] = x
    return max_pool_forward(x, pool_param)


@wrong(
    "max_pool_backward",
    "state",
    "dx",
    "x is kept in a global, not in the cache",
    also={"max_pool_forward": _keeps_x_outside},
)
def max_pool_global_x(dout, cache):
    return max_pool_backward(dout, (_masks["x"], cache[1]))


# --- avg_pool ---


@wrong("avg_pool_forward", "value", "out", "windows are summed, not averaged")
@hinted("times exactly pool_height·pool_width")
def avg_pool_sums(x, pool_param):
    return _pooled(x, pool_param, lambda window: window.sum(axis=(2, 3))), avg_pool_forward(
        x, pool_param
    )[1]


@wrong("avg_pool_forward", "value", "out", "divided by the height squared")
@hinted("times exactly pool_width/pool_height")
def avg_pool_over_height_squared(x, pool_param):
    out, cache = avg_pool_forward(x, pool_param)
    return out * x.dtype.type(pool_param["pool_width"] / pool_param["pool_height"]), cache


@wrong("avg_pool_forward", "value", "out", "zeros do not count: only other elements are averaged")
@hinted("zeros do not count in the mean")
def avg_pool_skips_zeros(x, pool_param):
    cache = avg_pool_forward(x, pool_param)[1]

    def mean(window):
        count = np.maximum((window != 0).sum(axis=(2, 3)), 1)
        return window.sum(axis=(2, 3)) / count.astype(x.dtype)

    return _pooled(x, pool_param, mean), cache


@wrong("avg_pool_forward", "value", "out", "the windows are as high as they are wide")
@hinted("the windows are as high as they are wide")
def avg_pool_width_for_height(x, pool_param):
    out, cache = avg_pool_forward(x, pool_param)
    (_, width, stride), mean = cache[1], np.zeros_like(out)
    for i, j in np.ndindex(out.shape[2:]):
        window = x[..., i * stride : i * stride + width, j * stride : j * stride + width]
        mean[:, :, i, j] = window.mean(axis=(2, 3))
    return mean, cache


@wrong("avg_pool_forward", "value", "out", "the mean is over all channels")
@hinted("all channels are pooled together")
def avg_pool_over_channels(x, pool_param):
    out, cache = avg_pool_forward(x, pool_param)
    return np.broadcast_to(out.mean(axis=1, keepdims=True), out.shape).copy(), cache


@warning("avg_pool_forward", "dtype", "out", "the output buffer np.zeros(shape) is float64")
def avg_pool_float64_buffer(x, pool_param):
    out, cache = avg_pool_forward(x, pool_param)
    return np.zeros(out.shape) + out, cache


@wrong("avg_pool_backward", "value", "dx", "dout is not divided by the size of a window")
@hinted("times exactly pool_height·pool_width")
def avg_pool_undivided_dx(dout, cache):
    return _routed(dout, cache, lambda _, upstream: upstream)


@wrong("avg_pool_backward", "value", "dx", "windows that overlap assign dx where they should add")
@hinted("windows that overlap assign dx where they should add")
def avg_pool_assigns(dout, cache):
    return _routed(dout, cache, lambda w, upstream: upstream / w[0, 0].size, assign=True)


@wrong("avg_pool_backward", "value", "dx", "divided by the width squared")
@hinted("times exactly pool_height/pool_width")
def avg_pool_over_width_squared(dout, cache):
    return _routed(dout, cache, lambda w, upstream: upstream / w.shape[3] ** 2)


@wrong("avg_pool_backward", "value", "dx", "the gradient goes to the maximum, as of max pooling")
@hinted("the gradient goes to the maximum, as of max pooling")
def avg_pool_to_maximum(dout, cache):
    return max_pool_backward(dout, cache)


@wrong("avg_pool_backward", "value", "dx", "dx is truncated to integers")
@hinted("is the correct one without its fractions")
def avg_pool_integer_dx(dout, cache):
    return avg_pool_backward(dout, cache).astype(np.int64)


@wrong("avg_pool_backward", "shape", "dx", "dx has the shape of dout")
def avg_pool_dout_shape(dout, cache):
    _, (height, width, _) = cache
    return dout / dout.dtype.type(height * width)
