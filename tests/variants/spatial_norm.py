"""Right normalisations of images."""

import numpy as np

from impl_numpy import (
    batchnorm_backward,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from impl_numpy.precision import widened
from variants import single_variant, variant
from variants.arithmetic import cast

PIXELS = (0, 2, 3)


@variant("spatial_batchnorm", "batchnorm of the transposed and reshaped, the course's own way")
def spatial_batchnorm_transposed():
    def forward(x, gamma, beta, bn_param):
        count, channels, height, width = x.shape
        rows = x.transpose(0, 2, 3, 1).reshape(-1, channels)
        out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
        return out.reshape(count, height, width, channels).transpose(0, 3, 1, 2), cache

    def backward(dout, cache):
        count, channels, height, width = dout.shape
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, channels)
        dx, dgamma, dbeta = batchnorm_backward(rows, cache)
        return dx.reshape(count, height, width, channels).transpose(0, 3, 1, 2), dgamma, dbeta

    return forward, backward


def _along_axes(x, gamma, beta, bn_param, *, keepdims):
    images, momentum = widened(x), bn_param["momentum"]
    mean, var = np.mean(images, PIXELS, keepdims=True), np.var(images, PIXELS, keepdims=True)
    for name, batch in (("running_mean", mean), ("running_var", var)):
        old = widened(bn_param[name]).reshape(mean.shape)
        new = (momentum * old + (1 - momentum) * batch).astype(x.dtype)
        bn_param[name] = new if keepdims else new.reshape(-1)
    std = np.sqrt(var + bn_param["eps"])
    normalized = (images - mean) / std
    out = widened(gamma).reshape(mean.shape) * normalized + widened(beta).reshape(mean.shape)
    return out.astype(x.dtype), (gamma, normalized, std)


def _along_axes_backward(dout, cache):
    gamma, normalized, std = cache
    upstream = widened(dout)
    dbeta = upstream.sum(axis=PIXELS)
    dgamma = (upstream * normalized).sum(axis=PIXELS)
    count = dout[:, 0].size
    means = (dbeta.reshape(std.shape) + normalized * dgamma.reshape(std.shape)) / count
    dx = widened(gamma).reshape(std.shape) / std * (upstream - means)
    return cast((dx, dgamma, dbeta), dout.dtype)


@variant("spatial_batchnorm", "the statistics along axes 0, 2 and 3, without any transpose")
def spatial_batchnorm_along_axes():
    def forward(x, gamma, beta, bn_param):
        return _along_axes(x, gamma, beta, bn_param, keepdims=False)

    return forward, _along_axes_backward


@variant("spatial_batchnorm", "running statistics of shape (1, C, 1, 1)", warnings=["shape"])
def spatial_batchnorm_keepdims():
    def forward(x, gamma, beta, bn_param):
        return _along_axes(x, gamma, beta, bn_param, keepdims=True)

    return forward, _along_axes_backward


@variant("spatial_batchnorm", "a loop over the channels, each a batch of one feature")
def spatial_batchnorm_channels():
    def forward(x, gamma, beta, bn_param):
        out, caches, parts = np.empty_like(x), [], []
        for c in range(x.shape[1]):
            param = {
                name: value[c : c + 1] if name.startswith("running") else value
                for name, value in bn_param.items()
            }
            flat, cache = batchnorm_forward(
                x[:, c].reshape(-1, 1), gamma[c : c + 1], beta[c : c + 1], param
            )
            out[:, c] = flat.reshape(x[:, c].shape)
            caches.append(cache)
            parts.append(param)
        for name in ("running_mean", "running_var"):
            bn_param[name] = np.concatenate([part[name] for part in parts])
        return out, caches

    def backward(dout, cache):
        dx, dgamma, dbeta = np.empty_like(dout), [], []
        for c, own in enumerate(cache):
            flat, dg, db = batchnorm_backward(dout[:, c].reshape(-1, 1), own)
            dx[:, c] = flat.reshape(dout[:, c].shape)
            dgamma.append(dg)
            dbeta.append(db)
        return dx, np.concatenate(dgamma), np.concatenate(dbeta)

    return forward, backward


@variant(
    "spatial_batchnorm", "the running variance is unbiased, as torch's", warnings=["convention"]
)
def spatial_batchnorm_unbiased_running():
    def forward(x, gamma, beta, bn_param):
        old, momentum = widened(bn_param["running_var"]), bn_param["momentum"]
        answer = spatial_batchnorm_forward(x, gamma, beta, bn_param)
        unbiased = widened(x).var(axis=PIXELS, ddof=1)
        bn_param["running_var"] = (momentum * old + (1 - momentum) * unbiased).astype(x.dtype)
        return answer

    return forward, spatial_batchnorm_backward


@single_variant("spatial_batchnorm_test", "the running statistics broadcast over the images")
def spatial_batchnorm_test_broadcast(x, gamma, beta, bn_param):
    mean, var, scale, shift = (
        widened(a)[:, np.newaxis, np.newaxis]
        for a in (bn_param["running_mean"], bn_param["running_var"], gamma, beta)
    )
    out = scale * (widened(x) - mean) / np.sqrt(var + bn_param["eps"]) + shift
    return out.astype(x.dtype), None


@variant("spatial_groupnorm", "x as (N, G, C/G, H, W), statistics along the last three axes")
def spatial_groupnorm_five_axes():
    def forward(x, gamma, beta, G, gn_param):
        count, channels, height, width = x.shape
        groups = widened(x).reshape(count, G, channels // G, height, width)
        mean = np.mean(groups, axis=(2, 3, 4), keepdims=True)
        var = np.var(groups, axis=(2, 3, 4), keepdims=True)
        ivar = 1 / np.sqrt(var + gn_param["eps"])
        normalized = ((groups - mean) * ivar).reshape(x.shape)
        out = normalized * widened(gamma) + widened(beta)
        return out.astype(x.dtype), (G, gamma, groups - mean, ivar)

    def backward(dout, cache):
        groups_count, gamma, centred, ivar = cache
        channels, height, width = dout.shape[1:]
        upstream = widened(dout)
        normalized = (centred * ivar).reshape(dout.shape)
        dbeta = upstream.sum(axis=PIXELS).reshape(1, channels, 1, 1)
        dgamma = (upstream * normalized).sum(axis=PIXELS).reshape(1, channels, 1, 1)
        dnormalized = (upstream * widened(gamma)).reshape(centred.shape)
        axes, size = (2, 3, 4), channels // groups_count * height * width
        dvar = -0.5 * (dnormalized * centred).sum(axis=axes, keepdims=True) * ivar**3
        dcentred = dnormalized * ivar + 2 * centred * dvar / size
        dx = dcentred - dcentred.sum(axis=axes, keepdims=True) / size
        return cast((dx.reshape(dout.shape), dgamma, dbeta), dout.dtype)

    return forward, backward


@variant("spatial_groupnorm", "loops over the images and their groups")
def spatial_groupnorm_loops():
    def forward(x, gamma, beta, G, gn_param):
        normalized, size = np.empty_like(widened(x)), x.shape[1] // G
        stds = np.empty((len(x), G), normalized.dtype)
        for n, g in np.ndindex(len(x), G):
            group = widened(x)[n, g * size : (g + 1) * size]
            stds[n, g] = np.sqrt(group.var() + gn_param["eps"])
            normalized[n, g * size : (g + 1) * size] = (group - group.mean()) / stds[n, g]
        out = widened(gamma) * normalized + widened(beta)
        return out.astype(x.dtype), (gamma, normalized, stds)

    def backward(dout, cache):
        gamma, normalized, stds = cache
        upstream, dx = widened(dout), np.empty_like(dout)
        size = dout.shape[1] // stds.shape[1]
        for n, g in np.ndindex(stds.shape):
            part = slice(g * size, (g + 1) * size)
            along, own = upstream[n, part] * widened(gamma)[0, part], normalized[n, part]
            dx[n, part] = (along - along.mean() - own * (along * own).mean()) / stds[n, g]
        dgamma = (upstream * normalized).sum(axis=PIXELS, keepdims=True)
        return dx, *cast((dgamma, upstream.sum(axis=PIXELS, keepdims=True)), dout.dtype)

    return forward, backward


@variant("spatial_groupnorm", "the parameters' gradients of shape (C,)", warnings=["shape"])
def spatial_groupnorm_flat_gradients():
    def backward(dout, cache):
        dx, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)
        return dx, dgamma.ravel(), dbeta.ravel()

    return spatial_groupnorm_forward, backward
