"""Wrong softmax losses."""

import numpy as np

from impl_numpy import softmax_loss
from mutants import hinted, warning, wrong
from mutants.arithmetic import mean, softmax

# --- softmax_loss: the loss ---


def _onehot(x, y):
    return (np.arange(x.shape[1]) == y[:, None]).astype(x.dtype)


@wrong("softmax_loss", "value", "loss", "the loss is summed, not averaged")
@hinted("times exactly N")
def softmax_summed_loss(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * loss.dtype.type(len(x)), dx


@wrong("softmax_loss", "value", "loss", "the loss is divided by N twice")
@hinted("times exactly 1/N")
def softmax_loss_divided_twice(x, y):
    loss, dx = softmax_loss(x, y)
    return loss / loss.dtype.type(len(x)), dx


@wrong("softmax_loss", "value", "loss", "the loss is divided by C, not by N")
@hinted("times exactly N/C")
def softmax_loss_over_classes(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * loss.dtype.type(len(x) / x.shape[1]), dx


@wrong("softmax_loss", "value", "loss", "the loss has the wrong sign")
@hinted("has the wrong sign")
def softmax_negative_loss(x, y):
    loss, dx = softmax_loss(x, y)
    return -loss, dx


@wrong("softmax_loss", "value", "loss", "the logarithm is to base 2")
@hinted("times exactly 1/ln 2")
def softmax_log2(x, y):
    loss, dx = softmax_loss(x, y)
    return loss / loss.dtype.type(np.log(2)), dx


@warning("softmax_loss", "convention", "loss", "1e-8 is added inside the logarithm")
def softmax_eps_in_log(x, y):
    p = softmax(x)[np.arange(len(x)), y]
    return mean(-np.log(p + p.dtype.type(1e-8))), softmax_loss(x, y)[1]


@wrong("softmax_loss", "value", "loss", "the last row is left out of the loss")
@hinted("the last row is left out of the loss")
def softmax_drops_row(x, y):
    loss, dx = softmax_loss(x, y)
    rows = max(len(x) - 1, 1)
    kept = softmax_loss(x[:rows], y[:rows])[0] * loss.dtype.type(rows / max(len(x), 1))
    return kept, dx


@wrong("softmax_loss", "value", "loss", "the loss is read at the largest score, not at the label")
@hinted("the loss is read at the largest score, not at the label")
def softmax_loss_of_best(x, y):
    return softmax_loss(x, x.argmax(axis=1))[0], softmax_loss(x, y)[1]


@warning("softmax_loss", "overflow", "loss", "log of a probability that has underflowed is -inf")
def softmax_log_of_underflow(x, y):
    p = softmax(x)
    dx = p.copy()
    dx[np.arange(len(x)), y] -= 1
    return mean(-np.log(p[np.arange(len(x)), y])), dx / x.dtype.type(len(x))


@wrong("softmax_loss", "nonfinite", "dx", "the maximum is not subtracted: exp overflows")
@hinted("the maximum is not subtracted: exp overflows")
def softmax_unshifted(x, y):
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    loss = mean(-np.log(p[np.arange(len(x)), y]))
    return loss, (p - _onehot(x, y)) / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "no maximum is subtracted, and dx is not divided by N")
@hinted("times exactly N", "the maximum is not subtracted: exp overflows")
def softmax_unshifted_sum(x, y):
    loss, dx = softmax_unshifted(x, y)
    return loss, dx * x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "no maximum is subtracted, and no 1 at the labels")
@hinted("lacks the 1 at the labels", "the maximum is not subtracted: exp overflows")
def softmax_unshifted_forgets_label(x, y):
    loss, dx = softmax_unshifted(x, y)
    return loss, dx + _onehot(x, y) / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "log p times one-hot labels, and dx is not divided by N")
@hinted("times exactly N", "log p is multiplied by one-hot labels, and 0·log 0 is NaN")
def softmax_one_hot_product(x, y):
    p = softmax(x)
    return mean(-(np.log(p) * _onehot(x, y)).sum(axis=1)), p - _onehot(x, y)


@wrong("softmax_loss", "nonfinite", "dx", "the largest score of the whole batch is subtracted")
@hinted("the maximum of the whole batch is subtracted, not each row's own")
def softmax_shifted_by_batch(x, y):
    return softmax_unshifted(x - x.max(initial=-np.inf), y)


@wrong("softmax_loss", "value", "loss", "the maximum is taken over the batch, not the classes")
def softmax_wrong_max_axis(x, y):
    return softmax_loss(x - x.max(axis=0, initial=0, keepdims=True), y)


@warning("softmax_loss", "dtype", "loss", "the loss is a Python float")
def softmax_float_loss(x, y):
    loss, dx = softmax_loss(x, y)
    return float(loss), dx


@warning("softmax_loss", "shape", "loss", "the loss has shape (1,)")
def softmax_loss_of_shape_one(x, y):
    loss, dx = softmax_loss(x, y)
    return np.array([loss]), dx


@wrong("softmax_loss", "shape", "loss", "the losses are not averaged at all")
@hinted("the losses are not averaged")
def softmax_loss_per_row(x, y):
    losses = [softmax_loss(x[n : n + 1], y[n : n + 1])[0] for n in range(len(x))]
    return np.array(losses, x.dtype), softmax_loss(x, y)[1]


@warning("softmax_loss", "empty", "loss", "the loss of an empty batch is 0")
def softmax_zero_if_empty(x, y):
    loss, dx = softmax_loss(x, y)
    return loss if len(x) else x.dtype.type(0), dx


@warning("softmax_loss", "empty", "", "a Python division by N fails at N = 0")
def softmax_zero_division(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * x.dtype.type(len(x) * (1 / len(x))), dx


# --- softmax_loss: the gradient ---


@wrong("softmax_loss", "value", "dx", "dx is not divided by N")
@hinted("times exactly N")
def softmax_summed_dx(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx * dx.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "dx is divided by N·C, as np.mean would")
@hinted("times exactly 1/C")
def softmax_dx_over_size(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx / dx.dtype.type(x.shape[1])


@wrong("softmax_loss", "value", "dx", "1 is not subtracted at the label")
@hinted("lacks the 1 at the labels")
def softmax_forgets_label(x, y):
    return softmax_loss(x, y)[0], softmax(x) / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "1 is subtracted only after the division by N")
@hinted("1 is subtracted only after the division by N")
def softmax_label_after_mean(x, y):
    return softmax_loss(x, y)[0], softmax(x) / x.dtype.type(len(x)) - _onehot(x, y)


@wrong("softmax_loss", "value", "dx", "1 is subtracted in the whole column of each label")
@hinted("1 is subtracted in the whole column of each label")
def softmax_label_columns(x, y):
    dx = softmax(x)
    dx[:, y] -= 1
    return softmax_loss(x, y)[0], dx / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "dx has the wrong sign")
@hinted("has the wrong sign")
def softmax_negative_dx(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, -dx


@wrong("softmax_loss", "value", "dx", "the probabilities are normalized over the batch")
@hinted("the probabilities are normalized over the batch")
def softmax_wrong_sum_axis(x, y):
    dx = (softmax(x.T).T if len(x) else x) - _onehot(x, y)
    return softmax_loss(x, y)[0], dx / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "dx is zero in the first row")
@hinted("wrong only at the first index of N: there it is 0")
def softmax_skips_row(x, y):
    loss, dx = softmax_loss(x, y)
    dx[:1] = 0
    return loss, dx


@wrong("softmax_loss", "value", "dx", "dx takes a detour through float32")
@hinted("is right to about 7 digits only")
def softmax_float32_dx(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx.astype(np.float32).astype(x.dtype)


@warning("softmax_loss", "dtype", "dx", "np.eye is float64, and so is what it is subtracted from")
def softmax_eye(x, y):
    dx = (softmax(x) - np.eye(x.shape[1])[y]) / x.dtype.type(len(x))
    return softmax_loss(x, y)[0], dx


# --- softmax_loss: labels, crashes, side effects ---


@wrong("softmax_loss", "value", "loss", "labels are a column: every row is read at every label")
@hinted("every row is read at every label")
def softmax_column_of_labels(x, y):
    p, dx = softmax(x)[np.arange(len(x)), y.reshape(-1, 1)], softmax_loss(x, y)[1]
    return -np.log(p).sum() / p.dtype.type(p.size), dx


@wrong("softmax_loss", "value", "loss", "labels count from 1")
@hinted("labels count from 1")
def softmax_labels_from_one(x, y):
    return softmax_loss(x, (y.astype(np.int64) - 1) % x.shape[1])


@warning("softmax_loss", "labels", "", "labels count from the end, which wraps around if unsigned")
def softmax_unsigned_labels(x, y):
    return softmax_loss(x, y - x.shape[1])


@warning("softmax_loss", "labels", "", "int64 positions plus uint64 labels are float64: no index")
def softmax_flat_index(x, y):
    at = np.arange(len(x)) * x.shape[1] + y
    p = softmax(x).ravel()
    p[at] -= 1
    return softmax_loss(x, y)[0], p.reshape(x.shape) / x.dtype.type(len(x))


@wrong("softmax_loss", "crash", "", "the sum over the classes drops its axis: no broadcasting")
def softmax_no_keepdims(x, y):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1)
    return softmax_loss(x, y)[0], (p - _onehot(x, y)) / x.dtype.type(len(x))


@wrong("softmax_loss", "crash", "", "squeeze drops the batch axis at N = 1")
def softmax_squeezed(x, y):
    p = np.squeeze(softmax(x))
    p[np.arange(len(x)), y] -= 1
    return softmax_loss(x, y)[0], p.reshape(x.shape) / x.dtype.type(len(x))


@wrong("softmax_loss", "shape", "loss", "dx is returned before the loss")
@hinted("they are swapped")
def softmax_swapped(x, y):
    return softmax_loss(x, y)[::-1]


@warning("softmax_loss", "unfinished", "dx", "only the loss is returned")
def softmax_only_loss(x, y):
    return softmax_loss(x, y)[0]


@warning("softmax_loss", "unfinished", "dx", "the gradient is not written yet")
def softmax_no_gradient(x, y):
    return softmax_loss(x, y)[0], None


@warning("softmax_loss", "mutation", "x", "the maximum is subtracted from x in place")
def softmax_overwrites_x(x, y):
    answer = softmax_loss(x, y)
    x -= x.max(axis=1, keepdims=True)
    return answer


@warning("softmax_loss", "mutation", "y", "the labels are made flat indices in place")
def softmax_overwrites_y(x, y):
    answer = softmax_loss(x, y)
    y += (np.arange(len(x)) * x.shape[1]).astype(y.dtype)
    return answer


@warning("softmax_loss", "alias", "dx", "dx is written into the memory of x")
def softmax_dx_in_x(x, y):
    loss, x[...] = softmax_loss(x, y)
    return loss, x


_remembered = {}


@wrong("softmax_loss", "value", "dx", "answers are remembered by the shape of the scores")
def softmax_memo_by_shape(x, y):
    key = "softmax", x.shape, x.dtype
    if key not in _remembered:
        _remembered[key] = softmax_loss(x, y)
    loss, dx = _remembered[key]
    return loss, dx.copy()


_buffer = {}


@wrong("softmax_loss", "state", "dx", "dx is written into a buffer that the next call reuses")
def softmax_reused_gradient(x, y):
    loss, dx = softmax_loss(x, y)
    buffer = _buffer.setdefault((dx.shape, dx.dtype), np.empty_like(dx))
    buffer[...] = dx
    return loss, buffer


@warning("softmax_loss", "labels", "dx", "flat positions in the labels' own dtype overflow a byte")
def softmax_narrow_flat_index(x, y):
    at = (np.arange(len(x)) * x.shape[1]).astype(y.dtype) + y
    loss, _ = softmax_loss(x, y)
    p = softmax(x).ravel()
    p[at] -= 1
    return loss, p.reshape(x.shape) / x.dtype.type(len(x))
