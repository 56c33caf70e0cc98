"""Layers that are right but written differently from impl_numpy, as data: none may be called wrong.

They sum in other orders, use other formulas, or keep other caches. Two-byte floats are summed in
float32 and cast back once, as impl_numpy does.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from mutants import FUNCTIONS

from impl_numpy import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from impl_numpy.precision import widened

ALL_DTYPES = ("float16", "bfloat16", "float32", "float64")


@dataclass(frozen=True)
class Variant:
    """A right candidate. ``warnings``: the kinds of warning that it deserves, and no others."""

    name: str
    layer: str
    about: str
    functions: Mapping[str, Callable]
    warnings: frozenset[str] = field(default_factory=frozenset)
    dtypes: tuple[str, ...] = ALL_DTYPES


VARIANTS: list[Variant] = []


def _register(name, layer, about, functions, warnings, dtypes):
    named = dict(zip(FUNCTIONS[layer], functions, strict=True))
    VARIANTS.append(Variant(name, layer, about, named, frozenset(warnings), dtypes))


def variant(layer, about, *, warnings=(), dtypes=ALL_DTYPES):
    """Register the forward and the backward that the function decorated returns."""

    def register(pair):
        _register(pair.__name__, layer, about, pair(), warnings, dtypes)
        return pair

    return register


def loss_variant(about, *, warnings=(), dtypes=ALL_DTYPES):
    """Register the function decorated as softmax_loss."""

    def register(function):
        _register(function.__name__, "softmax_loss", about, (function,), warnings, dtypes)
        return function

    return register


def _matmul_variant(name, about, product):
    """Register affine with another way to multiply matrices, in all three products."""

    def forward(x, w, b):
        out = product(_rows(x, w), widened(w)) + widened(b)
        return out.astype(x.dtype), (x, w, b)

    def backward(dout, cache):
        x, w, b = cache
        upstream = widened(dout)
        dx = product(upstream, widened(w).T).reshape(x.shape)
        dw = product(_rows(x, w).T, upstream)
        db = product(np.ones((1, len(dout)), upstream.dtype), upstream)[0]
        return tuple(d.astype(p.dtype) for d, p in ((dx, x), (dw, w), (db, b)))

    _register(name, "affine", about, (forward, backward), (), ALL_DTYPES)


def _rows(x, w):
    return widened(x).reshape(len(x), len(w))


# --- affine: other orders of summation ---


def _reversed(a, b):
    return a[:, ::-1] @ b[::-1]


def _permuted(a, b):
    order = np.argsort(np.sin(np.arange(len(b))))
    return a[:, order] @ b[order]


def _one_by_one(a, b):
    """The least accurate order: one running sum."""
    total = np.zeros((len(a), b.shape[1]), a.dtype)
    for k in range(len(b)):
        total += a[:, k, None] * b[k]
    return total


def _pairwise(a, b):
    if len(b) <= 1:
        return a @ b
    half = len(b) // 2
    return _pairwise(a[:, :half], b[:half]) + _pairwise(a[:, half:], b[half:])


def _blocked(a, b):
    blocks = (a[:, k : k + 8] @ b[k : k + 8] for k in range(0, len(b), 8))
    return sum(blocks, np.zeros((len(a), b.shape[1]), a.dtype))


def _python_loops(a, b):
    columns = b.T.tolist()
    products = [[sum(map(float.__mul__, row, c), 0.0) for c in columns] for row in a.tolist()]
    return np.array(products, a.dtype).reshape(len(a), b.shape[1])


def _exact(a, b):
    columns = b.T.tolist()
    products = [[math.fsum(map(float.__mul__, row, c)) for c in columns] for row in a.tolist()]
    return np.array(products, a.dtype).reshape(len(a), b.shape[1])


def _by_transpose(a, b):
    return np.ascontiguousarray((b.T @ a.T).T)


def _einsum(a, b):
    return np.einsum("ik,kj->ij", a, b)


def _sum_of_products(a, b):
    return (a[:, :, None] * b).sum(axis=1)


_matmul_variant("affine_reversed", "sums run backwards", _reversed)
_matmul_variant("affine_permuted", "the features are permuted", _permuted)
_matmul_variant("affine_one_by_one", "sums run one term at a time", _one_by_one)
_matmul_variant("affine_pairwise", "sums are pairwise, by hand", _pairwise)
_matmul_variant("affine_blocked", "sums are in blocks of eight", _blocked)
_matmul_variant("affine_python_loops", "loops over Python floats", _python_loops)
_matmul_variant("affine_exact", "sums are exact, by math.fsum", _exact)
_matmul_variant("affine_by_transpose", "products are computed transposed", _by_transpose)
_matmul_variant("affine_einsum", "einsum", _einsum)
_matmul_variant("affine_sum_of_products", "broadcast, multiply and sum", _sum_of_products)


# --- affine: other ways to write it ---


@variant("affine", "the bias is a row of w, for a column of ones in x")
def affine_augmented():
    def forward(x, w, b):
        ones = np.ones((len(x), 1), widened(x).dtype)
        rows, weights = np.hstack([_rows(x, w), ones]), np.vstack([widened(w), widened(b)])
        return (rows @ weights).astype(x.dtype), (x, rows, weights)

    def backward(dout, cache):
        x, rows, weights = cache
        upstream = widened(dout)
        dx = (upstream @ weights.T)[:, :-1].reshape(x.shape)
        dweights = rows.T @ upstream
        return tuple(d.astype(x.dtype) for d in (dx, dweights[:-1], dweights[-1]))

    return forward, backward


@variant("affine", "tensordot over all the axes of x")
def affine_tensordot():
    def forward(x, w, b):
        features = x.shape[1:]
        out = np.tensordot(widened(x), widened(w).reshape(*features, -1), len(features))
        return (out + widened(b)).astype(x.dtype), (x, w, b)

    def backward(dout, cache):
        x, w, b = cache
        upstream = widened(dout)
        dx = np.tensordot(upstream, widened(w).reshape(*x.shape[1:], len(b)), (1, x.ndim - 1))
        dw = np.tensordot(widened(x), upstream, (0, 0)).reshape(w.shape)
        return tuple(d.astype(x.dtype) for d in (dx, dw, np.einsum("nm->m", upstream)))

    return forward, backward


@variant("affine", "a loop over the examples")
def affine_per_example():
    def forward(x, w, b):
        out = np.empty((len(x), len(b)), x.dtype)
        for n, row in enumerate(_rows(x, w)):
            out[n] = row @ widened(w) + widened(b)
        return out, (x, w, b)

    def backward(dout, cache):
        x, w, _ = cache
        dx, dw, db = (np.zeros_like(widened(a), order="C") for a in cache)
        for n, (row, upstream) in enumerate(zip(_rows(x, w), widened(dout), strict=True)):
            dx[n] = (widened(w) @ upstream).reshape(x.shape[1:])
            dw += np.outer(row, upstream)
            db += upstream
        return tuple(d.astype(x.dtype) for d in (dx, dw, db))

    return forward, backward


@variant("affine", "everything in float64, cast back")
def affine_in_float64():
    def forward(x, w, b):
        wide = [a.astype(np.float64) for a in (x, w, b)]
        return affine_forward(*wide)[0].astype(x.dtype), wide

    def backward(dout, cache):
        gradients = affine_backward(dout.astype(np.float64), cache)
        return tuple(d.astype(dout.dtype) for d in gradients)

    return forward, backward


@variant("affine", "in place, on buffers of its own")
def affine_own_buffers():
    def forward(x, w, b):
        out = np.empty((len(x), len(b)), widened(x).dtype)
        np.matmul(_rows(x, w), widened(w), out=out)
        out += widened(b)
        return out.astype(x.dtype, copy=False), (x, w, b)

    return forward, affine_backward


@variant("affine", "starts from the bias and adds to it")
def affine_bias_first():
    def forward(x, w, b):
        out = np.tile(widened(b), (len(x), 1))
        out += _rows(x, w) @ widened(w)
        return out.astype(x.dtype, copy=False), (x, w, b)

    return forward, affine_backward


@variant("affine", "the gradients are a list")
def affine_list():
    def backward(dout, cache):
        return list(affine_backward(dout, cache))

    return affine_forward, backward


@variant("affine", "the cache can be used only once")
def affine_single_use_cache():
    def forward(x, w, b):
        return affine_forward(x, w, b)[0], {"x": x, "w": w, "b": b}

    def backward(dout, cache):
        return affine_backward(dout, [cache.pop(name) for name in "xwb"])

    return forward, backward


@variant("affine", "the cache is a closure")
def affine_closure():
    def forward(x, w, b):
        out, cache = affine_forward(x, w, b)
        return out, lambda dout: affine_backward(dout, cache)

    def backward(dout, cache):
        return cache(dout)

    return forward, backward


# --- relu ---


@variant("relu", "x times its mask: -inf times 0 is NaN", warnings=["nonfinite"])
def relu_times_mask():
    def forward(x):
        mask = x > 0
        return x * mask, mask

    def backward(dout, cache):
        return dout * cache

    return forward, backward


@variant("relu", "half of x + |x|: -inf plus inf is NaN", warnings=["nonfinite"])
def relu_half_sum():
    def forward(x):
        return x.dtype.type(0.5) * (x + np.abs(x)), x

    return forward, relu_backward


@variant("relu", "np.where on both sides, by the complement so that NaN stays NaN")
def relu_where():
    def forward(x):
        return np.where(x <= 0, x.dtype.type(0), x), x

    def backward(dout, cache):
        return np.where(cache <= 0, dout.dtype.type(0), dout)

    return forward, backward


@variant("relu", "zeros written into a copy")
def relu_masked_copy():
    def forward(x):
        out = x.copy()
        out[x < 0] = 0
        return out, x

    def backward(dout, cache):
        dx = dout.copy()
        dx[cache <= 0] = 0
        return dx

    return forward, backward


@variant("relu", "np.clip without an upper end; the output is the cache")
def relu_clip():
    def forward(x):
        out = np.clip(x, x.dtype.type(0), None)
        return out, out.copy()

    return forward, relu_backward


@variant("relu", "a loop over the elements")
def relu_loop():
    def forward(x):
        out = np.empty(x.shape, x.dtype)
        for index in np.ndindex(x.shape):
            out[index] = 0 if x[index] <= 0 else x[index]
        return out, x

    def backward(dout, cache):
        dx = np.zeros(dout.shape, dout.dtype)
        for index in np.ndindex(dout.shape):
            if cache[index] > 0:
                dx[index] = dout[index]
        return dx

    return forward, backward


# Not in bfloat16, for which NumPy has no heaviside.
@variant("relu", "the slope is np.heaviside", dtypes=("float16", "float32", "float64"))
def relu_heaviside():
    def backward(dout, cache):
        # heaviside(NaN) is NaN, and a slope of 0 is as good as any there.
        return dout * np.nan_to_num(np.heaviside(cache, cache.dtype.type(0)))

    return relu_forward, backward


@variant("relu", "the cache can be used only once")
def relu_single_use_cache():
    def forward(x):
        return relu_forward(x)[0], [x]

    def backward(dout, cache):
        return relu_backward(dout, cache.pop())

    return forward, backward


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
