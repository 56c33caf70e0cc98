"""Max and average pooling."""

import numpy as np

from impl_numpy.patches import patches, patches_backward
from impl_numpy.precision import widened


def max_pool_forward(x, pool_param):
    """out = the maximum of each window; NaN if NaN is in it.

    x: (N, C, H, W). pool_param: "pool_height", "pool_width", "stride"; overlapping windows are
    fine. Raises ValueError unless the windows cover x exactly.
    Returns out: (N, C, H', W') with H' = (H - pool_height) / stride + 1 and likewise W', and the
    cache for the backward.
    """
    window = _window(pool_param)
    out = patches(widened(x), *window).max(axis=(2, 3))
    return out.astype(x.dtype, copy=False), (x, window)


def max_pool_backward(dout, cache):
    """Each dout goes to the maximum of its window: of several, to the first in row-major order.

    dout: (N, C, H', W'). Returns dx: (N, C, H, W).
    """
    x, window = cache
    height, width, stride = window
    windows = patches(widened(x), *window)
    count, channels, *_, rows, columns = windows.shape
    first = windows.reshape(count, channels, height * width, rows, columns).argmax(axis=2)
    place = np.arange(height * width).reshape(height, width, 1, 1)
    is_first = first[:, :, np.newaxis, np.newaxis] == place
    upstream = widened(dout)[:, :, np.newaxis, np.newaxis]
    dx = patches_backward(np.where(is_first, upstream, 0), x.shape, stride)
    return dx.astype(x.dtype, copy=False)


def avg_pool_forward(x, pool_param):
    """out = the mean of each window. Parameters, results and errors: as of max_pool_forward."""
    window = _window(pool_param)
    height, width, _ = window
    # Divided before they are summed: the sum may overflow where the mean does not.
    out = patches(widened(x) / (height * width), *window).sum(axis=(2, 3))
    return out.astype(x.dtype, copy=False), (x, window)


def avg_pool_backward(dout, cache):
    """Each dout is divided evenly among the elements of its window.

    dout: (N, C, H', W'). Returns dx: (N, C, H, W).
    """
    x, (height, width, stride) = cache
    share = (widened(dout) / (height * width))[:, :, np.newaxis, np.newaxis]
    dpatches = np.broadcast_to(share, (*dout.shape[:2], height, width, *dout.shape[2:]))
    return patches_backward(dpatches, x.shape, stride).astype(x.dtype, copy=False)


def _window(pool_param):
    return pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
