"""Right multiclass hinge losses."""

import functools

import numpy as np

from impl_numpy import svm_loss
from impl_numpy.precision import widened
from variants import single_variant

loss_variant = functools.partial(single_variant, "svm_loss")


def _answer(x, loss, dx):
    """The sum of the losses and dx, both not yet divided by N, in the dtype of x."""
    count = dx.dtype.type(max(len(x), 1))
    return (loss / dx.dtype.type(len(x))).astype(x.dtype), (dx / count).astype(x.dtype)


@loss_variant("the course's own: margins are counted for the label's column")
def svm_loss_of_the_course(x, y):
    scores, rows = widened(x), np.arange(len(x))
    margins = np.maximum(0, scores - scores[rows, y][:, np.newaxis] + 1.0)
    margins[rows, y] = 0
    counts = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(scores)
    dx[margins > 0] = 1
    dx[rows, y] -= counts
    return _answer(x, np.sum(margins), dx)


@loss_variant("loops over rows and classes, in Python floats")
def svm_loss_loops(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for n, row in enumerate(x.astype(np.float64).tolist()):
        for c, score in enumerate(row):
            margin = score - row[y[n]] + 1
            if c == y[n] or margin <= 0:
                continue
            loss += margin
            dx[n, c] += 1
            dx[n, y[n]] -= 1
    return _answer(x, np.float64(loss), dx)


@loss_variant("1/N is added and subtracted margin by margin")
def svm_loss_by_shares(x, y):
    scores, share = widened(x), 1 / max(len(x), 1)
    losses, dx = np.zeros_like(scores), np.zeros_like(scores)
    for n, c in np.ndindex(x.shape):
        margin = scores[n, c] - scores[n, y[n]] + 1
        if c == y[n]:
            continue
        losses[n, c] = np.maximum(margin, 0)
        if margin > 0:
            dx[n, c] += share
            dx[n, y[n]] -= share
    loss = losses.sum() / losses.dtype.type(len(x))
    return loss.astype(x.dtype), dx.astype(x.dtype)


@loss_variant("the labels are a one-hot matrix; every margin is counted, then 1 is taken off")
def svm_loss_onehot(x, y):
    scores = widened(x)
    labels = (np.arange(x.shape[1]) == y[:, None]).astype(scores.dtype)
    chosen = np.take_along_axis(scores, y[:, None].astype(np.intp), axis=1)
    hinges = np.maximum(scores - (chosen - (1 - labels)), 0)
    positive = (hinges > 0).astype(scores.dtype) * (1 - labels)
    dx = positive - labels * np.einsum("nc->n", positive)[:, None]
    return _answer(x, np.where(labels == 1, 0, hinges).sum(), dx)


@loss_variant("half of m + |m| for max(0, m), and the sign for the slope", warnings=["nonfinite"])
def svm_loss_by_signs(x, y):
    # -inf plus inf is NaN; and so is the sign of NaN.
    scores, labels = widened(x), (np.arange(len(x)), y)
    margins = scores - scores[labels][:, None] + 1
    margins[labels] = 0
    dx = (np.sign(margins) + 1) // 2
    dx[labels] = 0
    dx[labels] = -dx.sum(axis=1)
    return _answer(x, (margins + np.abs(margins)).sum() / 2, dx)


@loss_variant("margins of 0 count: the slope is 1 there", warnings=["convention"])
def svm_loss_slope_one_at_kinks(x, y):
    scores, labels = widened(x), (np.arange(len(x)), y)
    margins = scores - scores[labels][:, None] + 1
    margins[labels] = -1
    dx = (margins >= 0).astype(scores.dtype)
    dx[labels] = -dx.sum(axis=1)
    return _answer(x, np.maximum(margins, 0).sum(), dx)


@loss_variant("the slope at 0 is ½, as of jnp.maximum", warnings=["convention"])
def svm_loss_slope_half_at_kinks(x, y):
    scores, labels = widened(x), (np.arange(len(x)), y)
    margins = scores - scores[labels][:, None] + 1
    margins[labels] = -1
    dx = (margins > 0) * scores.dtype.type(0.5) + (margins >= 0) * scores.dtype.type(0.5)
    dx[labels] = -dx.sum(axis=1)
    return _answer(x, np.maximum(margins, 0).sum(), dx)


@loss_variant("columns are permuted and permuted back")
def svm_loss_permuted(x, y):
    order = np.argsort(np.sin(np.arange(x.shape[1])))
    back = np.argsort(order)
    loss, dx = svm_loss(x[:, order], back[y])
    return loss, dx[:, back]


@loss_variant("everything in float64, cast back")
def svm_loss_in_float64(x, y):
    loss, dx = svm_loss(x.astype(np.float64), y)
    return loss.astype(x.dtype), dx.astype(x.dtype)


@loss_variant("np.zeros(shape) and Python floats promote", warnings=["dtype"])
def svm_loss_promoted(x, y):
    loss, gradient = svm_loss(x.astype(np.float64), y)
    return float(loss), np.zeros(x.shape) + gradient
