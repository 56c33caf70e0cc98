"""Right binary cross-entropies."""

import functools
import math

import numpy as np

from impl_numpy import bce_with_logits_loss
from impl_numpy.precision import widened
from variants import single_variant

loss_variant = functools.partial(single_variant, "bce_with_logits_loss")


def _answer(x, losses, dx):
    """The mean of the losses, and dx (not yet divided by their number), in the dtype of x."""
    count = dx.dtype.type(max(x.size, 1))
    mean = np.sum(losses) / losses.dtype.type(x.size)
    return mean.astype(x.dtype), (dx / count).astype(x.dtype)


def _sigmoid(x):
    """Without an exponential that overflows."""
    decay = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, decay) / (1 + decay)


@loss_variant("TensorFlow's: max(x, 0) - x·y + log(1 + exp(-|x|))")
def bce_with_logits_loss_of_tensorflow(x, y):
    x32, y32 = widened(x), widened(y)
    losses = np.maximum(x32, 0) - x32 * y32 + np.log1p(np.exp(-np.abs(x32)))
    return _answer(x, losses, _sigmoid(x32) - y32)


@loss_variant("torch's: (1 - y)·x - log σ(x)")
def bce_with_logits_loss_of_torch(x, y):
    x32, y32 = widened(x), widened(y)
    log_sigmoid = np.minimum(x32, 0) - np.log1p(np.exp(-np.abs(x32)))
    return _answer(x, (1 - y32) * x32 - log_sigmoid, _sigmoid(x32) - y32)


@loss_variant("log(1 + eˣ) by np.logaddexp")
def bce_with_logits_loss_logaddexp(x, y):
    x32, y32 = widened(x), widened(y)
    return _answer(x, np.logaddexp(0, x32) - x32 * y32, _sigmoid(x32) - y32)


@loss_variant("both logarithms of σ, weighted; dx from both sides")
def bce_with_logits_loss_two_sided(x, y):
    x32, y32 = widened(x), widened(y)
    losses = y32 * np.logaddexp(0, -x32) + (1 - y32) * np.logaddexp(0, x32)
    return _answer(x, losses, (1 - y32) * _sigmoid(x32) - y32 * _sigmoid(-x32))


@loss_variant("1 / (1 + exp(-x)), where exp may overflow to inf")
def bce_with_logits_loss_plain_sigmoid(x, y):
    x32, y32 = widened(x), widened(y)
    return _answer(x, np.logaddexp(x32, 0) - x32 * y32, 1 / (1 + np.exp(-x32)) - y32)


@loss_variant("a loop over the elements, in Python floats")
def bce_with_logits_loss_loop(x, y):
    losses, dx = [], np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        logit, target = float(x[index]), float(y[index])
        decay = math.exp(-abs(logit))
        losses.append(max(logit, 0) - logit * target + math.log1p(decay))
        dx[index] = (1 if logit >= 0 else decay) / (1 + decay) - target
    return _answer(x, np.array(losses), dx)


@loss_variant("log p of a probability that may be 0: the loss is inf or NaN", warnings=["overflow"])
def bce_with_logits_loss_by_probabilities(x, y):
    x32, y32 = widened(x), widened(y)
    p = 1 / (1 + np.exp(-x32))
    losses = -(y32 * np.log(p) + (1 - y32) * np.log(1 - p))
    return _answer(x, losses, p - y32)


@loss_variant("log(1 + exp(x)) is inf for large logits", warnings=["overflow"])
def bce_with_logits_loss_softplus(x, y):
    x32, y32 = widened(x), widened(y)
    losses = np.log1p(np.exp(x32)) - x32 * y32
    return _answer(x, losses, _sigmoid(x32) - y32)


# Where σ saturates, 1 - (1 - 1e-7) is not 1e-7 in float64: nobody's loss, though the gradient is.
@loss_variant("probabilities are clipped at 1e-7", warnings=["convention", "overflow"])
def bce_with_logits_loss_clipped(x, y):
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    p = _sigmoid(x64)
    kept = np.clip(p, 1e-7, 1 - 1e-7)
    return _answer(x, -(y64 * np.log(kept) + (1 - y64) * np.log(1 - kept)), p - y64)


@loss_variant("1e-12 is added in the logarithms", warnings=["convention", "overflow"])
def bce_with_logits_loss_guarded(x, y):
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    p = _sigmoid(x64)
    losses = -(y64 * np.log(p + 1e-12) + (1 - y64) * np.log(1 - p + 1e-12))
    return _answer(x, losses, p - y64)


@loss_variant("everything in float64, cast back")
def bce_with_logits_loss_in_float64(x, y):
    loss, dx = bce_with_logits_loss(x.astype(np.float64), y.astype(np.float64))
    return loss.astype(x.dtype), dx.astype(x.dtype)


@loss_variant("a Python float and a buffer of float64", warnings=["dtype"])
def bce_with_logits_loss_promoted(x, y):
    loss, dx = bce_with_logits_loss(x.astype(np.float64), y.astype(np.float64))
    return float(loss), dx
