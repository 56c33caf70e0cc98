"""Leaky rectified linear unit: out = x where x > 0, else α·x, elementwise.

A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
Models", ICML 2013.
"""

from collections.abc import Iterator

import numpy as np

from crosscheck.layer import Alternative, Arrays, Dispute, Input, Layer, Output, Point


def torch_reference(x, *, alpha):
    """torch.nn.functional.leaky_relu."""
    from torch.nn.functional import leaky_relu

    return leaky_relu(x, alpha)


def jax_reference(x, *, alpha):
    """jax.nn.leaky_relu."""
    from jax.nn import leaky_relu

    return leaky_relu(x, alpha)


def jax_with_torch_slope(x, *, alpha):
    """As in torch, whose slope at 0 is α: there dx is rounded, while JAX's is exact."""
    import jax.numpy as jnp

    return jnp.where(x > 0, x, alpha * x)


def mean_slope(
    expected: np.ndarray, inputs: Arrays, cotangents: Arrays, *, alpha: float
) -> Iterator[np.ndarray]:
    """What dx is with the mean of both slopes at x = 0, as the derivative of max(x, α·x) is."""
    x, dout = (a.astype(np.float64) for a in (inputs["x"], cotangents["dout"]))
    yield np.where(x == 0, (1 + alpha) / 2 * dout, expected)


def terms(slip, inputs, cotangents, *, alpha):
    """Out and dx in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    out = slip(
        np.where(x > 0, x, alpha * x),
        {
            "the two sides are swapped": np.where(x > 0, alpha * x, x),
            "the smaller of x and alpha·x is taken": np.minimum(x, alpha * x),
            "alpha itself is returned for negative x": np.where(x > 0, x, alpha),
        },
    )
    dx = slip(
        np.where(x > 0, dout, alpha * dout),
        {
            "the mask is taken from dout, not from x": np.where(dout > 0, dout, alpha * dout),
            "x stands for dout where x is negative": np.where(x > 0, dout, alpha * x),
            "alpha stands for alpha·dout where x is negative": np.where(x > 0, dout, alpha),
            "the slope at 0 is 0": np.where(x > 0, dout, np.where(x < 0, alpha * dout, 0)),
            "dout is not multiplied in": np.where(x > 0, 1.0, alpha),
        },
    )
    return {"out": out, "dx": dx}


leaky_relu = Layer(
    name="leaky_relu",
    formula="out = x where x > 0, else α·x    dx = dout where x > 0, else α·dout",
    inputs=(Input("x", "*s"),),
    outputs=(Output("out", "*s"),),
    points=(
        Point({"s": (5, 2, 3), "alpha": 0.1}, scenarios=None, seeds=(0, 1, 2)),
        Point({"s": (), "alpha": 0.3}, scenarios=("scalar",)),
        Point({"s": (7,), "alpha": 0.01}),
        Point({"s": (11,), "alpha": 0.25}, scenarios=("integers",)),
        Point({"s": (2, 3, 5, 7), "alpha": 0.7}),
        Point({"s": (0, 7), "alpha": 0.2}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference, jax_with_torch_slope),
    options=("alpha",),
    conventions=(
        Dispute("dx", "the slope at 0 is α in torch and 1 in JAX", ("kinks", "integers")),
        Alternative("dx", "the slope at 0 is the mean of α and 1", mean_slope),
    ),
    terms=terms,
)
