"""Right softmaxes."""

import math

import numpy as np

from impl_numpy import softmax_backward, softmax_forward
from impl_numpy.precision import widened
from variants import variant

# --- softmax ---


def _log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@variant("softmax", "exp of log softmax, and p·dout - p·Σ p·dout")
def softmax_forward_by_log():
    def forward(x):
        p = np.exp(_log_softmax(widened(x)))
        return p.astype(x.dtype), p

    def backward(dout, cache):
        product = widened(dout) * cache
        return (product - cache * product.sum(axis=1, keepdims=True)).astype(dout.dtype)

    return forward, backward


@variant("softmax", "the Jacobian diag(p) - p·pᵀ of each row, in a loop")
def softmax_backward_jacobian():
    def backward(dout, cache):
        dx = np.zeros(dout.shape, dout.dtype)
        for n, p in enumerate(cache):
            jacobian = np.diagflat(p) - np.outer(p, p)
            dx[n] = (jacobian @ widened(dout[n])).astype(dout.dtype)
        return dx

    return softmax_forward, backward


@variant("softmax", "loops over Python floats")
def softmax_forward_loops():
    def forward(x):
        out = np.zeros(x.shape)
        for n, row in enumerate(x.astype(np.float64).tolist()):
            powers = [math.exp(score - highest) for highest in [max(row)] for score in row]
            # max(row) overlooks a NaN that is not the first, and inf - inf is NaN.
            total = math.nan if any(map(math.isnan, row)) else math.fsum(powers)
            out[n] = [power / total for power in powers]
        return out.astype(x.dtype), out

    def backward(dout, cache):
        dx = np.zeros(dout.shape)
        for n, (p, upstream) in enumerate(zip(cache, dout.astype(np.float64), strict=True)):
            along = sum((p * upstream).tolist())
            dx[n] = [p_i * (d - along) for p_i, d in zip(p, upstream, strict=True)]
        return dx.astype(dout.dtype)

    return forward, backward


@variant("softmax", "einsum of all the Jacobians at once")
def softmax_backward_einsum():
    def backward(dout, cache):
        identity = np.identity(cache.shape[1], cache.dtype)
        jacobians = np.einsum("nc,ck->nck", cache, identity) - np.einsum("nc,nk->nck", cache, cache)
        return np.einsum("nck,nk->nc", jacobians, widened(dout)).astype(dout.dtype)

    return softmax_forward, backward


@variant("softmax", "the classes come first: transposed, computed, transposed back")
def softmax_forward_transposed():
    def forward(x):
        columns = widened(x).T
        powers = np.exp(columns - columns.max(axis=0))
        p = powers / powers.sum(axis=0)
        return p.T.astype(x.dtype), p

    def backward(dout, cache):
        upstream = widened(dout).T
        return (cache * (upstream - (cache * upstream).sum(axis=0))).T.astype(dout.dtype)

    return forward, backward


@variant("softmax", "the exponentials and their sum are the cache")
def softmax_backward_quotient_rule():
    def forward(x):
        scores = widened(x)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        total = powers.sum(axis=1, keepdims=True)
        return (powers / total).astype(x.dtype), (powers, total)

    def backward(dout, cache):
        powers, total = cache
        dtotal = -(widened(dout) * powers).sum(axis=1, keepdims=True) / total**2
        return ((widened(dout) / total + dtotal) * powers).astype(dout.dtype)

    return forward, backward


@variant("softmax", "everything in float64, which is returned", warnings=["dtype"])
def softmax_forward_promoted():
    def forward(x):
        return softmax_forward(x.astype(np.float64))

    def backward(dout, cache):
        return softmax_backward(dout.astype(np.float64), cache)

    return forward, backward


@variant("softmax", "the slope is taken from out as it was returned, rounded to the narrow dtype")
def softmax_backward_narrow_cache():
    def forward(x):
        out, _ = softmax_forward(x)
        return out, out.copy()

    def backward(dout, cache):
        return softmax_backward(dout, widened(cache))

    return forward, backward


@variant(
    "softmax", "by logarithms: exp(x - logsumexp(x)), which loses digits where scores are large"
)
def softmax_by_logsumexp():
    def softmax_forward(x):
        top = x.max(axis=-1, keepdims=True, initial=-np.inf)
        out = np.exp(x - (top + np.log(np.exp(x - top).sum(axis=-1, keepdims=True))))
        return out, out

    return softmax_forward, softmax_backward
