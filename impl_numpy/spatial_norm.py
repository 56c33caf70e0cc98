"""Normalisation of images: batch norm for each channel, and group norm."""

import numpy as np

from impl_numpy.batchnorm import batchnorm_backward_alt, batchnorm_forward
from impl_numpy.precision import narrowed, widened
from impl_numpy.standardize import standardize, standardize_backward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Batch normalisation for each channel, over the batch and all pixels.

    x: (N, C, H, W); gamma, beta: (C,). bn_param: as for batchnorm_forward, the statistics (C,).
    Returns out: (N, C, H, W), and the cache for the backward.
    """
    out, cache = batchnorm_forward(_pixels(x), gamma, beta, bn_param)
    return _images(out, x.shape), cache


def spatial_batchnorm_backward(dout, cache):
    """batchnorm_backward, each pixel an example.

    dout: (N, C, H, W). Returns dx: (N, C, H, W); dgamma, dbeta: (C,).
    """
    dx, dgamma, dbeta = batchnorm_backward_alt(_pixels(dout), cache)
    return _images(dx, dout.shape), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """out = γ·x̂ + β, x̂ standardised over all pixels of each group of C / G channels.

    Wu & He, "Group Normalization", 2018. x: (N, C, H, W); gamma, beta: (1, C, 1, 1); G divides C.
    gn_param: "eps" (1e-5). Returns out: (N, C, H, W), and the cache for the backward.
    """
    groups = _groups(widened(x), G)
    normalized, std = standardize(groups, -1, gn_param.get("eps", 1e-5))
    out = widened(gamma) * normalized.reshape(x.shape) + widened(beta)
    return out.astype(x.dtype, copy=False), (x, gamma, beta, normalized, std)


def spatial_groupnorm_backward(dout, cache):
    """dx as of layer normalisation, along each group; dgamma = Σ dout·x̂, dbeta = Σ dout.

    dout: (N, C, H, W). Returns dx: (N, C, H, W); dgamma, dbeta: (1, C, 1, 1).
    """
    x, gamma, beta, normalized, std = cache
    upstream = widened(dout)
    dnormalized = (upstream * widened(gamma)).reshape(normalized.shape)
    dx = standardize_backward(dnormalized, normalized, std, -1).reshape(x.shape)
    dgamma = (upstream * normalized.reshape(x.shape)).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = upstream.sum(axis=(0, 2, 3), keepdims=True)
    return narrowed((dx, dgamma, dbeta), (x, gamma, beta))


def _pixels(images):
    """(N, C, H, W) to (N·H·W, C)."""
    return np.moveaxis(images, 1, -1).reshape(images[:, 0].size, images.shape[1])


def _images(pixels, shape):
    """(N·H·W, C) back to the shape (N, C, H, W)."""
    count, channels, height, width = shape
    return np.moveaxis(pixels.reshape(count, height, width, channels), -1, 1)


def _groups(images, group_count):
    """(N, C, H, W) to (N, G, C/G·H·W)."""
    count, channels, height, width = images.shape
    if channels % group_count:
        raise ValueError(f"{channels} channels cannot be divided into {group_count} groups")
    return images.reshape(count, group_count, channels // group_count * height * width)
