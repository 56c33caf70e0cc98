"""Rectified linear unit: out = max(x, 0), elementwise."""

from collections.abc import Iterator

import numpy as np

from crosscheck.layer import Alternative, Arrays, Dispute, Input, Layer, Output, Point

# The words of these conventions, for all that is made of relu.
SLOPE_AT_NAN = "the slope at NaN is 1 in torch and 0 in JAX"
SLOPE_AT_ZERO = "the slope at 0 is taken as 1 or 1/2, not 0"


def torch_reference(x):
    """torch.nn.functional.relu."""
    from torch.nn.functional import relu

    return relu(x)


def jax_reference(x):
    """jax.nn.relu."""
    from jax.nn import relu

    return relu(x)


def other_slopes(expected: np.ndarray, inputs: Arrays, cotangents: Arrays) -> Iterator[np.ndarray]:
    """What dx is with another subgradient at x = 0: all slopes from 0 to 1 are."""
    x, dout = (a.astype(np.float64) for a in (inputs["x"], cotangents["dout"]))
    for slope in (1.0, 0.5):
        yield np.where(x == 0, slope * dout, expected)


def terms(slip, inputs, cotangents):
    """Out and dx in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    out = slip(
        np.maximum(x, 0),
        {
            "negative inputs leak through, times 0.01": np.where(x > 0, x, 0.01 * x),
            "the output is cut off at 6": np.clip(x, 0, 6),
            "the output is the mask, not x under it": (x > 0) * 1.0,
        },
    )
    mask = slip(
        (x > 0) * 1.0,
        {
            "the mask is taken from dout, not from x": (dout > 0) * 1.0,
            "the mask is inverted": (x <= 0) * 1.0,
            "x is truncated to integers before it is compared with 0": (np.trunc(x) > 0) * 1.0,
            "the slope at 0 is 2": (x > 0) + 2.0 * (x == 0),
            "inputs up to 1e-6 count as negative": (x > 1e-6) * 1.0,
            "the slope is computed as relu(x)/x, which is 0/0 at 0": np.maximum(x, 0) / x,
            "relu(x) is multiplied in, not its slope": np.maximum(x, 0),
        },
    )
    gradient = {
        "dout is not multiplied in": mask,
        "the gradient is kept in an array of truth values": ((mask * dout) != 0) * 1.0,
    }
    return {"out": out, "dx": slip(dout * mask, gradient)}


relu = Layer(
    name="relu",
    formula="out = max(x, 0)    dx = dout where x > 0, else 0",
    inputs=(Input("x", "*s"),),
    outputs=(Output("out", "*s"),),
    points=(
        Point({"s": (5, 2, 3)}, scenarios=None, seeds=(0, 1, 2)),
        Point({"s": ()}, scenarios=("scalar",)),
        Point({"s": (7,)}),
        Point({"s": (3, 11)}),
        Point({"s": (2, 3, 5, 7)}),
        Point({"s": (3, 2, 1, 7, 5)}),
        Point({"s": (1, 11)}),
        Point({"s": (13, 1)}),
        Point({"s": (0, 7)}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    conventions=(
        Dispute("dx", SLOPE_AT_NAN, ("nan",)),
        Alternative("dx", SLOPE_AT_ZERO, other_slopes),
    ),
    terms=terms,
)
