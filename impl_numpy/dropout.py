"""Inverted dropout."""

import numpy as np

from impl_numpy.precision import widened


def dropout_forward(x, dropout_param):
    """out = x·mask / p, where mask is 1 with probability p, otherwise 0; in test mode out = x.

    x: any shape. dropout_param: "mode" ("train" or "test"); "p", the probability to *keep* an
    element; "seed" (optional), of the legacy generator: the mask is the one that the course draws
    by np.random.seed(seed) and np.random.rand(*x.shape) < p, but no global state is touched.
    Returns out, of the shape of x, and the cache for the backward.
    """
    mode, p = dropout_param["mode"], dropout_param["p"]
    if mode == "test":
        mask = None
    elif mode == "train":
        mask = np.random.RandomState(dropout_param.get("seed")).random_sample(x.shape) < p
    else:
        raise ValueError(f"mode must be 'train' or 'test', not {mode!r}")
    return _scaled(x, mask, p), (mask, p)


def dropout_backward(dout, cache):
    """dx = dout·mask / p; in test mode dx = dout.

    dout: the shape of x. Returns dx, of that shape.
    """
    return _scaled(dout, *cache)


def _scaled(values, mask, p):
    """values·mask / p: kept ones are enlarged, so that the expectation stays the same."""
    if mask is None:
        return values.copy()
    # p = 0 keeps nothing: the result is 0, not 0/0.
    return (widened(values) * mask / (p or 1)).astype(values.dtype, copy=False)
