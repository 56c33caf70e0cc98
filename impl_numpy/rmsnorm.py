"""Root mean square normalisation (Zhang & Sennrich, 2019)."""

import numpy as np

from impl_numpy.precision import narrowed, widened
from impl_numpy.standardize import mean


def rmsnorm_forward(x, gamma, rms_param):
    """out = γ·x̂ with x̂ = x / √(mean x² + eps), the mean of each row.

    x: (N, D); gamma: (D,). rms_param: "eps" (1e-5).
    Returns out: (N, D), and the cache for the backward.
    """
    values = widened(x)
    rms = np.sqrt(mean(values**2, -1) + rms_param.get("eps", 1e-5))
    normalized = values / rms
    out = widened(gamma) * normalized
    return out.astype(x.dtype, copy=False), (x, gamma, normalized, rms)


def rmsnorm_backward(dout, cache):
    """dx = (dx̂ - x̂·mean(dx̂·x̂)) / √(mean x² + eps) with dx̂ = γ·dout; dgamma = Σₙ dout·x̂.

    dout: (N, D). Returns dx: (N, D); dgamma: (D,).
    """
    x, gamma, normalized, rms = cache
    upstream = widened(dout)
    dnormalized = upstream * widened(gamma)
    dx = (dnormalized - normalized * mean(dnormalized * normalized, -1)) / rms
    dgamma = (upstream * normalized).sum(axis=0)
    return narrowed((dx, dgamma), (x, gamma))
