"""Right max and average pooling."""

import numpy as np

from impl_numpy import avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward
from impl_numpy.precision import widened
from variants import variant


def _windows(shape, pool_param):
    """Where each window lies, and its place in the output."""
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    for i in range((shape[2] - height) // stride + 1):
        for j in range((shape[3] - width) // stride + 1):
            yield (
                np.s_[..., i * stride : i * stride + height, j * stride : j * stride + width],
                i,
                j,
            )


def _size(shape, pool_param):
    rows = (shape[2] - pool_param["pool_height"]) // pool_param["stride"] + 1
    columns = (shape[3] - pool_param["pool_width"]) // pool_param["stride"] + 1
    return *shape[:2], rows, columns


def _pooling(reduce, share):
    """Pooling by loops: ``reduce(window)`` forward, ``share(window, dout)`` backward."""

    def forward(x, pool_param):
        out = np.zeros(_size(x.shape, pool_param), x.dtype)
        for window, i, j in _windows(x.shape, pool_param):
            out[:, :, i, j] = reduce(widened(x)[window])
        return out, (x, pool_param)

    def backward(dout, cache):
        x, pool_param = cache
        dx = np.zeros_like(widened(x))
        for window, i, j in _windows(x.shape, pool_param):
            dx[window] += share(widened(x)[window], widened(dout)[:, :, i, j, None, None])
        return dx.astype(x.dtype)

    return forward, backward


def _largest(window):
    return window.max(axis=(2, 3))


def _is_largest(window):
    return window == window.max(axis=(2, 3), keepdims=True)


# --- max_pool ---


@variant("max_pool", "the course's naive solution: loops, and np.unravel_index of argmax")
def max_pool_four_loops():
    def forward(x, pool_param):
        out = np.zeros(_size(x.shape, pool_param), x.dtype)
        for window, i, j in _windows(x.shape, pool_param):
            for n, c in np.ndindex(x.shape[:2]):
                out[n, c, i, j] = np.max(x[n, c][window])
        return out, (x, pool_param)

    def backward(dout, cache):
        x, pool_param = cache
        dx = np.zeros_like(widened(x))
        for window, i, j in _windows(x.shape, pool_param):
            for n, c in np.ndindex(x.shape[:2]):
                seen = x[n, c][window]
                dx[n, c][window][np.unravel_index(seen.argmax(), seen.shape)] += dout[n, c, i, j]
        return dx.astype(x.dtype)

    return forward, backward


@variant(
    "max_pool",
    "every maximum gets the gradient, by a mask",
    warnings=["convention"],
)
def max_pool_by_mask():
    return _pooling(_largest, lambda window, upstream: _is_largest(window) * upstream)


@variant(
    "max_pool",
    "tied maxima share the gradient",
    warnings=["convention"],
)
def max_pool_split():
    def share(window, upstream):
        mask = _is_largest(window).astype(window.dtype)
        return mask / mask.sum(axis=(2, 3), keepdims=True) * upstream

    return _pooling(_largest, share)


@variant("max_pool", "by reshape where the windows tile, as in the course's fast layers")
def max_pool_by_reshape():
    def tiles(x, pool_param):
        height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
        if height != stride or width != stride:
            return None
        rows, columns = x.shape[2] // height, x.shape[3] // width
        return x.reshape(*x.shape[:2], rows, height, columns, width)

    def forward(x, pool_param):
        tiled = tiles(x, pool_param)
        out, cache = max_pool_forward(x, pool_param)
        return (out if tiled is None else tiled.max(axis=3).max(axis=4)), (cache, tiled, out)

    def backward(dout, cache):
        kept, tiled, out = cache
        if tiled is None:
            return max_pool_backward(dout, kept)
        mask = tiled == out[:, :, :, None, :, None]
        dx = mask * dout[:, :, :, None, :, None]
        return dx.reshape(kept[0].shape)

    return forward, backward


@variant("max_pool", "np.maximum of the elements of all windows; the indices are the cache")
def max_pool_by_maximum():
    def elements(a, window, size):
        height, width, stride = window
        rows, columns = (stride * n for n in size)
        for i, j in np.ndindex(height, width):
            yield a[:, :, i : i + rows : stride, j : j + columns : stride]

    def forward(x, pool_param):
        window = [pool_param[k] for k in ("pool_height", "pool_width", "stride")]
        out, chosen = None, 0
        for k, seen in enumerate(elements(x, window, _size(x.shape, pool_param)[2:])):
            # NaN is kept once it is there, and is larger than what is.
            better = True if out is None else ~np.isnan(out) & ~(seen <= out)
            out = np.where(better, seen, out if out is not None else seen)
            chosen = np.where(better, k, chosen)
        return out, (x.shape, window, chosen)

    def backward(dout, cache):
        shape, window, chosen = cache
        dx = np.zeros(shape, widened(dout).dtype)
        for k, seen in enumerate(elements(dx, window, dout.shape[2:])):
            np.add(seen, np.where(chosen == k, widened(dout), 0), out=seen)
        return dx.astype(dout.dtype)

    return forward, backward


# --- avg_pool ---


@variant("avg_pool", "the mean of each window, by loops")
def avg_pool_loops():
    return _pooling(
        lambda window: window.mean(axis=(2, 3)),
        lambda window, upstream: (
            np.ones_like(window) * upstream / (window.shape[2] * window.shape[3])
        ),
    )


@variant("avg_pool", "the rows of a window first, then its columns")
def avg_pool_rows_first():
    return _pooling(
        lambda window: window.mean(axis=2).mean(axis=2),
        lambda window, upstream: upstream / window.shape[2] / window.shape[3],
    )


@variant("avg_pool", "times 1 / (pool_height · pool_width), itself rounded")
def avg_pool_by_reciprocal():
    def reciprocal(window):
        return window.dtype.type(1) / window.dtype.type(window.shape[2] * window.shape[3])

    return _pooling(
        lambda window: window.sum(axis=(2, 3)) * reciprocal(window),
        lambda window, upstream: upstream * reciprocal(window),
    )


@variant("avg_pool", "everything in float64, cast back")
def avg_pool_in_float64():
    def forward(x, pool_param):
        out, cache = avg_pool_forward(x.astype(np.float64), pool_param)
        return out.astype(x.dtype), cache

    def backward(dout, cache):
        return avg_pool_backward(dout.astype(np.float64), cache).astype(dout.dtype)

    return forward, backward
