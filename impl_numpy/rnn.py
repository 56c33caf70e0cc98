"""Vanilla recurrent network (Elman 1990, with tanh)."""

import numpy as np

from impl_numpy.affine import affine_backward
from impl_numpy.precision import widened
from impl_numpy.temporal import temporal_affine_backward, temporal_affine_forward


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """h' = tanh(x·Wx + h·Wh + b).

    x: (N, D); prev_h: (N, H); Wx: (D, H); Wh: (H, H); b: (H,).
    Returns next_h: (N, H), and the cache for the backward.
    """
    next_h = np.tanh(widened(x) @ widened(Wx) + widened(prev_h) @ widened(Wh) + widened(b))
    return next_h.astype(x.dtype), (x, prev_h, Wx, Wh, b, next_h)


def rnn_step_backward(dnext_h, cache):
    """With da = dh' ∘ (1 - h'²): dx = da·Wxᵀ, dh = da·Whᵀ, dWx = xᵀ·da, dWh = hᵀ·da, db = Σₙ da.

    dnext_h: (N, H).
    Returns dx: (N, D); dprev_h: (N, H); dWx: (D, H); dWh: (H, H); db: (H,).
    """
    x, prev_h, Wx, Wh, b, next_h = cache
    da = widened(dnext_h) * (1 - next_h**2)
    dx, dWx, db = affine_backward(da, (x, Wx, b))
    dprev_h, dWh, _ = affine_backward(da, (prev_h, Wh, b))
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    """h[t] = tanh(x[t]·Wx + h[t-1]·Wh + b), from h[-1] = h0.

    x: (N, T, D); h0: (N, H); Wx: (D, H); Wh: (H, H); b: (H,).
    Returns h: (N, T, H), and the cache for the backward.

    Only h[t-1]·Wh has to wait for the step before: x·Wx + b is one product for all steps.
    """
    sums, _ = temporal_affine_forward(widened(x), widened(Wx), widened(b))
    n, steps, width = sums.shape
    weights = widened(Wh)
    states = np.empty((n, steps + 1, width), sums.dtype)  # h0, h[0], h[1], …
    states[:, 0] = h0
    for t in range(steps):
        states[:, t + 1] = np.tanh(sums[:, t] + states[:, t] @ weights)
    return states[:, 1:].astype(x.dtype), (x, Wx, Wh, b, h0.dtype, states)


def rnn_backward(dh, cache):
    """With da[t] = (dh[t] + da[t+1]·Whᵀ) ∘ (1 - h[t]²), from da[T] = 0 down (backpropagation
    through time): dx[t] = da[t]·Wxᵀ, dh0 = da[0]·Whᵀ, and dWx = Σₜ x[t]ᵀ·da[t],
    dWh = Σₜ h[t-1]ᵀ·da[t], db = Σₙₜ da[t].

    dh: (N, T, H), of every h[t] as an output.
    Returns dx: (N, T, D); dh0: (N, H); dWx: (D, H); dWh: (H, H); db: (H,).
    """
    x, Wx, Wh, b, h0_dtype, states = cache
    upstream, weights = widened(dh), widened(Wh)
    da = np.empty_like(states[:, 1:])
    dprev_h = np.zeros_like(states[:, 0])
    for t in reversed(range(da.shape[1])):
        da[:, t] = (upstream[:, t] + dprev_h) * (1 - states[:, t + 1] ** 2)
        dprev_h = da[:, t] @ weights.T
    dx, dWx, db = temporal_affine_backward(da, (x, Wx, b))
    dWh = np.tensordot(states[:, :-1], da, axes=((0, 1), (0, 1))).astype(Wh.dtype, copy=False)
    return dx, dprev_h.astype(h0_dtype, copy=False), dWx, dWh, db
