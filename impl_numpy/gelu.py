"""Gaussian error linear unit (Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016)."""

import numpy as np

from impl_numpy.normal_cdf import normal_cdf, normal_pdf
from impl_numpy.precision import widened
from impl_numpy.sigmoid import sigmoid, sigmoid_slope


def gelu_forward(x):
    """out = x·Φ(x) with Φ(x) = (1 + erf(x / √2)) / 2, elementwise.

    x: any shape. Returns out, of that shape, and the cache for the backward: x itself.
    """
    values = widened(x)
    return (values * normal_cdf(values)).astype(x.dtype, copy=False), x


def gelu_backward(dout, cache):
    """dx = dout·(Φ(x) + x·φ(x)) with φ = Φ'.

    dout: the shape of x. Returns dx, of that shape.
    """
    x = cache
    values = widened(x)
    dx = widened(dout) * (normal_cdf(values) + values * normal_pdf(values))
    return dx.astype(x.dtype, copy=False)


def gelu_tanh_forward(x):
    """out = x/2 · (1 + tanh u) = x·σ(2u) with u = √(2/π)·(x + 0.044715·x³), elementwise.

    x: any shape. Returns out, of that shape, and the cache for the backward: x itself.
    """
    values = widened(x)
    doubled, _ = _doubled_argument(values)
    return (values * sigmoid(doubled)).astype(x.dtype, copy=False), x


def gelu_tanh_backward(dout, cache):
    """dx = dout·(σ(2u) + x·σ'(2u)·2u').

    dout: the shape of x. Returns dx, of that shape.
    """
    x = cache
    values = widened(x)
    doubled, slope = _doubled_argument(values)
    dx = widened(dout) * (sigmoid(doubled) + values * (sigmoid_slope(doubled) * slope))
    return dx.astype(x.dtype, copy=False)


def _doubled_argument(x):
    """2u and 2u'. Beyond ±30, where σ(2u) is exactly 0 or 1, x is cut off: x³ might overflow."""
    cut = np.clip(x, -30, 30)
    square, scale = cut * cut, 2 * (2 / np.pi) ** 0.5
    return scale * cut * (1 + 0.044715 * square), scale * (1 + 3 * 0.044715 * square)
