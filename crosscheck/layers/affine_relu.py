"""Fully connected layer, perhaps a normalisation, then ReLU: the course's sandwiches.

out = max(x·w + b, 0), or max(norm(x·w + b), 0): the functions of ``affine``, ``batchnorm``,
``layernorm`` and ``relu`` one after the other, in each framework. Sources are given there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.layer import Alternative, Arrays, Dispute, Input, Layer, Output, Point
from crosscheck.layers.affine import jax_reference as jax_affine
from crosscheck.layers.affine import torch_reference as torch_affine
from crosscheck.layers.batchnorm import (
    REPEATED,
    UNBIASED,
    bn_param,
    jax_train,
    running_inputs,
    running_outputs,
    running_terms,
    scaled,
    standardized_terms,
    torch_train,
)
from crosscheck.layers.layernorm import jax_reference as jax_layernorm
from crosscheck.layers.layernorm import torch_reference as torch_layernorm
from crosscheck.layers.relu import SLOPE_AT_NAN, SLOPE_AT_ZERO
from crosscheck.layers.relu import jax_reference as jax_relu
from crosscheck.layers.relu import torch_reference as torch_relu
from crosscheck.scenario import FORMS

AFFINE = (Input("x", "N *d"), Input("w", "|d| M"), Input("b", "M"))
SCALE = (Input("gamma", "M"), Input("beta", "M"))
NAMES = tuple(i.name for i in (*AFFINE, *SCALE))
OUT = Output("out", "N M")
AFFINE_GRADIENTS = "dx = dh·wᵀ    dw = xᵀ·dh    db = Σₙ dh"
MASKED = "dout where out > 0, else 0"


def torch_affine_relu(x, w, b):
    """torch.nn.functional: linear, relu."""
    return torch_relu(torch_affine(x, w, b))


def jax_affine_relu(x, w, b):
    """jax.lax.dot_general, jax.nn.relu."""
    return jax_relu(jax_affine(x, w, b))


def jax_with_torch_slope(x, w, b):
    """As in torch, whose slope at NaN is 1: there the gradients are rounded, not 0."""
    import jax.numpy as jnp

    hidden = jax_affine(x, w, b)
    return jnp.where(hidden <= 0, 0.0, hidden)


def torch_affine_bn_relu(x, w, b, *parameters, momentum, eps):
    """torch.nn.functional: linear, batch_norm, relu."""
    hidden = torch_affine(x, w, b)
    out, *statistics = torch_train(hidden, *parameters, momentum=momentum, eps=eps)
    return torch_relu(out), *statistics


def jax_affine_bn_relu(x, w, b, *parameters, momentum, eps):
    """jax.lax.dot_general, batch normalisation from its formula, jax.nn.relu."""
    hidden = jax_affine(x, w, b)
    out, *statistics = jax_train(hidden, *parameters, momentum=momentum, eps=eps)
    return jax_relu(out), *statistics


def torch_affine_ln_relu(x, w, b, gamma, beta, *, eps):
    """torch.nn.functional: linear, layer_norm, relu."""
    return torch_relu(torch_layernorm(torch_affine(x, w, b), gamma, beta, eps=eps))


def jax_affine_ln_relu(x, w, b, gamma, beta, *, eps):
    """jax.lax.dot_general, layer normalisation from its formula, jax.nn.relu."""
    return jax_relu(jax_layernorm(jax_affine(x, w, b), gamma, beta, eps=eps))


def other_slopes(gradient: str) -> Callable[..., Iterator[np.ndarray]]:
    """What a gradient is with another subgradient where x·w + b = 0: 1 or 1/2, not 0."""

    def answers(_: np.ndarray, inputs: Arrays, cotangents: Arrays) -> Iterator[np.ndarray]:
        x, w, b = (inputs[name].astype(np.float64) for name in "xwb")
        rows = x.reshape(len(x), len(w))
        hidden, dout = rows @ w + b, cotangents["dout"].astype(np.float64)
        for slope in (1.0, 0.5):
            dhidden = np.where(hidden == 0, slope, hidden > 0) * dout
            yield {
                "dx": (dhidden @ w.T).reshape(x.shape),
                "dw": rows.T @ dhidden,
                "db": dhidden.sum(axis=0),
            }[gradient]

    return answers


@dataclass(frozen=True)
class Linear:
    """What comes first in a sandwich, in NumPy: the product of x and w, and its two gradients.
    ``rows`` and ``unrows`` turn its output into rows of features and back.
    """

    product: Callable[..., Any]
    dx: Callable[..., Any]
    dw: Callable[..., Any]
    rows: Callable[..., Any]
    unrows: Callable[..., Any]


def sandwich_terms(slip, linear, inputs, dout, norm=None, pool=None):
    """All quantities of a linear layer, perhaps a normalisation, ReLU, and perhaps pooling, all on
    rows of features. ``norm(slip, rows, dout)`` has what ``standardized_terms`` returns,
    ``pool(hidden, dout)`` the output and the gradient of the hidden layer.
    """
    x, w, b = (inputs[name] for name in "xwb")

    def made(x, b):
        return linear.rows(linear.product(x, w)) + b

    def normed(h):
        return norm(slip, h, 0 * h)["out"] if norm else h

    def done(h):
        return pool(linear.unrows(h), dout)[0] if pool else linear.unrows(h)

    h, bare = made(x, b), made(x, 0 * b)
    z = normed(h)
    out = {
        "ReLU is left out": done(z),
        "the bias is added after ReLU": done(np.maximum(normed(bare), 0) + b),
        "ReLU is of x, before the linear layer": done(normed(made(np.maximum(x, 0), b))),
    }
    if norm:
        out["ReLU comes before the normalisation"] = done(normed(np.maximum(h, 0)))
        out["the normalisation is left out"] = done(np.maximum(h, 0))
    upstream = linear.rows(pool(linear.unrows(np.maximum(z, 0)), dout)[1] if pool else dout)
    mask = slip(
        (z > 0) * 1.0,
        {
            "ReLU's slope is left out": 1.0,
            "ReLU's mask is of dout": (upstream > 0) * 1.0,
            "ReLU's mask is without the bias": (normed(bare) > 0) * 1.0,
            "ReLU's mask is of what comes before the normalisation": (h > 0) * 1.0,
            "ReLU's mask is inverted": (z <= 0) * 1.0,
            "the hidden layer is multiplied in, not where it is positive": np.maximum(z, 0),
            "the slope at 0 is 2": (z > 0) + 2.0 * (z == 0),
        },
    )
    dz = mask * upstream
    found = norm(slip, h, dz) if norm else {}
    dx = found.get("dx", dz)
    skipped = {"the normalisation is left out of the backward": dz}
    dh = slip(sum(dx.values()) if isinstance(dx, dict) else dx, skipped)
    seen = slip(x, {"ReLU's mask is applied to x as well": np.maximum(x, 0)})
    everything = {
        "out": slip(done(np.maximum(z, 0)), out),
        "dx": linear.dx(linear.unrows(dh)),
        "dw": slip(
            linear.dw(seen, linear.unrows(dh)),
            {"dw is of dout before ReLU's mask": linear.dw(x, linear.unrows(upstream))},
        ),
        "db": slip(
            dh.sum(axis=0),
            {
                "db is of dout before ReLU's mask": upstream.sum(axis=0),
                "db is of the gradient before the normalisation": dz.sum(axis=0),
            },
        ),
    }
    if norm:
        unmasked = norm(slip, h, upstream)
        for name in ("dgamma", "dbeta"):
            wrong = {"dgamma and dbeta are of dout before ReLU's mask": unmasked[name].sum(axis=0)}
            everything[name] = slip(found[name].sum(axis=0), wrong)
    return everything


def affine_of(inputs):
    """The linear part of an affine layer."""
    x, w = inputs["x"], inputs["w"]

    def rows(a):
        return a.reshape(len(a), -1)

    return Linear(
        lambda x, w: rows(x) @ w,
        lambda dh: (dh @ w.T).reshape(x.shape),
        lambda x, dh: rows(x).T @ dh,
        lambda h: h,
        lambda h: h,
    )


def terms(slip, inputs, cotangents):
    """All quantities in NumPy, and the slips that people make."""
    return sandwich_terms(slip, affine_of(inputs), inputs, cotangents["dout"])


def with_batchnorm(slip, linear, inputs, dout, momentum, eps, pool=None):
    """The same with batch norm, and its running statistics."""
    gamma, beta = scaled(slip, inputs)
    constant = "the statistics are taken to be constant in the backward"

    def norm(slip, rows, dout):
        found = standardized_terms(slip, rows, gamma, beta, dout, eps, 0)
        dx = found["dx"]
        direct = dx["the direct path"] if isinstance(dx, dict) else dx
        return found | {"dx": slip(dx, {constant: direct})}

    everything = sandwich_terms(slip, linear, inputs, dout, norm, pool)
    h = linear.rows(linear.product(inputs["x"], inputs["w"]))
    h = h + slip(inputs["b"], {"the running statistics are those without the bias": 0.0})
    mean, var = h.mean(axis=0), h.var(axis=0)
    out = linear.rows(everything["out"])
    var = slip(var, {"the running variance is of the output": out.var(axis=0)})
    return everything | running_terms(slip, inputs, mean, var, momentum, eps)


def bn_terms(slip, inputs, cotangents, *, momentum, eps):
    """All quantities in NumPy, and the slips that people make."""
    linear = affine_of(inputs)
    return with_batchnorm(slip, linear, inputs, cotangents["dout"], momentum, eps)


def ln_terms(slip, inputs, cotangents, *, eps):
    """All quantities in NumPy, and the slips that people make."""
    gamma, beta = scaled(slip, inputs)

    def norm(slip, rows, dout):
        return standardized_terms(slip, rows, gamma, beta, dout, eps, 1)

    return sandwich_terms(slip, affine_of(inputs), inputs, cotangents["dout"], norm)


affine_relu = Layer(
    name="affine_relu",
    formula=f"out = max(h, 0), h = x·w + b    dh = dout where h > 0, else 0    {AFFINE_GRADIENTS}",
    inputs=AFFINE,
    outputs=(OUT,),
    points=(
        Point(
            {"N": 5, "d": (2, 3), "M": 7},
            # Of -1, 0 and 1 the sums are exact, and many of them 0.
            scenarios=("normal", "integers", "large-upstream", "nan", "inf", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "d": (5,), "M": 2}, scenarios=("normal", "integers")),
        Point({"N": 1, "d": (1,), "M": 3}),
        Point({"N": 7, "d": (11,), "M": 1}),
        Point({"N": 0, "d": (2, 3), "M": 5}, scenarios=("empty",)),
    ),
    torch=torch_affine_relu,
    jax=(jax_affine_relu, jax_with_torch_slope),
    terms=terms,
    conventions=tuple(
        convention
        for gradient in ("dx", "dw", "db")
        for convention in (
            Dispute(gradient, SLOPE_AT_NAN, ("nan",)),
            Alternative(gradient, SLOPE_AT_ZERO, other_slopes(gradient)),
        )
    ),
)

affine_bn_relu = Layer(
    name="affine_bn_relu",
    formula="out = max(γ·ĥ + β, 0), ĥ = h to zero mean and unit variance, h = x·w + b    "
    f"dγ, dβ and dh as of batchnorm, for {MASKED}    {AFFINE_GRADIENTS}",
    inputs=(*AFFINE, *SCALE, *running_inputs("M")),
    outputs=(OUT, *running_outputs("M")),
    points=(
        Point(
            # Where all examples are the same, a smaller eps leaves nothing to claim in bfloat16.
            {"N": 7, "d": (2, 3), "M": 5, "momentum": 0.7, "eps": 1.5},
            scenarios=("normal", "positive", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "d": (5,), "M": 2, "momentum": 0.9, "eps": 0.3}),
        Point({"N": 13, "d": (2,), "M": 1, "momentum": 0.25, "eps": 0.00001}),
    ),
    torch=torch_affine_bn_relu,
    jax=(jax_affine_bn_relu,),
    terms=bn_terms,
    options=("momentum", "eps"),
    arguments=(*NAMES, bn_param("train")),
    scenarios=(REPEATED,),
    conventions=(UNBIASED,),
)

affine_ln_relu = Layer(
    name="affine_ln_relu",
    formula="out = max(γ·ĥ + β, 0), ĥ = each row of h to zero mean and unit variance, "
    f"h = x·w + b    dγ, dβ and dh as of layernorm, for {MASKED}    {AFFINE_GRADIENTS}",
    inputs=(*AFFINE, *SCALE),
    outputs=(OUT,),
    points=(
        Point(
            {"N": 5, "d": (2, 3), "M": 7, "eps": 0.1},
            scenarios=("normal", "positive", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "d": (5,), "M": 2, "eps": 0.3}),
        Point({"N": 1, "d": (2,), "M": 11, "eps": 0.00001}),
        Point({"N": 0, "d": (2, 3), "M": 5, "eps": 0.01}, scenarios=("empty",)),
    ),
    torch=torch_affine_ln_relu,
    jax=(jax_affine_ln_relu,),
    terms=ln_terms,
    options=("eps",),
    arguments=(*NAMES, Bundle("ln_param", ("eps",))),
)
