"""Multiclass hinge loss (Weston & Watkins, "Support Vector Machines for Multi-Class …", 1999)."""

import numpy as np

from impl_numpy.mean_loss import mean_loss
from impl_numpy.precision import widened


def svm_loss(x, y):
    """loss = 1/N · Σₙ Σ_{c ≠ yₙ} max(0, xₙ[c] - xₙ[yₙ] + 1).

    dx = 1/N where such a term is positive; at the label, minus their number / N.

    x: (N, C) scores; y: (N,) integer labels, 0 ≤ y < C. Returns the loss, a scalar (NaN for an
    empty batch, as the mean of nothing), and dx: (N, C). The slope at a margin of 0 is taken as 0.
    """
    scores, labels = widened(x), (np.arange(len(x)), y)
    margins = scores - scores[labels][:, np.newaxis] + 1
    margins[labels] = 0
    loss = mean_loss(np.maximum(margins, 0), len(x))

    dx = (margins > 0).astype(scores.dtype)
    dx[labels] = -dx.sum(axis=1)
    dx /= max(len(x), 1)
    return loss.astype(x.dtype), dx.astype(x.dtype, copy=False)
