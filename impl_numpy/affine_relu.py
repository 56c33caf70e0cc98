"""Fully connected layer, perhaps a normalisation, then ReLU: compositions of the layers."""

from impl_numpy.affine import affine_backward, affine_forward
from impl_numpy.batchnorm import batchnorm_backward_alt, batchnorm_forward
from impl_numpy.layernorm import layernorm_backward, layernorm_forward
from impl_numpy.relu import relu_backward, relu_forward


def affine_relu_forward(x, w, b):
    """out = max(x·w + b, 0).

    x: (N, d_1, …, d_k); w: (D, M); b: (M,).
    Returns out: (N, M), and the cache for the backward.
    """
    hidden, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(hidden)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout, cache):
    """dout: (N, M). Returns dx: (N, d_1, …, d_k); dw: (D, M); db: (M,)."""
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    """out = max(batchnorm(x·w + b), 0).

    x: (N, d_1, …, d_k); w: (D, M); b, gamma, beta: (M,). bn_param: as for batchnorm_forward.
    Returns out: (N, M), and the cache for the backward.
    """
    return _normalized_forward(batchnorm_forward, x, w, b, gamma, beta, bn_param)


def affine_bn_relu_backward(dout, cache):
    """dout: (N, M). Returns dx: (N, d_1, …, d_k); dw: (D, M); db, dgamma, dbeta: (M,)."""
    return _normalized_backward(batchnorm_backward_alt, dout, cache)


def affine_ln_relu_forward(x, w, b, gamma, beta, ln_param):
    """out = max(layernorm(x·w + b), 0).

    x: (N, d_1, …, d_k); w: (D, M); b, gamma, beta: (M,). ln_param: as for layernorm_forward.
    Returns out: (N, M), and the cache for the backward.
    """
    return _normalized_forward(layernorm_forward, x, w, b, gamma, beta, ln_param)


def affine_ln_relu_backward(dout, cache):
    """dout: (N, M). Returns dx: (N, d_1, …, d_k); dw: (D, M); db, dgamma, dbeta: (M,)."""
    return _normalized_backward(layernorm_backward, dout, cache)


def _normalized_forward(norm_forward, x, w, b, gamma, beta, norm_param):
    hidden, affine_cache = affine_forward(x, w, b)
    normalized, norm_cache = norm_forward(hidden, gamma, beta, norm_param)
    out, relu_cache = relu_forward(normalized)
    return out, (affine_cache, norm_cache, relu_cache)


def _normalized_backward(norm_backward, dout, cache):
    affine_cache, norm_cache, relu_cache = cache
    dhidden, dgamma, dbeta = norm_backward(relu_backward(dout, relu_cache), norm_cache)
    return (*affine_backward(dhidden, affine_cache), dgamma, dbeta)
