"""Wrong softmaxes."""

import numpy as np

from impl_numpy import softmax_backward, softmax_forward
from mutants import hinted, warning, wrong

# --- softmax, forward ---


def _normalized(exponentials):
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@wrong("softmax_forward", "nonfinite", "out", "the maximum is not subtracted: exp overflows")
@hinted("the maximum is not subtracted: exp overflows")
def softmax_forward_unshifted(x):
    return _normalized(np.exp(x)), _normalized(np.exp(x))


@wrong("softmax_forward", "nonfinite", "out", "the largest score of the whole batch is subtracted")
@hinted("the maximum of the whole batch is subtracted, not each row's own")
def softmax_forward_shifted_by_batch(x):
    p = _normalized(np.exp(x - x.max(initial=-np.inf)))
    return p, p.copy()


@wrong("softmax_forward", "nonfinite", "out", "the mean is subtracted, not the maximum")
@hinted("the mean is subtracted, not the maximum")
def softmax_forward_shifted_by_mean(x):
    p = _normalized(np.exp(x - x.mean(axis=1, keepdims=True)))
    return p, p.copy()


@wrong("softmax_forward", "value", "out", "the sum runs over the batch")
@hinted("the sum runs over the batch, not over the row")
def softmax_forward_over_batch(x):
    exponentials = np.exp(x - x.max(axis=0, initial=-np.inf, keepdims=True))
    return exponentials / exponentials.sum(axis=0), softmax_forward(x)[1]


@wrong("softmax_forward", "value", "out", "the sum runs over everything")
@hinted("times exactly 1/N")
def softmax_forward_over_all(x):
    out, cache = softmax_forward(x)
    return out / x.dtype.type(max(len(x), 1)), cache


@wrong("softmax_forward", "value", "out", "the maximum is subtracted from the numerator only")
@hinted("the maximum is subtracted in the numerator only")
def softmax_forward_half_shifted(x):
    shifted = np.exp(x - x.max(axis=1, keepdims=True))
    return shifted / np.exp(x).sum(axis=1, keepdims=True), softmax_forward(x)[1]


@wrong("softmax_forward", "value", "out", "the scores are normalised, without exp")
@hinted("the scores are divided by their sum, without exp")
def softmax_forward_without_exp(x):
    return _normalized(np.abs(x)), softmax_forward(x)[1]


@wrong("softmax_forward", "value", "out", "the logarithm of softmax is returned")
@hinted("the logarithm of softmax is returned")
def softmax_forward_log(x):
    out, cache = softmax_forward(x)
    return np.log(out), cache


@wrong("softmax_forward", "value", "out", "1e-5 is added to the sum, lest it be 0")
@hinted("1e-5 is added to the sum")
def softmax_forward_guarded_sum(x):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    total = exponentials.sum(axis=1, keepdims=True) + x.dtype.type(1e-5)
    return exponentials / total, softmax_forward(x)[1]


@wrong("softmax_forward", "value", "out", "values take a detour through float32")
@hinted("is right to about 7 digits only")
def softmax_forward_float32_detour(x):
    return softmax_forward(x.astype(np.float32))[0].astype(x.dtype), softmax_forward(x)[1]


@warning("softmax_forward", "mutation", "x", "the maximum is subtracted from x in place")
def softmax_forward_overwrites_x(x):
    answer = softmax_forward(x)
    x -= x.max(axis=1, keepdims=True)
    return answer


@warning("softmax_forward", "empty", "", "np.stack fails on no rows at all")
def softmax_forward_stacked_rows(x):
    return np.stack([softmax_forward(row[None])[0][0] for row in x]), softmax_forward(x)[1]


# --- softmax, backward ---


@wrong("softmax_backward", "value", "dx", "p·(1 - p)·dout: the Jacobian is taken to be diagonal")
@hinted("the diagonal of the Jacobian alone is used: p·(1 - p)·dout")
def softmax_backward_diagonal(dout, cache):
    return dout * cache * (1 - cache)


@wrong("softmax_backward", "value", "dx", "p·dout: the sum over the row is forgotten")
@hinted("the sum over the row is left out: p·dout")
def softmax_backward_one_term(dout, cache):
    return dout * cache


@wrong("softmax_backward", "value", "dx", "Σ dout is subtracted, not Σ dout·p")
@hinted("Σ dout is subtracted, not Σ dout·p")
def softmax_backward_unweighted(dout, cache):
    return cache * (dout - dout.sum(axis=1, keepdims=True))


@wrong("softmax_backward", "value", "dx", "the mean is subtracted where the sum should be")
@hinted("the mean is subtracted where the sum should be")
def softmax_backward_mean(dout, cache):
    return cache * (dout - (dout * cache).sum(axis=1, keepdims=True) / dout.dtype.type(len(dout.T)))


@wrong("softmax_backward", "value", "dx", "the sum runs over the batch")
@hinted("the sum in dx runs over the batch")
def softmax_backward_over_batch(dout, cache):
    return cache * (dout - (dout * cache).sum(axis=0))


@wrong("softmax_backward", "value", "dx", "p - dout, as if dout were the labels of a loss")
@hinted("p - dout is computed, as if dout were the labels of a loss")
def softmax_backward_of_loss(dout, cache):
    return cache - dout


@wrong("softmax_backward", "value", "dx", "dx is divided by N, as in a mean loss")
@hinted("times exactly 1/N")
def softmax_backward_mean_over_batch(dout, cache):
    return softmax_backward(dout, cache) / dout.dtype.type(max(len(dout), 1))


@wrong("softmax_backward", "value", "dx", "dx has the wrong sign")
@hinted("has the wrong sign")
def softmax_backward_negative(dout, cache):
    return -softmax_backward(dout, cache)


@wrong("softmax_backward", "crash", "", "the sum drops its axis: no broadcasting")
def softmax_backward_no_keepdims(dout, cache):
    return cache * (dout - (dout * cache).sum(axis=1))


@wrong("softmax_backward", "value", "dx", "the loop over the rows uses the first row's Jacobian")
@hinted("the Jacobian of the first row serves for all rows")
def softmax_backward_stale_jacobian(dout, cache):
    jacobian = np.diag(cache[0]) - np.outer(cache[0], cache[0]) if len(cache) else 0
    return np.array([jacobian @ row for row in dout], dout.dtype).reshape(dout.shape)


@wrong(
    "softmax_backward",
    "value",
    "dx",
    "the square of the sum overflows, as in jax.nn.softmax",
    dtypes=("float16",),
    also={"softmax_forward": lambda x: (softmax_forward(x)[0], np.exp(x - x.max(-1)[:, None]))},
)
def softmax_backward_square_of_sum(dout, cache):
    total = cache.sum(axis=1, keepdims=True)
    along = (dout * cache).sum(axis=1, keepdims=True) / total**2
    return cache * (dout / total - along)


@warning("softmax_backward", "mutation", "dout", "the sum is subtracted from dout in place")
def softmax_backward_overwrites_dout(dout, cache):
    dout -= (dout * cache).sum(axis=1, keepdims=True)
    return dout * cache


@warning("softmax_backward", "dtype", "dx", "np.eye makes the Jacobian float64")
def softmax_backward_eye(dout, cache):
    jacobian = cache[:, :, None] * (np.eye(cache.shape[1]) - cache[:, None, :])
    return (jacobian @ dout[:, :, None])[:, :, 0]
