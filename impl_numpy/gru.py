"""Gated recurrent unit (Cho et al. 2014), its reset gate after the product, as cuDNN and torch."""

import numpy as np

from impl_numpy.affine import affine_backward
from impl_numpy.precision import widened
from impl_numpy.sigmoid import sigmoid
from impl_numpy.temporal import temporal_affine_backward, temporal_affine_forward


def gru_step_forward(x, prev_h, Wx, Wh, bx, bh):
    """With [xᵣ x_z xₙ] = x·Wx + bx and [hᵣ h_z hₙ] = h·Wh + bh:
    r = σ(xᵣ + hᵣ), z = σ(x_z + h_z), n = tanh(xₙ + r ∘ hₙ), h' = (1 - z) ∘ n + z ∘ h.

    x: (N, D); prev_h: (N, H); Wx: (D, 3H); Wh: (H, 3H); bx, bh: (3H,).
    Returns next_h: (N, H), and the cache for the backward.
    """
    x_sums = widened(x) @ widened(Wx) + widened(bx)
    h_sums = widened(prev_h) @ widened(Wh) + widened(bh)
    next_h, gates = _cell(x_sums, h_sums, widened(prev_h))
    return next_h.astype(x.dtype, copy=False), (x, prev_h, Wx, Wh, bx, bh, gates)


def gru_step_backward(dnext_h, cache):
    """With da, de from `_cell_backward`, the gradients of x·Wx + bx and h·Wh + bh:
    dx = da·Wxᵀ, dh = z ∘ dh' + de·Whᵀ, dWx = xᵀ·da, dWh = hᵀ·de, dbx = Σₙ da, dbh = Σₙ de.

    dnext_h: (N, H).
    Returns dx: (N, D); dprev_h: (N, H); dWx: (D, 3H); dWh: (H, 3H); dbx, dbh: (3H,).
    """
    x, prev_h, Wx, Wh, bx, bh, gates = cache
    wide_h = widened(prev_h)
    da, de, direct = _cell_backward(widened(dnext_h), wide_h, gates)
    dx, dWx, dbx = affine_backward(da, (x, Wx, bx))
    through_sums, dWh, dbh = affine_backward(de, (wide_h, Wh, bh))
    return dx, (direct + through_sums).astype(prev_h.dtype, copy=False), dWx, dWh, dbx, dbh


def gru_forward(x, h0, Wx, Wh, bx, bh):
    """h[t] = the step of x[t] and h[t-1], from h[-1] = h0.

    x: (N, T, D); h0: (N, H); Wx: (D, 3H); Wh: (H, 3H); bx, bh: (3H,).
    Returns h: (N, T, H), and the cache for the backward.

    Only h[t-1]·Wh has to wait for the step before: x·Wx + bx is one product for all steps.
    """
    sums, _ = temporal_affine_forward(widened(x), widened(Wx), widened(bx))
    n, steps, _ = sums.shape
    weights, bias = widened(Wh), widened(bh)
    states = np.empty((n, steps + 1, len(Wh)), sums.dtype)  # h0, h[0], h[1], …
    gates = np.empty((n, steps, 4 * len(Wh)), sums.dtype)
    states[:, 0] = h0
    for t in range(steps):
        prev_h = states[:, t]
        states[:, t + 1], gates[:, t] = _cell(sums[:, t], prev_h @ weights + bias, prev_h)
    return states[:, 1:].astype(x.dtype), (x, Wx, Wh, bx, bh, h0.dtype, states, gates)


def gru_backward(dh, cache):
    """With da[t], de[t] from `_cell_backward` of dh'[t] = dh[t] + z[t+1] ∘ dh'[t+1] + de[t+1]·Whᵀ,
    from zeros down (backpropagation through time): dx[t] = da[t]·Wxᵀ,
    dh0 = z[0] ∘ dh'[0] + de[0]·Whᵀ, and dWx = Σₜ x[t]ᵀ·da[t], dWh = Σₜ h[t-1]ᵀ·de[t],
    dbx = Σₙₜ da[t], dbh = Σₙₜ de[t].

    dh: (N, T, H), of every h[t] as an output.
    Returns dx: (N, T, D); dh0: (N, H); dWx: (D, 3H); dWh: (H, 3H); dbx, dbh: (3H,).
    """
    x, Wx, Wh, bx, bh, h0_dtype, states, gates = cache
    upstream, weights = widened(dh), widened(Wh)
    da = np.empty((*x.shape[:2], 3 * len(Wh)), states.dtype)
    de = np.empty_like(da)
    dprev_h = np.zeros_like(states[:, 0])
    for t in reversed(range(da.shape[1])):
        da[:, t], de[:, t], direct = _cell_backward(
            upstream[:, t] + dprev_h, states[:, t], gates[:, t]
        )
        dprev_h = direct + de[:, t] @ weights.T
    dx, dWx, dbx = temporal_affine_backward(da, (x, Wx, bx))
    dWh = np.tensordot(states[:, :-1], de, axes=((0, 1), (0, 1))).astype(Wh.dtype, copy=False)
    dbh = de.sum(axis=(0, 1)).astype(bh.dtype, copy=False)
    return dx, dprev_h.astype(h0_dtype, copy=False), dWx, dWh, dbx, dbh


def _cell(x_sums, h_sums, prev_h):
    """h': (N, H), and [r z n hₙ]: (N, 4H), from the sums of x and of h: (N, 3H), and h: (N, H)."""
    width = prev_h.shape[1]
    x_gates, x_n = np.split(x_sums, [2 * width], axis=1)
    h_gates, h_n = np.split(h_sums, [2 * width], axis=1)
    r, z = np.split(sigmoid(x_gates + h_gates), 2, axis=1)
    n = np.tanh(x_n + r * h_n)
    return (1 - z) * n + z * prev_h, np.concatenate([r, z, n, h_n], axis=1)


def _cell_backward(dnext_h, prev_h, gates):
    """daₙ = (1 - n²) ∘ (1 - z) ∘ dh', daᵣ = r(1 - r) ∘ hₙ ∘ daₙ, da_z = z(1 - z) ∘ (h - n) ∘ dh'.

    dnext_h, prev_h: (N, H); gates: (N, 4H). Returns the gradients of the sums of x and of h, which
    differ in the last third, [daᵣ da_z daₙ] and [daᵣ da_z r∘daₙ]: (N, 3H); and z ∘ dh': (N, H).
    """
    r, z, n, h_n = np.split(gates, 4, axis=1)
    # The slope first, as it is at most 1: a product that overflows is then large in truth.
    da_n = (1 - n**2) * (1 - z) * dnext_h
    da_r = r * (1 - r) * h_n * da_n
    da_z = z * (1 - z) * (prev_h - n) * dnext_h
    da, de = (np.concatenate([da_r, da_z, last], axis=1) for last in (da_n, r * da_n))
    return da, de, z * dnext_h
