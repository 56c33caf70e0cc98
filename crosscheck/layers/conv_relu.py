"""Convolution, perhaps batch norm, then ReLU, perhaps max pooling: the course's sandwiches.

The functions of ``conv``, ``batchnorm``, ``relu`` and ``pool`` one after the other, in each
framework. Sources are given there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.layer import Dims, Input, Layer, Output
from crosscheck.layers.affine_relu import Linear, sandwich_terms, with_batchnorm
from crosscheck.layers.batchnorm import (
    REPEATED,
    UNBIASED,
    bn_param,
    jax_train,
    running_inputs,
    running_outputs,
    torch_train,
)
from crosscheck.layers.conv import (
    CONV_PARAM,
    INPUTS,
    correlated,
    correlated_back,
    cropped,
    filter_gradient,
    output_sizes,
    point,
)
from crosscheck.layers.conv import jax_reference as jax_conv
from crosscheck.layers.conv import torch_reference as torch_conv
from crosscheck.layers.pool import jax_max_reference as jax_max_pool
from crosscheck.layers.pool import output_sizes as pooled_sizes
from crosscheck.layers.pool import terms_of
from crosscheck.layers.pool import torch_max_reference as torch_max_pool
from crosscheck.layers.relu import jax_reference as jax_relu
from crosscheck.layers.relu import torch_reference as torch_relu
from crosscheck.scenario import FORMS

NAMES = tuple(i.name for i in INPUTS)
pool_slips = terms_of(best=True)
CONV_GRADIENTS = "dx = dh ∗ w    dw = Σₙ dh ⋆ x    db = Σ dh"


def torch_conv_relu(x, w, b, *, stride, pad):
    """torch.nn.functional: conv2d, relu."""
    return torch_relu(torch_conv(x, w, b, stride=stride, pad=pad))


def jax_conv_relu(x, w, b, *, stride, pad):
    """jax.lax.conv_general_dilated, jax.nn.relu."""
    return jax_relu(jax_conv(x, w, b, stride=stride, pad=pad))


def torch_conv_bn_relu(x, w, b, *parameters, stride, pad, momentum, eps):
    """torch.nn.functional: conv2d, batch_norm, relu."""
    hidden = torch_conv(x, w, b, stride=stride, pad=pad)
    out, *statistics = torch_train(hidden, *parameters, momentum=momentum, eps=eps)
    return torch_relu(out), *statistics


def jax_conv_bn_relu(x, w, b, *parameters, stride, pad, momentum, eps):
    """jax.lax.conv_general_dilated, batch normalisation from its formula, jax.nn.relu."""
    hidden = jax_conv(x, w, b, stride=stride, pad=pad)
    out, *statistics = jax_train(hidden, *parameters, momentum=momentum, eps=eps)
    return jax_relu(out), *statistics


def torch_conv_relu_pool(x, w, b, *, stride, pad, pool_stride, **window):
    """torch.nn.functional: conv2d, relu, max_pool2d."""
    return torch_max_pool(
        torch_conv_relu(x, w, b, stride=stride, pad=pad), stride=pool_stride, **window
    )


def jax_conv_relu_pool(x, w, b, *, stride, pad, pool_stride, **window):
    """jax.lax.conv_general_dilated, jax.nn.relu, jax.lax.reduce_window of max."""
    return jax_max_pool(
        jax_conv_relu(x, w, b, stride=stride, pad=pad), stride=pool_stride, **window
    )


def sizes_after_pooling(dims: Mapping[str, Any]) -> Dims:
    """How many pooling windows fit into what the convolution returns."""
    hidden = output_sizes(dims)
    return pooled_sizes(
        {**dims, "H": hidden["Ho"], "W": hidden["Wo"], "stride": dims["pool_stride"]}
    )


def conv_of(inputs, stride, pad):
    """The linear part of a convolution, whose channels are the features of its rows."""
    x, w = inputs["x"], inputs["w"]
    edges = (0, 0), (0, 0), (pad, pad), (pad, pad)
    shape = [*x.shape[:2], *(n + 2 * pad for n in x.shape[2:])]
    n = len(x)
    sizes = [1 + (s - k) // stride for s, k in zip(shape[2:], w.shape[2:], strict=True)]
    return Linear(
        lambda x, w: correlated(np.pad(x, edges), w, stride),
        lambda dh: cropped(correlated_back(dh, w, stride, shape), x, pad),
        lambda x, dh: filter_gradient(np.pad(x, edges), dh, w.shape, stride),
        lambda h: np.moveaxis(h, 1, -1).reshape(-1, h.shape[1]),
        lambda h: np.moveaxis(h.reshape(n, *sizes, -1), -1, 1),
    )


def terms(slip, inputs, cotangents, *, stride, pad):
    """All quantities in NumPy, and the slips that people make."""
    return sandwich_terms(slip, conv_of(inputs, stride, pad), inputs, cotangents["dout"])


def bn_terms(slip, inputs, cotangents, *, stride, pad, momentum, eps):
    """All quantities in NumPy, and the slips that people make."""
    linear, dout = conv_of(inputs, stride, pad), cotangents["dout"]
    found = with_batchnorm(slip, linear, inputs, dout, momentum, eps)
    h = linear.product(inputs["x"], inputs["w"]) + inputs["b"][:, None, None]
    mean, var = (of(axis=(2, 3), keepdims=True) for of in (h.mean, h.var))
    gamma, beta = (inputs[name][:, None, None] for name in ("gamma", "beta"))
    own = np.maximum(gamma * (h - mean) / np.sqrt(var + eps) + beta, 0)
    return found | {"out": slip(found["out"], {"each image is normalised by itself": own})}


def pool_terms(slip, inputs, cotangents, *, stride, pad, pool_stride, **window):
    """All quantities in NumPy, and the slips that people make."""

    def pool(hidden, dout):
        found = pool_slips(slip, {"x": hidden}, {"dout": dout}, stride=pool_stride, **window)
        return found["out"], found["dx"]

    linear = conv_of(inputs, stride, pad)
    return sandwich_terms(slip, linear, inputs, cotangents["dout"], pool=pool)


conv_relu = Layer(
    name="conv_relu",
    formula="out = max(h, 0), h = b + w ⋆ x    dh = dout where h > 0, else 0    " + CONV_GRADIENTS,
    inputs=INPUTS,
    outputs=(Output("out", "N F Ho Wo"),),
    points=(
        point((2, 3, 7, 4), (5, 3, 2), stride=2, pad=1, scenarios=("normal", *FORMS), seeds=(0, 1)),
        point((1, 2, 5, 3), (3, 2, 3), stride=1, pad=0),
        point((3, 1, 2, 5), (2, 1, 1), stride=1, pad=0),
        point((0, 2, 5, 3), (3, 3, 3), stride=1, pad=1, scenarios=("empty",)),
    ),
    torch=torch_conv_relu,
    jax=(jax_conv_relu,),
    terms=terms,
    options=("stride", "pad"),
    derived=output_sizes,
    arguments=(*NAMES, CONV_PARAM),
)

conv_bn_relu = Layer(
    name="conv_bn_relu",
    formula="out = max(γ·ĥ + β, 0), ĥ = each channel of h to zero mean and unit variance, "
    "h = b + w ⋆ x    dγ, dβ and dh as of spatial_batchnorm, for dout where out > 0, else 0    "
    + CONV_GRADIENTS,
    inputs=(
        *INPUTS,
        Input("gamma", "F"),
        Input("beta", "F"),
        *running_inputs("F"),
    ),
    outputs=(Output("out", "N F Ho Wo"), *running_outputs("F")),
    points=(
        point(
            (3, 2, 7, 4),
            (5, 3, 2),
            stride=2,
            pad=1,
            scenarios=("normal", *FORMS),
            seeds=(0, 1),
            momentum=0.7,
            eps=0.1,
        ),
        point((2, 1, 4, 5), (3, 2, 3), stride=1, pad=0, momentum=0.9, eps=0.01),
        point((7, 3, 1, 2), (2, 1, 1), stride=1, pad=0, momentum=0.25, eps=0.3),
    ),
    torch=torch_conv_bn_relu,
    jax=(jax_conv_bn_relu,),
    terms=bn_terms,
    options=("stride", "pad", "momentum", "eps"),
    derived=output_sizes,
    arguments=(*NAMES, "gamma", "beta", CONV_PARAM, bn_param("train")),
    scenarios=(REPEATED,),
    conventions=(UNBIASED,),
)


conv_relu_pool = Layer(
    name="conv_relu_pool",
    formula="out = max of each window of h₊, h₊ = max(h, 0), h = b + w ⋆ x    "
    "dh = Σ of dout over the windows whose maximum h is, where h > 0    " + CONV_GRADIENTS,
    inputs=INPUTS,
    outputs=(Output("out", "N F Ho Wo"),),
    points=(
        point(
            (2, 3, 5, 6),
            (5, 3, 3),
            stride=1,
            pad=1,
            scenarios=("normal", *FORMS),
            seeds=(0, 1),
            pool_height=3,
            pool_width=2,
            pool_stride=2,
        ),
        point((1, 2, 9, 6), (3, 3, 2), stride=2, pad=0, pool_height=2, pool_width=3, pool_stride=1),
        point((3, 1, 4, 2), (2, 1, 1), stride=1, pad=0, pool_height=2, pool_width=2, pool_stride=2),
        point(
            (0, 2, 4, 4),
            (3, 3, 3),
            stride=1,
            pad=1,
            scenarios=("empty",),
            pool_height=2,
            pool_width=2,
            pool_stride=2,
        ),
    ),
    torch=torch_conv_relu_pool,
    jax=(jax_conv_relu_pool,),
    terms=pool_terms,
    options=("stride", "pad", "pool_height", "pool_width", "pool_stride"),
    derived=sizes_after_pooling,
    arguments=(
        *NAMES,
        CONV_PARAM,
        Bundle("pool_param", ("pool_height", "pool_width"), renamed={"stride": "pool_stride"}),
    ),
)
