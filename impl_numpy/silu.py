"""SiLU, also called swish (Ramachandran et al., "Searching for Activation Functions", 2017)."""

from impl_numpy.precision import widened
from impl_numpy.sigmoid import sigmoid


def silu_forward(x):
    """out = x·σ(x), elementwise.

    x: any shape. Returns out, of that shape, and the cache for the backward: x itself.
    """
    values = widened(x)
    return (values * sigmoid(values)).astype(x.dtype, copy=False), x


def silu_backward(dout, cache):
    """dx = dout·σ(x)·(1 + x·σ(-x)).

    dout: the shape of x. Returns dx, of that shape.
    """
    x = cache
    values = widened(x)
    dx = widened(dout) * sigmoid(values) * (1 + values * sigmoid(-values))
    return dx.astype(x.dtype, copy=False)
