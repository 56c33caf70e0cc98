"""Layer normalisation (Ba, Kiros & Hinton, "Layer Normalization", 2016)."""

from impl_numpy.precision import narrowed, widened
from impl_numpy.standardize import standardize, standardize_backward


def layernorm_forward(x, gamma, beta, ln_param):
    """out = γ·x̂ + β with x̂ = (x - μ) / √(σ² + eps), μ and σ² (which divides by D) of each row.

    x: (N, D); gamma, beta: (D,). ln_param: "eps" (1e-5).
    Returns out: (N, D), and the cache for the backward.
    """
    normalized, std = standardize(widened(x), -1, ln_param.get("eps", 1e-5))
    out = widened(gamma) * normalized + widened(beta)
    return out.astype(x.dtype, copy=False), (x, gamma, beta, normalized, std)


def layernorm_backward(dout, cache):
    """dx = (dx̂ - mean dx̂ - x̂·mean(dx̂·x̂)) / √(σ² + eps) with dx̂ = γ·dout.

    dgamma = Σₙ dout·x̂, dbeta = Σₙ dout.

    dout: (N, D). Returns dx: (N, D); dgamma, dbeta: (D,).
    """
    x, gamma, beta, normalized, std = cache
    upstream = widened(dout)
    dx = standardize_backward(upstream * widened(gamma), normalized, std, -1)
    dgamma = (upstream * normalized).sum(axis=0)
    dbeta = upstream.sum(axis=0)
    return narrowed((dx, dgamma, dbeta), (x, gamma, beta))
