"""Fully connected layer."""

from impl_numpy.precision import narrowed, widened


def affine_forward(x, w, b):
    """out = x·w + b, each x[i] flattened to a row of length D = d_1·…·d_k.

    x: (N, d_1, …, d_k); w: (D, M); b: (M,).
    Returns out: (N, M), and the cache for the backward.
    """
    rows = widened(x).reshape(len(x), len(w))
    out = rows @ widened(w) + widened(b)
    return out.astype(x.dtype, copy=False), (x, w, b)


def affine_backward(dout, cache):
    """dx = dout·wᵀ, dw = xᵀ·dout, db = Σₙ dout.

    dout: (N, M). Returns dx: (N, d_1, …, d_k); dw: (D, M); db: (M,).
    """
    x, w, b = cache
    rows, upstream = widened(x).reshape(len(x), len(w)), widened(dout)
    dx = (upstream @ widened(w).T).reshape(x.shape)
    dw = rows.T @ upstream
    db = upstream.sum(axis=0)
    return narrowed((dx, dw, db), (x, w, b))
