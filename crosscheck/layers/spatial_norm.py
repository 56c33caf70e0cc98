"""Normalisation of images (N, C, H, W): batch normalisation of each channel, and group
normalisation.

S. Ioffe and C. Szegedy, "Batch Normalization", ICML 2015, section 3.2; Y. Wu and K. He, "Group
Normalization", ECCV 2018, equation 7.
"""

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.layers.batchnorm import (
    SHIFTED,
    batch_normalization,
    running_terms,
    standardized_terms,
)
from crosscheck.layers.layernorm import standardized
from crosscheck.scenario import FORMS


def torch_reference(x, gamma, beta, *, G, eps):
    """torch.nn.functional.group_norm, whose parameters are (C,)."""
    from torch.nn.functional import group_norm

    return group_norm(x, G, gamma.flatten(), beta.flatten(), eps)


def jax_reference(x, gamma, beta, *, G, eps):
    """From the formula, around jax.nn.standardize along each group's values."""
    groups = x.reshape(len(x), G, -1) if x.size else x
    return standardized(groups, eps).reshape(x.shape) * gamma + beta


def batch_terms(slip, inputs, cotangents, *, momentum, eps):
    """All quantities of the training in NumPy, and the slips that people make."""
    x, gamma, beta, dout = inputs["x"], inputs["gamma"], inputs["beta"], cotangents["dout"]
    flat = "x is reshaped to rows of C without moving the channels last"
    flat_dout = "dout is reshaped to rows of C without moving the channels last"

    def rows(a, *names):
        moved = np.moveaxis(a, 1, -1).reshape(-1, a.shape[1])
        return slip(moved, {name: a.reshape(-1, a.shape[1]) for name in names})

    def images(a, *names):
        moved = np.moveaxis(a.reshape(len(x), *x.shape[2:], -1), -1, 1)
        return slip(moved, {name: a.reshape(x.shape) for name in names})

    counts = {"the means of dx divide by N, not by N·H·W": len(x)}
    seen, upstream = rows(x, flat), rows(dout, flat, flat_dout)
    found = standardized_terms(slip, seen, gamma, beta, upstream, eps, 0, counts)
    out = images(found["out"], flat)

    def over(axes):
        normal = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
        return gamma[:, None, None] * normal + beta[:, None, None]

    wrong = {
        "each image is normalized by itself, as in instance normalisation": over((2, 3)),
        "each pixel is normalized over the batch only": over((0,)),
        "the channels are not moved back before the last reshape": np.moveaxis(out, 1, -1).reshape(
            x.shape
        ),
    }
    dx = found["dx"] if isinstance(found["dx"], dict) else {"all of it": found["dx"]}
    mean, var = found["statistics"]
    var = slip(var, {"the variance is that of the images' means": x.mean((2, 3)).var(axis=0)})
    return {
        "out": slip(out, wrong),
        "dx": {name: images(path, flat, flat_dout) for name, path in dx.items()},
        **{name: found[name].sum(axis=0) for name in ("dgamma", "dbeta")},
        **running_terms(slip, inputs, mean, var, momentum, eps),
    }


def group_terms(slip, inputs, cotangents, *, G, eps):
    """All quantities in NumPy, and the slips that people make."""
    x, gamma, beta, dout = inputs["x"], inputs["gamma"], inputs["beta"], cotangents["dout"]
    n, c = x.shape[:2]
    apart = "groups are made of channels G apart, not of adjacent ones"
    order = slip(np.arange(c), {apart: np.arange(c).reshape(-1, G).T.ravel()})
    back = np.argsort(order)

    def grouped(a):
        return np.broadcast_to(a, x.shape)[:, order].reshape(n * G, -1)

    def ungrouped(a):
        return a.reshape(x.shape)[:, back]

    counts = {"the means of dx divide by H·W, not by C/G·H·W": x[0, 0].size}
    rows, scale, shift, upstream = (grouped(a) for a in (x, gamma, beta, dout))
    found = standardized_terms(slip, rows, scale, shift, upstream, eps, 1, counts)
    split = x.reshape(n, G, -1)
    axes = (0, 2)
    batch = (split - split.mean(axes, keepdims=True)) / np.sqrt(
        split.var(axes, keepdims=True) + eps
    )
    own = (dout * gamma).reshape(n, c, -1)
    hat = (
        (split - split.mean(2, keepdims=True)) / np.sqrt(split.var(2, keepdims=True) + eps)
    ).reshape(n, c, -1)
    std = np.repeat(np.sqrt(split.var(2, keepdims=True) + eps), c // G, axis=1)
    of_channels = (
        own - own.mean(2, keepdims=True) - hat * (own * hat).mean(2, keepdims=True)
    ) / std
    dx = found["dx"] if isinstance(found["dx"], dict) else {"all of it": found["dx"]}
    sums = {name: ungrouped(found[name]) for name in ("dgamma", "dbeta")}
    group = {"dbeta is summed over each group": lambda: dout.reshape(n, G, -1).sum((0, 2))}
    return {
        "out": slip(
            ungrouped(found["out"]),
            {"the groups are of the whole batch": gamma * batch.reshape(x.shape) + beta},
        ),
        "dx": slip(
            {name: ungrouped(path) for name, path in dx.items()},
            {"the means of dx are taken over each channel": of_channels.reshape(x.shape)},
        ),
        "dgamma": slip(
            sums["dgamma"].sum((0, 2, 3), keepdims=True),
            {"dgamma is summed within each image only": sums["dgamma"].sum((2, 3), keepdims=True)},
        ),
        "dbeta": slip(
            sums["dbeta"].sum((0, 2, 3), keepdims=True),
            {name: (lambda w=w: w().reshape(1, -1, 1, 1)) for name, w in group.items()},
        ),
    }


spatial_batchnorm = batch_normalization(
    "spatial_batchnorm",
    "N C H W",
    "train",
    (
        Point(
            {"N": 2, "C": 3, "H": 5, "W": 7, "momentum": 0.7, "eps": 0.1},
            scenarios=("normal", "positive", "shifted", *FORMS),
        ),
        # As many channels as pixels in some axis, so that no wrong axis fails to broadcast.
        Point({"N": 3, "C": 3, "H": 3, "W": 3, "momentum": 0.9, "eps": 0.01}),
        Point({"N": 1, "C": 5, "H": 2, "W": 3, "momentum": 0.25, "eps": 0.3}),
        Point({"N": 7, "C": 2, "H": 1, "W": 1, "momentum": 0.6, "eps": 0.00001}),
        Point({"N": 3, "C": 1, "H": 2, "W": 5, "momentum": 0.8, "eps": 0.001}),
        # What code that lets nobody choose has built in.
        Point({"N": 5, "C": 2, "H": 3, "W": 1, "momentum": 0.9, "eps": 0.00001}),
        Point({"N": 2, "C": 3, "H": 1, "W": 7, "momentum": 0.9, "eps": 0.00000001}),
    ),
    terms=batch_terms,
)

spatial_batchnorm_test = batch_normalization(
    "spatial_batchnorm_test",
    "N C H W",
    "test",
    (
        Point(
            {"N": 2, "C": 3, "H": 5, "W": 7, "momentum": 0.7, "eps": 0.1},
            scenarios=("normal", *FORMS),
        ),
        Point({"N": 1, "C": 2, "H": 1, "W": 1, "momentum": 0.6, "eps": 0.00001}),
        # What code that lets nobody choose has built in.
        Point({"N": 5, "C": 2, "H": 3, "W": 1, "momentum": 0.9, "eps": 0.00001}),
        Point({"N": 2, "C": 3, "H": 1, "W": 7, "momentum": 0.9, "eps": 0.00000001}),
        Point({"N": 0, "C": 2, "H": 3, "W": 5, "momentum": 0.9, "eps": 0.01}, ("empty",)),
    ),
)

spatial_groupnorm = Layer(
    name="spatial_groupnorm",
    formula="out = γ·x̂ + β, x̂ = (x - μ)/√(σ² + ε) along each group of C/G channels    "
    "dx = (γ·dout - mean(γ·dout) - x̂·mean(γ·dout·x̂))/√(σ² + ε)    "
    "dγ = Σ dout·x̂    dβ = Σ dout",
    inputs=(Input("x", "N C H W"), Input("gamma", "1 C 1 1"), Input("beta", "1 C 1 1")),
    outputs=(Output("out", "N C H W"),),
    points=(
        # C is no prime where the groups divide it.
        Point(
            {"N": 2, "C": 6, "H": 5, "W": 3, "G": 3, "eps": 0.1},
            scenarios=("normal", "positive", "shifted", *FORMS),
        ),
        Point({"N": 1, "C": 6, "H": 2, "W": 3, "G": 2, "eps": 0.01}),
        # One group is layer normalisation, C groups are instance normalisation.
        Point({"N": 3, "C": 5, "H": 2, "W": 1, "G": 1, "eps": 0.001}),
        Point({"N": 2, "C": 3, "H": 1, "W": 5, "G": 3, "eps": 0.00001}),
        Point({"N": 0, "C": 6, "H": 2, "W": 3, "G": 2, "eps": 0.01}, ("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=group_terms,
    options=("G", "eps"),
    arguments=("x", "gamma", "beta", "G", Bundle("gn_param", ("eps",))),
    scenarios=(SHIFTED,),
)
