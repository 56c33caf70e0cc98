"""Fully connected layer: out = x·w + b, each x[i] flattened to a row of length D."""

import numpy as np

from crosscheck.layer import Input, Layer, Output, Point


def torch_reference(x, w, b):
    """torch.nn.functional.linear, which takes the weight as (M, D)."""
    from torch.nn.functional import linear

    return linear(x.flatten(start_dim=1), w.T, b)


def jax_reference(x, w, b):
    """jax.lax.dot_general on the flattened rows, plus the bias."""
    from jax import lax

    rows = lax.reshape(x, (x.shape[0], w.shape[0]))
    return lax.dot_general(rows, w, (((1,), (0,)), ((), ()))) + b


def terms(slip, inputs, cotangents):
    """All quantities in NumPy, and the slips that people make."""
    x, w, b, dout = inputs["x"], inputs["w"], inputs["b"], cotangents["dout"]
    rows = x.reshape(len(x), len(w))
    fortran = {"x is flattened in Fortran order": rows}
    if x.ndim > 2:
        fortran = {"x is flattened in Fortran order": x.reshape(len(x), len(w), order="F")}
    seen = slip(rows, fortran)
    return {
        "out": {"x·w": seen @ w, "the bias": np.broadcast_to(b, (len(x), len(b)))},
        "dx": (dout @ w.T).reshape(x.shape),
        "dw": slip(seen.T @ dout, {"x is not flattened before dw = xᵀ·dout": lambda: x.T @ dout}),
        "db": dout.sum(axis=0),
    }


affine = Layer(
    name="affine",
    formula="out = x·w + b    dx = dout·wᵀ    dw = xᵀ·dout    db = Σₙ dout",
    inputs=(Input("x", "N *d"), Input("w", "|d| M"), Input("b", "M")),
    outputs=(Output("out", "N M"),),
    points=(
        Point({"N": 5, "d": (2, 3), "M": 7}, scenarios=None, seeds=(0, 1, 2)),
        Point({"N": 3, "d": (5,), "M": 2}),
        Point({"N": 2, "d": (3, 5, 7), "M": 11}),
        Point({"N": 11, "d": (2, 3, 5, 7), "M": 13}),
        Point({"N": 1, "d": (5,), "M": 3}),
        Point({"N": 1, "d": (2, 3), "M": 5}),
        Point({"N": 3, "d": (1,), "M": 5}),
        Point({"N": 5, "d": (3, 1, 2), "M": 7}),
        Point({"N": 5, "d": (3,), "M": 1}),
        Point({"N": 3, "d": (2, 5), "M": 1}),
        Point({"N": 0, "d": (2, 3), "M": 5}, scenarios=("empty",)),
        Point({"N": 1, "d": (4099,), "M": 1}, scenarios=("positive", "integers")),
        Point({"N": 4099, "d": (1,), "M": 1}, scenarios=("positive", "integers")),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
)
