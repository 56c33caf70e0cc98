"""Wrong sandwiches of convolution, batch norm, ReLU and max pooling."""

import numpy as np

from impl_numpy import (
    conv_backward,
    conv_bn_relu_backward,
    conv_bn_relu_forward,
    conv_forward,
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
    max_pool_backward,
    max_pool_forward,
    relu_backward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from mutants import hinted, warning, wrong

# --- conv_relu ---


@wrong("conv_relu_forward", "value", "out", "ReLU is forgotten")
@hinted("ReLU is left out")
def conv_relu_no_relu(x, w, b, conv_param):
    return conv_forward(x, w, b, conv_param)[0], conv_relu_forward(x, w, b, conv_param)[1]


@wrong("conv_relu_forward", "value", "out", "ReLU comes before the bias")
@hinted("the bias is added after ReLU")
def conv_relu_bias_after(x, w, b, conv_param):
    out = conv_relu_forward(x, w, np.zeros_like(b), conv_param)[0] + b[:, None, None]
    return out, conv_relu_forward(x, w, b, conv_param)[1]


@wrong("conv_relu_forward", "value", "out", "ReLU is of x, before the convolution")
@hinted("ReLU is of x, before the linear layer")
def conv_relu_relu_first(x, w, b, conv_param):
    positive = np.maximum(x, np.zeros((), x.dtype))
    return conv_forward(positive, w, b, conv_param)[0], conv_relu_forward(x, w, b, conv_param)[1]


@warning("conv_relu_forward", "dtype", "out", "ReLU is times a mask of float64")
def conv_relu_float64_mask(x, w, b, conv_param):
    hidden = conv_forward(x, w, b, conv_param)[0]
    return hidden * (hidden > 0).astype(np.float64), conv_relu_forward(x, w, b, conv_param)[1]


@wrong("conv_relu_backward", "value", "dx", "the slope of ReLU is forgotten")
@hinted("ReLU's slope is left out")
def conv_relu_no_slope(dout, cache):
    return conv_backward(dout, cache[0])


@wrong("conv_relu_backward", "value", "dw", "ReLU's mask is of dout")
@hinted("ReLU's mask is of dout")
def conv_relu_mask_of_dout(dout, cache):
    return conv_relu_backward(dout, (cache[0], dout))


@wrong("conv_relu_backward", "value", "db", "ReLU's mask is of the convolution without its bias")
@hinted("ReLU's mask is without the bias")
def conv_relu_mask_without_bias(dout, cache):
    (x, w, b, stride, pad), _ = cache
    hidden = conv_forward(x, w, np.zeros_like(b), {"stride": stride, "pad": pad})[0]
    return conv_relu_backward(dout, (cache[0], hidden))


@wrong("conv_relu_backward", "value", "dx", "ReLU's mask is inverted")
@hinted("ReLU's mask is inverted")
def conv_relu_inverted_mask(dout, cache):
    return conv_relu_backward(dout, (cache[0], -cache[1]))


@wrong("conv_relu_backward", "value", "db", "db is of dout before ReLU's mask")
@hinted("db is of dout before ReLU's mask")
def conv_relu_unmasked_db(dout, cache):
    return *conv_relu_backward(dout, cache)[:2], dout.sum(axis=(0, 2, 3))


@wrong("conv_relu_backward", "crash", "", "the caches are swapped")
def conv_relu_swapped_caches(dout, cache):
    return conv_relu_backward(dout, cache[::-1])


@warning("conv_relu_backward", "mutation", "dout", "ReLU's mask is applied to dout in place")
def conv_relu_overwrites_dout(dout, cache):
    conv_cache, hidden = cache
    dout[hidden <= 0] = 0
    return conv_backward(dout, conv_cache)


# --- conv_bn_relu ---


@wrong("conv_bn_relu_forward", "value", "out", "eps is 1e-5, whatever bn_param says")
@hinted("with eps = 1e-05")
def conv_bn_relu_default_eps(x, w, b, gamma, beta, conv_param, bn_param):
    del bn_param["eps"]
    return conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param)


@wrong("conv_bn_relu_forward", "value", "out", "ReLU comes before the batch norm")
@hinted("ReLU comes before the normalisation")
def conv_bn_relu_relu_first(x, w, b, gamma, beta, conv_param, bn_param):
    cache = conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, dict(bn_param))[1]
    positive = conv_relu_forward(x, w, b, conv_param)[0]
    return spatial_batchnorm_forward(positive, gamma, beta, bn_param)[0], cache


@wrong("conv_bn_relu_forward", "value", "running_mean", "the running statistics are not updated")
@hinted("is running_mean, as it was passed in", "is running_var, as it was passed in")
def conv_bn_relu_stale_statistics(x, w, b, gamma, beta, conv_param, bn_param):
    return conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, dict(bn_param))


@wrong("conv_bn_relu_forward", "value", "out", "each image is normalised by its own statistics")
@hinted("each image is normalised by itself")
def conv_bn_relu_per_image(x, w, b, gamma, beta, conv_param, bn_param):
    cache = conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param)[1]
    outs = [
        conv_bn_relu_forward(row[None], w, b, gamma, beta, conv_param, dict(bn_param))[0]
        for row in x
    ]
    return np.concatenate(outs), cache


@wrong("conv_bn_relu_forward", "value", "running_var", "momentum is of the batch, as in torch")
@hinted("with 1 - momentum for momentum")
def conv_bn_relu_momentum(x, w, b, gamma, beta, conv_param, bn_param):
    bn_param["momentum"] = 1 - bn_param["momentum"]
    return conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param)


@wrong("conv_bn_relu_backward", "value", "dgamma", "ReLU's mask is of the convolution's output")
@hinted("ReLU's mask is of what comes before the normalisation")
def conv_bn_relu_mask_before_norm(dout, cache):
    (x, w, b, stride, pad), *rest = cache
    hidden = conv_forward(x, w, b, {"stride": stride, "pad": pad})[0]
    return conv_bn_relu_backward(dout, (cache[0], rest[0], hidden))


@wrong("conv_bn_relu_backward", "value", "dbeta", "dgamma and dbeta are of dout before ReLU's mask")
@hinted("dgamma and dbeta are of dout before ReLU's mask")
def conv_bn_relu_unmasked_beta(dout, cache):
    return *conv_bn_relu_backward(dout, cache)[:3], *spatial_batchnorm_backward(dout, cache[1])[1:]


@wrong("conv_bn_relu_backward", "value", "dx", "the batch norm is skipped on the way back")
@hinted("the normalisation is left out of the backward")
def conv_bn_relu_skips_norm(dout, cache):
    gradients = conv_bn_relu_backward(dout, cache)
    return *conv_backward(relu_backward(dout, cache[2]), cache[0]), *gradients[3:]


@wrong("conv_bn_relu_backward", "value", "db", "db is that of the convolution without batch norm")
@hinted("db is of the gradient before the normalisation")
def conv_bn_relu_db_before_norm(dout, cache):
    dx, dw, _, *rest = conv_bn_relu_backward(dout, cache)
    return dx, dw, relu_backward(dout, cache[2]).sum(axis=(0, 2, 3)), *rest


@wrong("conv_bn_relu_backward", "value", "dgamma", "dgamma and dbeta are swapped")
@hinted("they are swapped")
def conv_bn_relu_swapped(dout, cache):
    *gradients, dgamma, dbeta = conv_bn_relu_backward(dout, cache)
    return *gradients, dbeta, dgamma


@wrong("conv_bn_relu_backward", "arity", "", "dgamma and dbeta are not returned")
def conv_bn_relu_three_values(dout, cache):
    return conv_bn_relu_backward(dout, cache)[:3]


# --- conv_relu_pool ---


@wrong("conv_relu_pool_forward", "value", "out", "the mean of each window, not its maximum")
@hinted("the mean is taken, not the maximum")
def conv_relu_pool_mean(x, w, b, conv_param, pool_param):
    out, cache = conv_relu_pool_forward(x, w, b, conv_param, pool_param)
    hidden = conv_relu_forward(x, w, b, conv_param)[0]
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    for i, j in np.ndindex(out.shape[2:]):
        window = hidden[:, :, i * stride : i * stride + height, j * stride : j * stride + width]
        out[:, :, i, j] = window.sum(axis=(2, 3)) / out.dtype.type(height * width)
    return out, cache


@wrong("conv_relu_pool_forward", "value", "out", "ReLU is forgotten")
@hinted("ReLU is left out")
def conv_relu_pool_no_relu(x, w, b, conv_param, pool_param):
    cache = conv_relu_pool_forward(x, w, b, conv_param, pool_param)[1]
    return max_pool_forward(conv_forward(x, w, b, conv_param)[0], pool_param)[0], cache


@wrong("conv_relu_pool_forward", "crash", "", "the windows move by the convolution's stride")
def conv_relu_pool_one_stride(x, w, b, conv_param, pool_param):
    pool_param["stride"] = conv_param["stride"]
    return conv_relu_pool_forward(x, w, b, conv_param, pool_param)


@wrong("conv_relu_pool_forward", "crash", "", "height and width of the windows are swapped")
def conv_relu_pool_swapped_window(x, w, b, conv_param, pool_param):
    height, width = pool_param["pool_width"], pool_param["pool_height"]
    pool_param |= {"pool_height": height, "pool_width": width}
    return conv_relu_pool_forward(x, w, b, conv_param, pool_param)


@wrong("conv_relu_pool_backward", "value", "dx", "the slope of ReLU is forgotten")
@hinted("ReLU's slope is left out")
def conv_relu_pool_no_slope(dout, cache):
    (conv_cache, _), pool_cache = cache
    return conv_backward(max_pool_backward(dout, pool_cache), conv_cache)


@wrong("conv_relu_pool_backward", "value", "db", "db is of dout before pooling and ReLU")
@hinted("db is of dout before ReLU's mask")
def conv_relu_pool_db_of_dout(dout, cache):
    return *conv_relu_pool_backward(dout, cache)[:2], dout.sum(axis=(0, 2, 3))


@wrong("conv_relu_pool_backward", "value", "dw", "ReLU's mask is of the gradient that comes back")
@hinted("ReLU's mask is of dout")
def conv_relu_pool_mask_of_gradient(dout, cache):
    (conv_cache, _), pool_cache = cache
    dpooled = max_pool_backward(dout, pool_cache)
    return conv_relu_backward(dpooled, (conv_cache, dpooled))


@wrong("conv_relu_pool_backward", "value", "dx", "windows that overlap assign, and do not add")
@hinted("windows that overlap assign dx where they should add")
def conv_relu_pool_assigns(dout, cache):
    conv_relu_cache, (hidden, (height, width, stride)) = cache
    dhidden = np.zeros_like(hidden)
    for i, j in np.ndindex(dout.shape[2:]):
        window = np.s_[..., i * stride : i * stride + height, j * stride : j * stride + width]
        pixel = (hidden[window], (height, width, 1))
        dhidden[window] = max_pool_backward(dout[:, :, i : i + 1, j : j + 1], pixel)
    return conv_relu_backward(dhidden, conv_relu_cache)


@wrong("conv_relu_pool_backward", "crash", "", "the three steps are undone in their own order")
def conv_relu_pool_forward_order(dout, cache):
    conv_relu_cache, pool_cache = cache
    return max_pool_backward(conv_relu_backward(dout, conv_relu_cache)[0], pool_cache)
