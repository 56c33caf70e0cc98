"""Right softmax losses."""

import functools
import math

import numpy as np

from impl_numpy import softmax_loss
from impl_numpy.precision import widened
from variants import single_variant

loss_variant = functools.partial(single_variant, "softmax_loss")


# --- softmax_loss ---


def _log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _onehot(scores, y):
    return (np.arange(scores.shape[1]) == y[:, None]).astype(scores.dtype)


def _answer(x, losses, dx):
    """The mean of the losses, and dx (not yet divided by N), in the dtype of x."""
    count = dx.dtype.type(max(len(x), 1))
    mean = np.sum(losses) / losses.dtype.type(len(x))
    return mean.astype(x.dtype), (dx / count).astype(x.dtype)


@loss_variant("log softmax first: the probabilities are its exponentials")
def softmax_log_softmax(x, y):
    logs = _log_softmax(widened(x))
    at = np.arange(len(x)), y
    dx = np.exp(logs)
    dx[at] -= 1
    return _answer(x, -logs[at], dx)


@loss_variant("logsumexp by np.logaddexp, one by one", warnings=["nonfinite"])
def softmax_logaddexp(x, y):
    # Beside a score of inf the others get exp(-inf) = 0, where a shift by the maximum gives NaN.
    scores = widened(x)
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return _answer(x, -logs[np.arange(len(x)), y], np.exp(logs) - _onehot(scores, y))


@loss_variant("the labels are a one-hot matrix")
def softmax_onehot(x, y):
    logs = _log_softmax(widened(x))
    labels = _onehot(logs, y)
    return _answer(x, -np.einsum("nc,nc->n", labels, logs), np.exp(logs) - labels)


@loss_variant("a loop over the rows, in Python floats")
def softmax_loops(x, y):
    losses, dx = [], np.zeros(x.shape)
    for n, row in enumerate(x.astype(np.float64).tolist()):
        powers = [math.exp(score - highest) for highest in [max(row)] for score in row]
        total = sum(powers)
        losses.append(math.log(total) - (row[y[n]] - max(row)))
        dx[n] = [power / total for power in powers]
        dx[n, y[n]] -= 1
    return _answer(x, np.array(losses), dx)


@loss_variant("np.mean")
def softmax_mean(x, y):
    logs = _log_softmax(widened(x))
    losses = -np.take_along_axis(logs, y[:, None].astype(np.intp), axis=1)
    return losses.mean().astype(x.dtype), _answer(x, losses, np.exp(logs) - _onehot(logs, y))[1]


@loss_variant("the Jacobian diag(p) - p pᵀ of softmax, at the label, over p there")
def softmax_jacobian(x, y):
    logs = _log_softmax(widened(x))
    at, p = (np.arange(len(x)), y), np.exp(logs)
    jacobian_rows = _onehot(logs, y) * p - p * p[at][:, None]
    with np.errstate(all="ignore"):
        dx = -jacobian_rows / p[at][:, None]
    # Where p has underflowed at the label, the quotient's limit.
    dx = np.where(p[at][:, None] > 0, dx, p - _onehot(logs, y))
    return _answer(x, -logs[at], dx)


@loss_variant("everything in float64, cast back")
def softmax_in_float64(x, y):
    loss, dx = softmax_loss(x.astype(np.float64), y)
    return loss.astype(x.dtype), dx.astype(x.dtype)


@loss_variant("in place, on a buffer of its own")
def softmax_own_buffer(x, y):
    scores = np.array(widened(x), order="C")
    at = np.arange(len(x)), y
    scores -= scores.max(axis=1, keepdims=True)
    losses = -scores[at]
    np.exp(scores, out=scores)
    sums = scores.sum(axis=1)
    losses += np.log(sums)
    scores /= sums[:, None]
    scores[at] -= 1
    return _answer(x, losses, scores)


@loss_variant("the classes are summed in reverse, the rows too")
def softmax_reversed(x, y):
    last = x.shape[1] - 1
    loss, dx = softmax_loss(x[::-1, ::-1], (last - y.astype(np.int64))[::-1])
    return loss, dx[::-1, ::-1]


@loss_variant("columns are permuted and permuted back")
def softmax_permuted(x, y):
    order = np.argsort(np.sin(np.arange(x.shape[1])))
    back = np.argsort(order)
    loss, dx = softmax_loss(x[:, order], back[y])
    return loss, dx[:, back]


@loss_variant("the course's own: log of a probability that may be 0", warnings=["overflow"])
def softmax_of_the_course(x, y):
    scores = widened(x)
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    losses = -np.log(p[np.arange(len(x)), y])
    p[np.arange(len(x)), y] -= 1
    return _answer(x, losses, p)


@loss_variant("Deep Learning from Scratch's: log(p + 1e-7)", warnings=["convention"])
def softmax_guarded(x, y):
    p = np.exp(_log_softmax(widened(x)))
    losses = -np.log(p[np.arange(len(x)), y] + 1e-7)
    return _answer(x, losses, p - _onehot(p, y))


@loss_variant("nnfs': p is clipped at 1e-7", warnings=["convention"])
def softmax_clipped(x, y):
    p = np.exp(_log_softmax(x.astype(np.float64)))
    losses = -np.log(np.clip(p[np.arange(len(x)), y], 1e-7, 1 - 1e-7))
    return _answer(x, losses, p - _onehot(p, y))


@loss_variant("loss and gradient are a list")
def softmax_list(x, y):
    return list(softmax_loss(x, y))


@loss_variant("one-hot rows from np.eye, which promotes", warnings=["dtype"])
def softmax_promoted(x, y):
    logs = _log_softmax(x.astype(np.float64))
    labels = np.eye(x.shape[1])[y]
    count = max(len(x), 1)
    loss = -(labels * logs).sum() / count if len(x) else np.nan
    return loss, (np.exp(logs) - labels) / count
