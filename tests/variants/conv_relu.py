"""Right sandwiches of convolution, batch norm, ReLU and max pooling."""

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
    relu_forward,
)
from impl_numpy.precision import widened
from variants import variant

# --- conv_relu ---


@variant("conv_relu", "a mask of the output, times dout")
def conv_relu_mask_of_output():
    def forward(x, w, b, conv_param):
        hidden, conv_cache = conv_forward(x, w, b, conv_param)
        out = hidden * (hidden > 0)
        return out, (conv_cache, out > 0)

    def backward(dout, cache):
        conv_cache, mask = cache
        return conv_backward(dout * mask, conv_cache)

    return forward, backward


@variant("conv_relu", "the filters one after the other")
def conv_relu_per_filter():
    def forward(x, w, b, conv_param):
        pairs = [conv_relu_forward(x, w[f, None], b[f, None], conv_param) for f in range(len(w))]
        outs, caches = zip(*pairs, strict=True)
        return np.concatenate(outs, axis=1), (x.dtype, caches)

    def backward(dout, cache):
        dtype, caches = cache
        gradients = [
            conv_relu_backward(widened(dout)[:, f, None], _widened(c)) for f, c in enumerate(caches)
        ]
        dxs, dws, dbs = zip(*gradients, strict=True)
        return tuple(d.astype(dtype) for d in (sum(dxs), np.concatenate(dws), np.concatenate(dbs)))

    def _widened(cache):
        (x, w, b, *rest), hidden = cache
        return (*(widened(a) for a in (x, w, b)), *rest), widened(hidden)

    return forward, backward


@variant("conv_relu", "everything in float64, cast back")
def conv_relu_in_float64():
    def forward(x, w, b, conv_param):
        out, cache = conv_relu_forward(*(a.astype(np.float64) for a in (x, w, b)), conv_param)
        return out.astype(x.dtype), cache

    def backward(dout, cache):
        gradients = conv_relu_backward(dout.astype(np.float64), cache)
        return tuple(d.astype(dout.dtype) for d in gradients)

    return forward, backward


# --- conv_bn_relu ---


def _pixels(images):
    return widened(images).transpose(0, 2, 3, 1).reshape(-1, images.shape[1])


def _bn_forward(x, w, b, gamma, beta, conv_param, bn_param, ddof=0):
    """The batch norm of rows of pixels, written out."""
    hidden, conv_cache = conv_forward(x, w, b, conv_param)
    rows, momentum = _pixels(hidden), bn_param["momentum"]
    mean, var = rows.mean(axis=0), rows.var(axis=0)
    for name, batch in (("running_mean", mean), ("running_var", rows.var(axis=0, ddof=ddof))):
        running = momentum * widened(bn_param[name]) + (1 - momentum) * batch
        bn_param[name] = running.astype(x.dtype)
    inverse = 1 / np.sqrt(var + rows.dtype.type(bn_param["eps"]))
    normalized = (rows - mean) * inverse
    out = np.maximum(widened(gamma) * normalized + widened(beta), 0)
    count, _, height, width = hidden.shape
    images = out.reshape(count, height, width, len(w)).transpose(0, 3, 1, 2).astype(x.dtype)
    return images, (conv_cache, widened(gamma), normalized, inverse, out > 0)


def _bn_backward(dout, cache):
    conv_cache, gamma, normalized, inverse, mask = cache
    rows = _pixels(dout) * mask
    dgamma, dbeta, count = (rows * normalized).sum(axis=0), rows.sum(axis=0), len(rows)
    drows = gamma * inverse / count * (count * rows - normalized * dgamma - dbeta)
    images, _, height, width = dout.shape
    dhidden = drows.reshape(images, height, width, -1).transpose(0, 3, 1, 2)
    x, w, b, *rest = conv_cache
    gradients = conv_backward(dhidden, (widened(x), widened(w), widened(b), *rest))
    return tuple(d.astype(dout.dtype) for d in (*gradients, dgamma, dbeta))


@variant("conv_bn_relu", "batch norm written out on rows of pixels")
def conv_bn_relu_rows():
    return _bn_forward, _bn_backward


@variant("conv_bn_relu", "an unbiased running variance, as in torch", warnings=["convention"])
def conv_bn_relu_unbiased():
    def forward(*arguments):
        return _bn_forward(*arguments, ddof=1)

    return forward, _bn_backward


@variant("conv_bn_relu", "db is exactly 0, as it must be: the batch's mean takes b away")
def conv_bn_relu_zero_db():
    def backward(dout, cache):
        dx, dw, db, *rest = conv_bn_relu_backward(dout, cache)
        return dx, dw, np.zeros_like(db), *rest

    return conv_bn_relu_forward, backward


# --- conv_relu_pool ---


@variant("conv_relu_pool", "pooling before ReLU: a maximum of maxima in any order")
def conv_relu_pool_before_relu():
    def forward(x, w, b, conv_param, pool_param):
        hidden, conv_cache = conv_forward(x, w, b, conv_param)
        pooled, pool_cache = max_pool_forward(hidden, pool_param)
        out, relu_cache = relu_forward(pooled)
        return out, (conv_cache, pool_cache, relu_cache)

    def backward(dout, cache):
        conv_cache, pool_cache, relu_cache = cache
        return conv_backward(
            max_pool_backward(relu_backward(dout, relu_cache), pool_cache), conv_cache
        )

    return forward, backward


@variant("conv_relu_pool", "every maximum gets the gradient: of windows of zeros, ReLU stops it")
def conv_relu_pool_by_mask():
    def backward(dout, cache):
        conv_relu_cache, (hidden, (height, width, stride)) = cache
        dhidden = np.zeros_like(widened(hidden))
        for i, j in np.ndindex(dout.shape[2:]):
            window = np.s_[..., i * stride : i * stride + height, j * stride : j * stride + width]
            mask = hidden[window] == hidden[window].max(axis=(2, 3), keepdims=True)
            dhidden[window] += mask * widened(dout)[:, :, i, j, None, None]
        return conv_relu_backward(dhidden.astype(dout.dtype), conv_relu_cache)

    return conv_relu_pool_forward, backward


@variant("conv_relu_pool", "everything in float64, cast back")
def conv_relu_pool_in_float64():
    def forward(x, w, b, conv_param, pool_param):
        wide = (a.astype(np.float64) for a in (x, w, b))
        out, cache = conv_relu_pool_forward(*wide, conv_param, pool_param)
        return out.astype(x.dtype), cache

    def backward(dout, cache):
        gradients = conv_relu_pool_backward(dout.astype(np.float64), cache)
        return tuple(d.astype(dout.dtype) for d in gradients)

    return forward, backward
