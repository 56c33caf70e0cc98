"""Right word embeddings."""

import numpy as np

from impl_numpy import word_embedding_backward, word_embedding_forward
from impl_numpy.precision import widened
from variants import variant

# --- word_embedding ---


def _onehot(x, W):
    return (x.reshape(-1, 1) == np.arange(len(W))).astype(widened(W).dtype)


@variant("word_embedding", "the course's own: np.add.at on whole rows")
def word_embedding_course():
    def backward(dout, cache):
        x, W = cache
        dW = np.zeros_like(widened(W))
        np.add.at(dW, x, widened(dout))
        return dW.astype(W.dtype)

    return word_embedding_forward, backward


@variant("word_embedding", "a loop over the tokens")
def word_embedding_loop():
    def forward(x, W):
        out = np.empty((*x.shape, W.shape[1]), W.dtype)
        for at in np.ndindex(x.shape):
            out[at] = W[x[at]]
        return out, (x, W)

    def backward(dout, cache):
        x, W = cache
        dW = np.zeros_like(widened(W))
        for at in np.ndindex(x.shape):
            dW[x[at]] += dout[at]
        return dW.astype(W.dtype)

    return forward, backward


@variant("word_embedding", "the backward is a product with one-hot rows")
def word_embedding_onehot_backward():
    def backward(dout, cache):
        x, W = cache
        rows = widened(dout).reshape(x.size, W.shape[1])
        return (_onehot(x, W).T @ rows).astype(W.dtype)

    return word_embedding_forward, backward


@variant("word_embedding", "both are: 0 times NaN is NaN", warnings=["nonfinite"])
def word_embedding_onehot():
    def forward(x, W):
        rows = _onehot(x, W) @ widened(W)
        return rows.reshape(*x.shape, W.shape[1]).astype(W.dtype), (x, W)

    return forward, word_embedding_backward


@variant("word_embedding", "one np.bincount for each column, in float64")
def word_embedding_bincount():
    def forward(x, W):
        return np.take(W, x.astype(np.intp), axis=0), (x, W)

    def backward(dout, cache):
        x, W = cache
        tokens = x.ravel().astype(np.intp)
        columns = dout.reshape(x.size, W.shape[1]).astype(np.float64).T
        sums = [np.bincount(tokens, column, minlength=len(W)) for column in columns]
        return np.stack(sums, axis=1).astype(W.dtype)

    return forward, backward


@variant("word_embedding", "equal tokens are sorted together and summed one token at a time")
def word_embedding_sorted():
    def backward(dout, cache):
        x, W = cache
        order = np.argsort(x, axis=None, kind="stable")
        rows, tokens = widened(dout).reshape(x.size, W.shape[1])[order], x.ravel()[order]
        dW = np.zeros_like(widened(W))
        for token in np.unique(tokens):
            dW[token] = rows[tokens == token].sum(axis=0)
        return dW.astype(W.dtype)

    return word_embedding_forward, backward
