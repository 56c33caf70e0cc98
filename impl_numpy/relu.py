"""Rectified linear unit."""

import numpy as np


def relu_forward(x):
    """out = max(x, 0), elementwise; NaN stays NaN.

    x: any shape. Returns out, of that shape, and the cache for the backward: x itself.
    """
    out = np.maximum(x, np.zeros((), x.dtype))
    return out, x


def relu_backward(dout, cache):
    """dx = dout where x > 0, else 0: the slope at 0 is taken as 0.

    dout: the shape of x. Returns dx, of that shape.
    """
    x = cache
    return np.where(x > 0, dout, np.zeros((), dout.dtype))
