"""Wrong normalisations of images."""

import numpy as np

from impl_numpy import (
    batchnorm_backward,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from impl_numpy.standardize import standardize, standardize_backward
from mutants import hinted, warning, wrong

STATISTICS = ("running_mean", "running_var")

# --- spatial_batchnorm, the output ---


def _unmoved_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout.reshape(-1, dout.shape[1]), cache)
    return dx.reshape(dout.shape), dgamma, dbeta


@wrong(
    "spatial_batchnorm_forward",
    "value",
    "out",
    "x is reshaped to rows of C without moving the channels last, and the gradient is right for it",
    also={"spatial_batchnorm_backward": _unmoved_backward},
)
@hinted("x is reshaped to rows of C without moving the channels last")
def spatial_batchnorm_unmoved(x, gamma, beta, bn_param):
    out, cache = batchnorm_forward(x.reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return out.reshape(x.shape), cache


@wrong(
    "spatial_batchnorm_forward",
    "value",
    "out",
    "each image is normalized by itself, as in instance normalisation",
)
@hinted("each image is normalized by itself, as in instance normalisation")
def spatial_batchnorm_of_images(x, gamma, beta, bn_param):
    _, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    flat = x.reshape(*x.shape[:2], x.shape[2] * x.shape[3])
    normalized, _ = standardize(flat, -1, bn_param["eps"])
    return gamma[:, None, None] * normalized.reshape(x.shape) + beta[:, None, None], cache


@wrong("spatial_batchnorm_forward", "value", "out", "each pixel is normalized over the batch only")
@hinted("each pixel is normalized over the batch only")
def spatial_batchnorm_of_pixels(x, gamma, beta, bn_param):
    _, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    normalized, _ = standardize(x, 0, bn_param["eps"])
    return gamma[:, None, None] * normalized + beta[:, None, None], cache


@wrong(
    "spatial_batchnorm_forward", "value", "out", "the channels are not moved back before reshaping"
)
@hinted("with its axes in the order (0, 2, 3, 1), then reshaped to fit")
def spatial_batchnorm_put_back_flat(x, gamma, beta, bn_param):
    out, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    return np.moveaxis(out, 1, -1).reshape(x.shape), cache


@wrong("spatial_batchnorm_forward", "shape", "out", "height and width come back swapped")
@hinted("with its axes in the order (0, 1, 3, 2)")
def spatial_batchnorm_swaps_axes(x, gamma, beta, bn_param):
    out, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    return out.swapaxes(2, 3), cache


@wrong("spatial_batchnorm_forward", "value", "out", "eps is 1e-5, whatever bn_param says")
@hinted("with eps = 1e-05")
def spatial_batchnorm_fixed_eps(x, gamma, beta, bn_param):
    other = bn_param | {"eps": 1e-5}
    answer = spatial_batchnorm_forward(x, gamma, beta, other)
    bn_param.update({name: other[name] for name in STATISTICS})
    return answer


@warning(
    "spatial_batchnorm_forward",
    "cancellation",
    "out",
    "the variance is mean x² - μ², which loses its digits if the mean is large",
)
def spatial_batchnorm_difference_of_squares(x, gamma, beta, bn_param):
    _, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    mu = x.mean(axis=(0, 2, 3), keepdims=True)
    var = np.maximum((x**2).mean(axis=(0, 2, 3), keepdims=True) - mu**2, 0)
    normalized = (x - mu) / np.sqrt(var + bn_param["eps"])
    return gamma[:, None, None] * normalized + beta[:, None, None], cache


# --- spatial_batchnorm, the running statistics ---


@wrong("spatial_batchnorm_forward", "value", "running_mean", "a copy of bn_param is updated")
@hinted("is running_mean, as it was passed in", "is running_var, as it was passed in")
def spatial_batchnorm_keeps_running(x, gamma, beta, bn_param):
    return spatial_batchnorm_forward(x, gamma, beta, dict(bn_param))


@wrong("spatial_batchnorm_forward", "shape", "running_mean", "the running mean is of each pixel")
def spatial_batchnorm_running_pixels(x, gamma, beta, bn_param):
    answer = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    bn_param["running_mean"] = x.mean(axis=0)
    return answer


@wrong(
    "spatial_batchnorm_forward", "value", "running_var", "the variance is that of the images' means"
)
@hinted("the variance is that of the images' means")
def spatial_batchnorm_variance_of_means(x, gamma, beta, bn_param):
    old, momentum = bn_param["running_var"], bn_param["momentum"]
    answer = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    bn_param["running_var"] = momentum * old + (1 - momentum) * x.mean(axis=(2, 3)).var(axis=0)
    return answer


# --- spatial_batchnorm, the gradients ---


@wrong("spatial_batchnorm_backward", "value", "dx", "dout is reshaped without moving the channels")
@hinted("dout is reshaped to rows of C without moving the channels last")
def spatial_batchnorm_dout_unmoved(dout, cache):
    dx, _, _ = _unmoved_backward(dout, cache)
    return dx, *spatial_batchnorm_backward(dout, cache)[1:]


@wrong("spatial_batchnorm_backward", "value", "dx", "the statistics are taken to be constant")
@hinted("lacks the path through the mean and the path through the variance")
def spatial_batchnorm_constant_statistics(dout, cache):
    return spatial_batchnorm_backward(dout, (*cache[:-1], "test"))


@wrong("spatial_batchnorm_backward", "value", "dx", "the sums are divided by N, not by N·H·W")
@hinted("the means of dx divide by N, not by N·H·W")
def spatial_batchnorm_means_over_images(dout, cache):
    dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
    direct = dout * (cache[1] / cache[4])[:, None, None]
    return direct + (dx - direct) * (dout[0, 0].size), dgamma, dbeta


@wrong("spatial_batchnorm_backward", "shape", "dgamma", "dgamma is summed over the batch only")
def spatial_batchnorm_dgamma_of_pixels(dout, cache):
    dx, _, dbeta = spatial_batchnorm_backward(dout, cache)
    return dx, dout.sum(axis=0), dbeta


@wrong("spatial_batchnorm_backward", "value", "dbeta", "dbeta is averaged over the pixels")
@hinted("times exactly 1/(H·W)")
def spatial_batchnorm_mean_dbeta(dout, cache):
    dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
    return dx, dgamma, dbeta / dout[0, 0].size


# --- spatial_batchnorm_test ---


@wrong(
    "spatial_batchnorm_forward",
    "value",
    "out",
    "the mode is not passed on: the batch's statistics are used in test mode",
    layer="spatial_batchnorm_test",
)
@hinted("the statistics of the batch are used, as in training")
def spatial_batchnorm_test_of_batch(x, gamma, beta, bn_param):
    return spatial_batchnorm_forward(x, gamma, beta, bn_param | {"mode": "train"})


@wrong(
    "spatial_batchnorm_forward",
    "value",
    "out",
    "gamma and beta are left out in test mode",
    layer="spatial_batchnorm_test",
)
@hinted("gamma and beta are left out")
def spatial_batchnorm_test_unscaled(x, gamma, beta, bn_param):
    return spatial_batchnorm_forward(x, np.ones_like(gamma), np.zeros_like(beta), bn_param)


@wrong(
    "spatial_batchnorm_forward",
    "crash",
    "",
    "the running statistics are broadcast along the width",
    layer="spatial_batchnorm_test",
)
def spatial_batchnorm_test_unaligned(x, gamma, beta, bn_param):
    std = np.sqrt(bn_param["running_var"] + bn_param["eps"])
    normalized = (x - bn_param["running_mean"]) / std
    return gamma[:, None, None] * normalized + beta[:, None, None], None


# --- spatial_groupnorm, the output ---


def _grouped(grouping, x, gamma, beta, gn_param):
    """The output of groups that ``grouping`` makes along the last axis; its cache is right."""
    groups, back = grouping(x)
    normalized, _ = standardize(groups, -1, gn_param["eps"])
    return gamma * back(normalized).reshape(x.shape) + beta


@wrong("spatial_groupnorm_forward", "value", "out", "groups are of channels G apart, not adjacent")
@hinted("groups are made of channels G apart, not of adjacent ones")
def spatial_groupnorm_interleaved(x, gamma, beta, G, gn_param):
    _, cache = spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    count, channels, height, width = x.shape

    def interleaved(images):
        split = images.reshape(count, channels // G, G, height * width).swapaxes(1, 2)
        flat = split.reshape(count, G, channels // G * height * width)
        return flat, lambda done: done.reshape(split.shape).swapaxes(1, 2)

    return _grouped(interleaved, x, gamma, beta, gn_param), cache


@wrong("spatial_groupnorm_forward", "value", "out", "G is taken for the channels of each group")
@hinted("with C/G for G")
def spatial_groupnorm_swapped_sizes(x, gamma, beta, G, gn_param):
    return spatial_groupnorm_forward(x, gamma, beta, x.shape[1] // G, gn_param)


@wrong("spatial_groupnorm_forward", "value", "out", "all channels are one group")
@hinted("with 1 for G")
def spatial_groupnorm_one_group(x, gamma, beta, G, gn_param):
    return spatial_groupnorm_forward(x, gamma, beta, 1, gn_param)


@wrong("spatial_groupnorm_forward", "value", "out", "each channel is a group")
@hinted("with all channels for G")
def spatial_groupnorm_of_channels(x, gamma, beta, G, gn_param):
    return spatial_groupnorm_forward(x, gamma, beta, x.shape[1], gn_param)


@wrong("spatial_groupnorm_forward", "value", "out", "the groups are of the whole batch")
@hinted("the groups are of the whole batch")
def spatial_groupnorm_of_batch(x, gamma, beta, G, gn_param):
    _, cache = spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    split = x.reshape(len(x), G, x[0].size // G if len(x) else 0)
    mu = split.mean(axis=(0, 2), keepdims=True)
    std = np.sqrt(split.var(axis=(0, 2), keepdims=True) + gn_param["eps"])
    return gamma * ((split - mu) / std).reshape(x.shape) + beta, cache


@wrong("spatial_groupnorm_forward", "value", "out", "eps is 1e-5, whatever gn_param says")
@hinted("with eps = 1e-05")
def spatial_groupnorm_fixed_eps(x, gamma, beta, G, gn_param):
    return spatial_groupnorm_forward(x, gamma, beta, G, {"eps": 1e-5})


@warning(
    "spatial_groupnorm_forward", "empty", "", "reshape to (N, G, -1) cannot infer a size at N = 0"
)
def spatial_groupnorm_inferred_size(x, gamma, beta, G, gn_param):
    x.reshape(len(x), G, -1)
    return spatial_groupnorm_forward(x, gamma, beta, G, gn_param)


@warning(
    "spatial_groupnorm_forward",
    "cancellation",
    "out",
    "the variance is mean x² - μ², which loses its digits if the mean is large",
)
def spatial_groupnorm_difference_of_squares(x, gamma, beta, G, gn_param):
    _, cache = spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    groups = x.reshape(cache[3].shape)
    mu = groups.mean(axis=-1, keepdims=True)
    var = np.maximum((groups**2).mean(axis=-1, keepdims=True) - mu**2, 0)
    normalized = (groups - mu) / np.sqrt(var + gn_param["eps"])
    return gamma * normalized.reshape(x.shape) + beta, cache


# --- spatial_groupnorm, the gradients ---


@wrong("spatial_groupnorm_backward", "value", "dx", "gamma is applied last: it is not constant")
@hinted("gamma is multiplied in last, after the means")
def spatial_groupnorm_gamma_last(dout, cache):
    x, gamma, beta, normalized, std = cache
    dx = spatial_groupnorm_backward(dout, (x, np.ones_like(gamma), beta, normalized, std))[0]
    return gamma * dx, *spatial_groupnorm_backward(dout, cache)[1:]


@wrong("spatial_groupnorm_backward", "value", "dx", "the sums are divided by H·W, not by C/G·H·W")
@hinted("the means of dx divide by H·W, not by C/G·H·W")
def spatial_groupnorm_means_over_channel(dout, cache):
    dx, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)
    _, gamma, _, normalized, std = cache
    direct = ((dout * gamma).reshape(normalized.shape) / std).reshape(dout.shape)
    factor = normalized.shape[2] / max(dout.shape[2] * dout.shape[3], 1)
    return direct + (dx - direct) * factor, dgamma, dbeta


@wrong("spatial_groupnorm_backward", "value", "dx", "the means are taken over each channel only")
@hinted("the means of dx are taken over each channel")
def spatial_groupnorm_means_of_channels(dout, cache):
    _, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)
    x, gamma, _, normalized, std = cache
    channels = (*x.shape[:2], x.shape[2] * x.shape[3])
    of_each = np.repeat(std, x.shape[1] // std.shape[1], axis=1)
    dx = standardize_backward(
        (dout * gamma).reshape(channels), normalized.reshape(channels), of_each, -1
    )
    return dx.reshape(x.shape), dgamma, dbeta


@wrong("spatial_groupnorm_backward", "value", "dx", "the path through the mean is missing")
@hinted("lacks the path through the mean")
def spatial_groupnorm_no_path_through_mean(dout, cache):
    dx, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)
    _, gamma, _, normalized, std = cache
    dnormalized = (dout * gamma).reshape(normalized.shape)
    missing = np.broadcast_to(dnormalized.mean(axis=-1, keepdims=True) / std, normalized.shape)
    return dx + missing.reshape(dout.shape), dgamma, dbeta


@wrong("spatial_groupnorm_backward", "value", "dx", "the path through the variance is missing")
@hinted("lacks the path through the variance")
def spatial_groupnorm_no_path_through_variance(dout, cache):
    dx, dgamma, dbeta = spatial_groupnorm_backward(dout, cache)
    _, gamma, _, normalized, std = cache
    dnormalized = (dout * gamma).reshape(normalized.shape)
    missing = normalized * (dnormalized * normalized).mean(axis=-1, keepdims=True) / std
    return dx + missing.reshape(dout.shape), dgamma, dbeta


@wrong("spatial_groupnorm_backward", "shape", "dgamma", "dgamma is summed within each image only")
@hinted("dgamma is summed within each image only")
def spatial_groupnorm_dgamma_of_images(dout, cache):
    dx, _, dbeta = spatial_groupnorm_backward(dout, cache)
    normalized = cache[3].reshape(dout.shape)
    return dx, (dout * normalized).sum(axis=(2, 3), keepdims=True), dbeta


@wrong("spatial_groupnorm_backward", "value", "dgamma", "out stands for x̂: right only at defaults")
@hinted("out stands for x̂")
def spatial_groupnorm_dgamma_of_output(dout, cache):
    dx, _, dbeta = spatial_groupnorm_backward(dout, cache)
    _, gamma, beta, normalized, _ = cache
    out = gamma * normalized.reshape(dout.shape) + beta
    return dx, (dout * out).sum(axis=(0, 2, 3), keepdims=True), dbeta


@wrong("spatial_groupnorm_backward", "shape", "dbeta", "dbeta is summed over each group")
@hinted("dbeta is summed over each group")
def spatial_groupnorm_dbeta_of_groups(dout, cache):
    dx, dgamma, _ = spatial_groupnorm_backward(dout, cache)
    groups = dout.reshape(cache[3].shape).sum(axis=(0, 2))
    return dx, dgamma, groups.reshape(1, -1, 1, 1)
