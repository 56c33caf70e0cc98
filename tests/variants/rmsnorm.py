"""Right root mean square normalisations."""

import numpy as np

from impl_numpy import rmsnorm_backward, rmsnorm_forward
from impl_numpy.precision import widened
from variants import variant


@variant("rmsnorm", "x times the inverse root; the backward node by node")
def rmsnorm_graph():
    def forward(x, gamma, rms_param):
        values = widened(x)
        inverse = (np.mean(values**2, axis=-1, keepdims=True) + rms_param["eps"]) ** -0.5
        return (values * inverse * widened(gamma)).astype(x.dtype), (values, inverse, gamma)

    def backward(dout, cache):
        values, inverse, gamma = cache
        upstream, size = widened(dout), values.shape[1]
        dgamma = np.sum(upstream * values * inverse, axis=0)
        dnormalized = upstream * widened(gamma)
        dinverse = np.sum(dnormalized * values, axis=1, keepdims=True)
        dmean = -0.5 * inverse**3 * dinverse
        dx = dnormalized * inverse + 2 * values * dmean / size
        return dx.astype(dout.dtype), dgamma.astype(dout.dtype)

    return forward, backward


@variant("rmsnorm", "a loop over the rows, with np.linalg.norm and dot products")
def rmsnorm_rows():
    def forward(x, gamma, rms_param):
        out, roots = np.empty_like(x), []
        for n, row in enumerate(widened(x)):
            norm = np.linalg.norm(row)
            roots.append(np.sqrt(norm * norm / row.size + rms_param["eps"]))
            out[n] = row / roots[-1] * widened(gamma)
        return out, (x, gamma, roots)

    def backward(dout, cache):
        x, gamma, roots = cache
        upstream, dx = widened(dout), np.empty_like(dout)
        dgamma = np.zeros(gamma.shape, upstream.dtype)
        for n, (row, root) in enumerate(zip(widened(x), roots, strict=True)):
            dnormalized = upstream[n] * widened(gamma)
            dx[n] = dnormalized / root - row * (dnormalized @ row) / (row.size * root**3)
            dgamma += upstream[n] * row / root
        return dx, dgamma.astype(dout.dtype)

    return forward, backward


@variant("rmsnorm", "the gradient of gamma of shape (1, D), by keepdims", warnings=["shape"])
def rmsnorm_keepdims():
    def backward(dout, cache):
        dx, dgamma = rmsnorm_backward(dout, cache)
        return dx, dgamma[np.newaxis]

    return rmsnorm_forward, backward
