"""Softmax and mean cross-entropy in one."""

import numpy as np

from impl_numpy.precision import widened


def softmax_loss(x, y):
    """loss = -1/N · Σₙ log pₙ[yₙ] with pₙ = softmax(xₙ); dx = (p - onehot(y)) / N.

    x: (N, C) scores; y: (N,) integer labels, 0 ≤ y < C. Returns the loss, a scalar (NaN for an
    empty batch, as the mean of nothing), and dx: (N, C).

    log p = shifted - log Σ exp(shifted), with shifted = x - max x: no exponential overflows, and no
    logarithm is taken of a probability that has underflowed.
    """
    scores, labels = widened(x), (np.arange(len(x)), y)
    count = scores.dtype.type(len(x))
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    losses = np.log(sums[:, 0]) - shifted[labels]
    # Divided before they are summed: the sum of large losses may overflow where the mean does not.
    loss = (losses / count).sum() if len(x) else count.dtype.type(np.nan)

    dx = exponentials / sums
    dx[labels] -= 1
    dx /= max(count, count.dtype.type(1))
    return loss.astype(x.dtype), dx.astype(x.dtype, copy=False)
