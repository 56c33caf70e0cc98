"""Two-dimensional convolution, as the course and the frameworks mean it: a cross-correlation."""

import numpy as np

from impl_numpy.patches import patches, patches_backward
from impl_numpy.precision import narrowed, widened


def conv_forward(x, w, b, conv_param):
    """out[n, f, p, q] = b[f] + Σ_cij w[f, c, i, j] · x̄[n, c, stride·p + i, stride·q + j].

    x: (N, C, H, W); w: (F, C, HH, WW); b: (F,). x̄ is x with pad zeros on each side; conv_param:
    "stride" and "pad". Raises ValueError unless the filters cover x̄ exactly.
    Returns out: (N, F, H', W') with H' = (H + 2·pad - HH) / stride + 1 and likewise W', and the
    cache for the backward.
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    columns, size = _columns(x, w, stride, pad)
    out = _matrix(w) @ columns + widened(b)[:, np.newaxis]
    out = out.reshape(len(x), len(w), *size)
    return out.astype(x.dtype, copy=False), (x, w, b, stride, pad)


def conv_backward(dout, cache):
    """As of an affine layer on the patches: dw = Σₙ dout·patchesᵀ, dpatches = wᵀ·dout, db = Σ dout.

    dout: (N, F, H', W'). Returns dx: (N, C, H, W); dw: (F, C, HH, WW); db: (F,).
    """
    x, w, b, stride, pad = cache
    count, channels, height, width = x.shape
    columns, size = _columns(x, w, stride, pad)
    upstream = widened(dout).reshape(count, len(w), columns.shape[2])

    dw = (upstream @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    db = upstream.sum(axis=(0, 2))
    dpatches = (_matrix(w).T @ upstream).reshape(count, *w.shape[1:], *size)
    padded = (count, channels, height + 2 * pad, width + 2 * pad)
    dpadded = patches_backward(dpatches, padded, stride)
    dx = dpadded[:, :, pad : pad + height, pad : pad + width]
    return narrowed((dx, dw, db), (x, w, b))


def _matrix(w):
    """w with each filter flattened to a row: (F, C·HH·WW)."""
    return widened(w).reshape(len(w), w[0].size)


def _columns(x, w, stride, pad):
    """The patches of padded x, each flattened to a column: (N, C·HH·WW, H'·W'); and (H', W')."""
    around = (pad, pad)
    padded = np.pad(widened(x), ((0, 0), (0, 0), around, around))
    windows = patches(padded, *w.shape[2:], stride)
    size = windows.shape[4:]
    return windows.reshape(len(x), w[0].size, size[0] * size[1]), size
