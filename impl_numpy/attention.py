"""Attention (Vaswani et al. 2017)."""

import math

import numpy as np

from impl_numpy.precision import narrowed, widened
from impl_numpy.softmax import softmax_forward
from impl_numpy.temporal import temporal_affine_backward, temporal_affine_forward


def scaled_dot_product_attention_forward(q, k, v, mask=None):
    """out = p·v with p = softmax(q·kᵀ / √E), the softmax over the S keys.

    q: (N, T, E); k: (N, S, E); v: (N, S, M); mask: (N, T, S) booleans, True where q[n, t] may
    attend to k[n, s], None for everywhere. Where it may attend to nothing, out is 0.
    Returns out: (N, T, M), and the cache for the backward.
    """
    # q is divided, not q·kᵀ: its products are then less likely to overflow.
    scores = widened(q) / math.sqrt(q.shape[-1]) @ widened(k).swapaxes(1, 2)
    if mask is None:
        p, _ = softmax_forward(scores)
    else:
        anywhere = mask.any(axis=-1, keepdims=True)
        # A row without any key would be 0 / 0: its softmax is taken unmasked, and set to 0.
        p, _ = softmax_forward(np.where(mask | ~anywhere, scores, -np.inf))
        p = np.where(anywhere, p, 0)
    out = p @ widened(v)
    return out.astype(q.dtype, copy=False), (q, k, v, p)


def scaled_dot_product_attention_backward(dout, cache):
    """dv = pᵀ·dout, and with dp = dout·vᵀ and ds = p ∘ (dp - Σₛ p∘dp) / √E: dq = ds·k, dk = dsᵀ·q.

    dout: (N, T, M). Returns dq: (N, T, E); dk: (N, S, E); dv: (N, S, M).
    """
    q, k, v, p = cache
    upstream = widened(dout)
    dv = p.swapaxes(1, 2) @ upstream
    dp = upstream @ widened(v).swapaxes(1, 2)
    ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) / math.sqrt(q.shape[-1])
    dq = ds @ widened(k)
    dk = ds.swapaxes(1, 2) @ widened(q)
    return narrowed((dq, dk, dv), (q, k, v))


def multi_head_attention_forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    """out = [head₁ … head_h]·Wo + bo, head_i being the attention of the i-th D/h columns of
    q = x·Wq + bq, k = x·Wk + bk and v = x·Wv + bv.

    x: (N, T, D); Wq, Wk, Wv, Wo: (D, D); bq, bk, bv, bo: (D,); num_heads divides D.
    Returns out: (N, T, D), and the cache for the backward.
    """
    projections = [(widened(x), widened(w), widened(b)) for w, b in ((Wq, bq), (Wk, bk), (Wv, bv))]
    qkv = (_split(temporal_affine_forward(*each)[0], num_heads) for each in projections)
    heads, attention = scaled_dot_product_attention_forward(*qkv)
    last = _merge(heads, num_heads), widened(Wo), widened(bo)
    out, _ = temporal_affine_forward(*last)
    dtypes = [a.dtype for a in (x, Wq, Wk, Wv, Wo, bq, bk, bv, bo)]
    return out.astype(x.dtype, copy=False), (projections, attention, last, num_heads, dtypes)


def multi_head_attention_backward(dout, cache):
    """The forward's steps backwards; dx is the sum over q, k and v, all of which x is put into.

    dout: (N, T, D). Returns dx: (N, T, D); dWq, dWk, dWv, dWo: (D, D); dbq, dbk, dbv, dbo: (D,).
    """
    projections, attention, last, num_heads, dtypes = cache
    dheads, dWo, dbo = temporal_affine_backward(widened(dout), last)
    dqkv = scaled_dot_product_attention_backward(_split(dheads, num_heads), attention)
    dxs, dws, dbs = zip(
        *(
            temporal_affine_backward(_merge(d, num_heads), projection)
            for d, projection in zip(dqkv, projections, strict=True)
        ),
        strict=True,
    )
    gradients = dxs[0] + dxs[1] + dxs[2], *dws, dWo, *dbs, dbo
    return tuple(d.astype(t, copy=False) for d, t in zip(gradients, dtypes, strict=True))


def _split(array, num_heads):
    """(N, T, D) as (N·h, T, D/h): every head is one more of the batch."""
    n, steps, width = array.shape
    heads = array.reshape(n, steps, num_heads, width // num_heads).swapaxes(1, 2)
    return heads.reshape(n * num_heads, steps, width // num_heads)


def _merge(heads, num_heads):
    """The inverse of `_split`."""
    n, steps, width = heads.shape
    array = heads.reshape(n // num_heads, num_heads, steps, width).swapaxes(1, 2)
    return array.reshape(n // num_heads, steps, num_heads * width)
