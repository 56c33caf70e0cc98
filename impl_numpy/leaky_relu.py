"""Leaky rectified linear unit."""

import numpy as np

from impl_numpy.precision import widened


def leaky_relu_forward(x, alpha):
    """out = x where x > 0, else α·x, elementwise; NaN stays NaN.

    x: any shape; alpha: a number. Returns out, of that shape, and the cache for the backward.
    """
    return _sloped(x, x, alpha), (x, alpha)


def leaky_relu_backward(dout, cache):
    """dx = dout where x > 0, else α·dout: the slope at 0 is taken as α.

    dout: the shape of x. Returns dx, of that shape.
    """
    return _sloped(dout, *cache)


def _sloped(values, x, alpha):
    """values·slope(x), each by its own slope: no α·inf is computed where it is not used."""
    slope = np.where(x > 0, 1, alpha)
    values = widened(values)
    return (values * slope.astype(values.dtype)).astype(x.dtype, copy=False)
