"""Right sandwiches of an affine layer, perhaps a normalisation, and relu."""

import numpy as np

from impl_numpy import (
    affine_backward,
    affine_bn_relu_backward,
    affine_bn_relu_forward,
    affine_forward,
    affine_ln_relu_backward,
    affine_ln_relu_forward,
    affine_relu_backward,
    affine_relu_forward,
    batchnorm_backward,
    batchnorm_forward,
    relu_backward,
    relu_forward,
)
from impl_numpy.precision import widened
from variants import variant
from variants.arithmetic import cast


def _rows(x, w):
    return widened(x).reshape(len(x), len(w))


# --- affine_relu ---


@variant("affine_relu", "all in one function; out is the mask")
def affine_relu_fused():
    def forward(x, w, b):
        out = np.maximum(_rows(x, w) @ widened(w) + widened(b), 0)
        return out.astype(x.dtype), (x, w, out)

    def backward(dout, cache):
        x, w, out = cache
        dhidden = widened(dout) * (out > 0)
        dx = (dhidden @ widened(w).T).reshape(x.shape)
        dw = _rows(x, w).T @ dhidden
        return cast((dx, dw, dhidden.sum(axis=0)), dout.dtype)

    return forward, backward


@variant("affine_relu", "a loop over the examples")
def affine_relu_loop():
    def forward(x, w, b):
        out = np.zeros((len(x), len(b)), x.dtype)
        for n, row in enumerate(_rows(x, w)):
            out[n] = np.maximum(row @ widened(w) + widened(b), 0)
        return out, (x, w, b, out > 0)

    def backward(dout, cache):
        x, w, b, mask = cache
        dx, dw, db = (np.zeros_like(widened(a), order="C") for a in (x, w, b))
        for n, row in enumerate(_rows(x, w)):
            upstream = np.where(mask[n], widened(dout[n]), 0)
            dx[n] = (widened(w) @ upstream).reshape(x.shape[1:])
            dw += np.outer(row, upstream)
            db += upstream
        return cast((dx, dw, db), dout.dtype)

    return forward, backward


@variant("affine_relu", "the mask is recomputed in the backward")
def affine_relu_recomputed():
    def forward(x, w, b):
        return affine_relu_forward(x, w, b)[0], (x, w, b)

    def backward(dout, cache):
        hidden = affine_forward(*cache)[0]
        return affine_backward(relu_backward(dout, hidden), cache)

    return forward, backward


@variant("affine_relu", "einsum, and half of h + |h|: -∞ + ∞ is NaN", warnings=["nonfinite"])
def affine_relu_einsum():
    def forward(x, w, b):
        hidden = np.einsum("nd,dm->nm", _rows(x, w), widened(w)) + widened(b)
        return (0.5 * (hidden + np.abs(hidden))).astype(x.dtype), (x, w, hidden)

    def backward(dout, cache):
        x, w, hidden = cache
        dhidden = np.where(hidden > 0, widened(dout), 0)
        dx = np.einsum("nm,dm->nd", dhidden, widened(w)).reshape(x.shape)
        dw = np.einsum("nd,nm->dm", _rows(x, w), dhidden)
        return cast((dx, dw, np.einsum("nm->m", dhidden)), dout.dtype)

    return forward, backward


@variant("affine_relu", "the slope at 0 is 1/2", warnings=["convention"])
def affine_relu_half_at_zero():
    def backward(dout, cache):
        affine_cache, hidden = cache
        slope = np.where(hidden > 0, 1.0, np.where(hidden == 0, 0.5, 0.0))
        dhidden = (dout.astype(np.float64) * slope).astype(widened(dout).dtype)
        return affine_backward(dhidden, affine_cache)

    return affine_relu_forward, backward


@variant("affine_relu", "everything in float64, which is returned", warnings=["dtype"])
def affine_relu_promoted():
    def forward(x, w, b):
        return affine_relu_forward(*(a.astype(np.float64) for a in (x, w, b)))

    def backward(dout, cache):
        return affine_relu_backward(dout.astype(np.float64), cache)

    return forward, backward


# --- affine_bn_relu ---


def _bn_steps_forward(x, w, b, gamma, beta, bn_param):
    """Node after node; the variance is the mean of squares of what is centred."""
    hidden = _rows(x, w) @ widened(w) + widened(b)
    mean = hidden.mean(axis=0)
    centred = hidden - mean
    var = (centred**2).mean(axis=0)
    inverse = 1 / np.sqrt(var + bn_param["eps"])
    scaled = widened(gamma) * (centred * inverse) + widened(beta)
    momentum = bn_param["momentum"]
    for name, batch in (("running_mean", mean), ("running_var", var)):
        new = momentum * widened(bn_param[name]) + (1 - momentum) * batch
        bn_param[name] = new.astype(x.dtype)
    out = np.maximum(scaled, 0)
    return out.astype(x.dtype), (x, w, gamma, centred, inverse, out > 0)


@variant("affine_bn_relu", "all in one function, node after node")
def affine_bn_relu_fused():
    def backward(dout, cache):
        x, w, gamma, centred, inverse, mask = cache
        upstream, count = widened(dout) * mask, len(dout)
        dnormalized = upstream * widened(gamma)
        dinverse = (dnormalized * centred).sum(axis=0)
        dvar = -0.5 * dinverse * inverse**3
        dcentred = dnormalized * inverse + 2 / count * centred * dvar
        dhidden = dcentred - dcentred.mean(axis=0)
        dx = (dhidden @ widened(w).T).reshape(x.shape)
        dw = _rows(x, w).T @ dhidden
        dgamma = (upstream * centred * inverse).sum(axis=0)
        gradients = dx, dw, dhidden.sum(axis=0), dgamma, upstream.sum(axis=0)
        return cast(gradients, dout.dtype)

    return _bn_steps_forward, backward


@variant("affine_bn_relu", "db is written down as 0, which it is")
def affine_bn_relu_zero_db():
    def backward(dout, cache):
        dx, dw, db, dgamma, dbeta = affine_bn_relu_backward(dout, cache)
        return dx, dw, np.zeros_like(db), dgamma, dbeta

    return affine_bn_relu_forward, backward


@variant("affine_bn_relu", "the backward simplified on paper, times N first")
def affine_bn_relu_simplified():
    def backward(dout, cache):
        x, w, gamma, centred, inverse, mask = cache
        upstream, count, normalized = widened(dout) * mask, len(dout), centred * inverse
        dgamma, dbeta = (upstream * normalized).sum(axis=0), upstream.sum(axis=0)
        bracket = count * upstream - dbeta - normalized * dgamma
        dhidden = widened(gamma) * inverse / count * bracket
        dx = (dhidden @ widened(w).T).reshape(x.shape)
        gradients = dx, _rows(x, w).T @ dhidden, dhidden.sum(axis=0), dgamma, dbeta
        return cast(gradients, dout.dtype)

    return _bn_steps_forward, backward


@variant("affine_bn_relu", "the statistics leave out b, and get it back: b shifts the mean only")
def affine_bn_relu_bias_cancels():
    def forward(x, w, b, gamma, beta, bn_param):
        momentum = bn_param["momentum"]
        out, cache = affine_bn_relu_forward(x, w, np.zeros_like(b), gamma, beta, bn_param)
        shifted = widened(bn_param["running_mean"]) + (1 - momentum) * widened(b)
        bn_param["running_mean"] = shifted.astype(b.dtype)
        return out, cache

    return forward, affine_bn_relu_backward


@variant("affine_bn_relu", "the unbiased variance is kept, as in torch", warnings=["convention"])
def affine_bn_relu_unbiased_variance():
    def forward(x, w, b, gamma, beta, bn_param):
        momentum, old = bn_param["momentum"], widened(bn_param["running_var"])
        answer = affine_bn_relu_forward(x, w, b, gamma, beta, bn_param)
        hidden = _rows(x, w) @ widened(w) + widened(b)
        new = momentum * old + (1 - momentum) * hidden.var(axis=0, ddof=1)
        bn_param["running_var"] = new.astype(x.dtype)
        return answer

    return forward, affine_bn_relu_backward


@variant("affine_bn_relu", "the course's own helpers, one after the other")
def affine_bn_relu_course():
    def forward(x, w, b, gamma, beta, bn_param):
        hidden, affine_cache = affine_forward(x, w, b)
        normalized, norm_cache = batchnorm_forward(hidden, gamma, beta, bn_param)
        out, relu_cache = relu_forward(normalized)
        return out, (affine_cache, norm_cache, relu_cache)

    def backward(dout, cache):
        affine_cache, norm_cache, relu_cache = cache
        dnormalized = relu_backward(dout, relu_cache)
        dhidden, dgamma, dbeta = batchnorm_backward(dnormalized, norm_cache)
        dx, dw, db = affine_backward(dhidden, affine_cache)
        return dx, dw, db, dgamma, dbeta

    return forward, backward


# --- affine_ln_relu ---


@variant("affine_ln_relu", "all in one function, node after node")
def affine_ln_relu_fused():
    def forward(x, w, b, gamma, beta, ln_param):
        hidden = _rows(x, w) @ widened(w) + widened(b)
        centred = hidden - hidden.mean(axis=1, keepdims=True)
        std = np.sqrt((centred**2).mean(axis=1, keepdims=True) + ln_param["eps"])
        out = np.maximum(centred / std * widened(gamma) + widened(beta), 0)
        return out.astype(x.dtype), (x, w, gamma, centred, std, out > 0)

    def backward(dout, cache):
        x, w, gamma, centred, std, mask = cache
        upstream, width = widened(dout) * mask, dout.shape[1]
        dnormalized = upstream * widened(gamma)
        dstd = -(dnormalized * centred).sum(axis=1, keepdims=True) / std**2
        dcentred = dnormalized / std + dstd / std * centred / width
        dhidden = dcentred - dcentred.mean(axis=1, keepdims=True)
        dx = (dhidden @ widened(w).T).reshape(x.shape)
        dw = _rows(x, w).T @ dhidden
        dgamma = (upstream * centred / std).sum(axis=0)
        return cast((dx, dw, dhidden.sum(axis=0), dgamma, upstream.sum(axis=0)), dout.dtype)

    return forward, backward


@variant("affine_ln_relu", "a loop over the examples")
def affine_ln_relu_loop():
    def forward(x, w, b, gamma, beta, ln_param):
        out = np.zeros((len(x), len(b)), x.dtype)
        caches = []
        for n in range(len(x)):
            one = slice(n, n + 1)
            out[one], cache = affine_ln_relu_forward(x[one], w, b, gamma, beta, ln_param)
            caches.append(cache)
        return out, (x, w, b, gamma, caches)

    def backward(dout, cache):
        *shaped, caches = cache
        dx, *sums = (np.zeros(a.shape, np.float64) for a in (*shaped, shaped[-1]))
        for n, of_one in enumerate(caches):
            wide = dout[n : n + 1]
            dx[n], *gradients = affine_ln_relu_backward(wide, of_one)
            sums = [total + gradient for total, gradient in zip(sums, gradients, strict=True)]
        return cast((dx, *sums), dout.dtype)

    return forward, backward


@variant("affine_ln_relu", "batch norm of the transpose; gamma and beta afterwards")
def affine_ln_relu_by_batchnorm():
    def forward(x, w, b, gamma, beta, ln_param):
        hidden, affine_cache = affine_forward(widened(x), widened(w), widened(b))
        ones, zeros = np.ones(len(x), hidden.dtype), np.zeros(len(x), hidden.dtype)
        settings = {"mode": "train", "momentum": 0.9, "eps": ln_param["eps"]}
        columns, norm_cache = batchnorm_forward(hidden.T, ones, zeros, settings)
        out, relu_cache = relu_forward(columns.T * widened(gamma) + widened(beta))
        return out.astype(x.dtype), (affine_cache, columns.T, gamma, norm_cache, relu_cache)

    def backward(dout, cache):
        affine_cache, normalized, gamma, norm_cache, relu_cache = cache
        upstream = relu_backward(widened(dout), relu_cache)
        dhidden = batchnorm_backward((upstream * widened(gamma)).T, norm_cache)[0].T
        dgamma, dbeta = (upstream * normalized).sum(axis=0), upstream.sum(axis=0)
        return cast((*affine_backward(dhidden, affine_cache), dgamma, dbeta), dout.dtype)

    return forward, backward
