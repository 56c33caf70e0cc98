"""Right layer normalisations."""

import numpy as np

from impl_numpy import layernorm_backward, layernorm_forward
from impl_numpy.precision import widened
from variants import variant
from variants.arithmetic import cast


@variant("layernorm", "batch normalisation of the transposed, the course's hint")
def layernorm_transposed():
    def forward(x, gamma, beta, ln_param):
        columns = widened(x).T
        centred = columns - columns.mean(axis=0)
        std = np.sqrt(columns.var(axis=0) + ln_param["eps"])
        normalized = centred / std
        out = widened(gamma) * normalized.T + widened(beta)
        return out.astype(x.dtype), (gamma, normalized, std)

    def backward(dout, cache):
        gamma, normalized, std = cache
        upstream = widened(dout)
        along = (upstream * widened(gamma)).T
        size = len(along)
        dx = (size * along - along.sum(axis=0) - normalized * (along * normalized).sum(axis=0)) / (
            size * std
        )
        dgamma = (upstream * normalized.T).sum(axis=0)
        return cast((dx.T, dgamma, upstream.sum(axis=0)), dout.dtype)

    return forward, backward


@variant("layernorm", "the paper's equations for each row, with (var + eps)**-1.5")
def layernorm_rows():
    def forward(x, gamma, beta, ln_param):
        out, rows = np.empty_like(x), []
        for n, row in enumerate(widened(x)):
            centred, var = row - np.mean(row), np.var(row) + ln_param["eps"]
            rows.append((centred, var))
            out[n] = widened(gamma) * (centred / np.sqrt(var)) + widened(beta)
        return out, (gamma, rows)

    def backward(dout, cache):
        gamma, rows = cache
        upstream, dx = widened(dout), np.empty_like(dout)
        dgamma = np.zeros(gamma.shape, upstream.dtype)
        for n, (centred, var) in enumerate(rows):
            dnormalized = upstream[n] * widened(gamma)
            dvar = np.sum(dnormalized * centred) * -0.5 * var**-1.5
            dcentred = dnormalized / np.sqrt(var) + 2 * dvar * centred / len(centred)
            dx[n] = dcentred - np.mean(dcentred)
            dgamma += upstream[n] * centred / np.sqrt(var)
        return cast((dx, dgamma, upstream.sum(axis=0)), dout.dtype)

    return forward, backward


@variant("layernorm", "gamma's gradient by einsum, dx by the Jacobian of each row")
def layernorm_jacobian():
    def backward(dout, cache):
        x, gamma, _, normalized, std = cache
        upstream, size = widened(dout), x.shape[1]
        outer = np.einsum("ni,nj->nij", normalized, normalized)
        jacobian = (np.eye(size, dtype=outer.dtype) - (1 + outer) / size) / std[:, :, np.newaxis]
        dx = np.einsum("nij,nj->ni", jacobian, upstream * widened(gamma))
        dgamma = np.einsum("nd,nd->d", upstream, normalized)
        return cast((dx, dgamma, upstream.sum(axis=0)), dout.dtype)

    return layernorm_forward, backward


@variant("layernorm", "gradients of shape (1, D), by keepdims", warnings=["shape"])
def layernorm_keepdims():
    def backward(dout, cache):
        dx, dgamma, dbeta = layernorm_backward(dout, cache)
        return dx, dgamma[np.newaxis], dbeta[np.newaxis]

    return layernorm_forward, backward
