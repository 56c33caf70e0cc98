"""Right affine layers."""

import math

import numpy as np

from impl_numpy import affine_backward, affine_forward
from impl_numpy.precision import widened
from variants import register, variant


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

    register(name, "affine", about, (forward, backward))


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
