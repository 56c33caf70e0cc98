"""Wrong attention."""

import math

import numpy as np

from impl_numpy import (
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention_backward,
    scaled_dot_product_attention_forward,
)
from mutants import hinted, warning, wrong
from mutants.arithmetic import softmax

FORWARD = "scaled_dot_product_attention_forward"
BACKWARD = "scaled_dot_product_attention_backward"
MASKED = "scaled_dot_product_attention_masked"
HEADS_FORWARD = "multi_head_attention_forward"
HEADS_BACKWARD = "multi_head_attention_backward"


def _scores(q, k):
    return q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])


def _answer(q, k, v, p):
    return p @ v, (q, k, v, p)


# --- scaled_dot_product_attention, forward ---


@wrong(FORWARD, "value", "out", "the scores are not scaled")
@hinted("the scores are not scaled by 1/√E")
def attention_unscaled(q, k, v):
    return _answer(q, k, v, softmax(q @ k.swapaxes(1, 2)))


@wrong(FORWARD, "value", "out", "the scores are divided by E, not by its root")
@hinted("the scores are divided by E, not by √E")
def attention_scaled_by_width(q, k, v):
    return _answer(q, k, v, softmax(q @ k.swapaxes(1, 2) / q.shape[-1]))


@wrong(FORWARD, "value", "out", "the scores are multiplied by √E")
@hinted("the scores are multiplied by √E")
def attention_scaled_up(q, k, v):
    return _answer(q, k, v, softmax(q @ k.swapaxes(1, 2) * math.sqrt(q.shape[-1])))


@wrong(FORWARD, "value", "out", "the scores are divided by the root of the values' width")
@hinted("the scores are divided by the root of the values' width")
def attention_scaled_by_values(q, k, v):
    return _answer(q, k, v, softmax(q @ k.swapaxes(1, 2) / math.sqrt(v.shape[-1])))


@wrong(FORWARD, "value", "out", "the probabilities are scaled, not the scores")
@hinted("the probabilities are scaled, not the scores")
def attention_scaled_late(q, k, v):
    return _answer(q, k, v, softmax(q @ k.swapaxes(1, 2)) / math.sqrt(q.shape[-1]))


@wrong(FORWARD, "value", "out", "the softmax goes over the queries")
@hinted("the softmax goes over the queries")
def attention_over_queries(q, k, v):
    return _answer(q, k, v, softmax(_scores(q, k), axis=1))


@wrong(FORWARD, "value", "out", "the exponentials are not normalized")
@hinted("the exponentials are not normalized")
def attention_unnormalized(q, k, v):
    scores = _scores(q, k)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    return _answer(q, k, v, exponentials)


@wrong(FORWARD, "nonfinite", "out", "the maximum is not subtracted: exp overflows")
@hinted("the maximum is not subtracted: exp overflows")
def attention_unshifted(q, k, v):
    exponentials = np.exp(_scores(q, k))
    return _answer(q, k, v, exponentials / exponentials.sum(axis=-1, keepdims=True))


@wrong(FORWARD, "nonfinite", "out", "the largest score of all rows is subtracted: 0 / 0")
@hinted("the largest score of all is subtracted, not each row's own")
def attention_shifted_by_all(q, k, v):
    scores = _scores(q, k)
    exponentials = np.exp(scores - scores.max(initial=-np.inf))
    return _answer(q, k, v, exponentials / exponentials.sum(axis=-1, keepdims=True))


@wrong(FORWARD, "value", "out", "the keys of the first example serve all")
@hinted("the keys of the first example serve all")
def attention_first_keys(q, k, v):
    return _answer(q, k, v, softmax(_scores(q, np.broadcast_to(k[:1], k.shape))))


@warning(FORWARD, "dtype", "out", "the scores are put into a float64 buffer")
def attention_promotes(q, k, v):
    scores = np.zeros((len(q), q.shape[1], k.shape[1]))
    scores[...] = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])
    out, (*_, p) = _answer(q, k, v, softmax(scores))
    return out, (q, k, v, p.astype(q.dtype))


@warning(FORWARD, "mutation", "q", "q is scaled in place")
def attention_scales_q(q, k, v):
    answer = scaled_dot_product_attention_forward(q.copy(), k, v)
    q /= math.sqrt(q.shape[-1])
    return answer


# --- scaled_dot_product_attention, backward ---


def _gradients(dout, cache, softmax_backward):
    """The gradients with another backward of the softmax: of p and dp."""
    q, k, v, p = cache
    ds = softmax_backward(p, dout @ v.swapaxes(1, 2)) / math.sqrt(q.shape[-1])
    return ds @ k, ds.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ dout


@wrong(BACKWARD, "value", "dq", "the softmax's gradient misses the sum over the keys")
@hinted("the sum over the keys in the softmax's gradient is left out")
def attention_diagonal(dout, cache):
    return _gradients(dout, cache, lambda p, dp: p * dp)


@wrong(BACKWARD, "value", "dk", "the softmax's gradient is p·(1 - p)·dp, as a sigmoid's")
@hinted("the softmax's gradient is p·(1 - p)·dp, as a sigmoid's")
def attention_as_sigmoid(dout, cache):
    return _gradients(dout, cache, lambda p, dp: p * (1 - p) * dp)


@wrong(BACKWARD, "value", "dq", "the sum in the softmax's gradient goes over the queries")
@hinted("the sum in the softmax's gradient goes over the queries")
def attention_sum_over_queries(dout, cache):
    return _gradients(dout, cache, lambda p, dp: p * (dp - (p * dp).sum(axis=1, keepdims=True)))


@wrong(BACKWARD, "value", "dq", "the softmax's gradient is not multiplied by p")
@hinted("the softmax's gradient is not multiplied by p")
def attention_without_p(dout, cache):
    return _gradients(dout, cache, lambda p, dp: dp - (p * dp).sum(axis=-1, keepdims=True))


@wrong(BACKWARD, "value", "dq", "the backward passes the softmax by")
@hinted("the softmax is left out of the backward")
def attention_skips_softmax(dout, cache):
    return _gradients(dout, cache, lambda p, dp: dp)


@wrong(BACKWARD, "value", "dq", "1/√E is left out of dq")
@hinted("times exactly √E")
def attention_unscaled_dq(dout, cache):
    dq, dk, dv = scaled_dot_product_attention_backward(dout, cache)
    return dq * math.sqrt(dq.shape[-1]), dk, dv


@wrong(BACKWARD, "value", "dk", "1/√E is left out of dk")
@hinted("times exactly √E")
def attention_unscaled_dk(dout, cache):
    dq, dk, dv = scaled_dot_product_attention_backward(dout, cache)
    return dq, dk * math.sqrt(dk.shape[-1]), dv


@wrong(BACKWARD, "value", "dk", "1/√E is multiplied in twice")
@hinted("times exactly 1/√E")
def attention_scaled_twice(dout, cache):
    dq, dk, dv = scaled_dot_product_attention_backward(dout, cache)
    return dq, dk / math.sqrt(dk.shape[-1]), dv


@wrong(BACKWARD, "value", "dv", "dv is as if p were uniform")
@hinted("p is taken to be uniform in dv")
def attention_uniform_dv(dout, cache):
    dq, dk, dv = scaled_dot_product_attention_backward(dout, cache)
    return dq, dk, np.zeros_like(dv) + dout.sum(axis=1, keepdims=True) / dv.shape[1]


@wrong(BACKWARD, "shape", "dv", "dv comes first")
@hinted("they are swapped")
def attention_dv_first(dout, cache):
    return scaled_dot_product_attention_backward(dout, cache)[::-1]


@warning(BACKWARD, "mutation", "cache[3]", "ds is written over p")
def attention_overwrites_p(dout, cache):
    answer = scaled_dot_product_attention_backward(dout, cache)
    cache[-1][...] = 0
    return answer


@warning(BACKWARD, "mutation", "dout", "dout is overwritten")
def attention_overwrites_dout(dout, cache):
    answer = scaled_dot_product_attention_backward(dout, cache)
    dout *= 2
    return answer


# --- scaled_dot_product_attention, masked ---


@wrong(FORWARD, "value", "out", "the mask is inverted: True is what is hidden", layer=MASKED)
@hinted("with mask inverted")
def attention_masked_inverted(q, k, v, mask):
    return scaled_dot_product_attention_forward(q, k, v, ~mask)


@wrong(FORWARD, "value", "out", "the mask is ignored", layer=MASKED)
@hinted("mask is ignored")
def attention_masked_ignored(q, k, v, mask):
    return scaled_dot_product_attention_forward(q, k, v)


@wrong(FORWARD, "value", "out", "masked scores are 0, not -∞", layer=MASKED)
@hinted("masked scores are 0, not -∞")
def attention_masked_zero_scores(q, k, v, mask):
    return _answer(q, k, v, softmax(_scores(q, k) * mask))


@wrong(FORWARD, "value", "out", "the mask comes after the softmax", layer=MASKED)
@hinted("the mask comes after the softmax")
def attention_masked_late(q, k, v, mask):
    return _answer(q, k, v, softmax(_scores(q, k)) * mask)


@wrong(FORWARD, "value", "out", "masked scores are only 100 lower", layer=MASKED)
@hinted("masked scores are only 100 lower")
def attention_masked_weakly(q, k, v, mask):
    return _answer(q, k, v, softmax(_scores(q, k) - 100 * (1 - mask.astype(q.dtype))))


@wrong(FORWARD, "value", "out", "masked scores are 1e-9, for -1e9", layer=MASKED)
@hinted("masked scores are 1e-9, where -1e9 was meant")
def attention_masked_tiny(q, k, v, mask):
    return _answer(q, k, v, softmax(np.where(mask, _scores(q, k), q.dtype.type(1e-9))))


@wrong(
    FORWARD, "nonfinite", "out", "the maximum is taken of masked scores, too: 0 / 0", layer=MASKED
)
@hinted("the maximum is taken of masked scores, too")
def attention_masked_maximum(q, k, v, mask):
    scores = _scores(q, k)
    shifted = scores - scores.max(axis=-1, keepdims=True, initial=-np.inf)
    exponentials = np.exp(np.where(mask, shifted, -np.inf)).astype(q.dtype)
    return _answer(q, k, v, exponentials / exponentials.sum(axis=-1, keepdims=True))


@wrong(FORWARD, "value", "out", "the mask of the first example serves all", layer=MASKED)
@hinted("the mask of the first example serves all")
def attention_masked_by_first(q, k, v, mask):
    return scaled_dot_product_attention_forward(q, k, v, np.broadcast_to(mask[:1], mask.shape))


@wrong(FORWARD, "value", "out", "the mask of the last query serves all", layer=MASKED)
@hinted("the mask of the last query serves all")
def attention_masked_by_last(q, k, v, mask):
    return scaled_dot_product_attention_forward(q, k, v, np.broadcast_to(mask[:, -1:], mask.shape))


@warning(FORWARD, "masked-row", "out", "the softmax of a row of -∞ is NaN", layer=MASKED)
def attention_masked_nan(q, k, v, mask):
    return _answer(q, k, v, softmax(np.where(mask, _scores(q, k), q.dtype.type(-np.inf))))


@warning(FORWARD, "mutation", "mask", "the mask is inverted in place", layer=MASKED)
def attention_masked_flips(q, k, v, mask):
    answer = scaled_dot_product_attention_forward(q, k, v, mask)
    mask[...] = ~mask
    return answer


@wrong(BACKWARD, "value", "dk", "masked scores have a gradient", layer=MASKED)
@hinted("masked scores have a gradient")
def attention_masked_leaks(dout, cache):
    q, k, v, p = cache
    everywhere = np.where(p == 0, p.dtype.type(1 / p.shape[-1]), p)
    dq, dk, _ = scaled_dot_product_attention_backward(dout, (q, k, v, everywhere))
    return dq, dk, p.swapaxes(1, 2) @ dout


# --- multi_head_attention, forward ---


@wrong(HEADS_FORWARD, "value", "out", "the scores are divided by √D, not √(D/h)")
@hinted("the scores are divided by √D, not by √(D/h)")
def multi_head_attention_scaled_by_model(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    root = math.sqrt(num_heads)
    return multi_head_attention_forward(x, Wq / root, Wk, Wv, Wo, bq / root, bk, bv, bo, num_heads)


@wrong(HEADS_FORWARD, "value", "out", "a single head is used")
@hinted("with 1 for num_heads")
def multi_head_attention_one_head(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    return multi_head_attention_forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, 1)


@wrong(HEADS_FORWARD, "value", "out", "the number of heads and their width are swapped")
@hinted("with the width of a head for num_heads")
def multi_head_attention_swapped_heads(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    swapped = x.shape[-1] // num_heads
    return multi_head_attention_forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, swapped)


@wrong(HEADS_FORWARD, "value", "out", "every h-th column belongs to a head, not D/h in a row")
@hinted("every h-th column belongs to a head, not D/h in a row")
def multi_head_attention_interleaved(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    order = np.arange(len(bq)).reshape(-1, num_heads).T.ravel()
    weights = (w[:, order] for w in (Wq, Wk, Wv))
    biases = (b[order] for b in (bq, bk, bv))
    return multi_head_attention_forward(x, *weights, Wo[order], *biases, bo, num_heads)


@wrong(HEADS_FORWARD, "value", "out", "(N, T, D) is reshaped into heads without swapping axes")
@hinted("(N, T, D) is reshaped into heads without swapping axes")
def multi_head_attention_reshaped(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    n, steps, width = x.shape
    shape = n * num_heads, steps, width // num_heads
    q, k, v = ((x @ w + b).reshape(shape) for w, b in ((Wq, bq), (Wk, bk), (Wv, bv)))
    heads, _ = scaled_dot_product_attention_forward(q, k, v)
    cache = multi_head_attention_forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads)[1]
    return heads.reshape(x.shape) @ Wo + bo, cache


@wrong(HEADS_FORWARD, "value", "out", "the keys are projected by Wq")
@hinted("Wq stands for Wk")
def multi_head_attention_keys_by_wq(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    return multi_head_attention_forward(x, Wq, Wq, Wv, Wo, bq, bk, bv, bo, num_heads)


@wrong(HEADS_FORWARD, "value", "out", "the weights are transposed, as in torch.nn.Linear")
@hinted("the weights are transposed, as torch.nn.Linear has them")
def multi_head_attention_transposed(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    return multi_head_attention_forward(x, Wq.T, Wk.T, Wv.T, Wo.T, bq, bk, bv, bo, num_heads)


@wrong(HEADS_FORWARD, "value", "out", "the output has no projection")
@hinted("Wo is left out, with no projection in its place")
def multi_head_attention_without_wo(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    identity = np.eye(len(Wo), dtype=Wo.dtype)
    return multi_head_attention_forward(x, Wq, Wk, Wv, identity, bq, bk, bv, bo, num_heads)


# --- multi_head_attention, backward ---


def _changed(dout, cache, **changes):
    """The gradients, some of which are replaced by what a function makes of all."""
    names = ("dx", "dWq", "dWk", "dWv", "dWo", "dbq", "dbk", "dbv", "dbo")
    right = dict(zip(names, multi_head_attention_backward(dout, cache), strict=True))
    return tuple((right | {n: change(right) for n, change in changes.items()}).values())


@wrong(HEADS_BACKWARD, "value", "dx", "x's gradient through the values is left out")
@hinted("lacks the path through v")
def multi_head_attention_dx_without_v(dout, cache):
    (q, k, (x, w, b)), *rest = cache
    answer = multi_head_attention_backward(dout, cache)
    dx = multi_head_attention_backward(dout, ([q, k, (x, np.zeros_like(w), b)], *rest))[0]
    return dx, *answer[1:]


@wrong(HEADS_BACKWARD, "value", "dbk", "dbk is a copy of dbq, but it is exactly 0")
@hinted("is the correct dbq")
def multi_head_attention_copied_dbk(dout, cache):
    return _changed(dout, cache, dbk=lambda d: d["dbq"].copy())


@wrong(HEADS_BACKWARD, "value", "dbo", "dbo is averaged over the steps")
@hinted("times exactly 1/T")
def multi_head_attention_averaged_dbo(dout, cache):
    return _changed(dout, cache, dbo=lambda d: d["dbo"] / max(dout.shape[1], 1))


@wrong(HEADS_BACKWARD, "value", "dbv", "dbv is dbo: Wo is left out")
@hinted("dbv is dbo: Wo is left out")
def multi_head_attention_dbv_without_wo(dout, cache):
    return _changed(dout, cache, dbv=lambda d: d["dbo"].copy())


@wrong(HEADS_BACKWARD, "value", "dWq", "dWq is transposed")
@hinted("is the correct one transposed")
def multi_head_attention_transposed_dwq(dout, cache):
    return _changed(dout, cache, dWq=lambda d: d["dWq"].T.copy())


@wrong(HEADS_BACKWARD, "value", "dWk", "dWk and dWv are swapped")
@hinted("they are swapped")
def multi_head_attention_swapped_gradients(dout, cache):
    return _changed(dout, cache, dWk=lambda d: d["dWv"], dWv=lambda d: d["dWk"])


@wrong(HEADS_BACKWARD, "shape", "dbq", "the bias's gradient is not summed over the batch")
def multi_head_attention_dbq_per_example(dout, cache):
    return _changed(dout, cache, dbq=lambda d: np.stack([d["dbq"]] * 2))
