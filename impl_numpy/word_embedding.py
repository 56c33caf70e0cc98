"""Word embedding: a table looked up by token."""

import numpy as np

from impl_numpy.precision import widened


def word_embedding_forward(x, W):
    """out[n, t] = W[x[n, t]].

    x: (N, T) integer tokens, 0 ≤ x < V; W: (V, D).
    Returns out: (N, T, D), and the cache for the backward.
    """
    return W[x], (x, W)


def word_embedding_backward(dout, cache):
    """dW[v] = Σ dout[n, t] over all n, t with x[n, t] = v.

    dout: (N, T, D). Returns dW: (V, D).
    """
    x, W = cache
    # np.add.at is several times as fast on single numbers as on rows (from NumPy 1.25 on).
    width = W.shape[1]
    positions = x[..., np.newaxis].astype(np.intp) * width + np.arange(width)
    dW = np.zeros(W.size, widened(dout).dtype)
    np.add.at(dW, positions.reshape(-1), widened(dout).reshape(-1))
    return dW.reshape(W.shape).astype(W.dtype, copy=False)
