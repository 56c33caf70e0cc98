"""Wrong binary cross-entropies."""

import numpy as np

from impl_numpy import bce_with_logits_loss
from mutants import hinted, warning, wrong
from mutants.arithmetic import mean, scaled, sigmoid

# --- bce_with_logits_loss: the loss ---


@wrong("bce_with_logits_loss", "value", "loss", "the loss is summed, not averaged")
@hinted("times exactly |s|")
def bce_with_logits_loss_summed(x, y):
    return scaled(bce_with_logits_loss(x, y), of_loss=x.size)


@wrong("bce_with_logits_loss", "value", "loss", "the loss is divided by N only")
@hinted("times exactly |s|/N")
def bce_with_logits_loss_over_examples(x, y):
    return scaled(bce_with_logits_loss(x, y), of_loss=x[:1].size if x.ndim else 1)


@wrong("bce_with_logits_loss", "value", "loss", "the loss has the wrong sign")
@hinted("has the wrong sign")
def bce_with_logits_loss_negative(x, y):
    return scaled(bce_with_logits_loss(x, y), of_loss=-1)


@wrong("bce_with_logits_loss", "value", "loss", "the logarithm is to base 2")
@hinted("times exactly 1/ln 2")
def bce_with_logits_loss_log2(x, y):
    return scaled(bce_with_logits_loss(x, y), of_loss=1 / np.log(2))


@wrong("bce_with_logits_loss", "value", "loss", "the term of (1 - y) is forgotten")
@hinted("the term of 1 - y is forgotten")
def bce_with_logits_loss_one_sided(x, y):
    return mean(y * np.logaddexp(-x, 0)), bce_with_logits_loss(x, y)[1]


@wrong("bce_with_logits_loss", "value", "loss", "the sigmoid is applied twice")
@hinted("the sigmoid is applied twice")
def bce_with_logits_loss_of_probabilities(x, y):
    return bce_with_logits_loss(sigmoid(x), y)


@wrong("bce_with_logits_loss", "value", "loss", "targets are taken as 0 or 1")
@hinted("targets are taken as 0 or 1")
def bce_with_logits_loss_hard_targets(x, y):
    return bce_with_logits_loss(x, (y > 0.5).astype(y.dtype))


@wrong("bce_with_logits_loss", "value", "loss", "targets select one of the two logarithms")
@hinted("targets select one of the two logarithms")
def bce_with_logits_loss_selects(x, y):
    losses = np.where(y == 1, np.logaddexp(-x, 0), np.logaddexp(x, 0))
    return mean(losses), bce_with_logits_loss(x, y)[1]


@wrong("bce_with_logits_loss", "value", "loss", "|x| is left out of the stable formula")
@hinted("|x| is left out of the stable formula")
def bce_with_logits_loss_not_absolute(x, y):
    terms = np.maximum(x, 0) - x * y + np.log1p(np.exp(np.minimum(x, 80)))
    return mean(terms), bce_with_logits_loss(x, y)[1]


@warning("bce_with_logits_loss", "overflow", "loss", "log of a probability that is 0 is -inf")
def bce_with_logits_loss_log_of_zero(x, y):
    p = sigmoid(x)
    losses = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return mean(losses), bce_with_logits_loss(x, y)[1]


@warning("bce_with_logits_loss", "overflow", "loss", "log(1 + exp(x)) is inf for large logits")
def bce_with_logits_loss_exp_overflows(x, y):
    return mean(np.log1p(np.exp(x)) - x * y), bce_with_logits_loss(x, y)[1]


@warning("bce_with_logits_loss", "convention", "loss", "1e-8 is added inside the logarithms")
def bce_with_logits_loss_eps_in_log(x, y):
    p, epsilon = sigmoid(x), x.dtype.type(1e-8)
    losses = -(y * np.log(p + epsilon) + (1 - y) * np.log(1 - p + epsilon))
    return mean(losses), bce_with_logits_loss(x, y)[1]


@warning("bce_with_logits_loss", "nonfinite", "loss", "NaN is taken as 0")
def bce_with_logits_loss_swallows_nan(x, y):
    return bce_with_logits_loss(np.nan_to_num(x), y)[0], bce_with_logits_loss(x, y)[1]


@warning("bce_with_logits_loss", "dtype", "loss", "the loss is a Python float")
def bce_with_logits_loss_python_float(x, y):
    loss, dx = bce_with_logits_loss(x, y)
    return float(loss), dx


@warning("bce_with_logits_loss", "empty", "loss", "the loss of an empty batch is 0")
def bce_with_logits_loss_zero_if_empty(x, y):
    loss, dx = bce_with_logits_loss(x, y)
    return loss if x.size else x.dtype.type(0), dx


# --- bce_with_logits_loss: the gradient ---


@wrong("bce_with_logits_loss", "value", "dx", "dx is not divided by the number of elements")
@hinted("times exactly |s|")
def bce_with_logits_loss_summed_dx(x, y):
    return scaled(bce_with_logits_loss(x, y), of_dx=x.size)


@wrong("bce_with_logits_loss", "value", "dx", "dx has the wrong sign")
@hinted("has the wrong sign")
def bce_with_logits_loss_negative_dx(x, y):
    return scaled(bce_with_logits_loss(x, y), of_dx=-1)


@wrong("bce_with_logits_loss", "value", "dx", "dx is multiplied by the slope of the sigmoid")
@hinted("dx is multiplied by the slope of the sigmoid")
def bce_with_logits_loss_times_slope(x, y):
    loss, dx = bce_with_logits_loss(x, y)
    p = sigmoid(x)
    return loss, dx * p * (1 - p)


@wrong("bce_with_logits_loss", "nonfinite", "dx", "dx is that of the probabilities: p may be 0")
@hinted("dx is that of the probabilities, (p - y) / (p·(1 - p))")
def bce_with_logits_loss_dx_of_probabilities(x, y):
    loss, dx = bce_with_logits_loss(x, y)
    p = sigmoid(x)
    return loss, dx / (p * (1 - p))


@wrong("bce_with_logits_loss", "value", "dx", "dx is x - y: the sigmoid is forgotten")
@hinted("the sigmoid is forgotten in dx")
def bce_with_logits_loss_dx_of_logits(x, y):
    return bce_with_logits_loss(x, y)[0], (x - y) / x.dtype.type(max(x.size, 1))


@wrong("bce_with_logits_loss", "value", "dx", "the slopes of max(x, 0) and |x| are both 0 at 0")
@hinted("the slopes of max(x, 0) and |x| are both taken as 0 at 0")
def bce_with_logits_loss_slope_at_zero(x, y):
    decay = np.exp(-np.abs(x))
    dx = (x > 0) - y - np.sign(x) * decay / (1 + decay)
    return bce_with_logits_loss(x, y)[0], dx / x.dtype.type(max(x.size, 1))


@wrong("bce_with_logits_loss", "nonfinite", "dx", "exp(x) / (1 + exp(x)) is inf / inf")
@hinted("exp(x) / (1 + exp(x)) is computed, which is inf / inf")
def bce_with_logits_loss_inf_over_inf(x, y):
    p = np.exp(x) / (1 + np.exp(x))
    return bce_with_logits_loss(x, y)[0], (p - y) / x.dtype.type(max(x.size, 1))


@wrong("bce_with_logits_loss", "value", "dx", "the gradient stops where p is clipped")
@hinted("is 0 everywhere")
def bce_with_logits_loss_clipped_dx(x, y):
    loss, dx = bce_with_logits_loss(x, y)
    p = sigmoid(x)
    return loss, dx * ((p > 1e-7) & (p < 1 - 1e-7))


@wrong("bce_with_logits_loss", "value", "dx", "dx takes a detour through float32")
@hinted("is right to about 7 digits only")
def bce_with_logits_loss_float32_dx(x, y):
    loss, dx = bce_with_logits_loss(x, y)
    return loss, dx.astype(np.float32).astype(x.dtype)


@warning("bce_with_logits_loss", "dtype", "dx", "the gradient buffer np.zeros(shape) is float64")
def bce_with_logits_loss_float64_buffer(x, y):
    loss, gradient = bce_with_logits_loss(x, y)
    dx = np.zeros(x.shape)
    dx[...] = gradient
    return loss, dx


# --- bce_with_logits_loss: side effects ---


@warning("bce_with_logits_loss", "mutation", "x", "x is overwritten with its sigmoid")
def bce_with_logits_loss_overwrites_x(x, y):
    answer = bce_with_logits_loss(x, y)
    x[...] = sigmoid(x)
    return answer


@warning("bce_with_logits_loss", "mutation", "y", "the targets are clipped in place")
def bce_with_logits_loss_overwrites_y(x, y):
    answer = bce_with_logits_loss(x, y)
    np.clip(y, 0.1, 0.9, out=y)
    return answer


@warning("bce_with_logits_loss", "unfinished", "dx", "only the loss is returned")
def bce_with_logits_loss_only(x, y):
    return bce_with_logits_loss(x, y)[0]
