"""Convolution, perhaps a batch norm, ReLU, perhaps max pooling: compositions of the layers."""

from impl_numpy.conv import conv_backward, conv_forward
from impl_numpy.pool import max_pool_backward, max_pool_forward
from impl_numpy.relu import relu_backward, relu_forward
from impl_numpy.spatial_norm import spatial_batchnorm_backward, spatial_batchnorm_forward


def conv_relu_forward(x, w, b, conv_param):
    """out = max(conv(x, w) + b, 0).

    x: (N, C, H, W); w: (F, C, HH, WW); b: (F,). conv_param: as for conv_forward.
    Returns out: (N, F, H', W'), and the cache for the backward.
    """
    hidden, conv_cache = conv_forward(x, w, b, conv_param)
    out, relu_cache = relu_forward(hidden)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache):
    """dout: (N, F, H', W'). Returns dx: (N, C, H, W); dw: (F, C, HH, WW); db: (F,)."""
    conv_cache, relu_cache = cache
    return conv_backward(relu_backward(dout, relu_cache), conv_cache)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    """out = max(spatial_batchnorm(conv(x, w) + b), 0).

    x: (N, C, H, W); w: (F, C, HH, WW); b, gamma, beta: (F,). conv_param: as for conv_forward;
    bn_param: as for batchnorm_forward.
    Returns out: (N, F, H', W'), and the cache for the backward.
    """
    hidden, conv_cache = conv_forward(x, w, b, conv_param)
    normalized, norm_cache = spatial_batchnorm_forward(hidden, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normalized)
    return out, (conv_cache, norm_cache, relu_cache)


def conv_bn_relu_backward(dout, cache):
    """dout: (N, F, H', W').

    Returns dx: (N, C, H, W); dw: (F, C, HH, WW); db, dgamma, dbeta: (F,).
    """
    conv_cache, norm_cache, relu_cache = cache
    dnormalized = relu_backward(dout, relu_cache)
    dhidden, dgamma, dbeta = spatial_batchnorm_backward(dnormalized, norm_cache)
    return (*conv_backward(dhidden, conv_cache), dgamma, dbeta)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    """out = max_pool(max(conv(x, w) + b, 0)).

    x: (N, C, H, W); w: (F, C, HH, WW); b: (F,). conv_param: as for conv_forward; pool_param: as
    for max_pool_forward. Returns out: (N, F, H'', W''), and the cache for the backward.
    """
    hidden, conv_relu_cache = conv_relu_forward(x, w, b, conv_param)
    out, pool_cache = max_pool_forward(hidden, pool_param)
    return out, (conv_relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache):
    """dout: (N, F, H'', W''). Returns dx: (N, C, H, W); dw: (F, C, HH, WW); db: (F,)."""
    conv_relu_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward(dout, pool_cache), conv_relu_cache)
