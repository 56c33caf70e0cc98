"""Batch normalisation: each feature to zero mean and unit variance, then scaled and shifted.

S. Ioffe and C. Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2. ``batchnorm`` is the
training, with the statistics of the batch; ``batchnorm_test`` has the running ones. The running
variance is the course's: of the biased sample variance, which torch replaces by the unbiased one.

The second axis holds the features, so that ``spatial_norm`` can use all of this for images.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.dtypes import Format
from crosscheck.layer import Alternative, Arrays, Input, Layer, Output, Point
from crosscheck.scenario import FORMS, Bits, Scenario, Shape, positive

STATISTICS = ("running_mean", "running_var")
FORMULAS = {
    "train": "out = γ·x̂ + β, x̂ = (x - μ)/√(σ² + ε)    "
    "dx = γ/√(σ² + ε) · (dout - mean(dout) - x̂·mean(dout·x̂))    dγ = Σ dout·x̂    dβ = Σ dout    "
    "running = momentum·running + (1 - momentum)·(μ, σ²)",
    "test": "out = γ·(x - running_mean)/√(running_var + ε) + β",
}


def torch_train(x, gamma, beta, running_mean, running_var, *, momentum, eps):
    """torch.nn.functional.batch_norm, the statistics by torch.mean and torch.var."""
    import torch

    out = torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)
    axes = _all_but_features(x)
    mean, var = torch.mean(x, axes), torch.var(x, axes, correction=0)
    return (
        out,
        momentum * running_mean + (1 - momentum) * mean,
        momentum * running_var + (1 - momentum) * var,
    )


def jax_train(x, gamma, beta, running_mean, running_var, *, momentum, eps):
    """From the formula, around jax.nn.standardize."""
    import jax.numpy as jnp

    axes = _all_but_features(x)
    mean, var = jnp.mean(x, axes), jnp.var(x, axes)
    return (
        _standardized(x, gamma, beta, mean, var, eps),
        momentum * running_mean + (1 - momentum) * mean,
        momentum * running_var + (1 - momentum) * var,
    )


def torch_test(x, gamma, beta, running_mean, running_var, *, momentum, eps):
    """torch.nn.functional.batch_norm with the running statistics, which stay as they are."""
    from torch.nn.functional import batch_norm

    return batch_norm(x, running_mean, running_var, gamma, beta, eps=eps), running_mean, running_var


def jax_test(x, gamma, beta, running_mean, running_var, *, momentum, eps):
    """From the formula, around jax.nn.standardize; the running statistics stay as they are."""
    out = _standardized(x, gamma, beta, running_mean, running_var, eps)
    return out, running_mean, running_var


def jax_test_folded(x, gamma, beta, running_mean, running_var, *, momentum, eps):
    """One product and one sum for each element, as torch does it: x - μ, exact where they are
    close, is rounded here.
    """
    from jax import lax

    gamma, beta, mean, var = _aligned(x, gamma, beta, running_mean, running_var)
    scale = gamma * lax.rsqrt(var + eps)
    return x * scale + (beta - mean * scale), running_mean, running_var


def _all_but_features(x):
    return (0, *range(2, x.ndim))


def _standardized(x, gamma, beta, mean, var, eps):
    from jax.nn import standardize

    gamma, beta, mean, var = _aligned(x, gamma, beta, mean, var)
    # Its own variance would be mean x² - μ², which cancels.
    return standardize(x, mean=mean, variance=var, epsilon=eps) * gamma + beta


def _aligned(x, *parameters):
    return (p.reshape(-1, *(1,) * (x.ndim - 2)) for p in parameters)


def shifted(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """From m to m + 4, where m is so large that m² takes two thirds of the digits."""
    m = 2.0 ** (fmt.precision // 3)
    step = max(m * 2.0 ** (1 - fmt.precision), 2.0**-29)
    return m + step * bits.below(int(4 / step), shape)


# JAX's own standardize and Flax subtract the squares by default.
SHIFTED = Scenario("shifted", "a mean far larger than the deviation", shifted, guard="cancellation")
# As for every layer, but here the variance is 0.
REPEATED = Scenario("repeated", "all rows the same", repeats=True, guard="cancellation")


def unbiased(
    expected: np.ndarray, inputs: Arrays, cotangents: Arrays, *, momentum: float, **_: float
) -> Iterator[np.ndarray]:
    """What the running variance is with one less than the number of values in the denominator, as
    in torch. Of what the batch adds to it nothing but its count has to be known, so this serves
    whatever comes before and after the normalisation.
    """
    added = expected - momentum * inputs["running_var"].astype(np.float64)
    count = cotangents["dout"][:, 0].size
    yield expected + added / np.float64(count - 1)


UNBIASED = Alternative(
    "running_var", "the running variance is of the unbiased sample variance", unbiased
)


def running_inputs(features: str) -> tuple[Input, ...]:
    """The running statistics before the call, of so many features."""
    return (
        Input("running_mean", features, constant=True),
        Input("running_var", features, constant=True, fill=positive),
    )


def running_outputs(features: str) -> tuple[Output, ...]:
    """The running statistics after it."""
    return tuple(Output(name, features, constant=True) for name in STATISTICS)


def bn_param(mode: str) -> Bundle:
    """The course's dict."""
    return Bundle("bn_param", (*STATISTICS, "momentum", "eps"), {"mode": mode}, STATISTICS)


def standardized_terms(slip, x, gamma, beta, dout, eps, axis, counts=None):
    """Out, dx by its paths, and dgamma and dbeta not yet summed, of rows that are standardized
    along an axis, 0 or 1; and the mean and the variance. ``counts``: wrong counts of the means.
    """
    axis = slip(axis, {"the statistics are taken along the other axis": 1 - axis})
    whole, n = "the statistics are those of the whole batch", x.shape[axis]
    mean = slip(x.mean(axis=axis, keepdims=True), {whole: x.mean(keepdims=True)})
    mean = slip(mean, {"the mean is not subtracted": 0 * mean})
    var = x.var(axis=axis, keepdims=True)
    unbiased = {"the variance divides by one less than the count": var * n / max(n - 1, 1)}
    var = slip(var, unbiased | {whole: x.var(keepdims=True)})
    stds = {
        "eps is added to the deviation, outside the root": np.sqrt(var) + eps,
        "x is divided by the variance, not by its root": var + eps,
    }
    std = slip(np.sqrt(var + eps), stds)
    out = gamma * (x - mean) / slip(std, {"eps is left out": np.sqrt(var)}) + beta
    std = slip(std, {"eps is left out of the backward": np.sqrt(var)})
    hat, g = (x - mean) / std, dout * gamma
    back = slip(std, {"eps is left out of what the backward divides by": np.sqrt(var)})
    along = slip(axis, {"the means of dx are taken along the other axis": 1 - axis})

    def paths(g):
        means = (a.mean(axis=along, keepdims=True) for a in (g, g * hat))
        to_mean, to_variance = means
        return {
            "the direct path": g / back,
            "the path through the mean": -to_mean / back * np.ones_like(g),
            "the path through the variance": -hat * to_variance / back,
        }

    dx = paths(g)
    direct, rest = dx["the direct path"], sum(list(dx.values())[1:])
    wrong = {name: direct + rest * n / count for name, count in (counts or {}).items() if count}
    last = {"gamma is multiplied in last, after the means": gamma * sum(paths(dout).values())}
    dgamma = {
        "out stands for x̂": dout * out,
        "x stands for x̂": dout * x,
        "x - μ stands for x̂, not divided by the deviation": dout * (x - mean),
    }
    return {
        "out": out,
        "dx": slip(dx, wrong | last),
        "dgamma": slip(dout * hat, dgamma),
        "dbeta": dout,
        "statistics": (x.mean(axis=0), x.var(axis=0)),
    }


def terms(slip, inputs, cotangents, *, momentum, eps):
    """All quantities of the training in NumPy, and the slips that people make."""
    x, (gamma, beta) = inputs["x"], scaled(slip, inputs)
    dout, n = cotangents["dout"], len(x)
    found = standardized_terms(
        slip, x, gamma, beta, dout, eps, 0, {"the means of dx divide by N - 1": n - 1}
    )
    mean, var = found.pop("statistics")
    running = running_terms(slip, inputs, mean, var, momentum, eps)
    new = (x - running["running_mean"]) / np.sqrt(running["running_var"] + eps)
    trained = {"the new running statistics are used in training": gamma * new + beta}
    summed = {name: found[name].sum(axis=0) for name in ("dgamma", "dbeta")}
    return found | {"out": slip(found["out"], trained)} | running | summed


def scaled(slip, inputs):
    """gamma and beta, perhaps left out."""
    plain = "gamma and beta are left out"
    return slip(inputs["gamma"], {plain: 1.0}), slip(inputs["beta"], {plain: 0.0})


def running_terms(slip, inputs, mean, var, momentum, eps):
    """The running statistics after a batch with this mean and variance."""
    of_batch = slip(
        var,
        {
            "the running deviation is kept, not the variance": np.sqrt(var),
            "eps is added to the variance that is kept": var + eps,
        },
    )
    return {
        "running_mean": momentum * inputs["running_mean"] + (1 - momentum) * mean,
        "running_var": momentum * inputs["running_var"] + (1 - momentum) * of_batch,
    }


def test_terms(slip, inputs, cotangents, *, momentum, eps):
    """All quantities in test mode in NumPy, and the slips that people make."""
    x, axes = inputs["x"], _all_but_features(inputs["x"])
    batch = "the statistics of the batch are used, as in training"
    moved = "the running statistics move in test mode, too"
    mean, var, own_mean, own_var = (
        a.reshape(-1, *(1,) * (x.ndim - 2))
        for a in (inputs["running_mean"], inputs["running_var"], x.mean(axes), x.var(axes))
    )
    gamma, beta = _aligned(x, inputs["gamma"], inputs["beta"])
    plain = "gamma and beta are left out"
    gamma, beta = slip(gamma, {plain: 1.0}), slip(beta, {plain: 0.0})
    used, spread = slip(mean, {batch: own_mean}), slip(var, {batch: own_var})
    std = slip(
        np.sqrt(spread + eps),
        {
            "the running variance is taken for a deviation": np.sqrt(spread**2 + eps),
            "eps is added to the deviation, outside the root": np.sqrt(spread) + eps,
        },
    )
    after = {
        name: momentum * inputs[name] + (1 - momentum) * of(axes)
        for name, of in zip(STATISTICS, (x.mean, x.var), strict=True)
    }
    return {
        "out": gamma * (x - used) / std + beta,
        **{name: slip(inputs[name], {moved: after[name]}) for name in after},
    }


def batch_normalization(
    name: str,
    x: str,
    mode: str,
    points: tuple[Point, ...],
    also: Mapping[str, tuple[str, ...]] | None = None,
    terms: Callable[..., Any] = terms,
) -> Layer:
    """The layer for an ``x`` of this shape, whose second symbol is the number of features.

    In mode "test" nothing has a cotangent: the course has no backward for it.
    """
    features, test = x.split()[1], mode == "test"
    return Layer(
        name=name,
        formula=FORMULAS[mode],
        inputs=(
            Input("x", x, constant=test),
            Input("gamma", features, constant=test),
            Input("beta", features, constant=test),
            *running_inputs(features),
        ),
        outputs=(Output("out", x), *running_outputs(features)),
        points=points,
        torch=torch_test if test else torch_train,
        jax=(jax_test, jax_test_folded) if test else (jax_train,),
        options=("momentum", "eps"),
        arguments=("x", "gamma", "beta", bn_param(mode)),
        stem=name.removesuffix("_test"),
        also=also or {},
        scenarios=() if test else (SHIFTED, REPEATED),
        conventions=() if test else (UNBIASED,),
        terms=test_terms if test else terms,
    )


# Where all examples are the same, σ² is nothing but rounding errors: only an eps well above their
# squares leaves something to claim in bfloat16.
batchnorm = batch_normalization(
    "batchnorm",
    "N D",
    "train",
    (
        Point(
            {"N": 7, "D": 5, "momentum": 0.7, "eps": 0.1},
            scenarios=("normal", "positive", "shifted", "large-upstream", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "D": 2, "momentum": 0.9, "eps": 0.3}),
        Point({"N": 13, "D": 1, "momentum": 0.25, "eps": 0.00001}),
        # What code that lets nobody choose has built in.
        Point({"N": 11, "D": 3, "momentum": 0.9, "eps": 0.00001}),
        Point({"N": 5, "D": 7, "momentum": 0.9, "eps": 0.000001}),
        Point({"N": 3, "D": 5, "momentum": 0.9, "eps": 0.0000001}),
        Point({"N": 7, "D": 2, "momentum": 0.9, "eps": 0.00000001}),
        Point({"N": 103, "D": 2, "momentum": 0.6, "eps": 0.001}, scenarios=("normal", "positive")),
    ),
    {"batchnorm_alt": ("batchnorm_forward", "batchnorm_backward_alt")},
)

batchnorm_test = batch_normalization(
    "batchnorm_test",
    "N D",
    "test",
    (
        Point(
            {"N": 7, "D": 5, "momentum": 0.7, "eps": 0.1},
            scenarios=("normal", "positive", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 1, "D": 3, "momentum": 0.9, "eps": 0.01}),
        Point({"N": 13, "D": 1, "momentum": 0.25, "eps": 0.00001}),
        # What code that lets nobody choose has built in.
        Point({"N": 11, "D": 3, "momentum": 0.9, "eps": 0.00001}),
        Point({"N": 5, "D": 7, "momentum": 0.9, "eps": 0.000001}),
        Point({"N": 3, "D": 5, "momentum": 0.9, "eps": 0.0000001}),
        Point({"N": 7, "D": 2, "momentum": 0.9, "eps": 0.00000001}),
        Point({"N": 0, "D": 3, "momentum": 0.9, "eps": 0.01}, scenarios=("empty",)),
    ),
)
