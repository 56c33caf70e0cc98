"""Sigmoid and mean binary cross-entropy in one."""

import numpy as np

from impl_numpy.mean_loss import mean_loss
from impl_numpy.precision import widened


def bce_with_logits_loss(x, y):
    """loss = -1/n · Σ (y·log σ(x) + (1 - y)·log σ(-x)); dx = (σ(x) - y) / n.

    x: logits, any shape; y: targets of that shape, 0 ≤ y ≤ 1. Returns the loss, a scalar (NaN if
    there are no elements, as the mean of nothing), and dx, of the shape of x.

    log σ(x) = min(x, 0) - log(1 + exp(-|x|)), so that nothing overflows; and where x > 0, σ(x) - y
    is (1 - y) - σ(-x), so that no digits are lost where σ(x) is nearly 1.
    """
    logits, targets = widened(x), widened(y)
    magnitude, positive = np.abs(logits), logits > 0
    # How much the target is of the class that x speaks against.
    against = np.where(positive, 1 - targets, targets)
    decay = np.exp(-magnitude)
    loss = mean_loss(magnitude * against + np.log1p(decay), x.size)

    difference = against - decay / (1 + decay)
    dx = np.where(positive, difference, -difference) / max(x.size, 1)
    return loss.astype(x.dtype), dx.astype(x.dtype, copy=False)
