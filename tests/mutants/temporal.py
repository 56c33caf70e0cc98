"""Wrong temporal layers."""

import numpy as np

from impl_numpy import temporal_affine_backward, temporal_affine_forward, temporal_softmax_loss
from mutants import hinted, warning, wrong

# --- temporal_affine ---


@wrong("temporal_affine_forward", "value", "out", "the bias is forgotten")
@hinted("lacks the bias")
def temporal_affine_forgets_bias(x, w, b):
    return temporal_affine_forward(x, w, np.zeros_like(b))


@wrong("temporal_affine_forward", "value", "out", "batch and time are mixed up by a reshape")
@hinted("with its axes in the order (1, 0, 2), then reshaped to fit")
def temporal_affine_mixed_axes(x, w, b):
    n, steps, width = x.shape
    mixed = x.transpose(1, 0, 2).reshape(n, steps, width)
    return temporal_affine_forward(mixed, w, b)[0], (x, w, b)


@wrong("temporal_affine_forward", "value", "out", "only the last step goes through the layer")
@hinted("wrong only before the last index of T: there it is 0")
def temporal_affine_last_step(x, w, b):
    out, cache = temporal_affine_forward(x, w, b)
    out[:, :-1] = 0
    return out, cache


@warning("temporal_affine_forward", "shape", "out", "squeeze drops the time axis at T = 1")
def temporal_affine_squeezed(x, w, b):
    out, cache = temporal_affine_forward(x, w, b)
    return (out[:, 0] if x.shape[1] == 1 else out), cache


@wrong("temporal_affine_backward", "value", "dx", "w is reshaped to (M, D), not transposed")
@hinted("w is reshaped to (M, D), not transposed")
def temporal_affine_reshaped_weights(dout, cache):
    x, w, b = cache
    return temporal_affine_backward(dout, (x, w.reshape(w.shape[::-1]).T, b))


@wrong("temporal_affine_backward", "value", "dw", "dw is that of the last step")
@hinted("the last step alone counts: perhaps = stands where += should")
def temporal_affine_dw_of_last_step(dout, cache):
    x, w, b = cache
    dx, _, db = temporal_affine_backward(dout, cache)
    return dx, temporal_affine_backward(dout[:, -1:], (x[:, -1:], w, b))[1], db


@wrong("temporal_affine_backward", "value", "dw", "dw is averaged over the steps")
@hinted("times exactly 1/T")
def temporal_affine_mean_dw(dout, cache):
    dx, dw, db = temporal_affine_backward(dout, cache)
    return dx, dw / dw.dtype.type(dout.shape[1]), db


@wrong("temporal_affine_backward", "shape", "db", "db is summed over the batch only")
@hinted("summed over axis 0 it is right")
def temporal_affine_db_per_step(dout, cache):
    dx, dw, _ = temporal_affine_backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


@wrong("temporal_affine_backward", "value", "db", "db is averaged over the batch")
@hinted("times exactly 1/N")
def temporal_affine_mean_db(dout, cache):
    dx, dw, db = temporal_affine_backward(dout, cache)
    return dx, dw, db / db.dtype.type(max(len(dout), 1))


@wrong("temporal_affine_backward", "shape", "dx", "dx stays (N·T, D)")
@hinted("it lacks a reshape")
def temporal_affine_flat_dx(dout, cache):
    dx, dw, db = temporal_affine_backward(dout, cache)
    return dx.reshape(-1, dx.shape[2]), dw, db


# --- temporal_softmax_loss: the mean, and the mask ---


def _over(count):
    """The loss and its gradient divided by another count than N."""

    def loss_function(x, y, mask):
        loss, dx = temporal_softmax_loss(x, y, mask)
        factor = loss.dtype.type(len(x)) / loss.dtype.type(count(mask))
        return loss * factor, dx * factor

    return loss_function


@wrong("temporal_softmax_loss", "value", "loss", "loss and gradient are divided by N·T")
@hinted("times exactly 1/T")
def temporal_softmax_over_all_steps(x, y, mask):
    return _over(lambda mask: max(mask.size, 1))(x, y, mask)


@wrong("temporal_softmax_loss", "value", "dx", "both are divided by the number of steps that count")
@hinted("loss and dx are divided by the number of steps that count")
def temporal_softmax_over_counted_steps(x, y, mask):
    return _over(lambda mask: max(mask.sum(), 1))(x, y, mask)


@wrong("temporal_softmax_loss", "nonfinite", "loss", "no step counts: a mean of nothing is NaN")
@hinted("the mean over no steps is 0 / 0")
def temporal_softmax_mean_of_nothing(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    counted = loss.dtype.type(mask.sum())
    return loss * counted / counted, dx


@wrong("temporal_softmax_loss", "value", "dx", "the loss is divided by N, its gradient is not")
@hinted("times exactly N")
def temporal_softmax_summed_dx(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    return loss, dx * dx.dtype.type(len(x))


@wrong("temporal_softmax_loss", "value", "loss", "the mask is ignored in the loss")
@hinted("the mask is ignored in the loss")
def temporal_softmax_unmasked_loss(x, y, mask):
    everything = np.ones_like(mask)
    return temporal_softmax_loss(x, y, everything)[0], temporal_softmax_loss(x, y, mask)[1]


@wrong("temporal_softmax_loss", "value", "dx", "the mask is ignored in the gradient")
@hinted("the mask is ignored in dx")
def temporal_softmax_unmasked_dx(x, y, mask):
    everything = np.ones_like(mask)
    return temporal_softmax_loss(x, y, mask)[0], temporal_softmax_loss(x, y, everything)[1]


@wrong("temporal_softmax_loss", "value", "loss", "the mask is read along the other axis")
@hinted("the mask is read along the other axis")
def temporal_softmax_mask_transposed(x, y, mask):
    return temporal_softmax_loss(x, y, mask.T.reshape(mask.shape))


@wrong("temporal_softmax_loss", "value", "loss", "one step that does not count drops the whole row")
@hinted("one step that does not count drops the whole row")
def temporal_softmax_mask_of_rows(x, y, mask):
    rows = mask.all(axis=1, keepdims=True)
    return temporal_softmax_loss(x, y, np.broadcast_to(rows, mask.shape))


@wrong("temporal_softmax_loss", "value", "loss", "True means: ignore")
@hinted("with mask inverted")
def temporal_softmax_inverted_mask(x, y, mask):
    return temporal_softmax_loss(x, y, ~mask)


@wrong("temporal_softmax_loss", "value", "loss", "the mask multiplies the scores, not the losses")
@hinted("the mask multiplies the scores, not the losses")
def temporal_softmax_masked_scores(x, y, mask):
    loss, _ = temporal_softmax_loss(x * mask[..., None], y, np.ones_like(mask))
    return loss, temporal_softmax_loss(x, y, mask)[1]


@wrong("temporal_softmax_loss", "value", "dx", "1 is subtracted at the label only after masking")
@hinted("1 is subtracted at the labels of masked steps, too")
def temporal_softmax_label_after_mask(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    onehot = y[..., None] == np.arange(x.shape[2])
    return loss, dx - onehot * ~mask[..., None] / dx.dtype.type(max(len(x), 1))


@warning("temporal_softmax_loss", "nonfinite", "loss", "NaN at a masked step times 0 is NaN")
def temporal_softmax_times_mask(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, np.ones_like(mask))
    ignored = temporal_softmax_loss(x, y, ~mask)[0]
    kept = temporal_softmax_loss(x, y, mask)[0]
    return kept + ignored * loss.dtype.type(0), dx * mask[..., None]


# --- temporal_softmax_loss: the softmax ---


@wrong("temporal_softmax_loss", "value", "loss", "the loss has the wrong sign")
@hinted("has the wrong sign")
def temporal_softmax_negative_loss(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    return -loss, dx


def _unshifted(x, y, mask, axis):
    """The loss and its gradient by exp(x) / Σ exp(x) along an axis."""
    n = x.dtype.type(len(x))
    p = np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)
    losses = -np.log(np.take_along_axis(p, y[..., None].astype(np.intp), axis=2))[..., 0]
    onehot = (y[..., None] == np.arange(x.shape[2])).astype(x.dtype)
    return losses[mask].sum() / n, np.where(mask[..., None], p - onehot, x.dtype.type(0)) / n


@wrong("temporal_softmax_loss", "value", "loss", "the probabilities are normalized over time")
@hinted(
    "the probabilities are normalized over time", "the maximum is not subtracted: exp overflows"
)
def temporal_softmax_over_time(x, y, mask):
    return _unshifted(x, y, mask, axis=1)


@wrong("temporal_softmax_loss", "nonfinite", "dx", "the maximum is not subtracted: exp overflows")
@hinted("the maximum is not subtracted: exp overflows")
def temporal_softmax_unshifted(x, y, mask):
    return _unshifted(x, y, mask, axis=2)


@wrong("temporal_softmax_loss", "value", "dx", "dx is not masked, and 0·log 0 in the loss is NaN")
@hinted("the mask is ignored in dx", "log p is multiplied by the mask, and 0·log 0 is NaN")
def temporal_softmax_mask_product(x, y, mask):
    shifted = np.exp(x - x.max(axis=2, keepdims=True, initial=-np.inf))
    p = shifted / shifted.sum(axis=2, keepdims=True)
    logs = np.log(np.take_along_axis(p, y[..., None].astype(np.intp), axis=2))[..., 0]
    onehot = (y[..., None] == np.arange(x.shape[2])).astype(x.dtype)
    n = x.dtype.type(len(x))
    return -(logs * mask).sum() / n, (p - onehot) / n


@wrong("temporal_softmax_loss", "value", "dx", "no maximum is subtracted, and nothing divided by N")
@hinted("times exactly N", "the maximum is not subtracted: exp overflows")
def temporal_softmax_unshifted_sum(x, y, mask):
    loss, dx = temporal_softmax_unshifted(x, y, mask)
    return loss * x.dtype.type(len(x)), dx * x.dtype.type(len(x))


@wrong("temporal_softmax_loss", "value", "dx", "only the first step has a gradient")
@hinted("wrong only after the first index of T: there it is 0")
def temporal_softmax_dx_of_first_step(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    dx[:, 1:] = 0
    return loss, dx


@warning("temporal_softmax_loss", "dtype", "dx", "the mask is made of float64")
def temporal_softmax_float64_mask(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    return loss, dx * mask.astype(np.float64)[..., None]


@warning("temporal_softmax_loss", "labels", "dx", "positions in the labels' dtype overflow a byte")
def temporal_softmax_narrow_positions(x, y, mask):
    loss, _ = temporal_softmax_loss(x, y, mask)
    p = np.exp(x - x.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    flat = p.ravel()
    flat[(np.arange(y.size) * x.shape[2]).astype(y.dtype) + y.ravel()] -= 1
    dx = np.where(mask[..., None], flat.reshape(x.shape), x.dtype.type(0))
    return loss, dx / x.dtype.type(max(len(x), 1))


@warning("temporal_softmax_loss", "mutation", "mask", "the mask is overwritten")
def temporal_softmax_overwrites_mask(x, y, mask):
    answer = temporal_softmax_loss(x, y, mask)
    mask[...] = True
    return answer


@warning("temporal_softmax_loss", "empty", "loss", "the loss of an empty batch is 0")
def temporal_softmax_zero_if_empty(x, y, mask):
    loss, dx = temporal_softmax_loss(x, y, mask)
    return loss if len(x) else x.dtype.type(0), dx
