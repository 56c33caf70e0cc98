"""Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.)."""

import numpy as np

from impl_numpy.affine import affine_backward
from impl_numpy.precision import widened
from impl_numpy.sigmoid import sigmoid
from impl_numpy.temporal import temporal_affine_backward, temporal_affine_forward


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """With [aᵢ a_f aₒ a_g] = x·Wx + h·Wh + b: i, f, o = σ(aᵢ), σ(a_f), σ(aₒ), g = tanh(a_g),
    c' = f ∘ c + i ∘ g, h' = o ∘ tanh(c').

    x: (N, D); prev_h, prev_c: (N, H); Wx: (D, 4H); Wh: (H, 4H); b: (4H,).
    Returns next_h, next_c: (N, H), and the cache for the backward.
    """
    sums = widened(x) @ widened(Wx) + widened(prev_h) @ widened(Wh) + widened(b)
    next_h, next_c, gates = _cell(sums, widened(prev_c))
    cache = x, prev_h, prev_c, Wx, Wh, b, next_c, gates
    return next_h.astype(x.dtype, copy=False), next_c.astype(x.dtype), cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    """With da, dc from `_cell_backward`:
    dx = da·Wxᵀ, dh = da·Whᵀ, dWx = xᵀ·da, dWh = hᵀ·da, db = Σₙ da.

    dnext_h, dnext_c: (N, H).
    Returns dx: (N, D); dprev_h, dprev_c: (N, H); dWx: (D, 4H); dWh: (H, 4H); db: (4H,).
    """
    x, prev_h, prev_c, Wx, Wh, b, next_c, gates = cache
    da, dprev_c = _cell_backward(widened(dnext_h), widened(dnext_c), widened(prev_c), next_c, gates)
    dx, dWx, db = affine_backward(da, (x, Wx, b))
    dprev_h, dWh, _ = affine_backward(da, (prev_h, Wh, b))
    return dx, dprev_h, dprev_c.astype(prev_c.dtype, copy=False), dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    """h[t], c[t] = the step of x[t], h[t-1], c[t-1], from h[-1] = h0 and c[-1] = 0.

    x: (N, T, D); h0: (N, H); Wx: (D, 4H); Wh: (H, 4H); b: (4H,).
    Returns h: (N, T, H), and the cache for the backward.

    Only h[t-1]·Wh has to wait for the step before: x·Wx + b is one product for all steps.
    """
    sums, _ = temporal_affine_forward(widened(x), widened(Wx), widened(b))
    n, steps, _ = sums.shape
    weights = widened(Wh)
    states = np.empty((n, steps + 1, len(Wh)), sums.dtype)  # h0, h[0], h[1], …
    cells = np.empty_like(states)  # 0, c[0], c[1], …
    gates = np.empty_like(sums)
    states[:, 0], cells[:, 0] = h0, 0
    for t in range(steps):
        states[:, t + 1], cells[:, t + 1], gates[:, t] = _cell(
            sums[:, t] + states[:, t] @ weights, cells[:, t]
        )
    return states[:, 1:].astype(x.dtype), (x, Wx, Wh, b, h0.dtype, states, cells, gates)


def lstm_backward(dh, cache):
    """With da[t], dc[t-1] from `_cell_backward` of dh[t] + da[t+1]·Whᵀ and dc[t], from da[T] = 0
    and dc[T-1] = 0 down (backpropagation through time): dx[t] = da[t]·Wxᵀ, dh0 = da[0]·Whᵀ, and
    dWx = Σₜ x[t]ᵀ·da[t], dWh = Σₜ h[t-1]ᵀ·da[t], db = Σₙₜ da[t].

    dh: (N, T, H), of every h[t] as an output.
    Returns dx: (N, T, D); dh0: (N, H); dWx: (D, 4H); dWh: (H, 4H); db: (4H,).
    """
    x, Wx, Wh, b, h0_dtype, states, cells, gates = cache
    upstream, weights = widened(dh), widened(Wh)
    da = np.empty_like(gates)
    dprev_h = dprev_c = np.zeros_like(states[:, 0])
    for t in reversed(range(da.shape[1])):
        da[:, t], dprev_c = _cell_backward(
            upstream[:, t] + dprev_h, dprev_c, cells[:, t], cells[:, t + 1], gates[:, t]
        )
        dprev_h = da[:, t] @ weights.T
    dx, dWx, db = temporal_affine_backward(da, (x, Wx, b))
    dWh = np.tensordot(states[:, :-1], da, axes=((0, 1), (0, 1))).astype(Wh.dtype, copy=False)
    return dx, dprev_h.astype(h0_dtype, copy=False), dWx, dWh, db


def _cell(sums, prev_c):
    """h', c' and the gates [i f o g] from their sums [aᵢ a_f aₒ a_g]: (N, 4H), and c: (N, H)."""
    width = prev_c.shape[1]
    gates = np.concatenate([sigmoid(sums[:, : 3 * width]), np.tanh(sums[:, 3 * width :])], axis=1)
    i, f, o, g = np.split(gates, 4, axis=1)
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, gates


def _cell_backward(dnext_h, dnext_c, prev_c, next_c, gates):
    """With dc' += dh' ∘ o ∘ (1 - tanh²c'): daᵢ = i(1 - i) ∘ g ∘ dc', da_f = f(1 - f) ∘ c ∘ dc',
    daₒ = o(1 - o) ∘ tanh(c') ∘ dh', da_g = (1 - g²) ∘ i ∘ dc', and dc = f ∘ dc'.

    All (N, H), but gates: (N, 4H). Returns da: (N, 4H) = [daᵢ da_f daₒ da_g], and dc: (N, H).
    """
    i, f, o, g = np.split(gates, 4, axis=1)
    tanh_c = np.tanh(next_c)
    dc = dnext_c + o * (1 - tanh_c**2) * dnext_h
    # The slope first, as it is at most 1: a product that overflows is then large in truth.
    da = [
        i * (1 - i) * g * dc,
        f * (1 - f) * prev_c * dc,
        o * (1 - o) * tanh_c * dnext_h,
        (1 - g**2) * i * dc,
    ]
    return np.concatenate(da, axis=1), f * dc
