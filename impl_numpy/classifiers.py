"""Linear classifiers: scores = X·W, a data loss, and the penalty reg·ΣW²."""

import numpy as np

from impl_numpy.precision import widened
from impl_numpy.softmax_loss import softmax_loss
from impl_numpy.svm_loss import svm_loss


def softmax_loss_naive(W, X, y, reg):
    """The loss of softmax_loss_vectorized, one example after the other."""
    weights, count = widened(W), len(X)
    loss, dw = _start(weights, count)
    for example, label in zip(widened(X), y, strict=True):
        scores = example @ weights
        shifted = scores - scores.max()
        exponentials = np.exp(shifted)
        total = exponentials.sum()
        loss += (np.log(total) - shifted[label]) / count
        dscores = exponentials / total
        dscores[label] -= 1
        dw += np.outer(example, dscores / count)
    return _penalized(loss, dw, W, X, reg)


def softmax_loss_vectorized(W, X, y, reg):
    """loss = -1/N · Σₙ log softmax(Xₙ·W)[yₙ] + reg·ΣW²; dW = Xᵀ·dscores + 2·reg·W.

    W: (D, C); X: (N, D); y: (N,) integer labels, 0 ≤ y < C; reg: a number. Returns the loss, a
    scalar (NaN for an empty batch, as the mean of nothing), and dW: (D, C).
    """
    return _vectorized(softmax_loss, W, X, y, reg)


def svm_loss_naive(W, X, y, reg):
    """The loss of svm_loss_vectorized, one example after the other."""
    weights, count = widened(W), len(X)
    loss, dw = _start(weights, count)
    for example, label in zip(widened(X), y, strict=True):
        scores = example @ weights
        margins = scores - scores[label] + 1
        margins[label] = 0
        loss += (np.maximum(margins, 0) / count).sum()
        dscores = (margins > 0).astype(scores.dtype)
        dscores[label] = -dscores.sum()
        dw += np.outer(example, dscores / count)
    return _penalized(loss, dw, W, X, reg)


def svm_loss_vectorized(W, X, y, reg):
    """loss = 1/N · Σₙ Σ_{c ≠ yₙ} max(0, sₙ[c] - sₙ[yₙ] + 1) + reg·ΣW² with s = X·W.

    dW = Xᵀ·dscores + 2·reg·W. W: (D, C); X: (N, D); y: (N,) integer labels, 0 ≤ y < C; reg: a
    number. Returns the loss, a scalar (NaN for an empty batch, as the mean of nothing), and
    dW: (D, C).
    """
    return _vectorized(svm_loss, W, X, y, reg)


def _vectorized(loss_of_scores, W, X, y, reg):
    examples = widened(X)
    loss, dscores = loss_of_scores(examples @ widened(W), y)
    return _penalized(loss, examples.T @ dscores, W, X, reg)


def _start(weights, count):
    """The loss and the gradient before the first example; the mean of no losses is NaN."""
    return weights.dtype.type(0 if count else np.nan), np.zeros_like(weights)


def _penalized(loss, dw, W, X, reg):
    """The loss + reg·ΣW² and the gradient + 2·reg·W, in the dtypes of X and W."""
    weights = widened(W)
    loss = loss + reg * (weights**2).sum()
    dw = dw + 2 * reg * weights
    return loss.astype(X.dtype), dw.astype(W.dtype, copy=False)
