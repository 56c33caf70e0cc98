"""Right mean squared errors."""

import functools

import numpy as np

from impl_numpy import mse_loss
from impl_numpy.precision import widened
from variants import single_variant

loss_variant = functools.partial(single_variant, "mse_loss")


def _answer(x, loss, dx):
    return np.asarray(loss).astype(x.dtype)[()], dx.astype(x.dtype)


@loss_variant("np.mean and np.square")
def mse_loss_by_mean(x, y):
    difference = np.subtract(widened(x), widened(y))
    dx = 2 * difference / max(difference.size, 1)
    return _answer(x, np.mean(np.square(difference)), dx)


@loss_variant("a dot product of the flattened error with itself; dx times 2/n")
def mse_loss_by_dot(x, y):
    error = (widened(x) - widened(y)).ravel()
    count = error.dtype.type(error.size)
    dx = (2 / max(error.size, 1)) * error
    return _answer(x, error.dot(error) / count, dx.reshape(x.shape))


@loss_variant("the targets minus x, and a minus before dx")
def mse_loss_negated(x, y):
    difference = widened(y) - widened(x)
    dx = -2.0 / max(x.size, 1) * difference
    return _answer(x, (difference * difference).mean(), dx)


@loss_variant("a loop over the elements, in Python floats")
def mse_loss_loop(x, y):
    total, dx = 0.0, np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        error = float(x[index]) - float(y[index])
        total += error * error
        dx[index] = 2 * error / x.size
    return _answer(x, np.float64(total) / np.float64(x.size), dx)


@loss_variant("row by row: the mean of each row's mean")
def mse_loss_by_rows(x, y):
    difference = widened(x) - widened(y)
    rows = difference if x.ndim > 1 else difference.reshape(-1, 1)
    count = max(rows[0].size if len(rows) else 0, 1)
    losses = (rows**2).reshape(len(rows), count).sum(axis=1) / count
    return _answer(x, losses.mean(), 2 * (difference / count) / max(len(rows), 1))


@loss_variant("the norm, squared")
def mse_loss_by_norm(x, y):
    difference = widened(x) - widened(y)
    norm = np.linalg.norm(difference)
    return _answer(x, norm * norm / norm.dtype.type(x.size), 2 * difference / max(x.size, 1))


@loss_variant("everything in float64, cast back")
def mse_loss_in_float64(x, y):
    return _answer(x, *mse_loss(x.astype(np.float64), y.astype(np.float64)))


@loss_variant("summed in reverse")
def mse_loss_reversed(x, y):
    loss, dx = mse_loss(np.flip(x), np.flip(y))
    return loss, np.flip(dx).copy()


@loss_variant("a Python float and a buffer of float64", warnings=["dtype"])
def mse_loss_promoted(x, y):
    loss, dx = mse_loss(x.astype(np.float64), y.astype(np.float64))
    return float(loss), dx
