"""Batch normalisation (Ioffe & Szegedy, "Batch Normalization", 2015)."""

import numpy as np

from impl_numpy.precision import narrowed, widened
from impl_numpy.standardize import moments, standardize_backward


def batchnorm_forward(x, gamma, beta, bn_param):
    """out = γ·x̂ + β with x̂ = (x - μ) / √(σ² + eps), for each feature.

    x: (N, D); gamma, beta: (D,). bn_param: "mode"; "eps" (1e-5); "momentum" (0.9); "running_mean"
    and "running_var", each (D,) (zeros). In mode "train" μ and σ² are those of the batch (σ²
    divides by N), and new running statistics, momentum·running + (1 - momentum)·batch, are put
    into bn_param; an empty batch has no statistics, and leaves them as they are. In mode "test" μ
    and σ² are the running ones.
    Returns out: (N, D), and the cache for the backward.
    """
    mode, eps = bn_param["mode"], bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    rows = widened(x)
    names = ("running_mean", "running_var")
    running = [bn_param.get(name, np.zeros(x.shape[1], x.dtype)) for name in names]
    if mode == "train":
        mu, var = (statistic[0] for statistic in moments(rows, axis=0))
        for name, old, batch in zip(names, running, (mu, var), strict=True):
            new = momentum * widened(old) + (1 - momentum) * batch if len(x) else old
            bn_param[name] = new.astype(old.dtype)
    elif mode == "test":
        mu, var = (widened(statistic) for statistic in running)
    else:
        raise ValueError(f"mode must be 'train' or 'test', not {mode!r}")

    std = np.sqrt(var + eps)
    out = widened(gamma) * ((rows - mu) / std) + widened(beta)
    return out.astype(x.dtype, copy=False), (x, gamma, beta, mu, std, mode)


def batchnorm_backward(dout, cache):
    """Back through the graph, one node after the other: x → μ, x - μ → σ → x̂ → out.

    dout: (N, D). Returns dx: (N, D); dgamma, dbeta: (D,).
    """
    x, gamma, beta, mu, std, mode = cache
    upstream, centred, count = widened(dout), widened(x) - mu, max(len(x), 1)
    # Of out = γ·x̂ + β:
    dbeta = upstream.sum(axis=0)
    dgamma = (upstream * (centred / std)).sum(axis=0)
    dnormalized = upstream * widened(gamma)
    # Of x̂ = centred / std:
    dcentred = dnormalized / std
    dx = dcentred
    if mode == "train":  # in test mode μ and σ are constants
        dstd = -(dcentred * (centred / std)).sum(axis=0)
        # Of std = √(var + eps):
        dvar = dstd / (2 * std)
        # Of var = 1/N · Σ centred²:
        dcentred = dcentred + dvar * (2 / count) * centred
        # Of centred = x - μ:
        dmu = -dcentred.sum(axis=0)
        # Of μ = 1/N · Σ x:
        dx = dcentred + dmu / count
    return narrowed((dx, dgamma, dbeta), (x, gamma, beta))


def batchnorm_backward_alt(dout, cache):
    """dx = γ/σ · (dout - mean dout - x̂·mean(dout·x̂)): the same, simplified on paper.

    dout: (N, D). Returns dx: (N, D); dgamma, dbeta: (D,).
    """
    x, gamma, beta, mu, std, mode = cache
    upstream, normalized = widened(dout), (widened(x) - mu) / std
    dnormalized = upstream * widened(gamma)
    if mode == "train":
        dx = standardize_backward(dnormalized, normalized, std, axis=0)
    else:
        dx = dnormalized / std
    dgamma = (upstream * normalized).sum(axis=0)
    dbeta = upstream.sum(axis=0)
    return narrowed((dx, dgamma, dbeta), (x, gamma, beta))
