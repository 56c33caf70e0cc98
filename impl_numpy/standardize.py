"""Zero mean and unit variance along an axis: what the normalisation layers share."""

import numpy as np


def mean(x, axis):
    """Σ x / count along the axis, which is kept with length 1; 0 if the count is 0."""
    return x.sum(axis=axis, keepdims=True) / max(x.shape[axis], 1)


def moments(x, axis):
    """μ = mean x and σ² = mean (x - μ)²: in two passes, for mean x² - μ² would cancel."""
    mu = mean(x, axis)
    return mu, mean((x - mu) ** 2, axis)


def standardize(x, axis, eps):
    """x̂ = (x - μ) / s with s = √(σ² + eps), along the axis. Returns x̂, of the shape of x, and s."""
    mu, var = moments(x, axis)
    std = np.sqrt(var + eps)
    return (x - mu) / std, std


def standardize_backward(dnormalized, normalized, std, axis):
    """dx = (dx̂ - mean dx̂ - x̂·mean(dx̂·x̂)) / s: Ioffe & Szegedy 2015, section 3, simplified."""
    along_mean = mean(dnormalized, axis)
    along_normalized = normalized * mean(dnormalized * normalized, axis)
    return (dnormalized - along_mean - along_normalized) / std
