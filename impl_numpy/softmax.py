"""Softmax over the last axis."""

import numpy as np

from impl_numpy.precision import widened


def softmax_forward(x):
    """out = exp(x) / Σ exp(x) along the last axis; max x is subtracted first: nothing overflows.

    x: (N, C). Returns out: (N, C), and the cache for the backward.
    """
    scores = widened(x)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities.astype(x.dtype), probabilities


def softmax_backward(dout, cache):
    """dx = p·(dout - Σ dout·p), the sum along the last axis.

    dout: (N, C). Returns dx: (N, C).
    """
    probabilities = cache
    upstream = widened(dout)
    along = (upstream * probabilities).sum(axis=-1, keepdims=True)
    return (probabilities * (upstream - along)).astype(dout.dtype, copy=False)
