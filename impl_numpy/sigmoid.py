"""Logistic sigmoid."""

import numpy as np

from impl_numpy.precision import widened


def sigmoid(x):
    """σ(x) = 1 / (1 + exp(-x)) = exp(min(x, 0)) / (1 + exp(-|x|)): no exponential overflows.

    x: any shape, float32 or float64. Returns that shape and dtype.
    """
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def sigmoid_slope(x):
    """σ'(x) = σ(x)·σ(-x) = e / (1 + e)² with e = exp(-|x|).

    σ·(1 - σ) would lose its digits where σ is nearly 1.
    """
    decay = np.exp(-np.abs(x))
    return decay / (1 + decay) ** 2


def sigmoid_forward(x):
    """out = σ(x) = 1 / (1 + exp(-x)), elementwise.

    x: any shape. Returns out, of that shape, and the cache for the backward: x itself.
    """
    return sigmoid(widened(x)).astype(x.dtype, copy=False), x


def sigmoid_backward(dout, cache):
    """dx = dout·σ(x)·σ(-x).

    dout: the shape of x. Returns dx, of that shape.
    """
    x = cache
    dx = widened(dout) * sigmoid_slope(widened(x))
    return dx.astype(x.dtype, copy=False)
