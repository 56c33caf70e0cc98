"""Softmax and mean cross-entropy in one."""

import numpy as np

from impl_numpy.mean_loss import mean_loss
from impl_numpy.precision import widened


def softmax_loss(x, y):
    """loss = -1/N · Σₙ log pₙ[yₙ] with pₙ = softmax(xₙ); dx = (p - onehot(y)) / N.

    x: (N, C) scores; y: (N,) integer labels, 0 ≤ y < C. Returns the loss, a scalar (NaN for an
    empty batch, as the mean of nothing), and dx: (N, C).
    """
    losses, dx = softmax_losses(widened(x), y)
    loss = mean_loss(losses, len(x))
    dx /= max(len(x), 1)
    return loss.astype(x.dtype), dx.astype(x.dtype, copy=False)


def softmax_losses(scores, y):
    """lossₙ = -log pₙ[yₙ] with pₙ = softmax(scoresₙ), each row on its own; dscores = p - onehot(y).

    scores: (N, C), float32 or float64; y: (N,). Returns the losses: (N,), and dscores: (N, C).

    log p = shifted - log Σ exp(shifted), with shifted = scores - max: no exponential overflows, and
    no logarithm is taken of a probability that has underflowed.
    """
    labels = np.arange(len(y)), y
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    losses = np.log(sums[:, 0]) - shifted[labels]
    dscores = exponentials / sums
    dscores[labels] -= 1
    return losses, dscores
