"""Layers applied at every time step on its own."""

from impl_numpy.affine import affine_backward, affine_forward
from impl_numpy.mean_loss import mean_loss
from impl_numpy.precision import widened
from impl_numpy.softmax_loss import softmax_losses


def temporal_affine_forward(x, w, b):
    """out[n, t] = x[n, t]·w + b.

    x: (N, T, D); w: (D, M); b: (M,).
    Returns out: (N, T, M), and the cache for the backward.
    """
    out, _ = affine_forward(_rows(x), w, b)
    return out.reshape(*x.shape[:2], len(b)), (x, w, b)


def temporal_affine_backward(dout, cache):
    """dx = dout·wᵀ, dw = Σₙₜ x[n, t]ᵀ·dout[n, t], db = Σₙₜ dout[n, t].

    dout: (N, T, M). Returns dx: (N, T, D); dw: (D, M); db: (M,).
    """
    x, w, b = cache
    dx, dw, db = affine_backward(_rows(dout), (_rows(x), w, b))
    return dx.reshape(x.shape), dw, db


def temporal_softmax_loss(x, y, mask):
    """loss = -1/N · Σₙₜ mask[n, t] · log pₙₜ[yₙₜ] with pₙₜ = softmax(xₙₜ);
    dx = mask · (p - onehot(y)) / N. Divided by N, not by the number of steps that count.

    x: (N, T, V) scores; y: (N, T) integer labels, 0 ≤ y < V; mask: (N, T) booleans, True where the
    step counts, and not even NaN matters where it does not. Returns the loss, a scalar (NaN for an
    empty batch), and dx: (N, T, V).
    """
    counted = _rows(mask)
    losses, dx = softmax_losses(_rows(widened(x)), _rows(y))
    loss = mean_loss(losses[counted], len(x))
    dx[~counted] = 0
    dx /= max(len(x), 1)
    return loss.astype(x.dtype), dx.reshape(x.shape).astype(x.dtype, copy=False)


def _rows(array):
    """(N, T, …) as (N·T, …): one row a step."""
    n, t, *rest = array.shape
    return array.reshape(n * t, *rest)
