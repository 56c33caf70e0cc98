"""Wrong multiclass hinge losses."""

import numpy as np

from impl_numpy import svm_loss
from mutants import hinted, warning, wrong


def _margins(x, y):
    """All margins, those of the labels (1) included, and where the labels are."""
    labels = np.arange(len(x)), y
    return x - x[labels][:, None] + 1, labels


def _mean(terms, x):
    """Their sum over N, without NumPy's complaint about an empty batch."""
    return terms.sum() / x.dtype.type(len(x))


def _dx(positive, x, labels):
    """The gradient if these margins count."""
    dx = positive.astype(x.dtype)
    dx[labels] = 0
    dx[labels] = -dx.sum(axis=1)
    return dx / x.dtype.type(max(len(x), 1))


# --- svm_loss: the loss ---


@wrong("svm_loss", "value", "loss", "the label's own margin, 1, is counted")
@hinted("the label's own margin, which is 1, is counted")
def svm_loss_counts_label(x, y):
    return _mean(np.maximum(_margins(x, y)[0], 0), x), svm_loss(x, y)[1]


@wrong("svm_loss", "value", "loss", "the loss is summed, not averaged")
@hinted("times exactly N")
def svm_loss_summed(x, y):
    loss, dx = svm_loss(x, y)
    return loss * loss.dtype.type(len(x)), dx


@wrong("svm_loss", "value", "loss", "the loss is averaged over the classes, too")
@hinted("times exactly 1/C")
def svm_loss_over_classes(x, y):
    loss, dx = svm_loss(x, y)
    return loss / loss.dtype.type(x.shape[1]), dx


@wrong("svm_loss", "value", "loss", "the margin is 0, not 1")
@hinted("the margin is 0, not 1")
def svm_loss_without_margin(x, y):
    margins, labels = _margins(x, y)
    margins = np.maximum(margins - 1, 0)
    return _mean(margins, x), _dx(margins > 0, x, labels)


@wrong("svm_loss", "value", "loss", "the hinge is squared, and dx is its gradient")
@hinted("the hinge is squared")
def svm_loss_squared(x, y):
    margins, labels = _margins(x, y)
    margins = np.maximum(margins, 0)
    margins[labels] = 0
    return _mean(margins**2, x), 2 * _dx(margins, x, labels)


@wrong("svm_loss", "value", "loss", "only the worst class counts (Crammer and Singer)")
@hinted("only the worst class counts")
def svm_loss_worst_class(x, y):
    margins, labels = _margins(x, y)
    margins[labels] = 0
    worst = margins.max(axis=1, keepdims=True)
    return _mean(np.maximum(worst, 0), x), _dx((margins > 0) & (margins == worst), x, labels)


@wrong("svm_loss", "value", "loss", "the label's score is subtracted from, not what is subtracted")
@hinted("the margins are x[y] - x[c] + 1, with the signs swapped")
def svm_loss_margins_negated(x, y):
    loss, dx = svm_loss(-x, y)
    return loss, -dx


@wrong("svm_loss", "crash", "", "the labels' scores are a row, which does not broadcast")
def svm_loss_no_new_axis(x, y):
    margins = np.maximum(x - x[np.arange(len(x)), y] + 1, 0)
    return _mean(margins, x), svm_loss(x, y)[1]


@wrong("svm_loss", "crash", "", "x[:, y] picks every label in every row")
def svm_loss_label_columns(x, y):
    margins = np.maximum(x - x[:, y] + 1, 0)
    return _mean(margins, x), svm_loss(x, y)[1]


@warning("svm_loss", "nonfinite", "loss", "NaN is swallowed")
def svm_loss_swallows_nan(x, y):
    margins, labels = _margins(x, y)
    margins[labels] = 0
    return _mean(np.fmax(margins, 0), x), svm_loss(x, y)[1]


@warning("svm_loss", "dtype", "loss", "the loss is a Python float")
def svm_loss_python_float(x, y):
    loss, dx = svm_loss(x, y)
    return float(loss), dx


@warning("svm_loss", "empty", "loss", "the loss of an empty batch is 0")
def svm_loss_zero_if_empty(x, y):
    loss, dx = svm_loss(x, y)
    return loss if len(x) else x.dtype.type(0), dx


# --- svm_loss: the gradient ---


@wrong("svm_loss", "value", "dx", "dx is not divided by N")
@hinted("times exactly N")
def svm_loss_summed_dx(x, y):
    loss, dx = svm_loss(x, y)
    return loss, dx * dx.dtype.type(len(x))


@wrong("svm_loss", "value", "dx", "dx has no entry at the label")
@hinted("lacks what the label gets")
def svm_loss_forgets_label(x, y):
    loss, dx = svm_loss(x, y)
    dx[np.arange(len(x)), y] = 0
    return loss, dx


@wrong("svm_loss", "value", "dx", "dx at the label is -1/N, however many margins are positive")
@hinted("the label gets -1/N, however many margins are positive")
def svm_loss_label_counts_once(x, y):
    loss, dx = svm_loss(x, y)
    dx[np.arange(len(x)), y] = -1 / max(len(x), 1)
    return loss, dx


@wrong("svm_loss", "value", "dx", "dx at the label has the wrong sign")
@hinted("has what the label gets with the wrong sign")
def svm_loss_label_sign(x, y):
    loss, dx = svm_loss(x, y)
    dx[np.arange(len(x)), y] *= -1
    return loss, dx


@wrong("svm_loss", "value", "dx", "the label's own margin is counted in dx, once")
@hinted("the label's own margin is counted in the gradient")
def svm_loss_counts_label_in_dx(x, y):
    loss, dx = svm_loss(x, y)
    dx[np.arange(len(x)), y] += 1 / max(len(x), 1)
    return loss, dx


@wrong("svm_loss", "value", "dx", "margins are counted over the batch, not over the classes")
@hinted("margins are counted over the batch, not over the classes")
def svm_loss_counts_columns(x, y):
    (margins, labels), (loss, dx) = _margins(x, y), svm_loss(x, y)
    margins[labels] = 0
    dx[labels] = -(margins > 0).sum(axis=0)[y] / max(len(x), 1)
    return loss, dx


@wrong("svm_loss", "value", "dx", "dx is the margins, not where they are positive")
@hinted("the slope is made of the margins, not of where they are positive")
def svm_loss_dx_of_square(x, y):
    margins, labels = _margins(x, y)
    return svm_loss(x, y)[0], _dx(np.maximum(margins, 0), x, labels)


@wrong("svm_loss", "value", "dx", "the mask is where scores, not margins, are positive")
@hinted("the mask is where scores, not margins, are positive")
def svm_loss_mask_of_scores(x, y):
    return svm_loss(x, y)[0], _dx(x > 0, x, (np.arange(len(x)), y))


@warning("svm_loss", "convention", "dx", "the slope at a margin of 0 is 1")
def svm_loss_slope_one(x, y):
    margins, labels = _margins(x, y)
    return svm_loss(x, y)[0], _dx(margins >= 0, x, labels)


@wrong("svm_loss", "value", "dx", "the slope at a margin of 0 is 2, which is no subgradient")
def svm_loss_slope_two(x, y):
    margins, labels = _margins(x, y)
    return svm_loss(x, y)[0], _dx((margins > 0) + 2.0 * (margins == 0), x, labels)


@wrong("svm_loss", "value", "dx", "margins are truncated to integers")
@hinted("margins are truncated to integers")
def svm_loss_truncated(x, y):
    margins, labels = _margins(x, y)
    return svm_loss(x, y)[0], _dx(np.nan_to_num(margins).astype(np.int64) > 0, x, labels)


@wrong("svm_loss", "crash", "", "dx is an array of integers, which cannot be divided in place")
def svm_loss_integer_buffer(x, y):
    dx = np.zeros(x.shape, int)
    dx[svm_loss(x, y)[1] > 0] = 1
    dx /= len(x)
    return svm_loss(x, y)[0], dx


@wrong("svm_loss", "value", "dx", "dx is an array of integers: the division by N leaves zeros")
@hinted("is the correct one rounded down to integers, as // does it")
def svm_loss_floor_division(x, y):
    loss, dx = svm_loss(x, y)
    return loss, np.rint(np.nan_to_num(dx) * len(x)).astype(int) // max(len(x), 1)


@warning("svm_loss", "dtype", "dx", "the gradient buffer np.zeros(shape) is float64")
def svm_loss_float64_buffer(x, y):
    loss, gradient = svm_loss(x, y)
    dx = np.zeros(x.shape)
    dx += gradient
    return loss, dx


# --- svm_loss: labels, side effects ---


@warning("svm_loss", "labels", "dx", "flat positions in the labels' own dtype overflow a byte")
def svm_loss_narrow_flat_index(x, y):
    loss, dx = svm_loss(x, y)
    flat, at = dx.ravel(), (np.arange(len(x)) * x.shape[1]).astype(y.dtype) + y
    flat[at] = dx[np.arange(len(x)), y]
    return loss, flat.reshape(x.shape)


@warning("svm_loss", "mutation", "x", "the labels' scores are subtracted from x in place")
def svm_loss_overwrites_x(x, y):
    answer = svm_loss(x, y)
    x -= x[np.arange(len(x)), y][:, None]
    return answer


@warning("svm_loss", "unfinished", "dx", "only the loss is returned")
def svm_loss_only(x, y):
    return svm_loss(x, y)[0]
