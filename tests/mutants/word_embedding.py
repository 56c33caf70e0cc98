"""Wrong word embeddings."""

import numpy as np

from impl_numpy import word_embedding_backward
from mutants import hinted, warning, wrong

# --- word_embedding, forward ---


@wrong("word_embedding_forward", "value", "out", "tokens count from 1")
@hinted("tokens count from 1")
def word_embedding_from_one(x, W):
    return W[(x.astype(np.int64) - 1) % len(W)], (x, W)


@wrong("word_embedding_forward", "value", "out", "the output is scaled by √D, as in transformers")
@hinted("times exactly √D")
def word_embedding_scaled(x, W):
    return W[x] * W.dtype.type(np.sqrt(W.shape[1])), (x, W)


@wrong("word_embedding_forward", "value", "out", "token 0 is padding, and all zeros")
@hinted("token 0 is taken for padding, and gets 0")
def word_embedding_padding_zero(x, W):
    return W[x] * (x != 0)[..., None], (x, W)


@wrong("word_embedding_forward", "shape", "out", "time comes first in the output")
@hinted("with its axes in the order (1, 0, 2)")
def word_embedding_time_first(x, W):
    return W[x.T], (x, W)


@warning("word_embedding_forward", "nonfinite", "out", "a one-hot product: 0 times NaN is NaN")
def word_embedding_one_hot_product(x, W):
    onehot = (x[..., None] == np.arange(len(W))).astype(W.dtype)
    return onehot @ W, (x, W)


@warning("word_embedding_forward", "labels", "", "tokens count from the end, which wraps around")
def word_embedding_from_the_end(x, W):
    return W[x - len(W)], (x, W)


# --- word_embedding, backward ---


@wrong("word_embedding_backward", "value", "dW", "repeated tokens overwrite each other")
@hinted("repeated tokens overwrite each other: dW[x] = or += adds them only once")
def word_embedding_overwrites(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] = dout
    return dW


@wrong("word_embedding_backward", "value", "dW", "dW[x] += dout adds repeated tokens only once")
@hinted("repeated tokens overwrite each other: dW[x] = or += adds them only once")
def word_embedding_adds_once(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


@wrong("word_embedding_backward", "value", "dW", "dW[x[n]] += adds once what is twice in a row")
@hinted("adds a token only once that is repeated in a row")
def word_embedding_adds_once_a_row(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for row, upstream in zip(x, dout, strict=True):
        dW[row] += upstream
    return dW


@wrong("word_embedding_backward", "value", "dW", "unused rows are not zero")
@hinted("unused rows are 1, not 0")
def word_embedding_unused_rows(dout, cache):
    x, W = cache
    unused = np.isin(np.arange(len(W)), x, invert=True)
    return word_embedding_backward(dout, cache) + unused[:, None].astype(W.dtype)


@wrong("word_embedding_backward", "value", "dW", "repeated tokens are averaged")
@hinted("repeated tokens are averaged")
def word_embedding_mean(dout, cache):
    x, W = cache
    counts = np.bincount(x.ravel().astype(np.intp), minlength=len(W))
    return word_embedding_backward(dout, cache) / np.maximum(counts, 1)[:, None].astype(W.dtype)


@wrong("word_embedding_backward", "value", "dW", "only the first time step is used")
@hinted("the first step alone is used")
def word_embedding_first_step(dout, cache):
    x, W = cache
    return word_embedding_backward(dout[:, :1], (x[:, :1], W))


@wrong("word_embedding_backward", "value", "dW", "token 0 gets no gradient, as if it were padding")
@hinted("token 0 is taken for padding, and gets 0")
def word_embedding_padding_gradient(dout, cache):
    dW = word_embedding_backward(dout, cache)
    dW[0] = 0
    return dW


@wrong("word_embedding_backward", "value", "dW", "the gradient buffer has the tokens' dtype")
@hinted("dW is kept in an array of integers")
def word_embedding_integer_buffer(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape, x.dtype)
    dW[...] = word_embedding_backward(dout, cache)
    return dW


@wrong("word_embedding_backward", "shape", "dW", "there are only as many rows as the largest token")
@hinted("there are only as many rows as the largest token")
def word_embedding_rows_in_use(dout, cache):
    x, _ = cache
    return word_embedding_backward(dout, cache)[: int(x.max(initial=0)) + 1]


@wrong("word_embedding_backward", "value", "dW", "tokens and upstream gradients are out of step")
@hinted("tokens and upstream gradients are out of step: one is transposed, the other not")
def word_embedding_out_of_step(dout, cache):
    n, steps, width = dout.shape
    moved = dout.transpose(1, 0, 2).reshape(n, steps, width)
    return word_embedding_backward(moved, cache)


@warning("word_embedding_backward", "dtype", "dW", "the gradient buffer np.zeros(shape) is float64")
def word_embedding_float64_buffer(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape)
    np.add.at(dW, x, dout)
    return dW


@warning(
    "word_embedding_backward", "labels", "dW", "positions in the tokens' dtype overflow a byte"
)
def word_embedding_narrow_positions(dout, cache):
    x, W = cache
    starts = (x * x.dtype.type(W.shape[1])).astype(np.intp)
    dW = np.zeros(W.size + 256, W.dtype)
    np.add.at(dW, starts[..., None] + np.arange(W.shape[1]), dout)
    return dW[: W.size].reshape(W.shape)


@wrong("word_embedding_backward", "arity", "", "a gradient of the tokens is returned, too")
def word_embedding_returns_dx(dout, cache):
    return None, word_embedding_backward(dout, cache)


@warning("word_embedding_backward", "alias", "dW", "dW is written into W")
def word_embedding_writes_into_table(dout, cache):
    _, W = cache
    W[...] = word_embedding_backward(dout, cache)
    return W
