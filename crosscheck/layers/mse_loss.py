"""Mean squared error over all elements: loss = 1/n · Σ (x - y)², as torch has it."""

from collections.abc import Iterator

import numpy as np

from crosscheck.calling import Loss
from crosscheck.layer import Alternative, Arrays, Input, Layer, Output, Point
from crosscheck.scenario import FORMS


def torch_reference(x, y):
    """torch.nn.functional.mse_loss, whose default reduction is the mean."""
    from torch.nn.functional import mse_loss

    return mse_loss(x, y)


def jax_reference(x, y):
    """The mean of optax.squared_error."""
    import jax.numpy as jnp
    from optax import squared_error

    return jnp.mean(squared_error(x, y))


def other_scales(expected: np.ndarray, inputs: Arrays, _: Arrays) -> Iterator[np.ndarray]:
    """What loss and dx are with a ½, or as the mean over the examples, or as a sum."""
    x = inputs["x"]
    for scale in (0.5, x[:1].size, x[:1].size / 2, x.size, x.size / 2) if x.ndim else (0.5,):
        yield expected * scale


def terms(slip, inputs, cotangents):
    """Loss and dx in NumPy, and the slips that people make."""
    x, y = inputs["x"], inputs["y"]
    off, size = x - y, max(x.size, 1)
    every = x - y[:, None] if y.ndim == 1 else off
    absolute = "the absolute error is taken, not its square"
    loss = {
        absolute: np.abs(off).mean(),
        "the root is taken of the mean": np.sqrt((off**2).mean()),
        "the square is taken of the mean error": off.mean() ** 2,
        "x² - y² stands for (x - y)²": (x**2 - y**2).mean(),
        "every element of x is compared with every target": (every**2).mean(),
        "the losses are averaged over the first axis only": (off**2).sum(axis=0) / max(len(x), 1)
        if x.ndim
        else off,
    }
    return {
        "loss": slip((off**2).mean(), loss),
        "dx": slip(2 * off / size, {absolute: np.sign(off) / size}),
    }


mse_loss = Layer(
    name="mse_loss",
    formula="loss = 1/n · Σ (x - y)², n elements    dx = 2/n · (x - y)",
    inputs=(Input("x", "*s"), Input("y", "*s", constant=True)),
    outputs=(Output("loss", ""),),
    points=(
        Point(
            {"s": (5, 7)},
            scenarios=("normal", "positive", "large", "large-upstream", "nan", "inf", *FORMS),
            seeds=(0, 1, 2),
        ),
        Point({"s": (11,)}, scenarios=("normal", "kinks")),
        Point({"s": (2, 3, 5)}),
        Point({"s": (1, 13)}),
        Point({"s": (3, 1)}),
        Point({"s": ()}, scenarios=("scalar",)),
        Point({"s": (0, 7)}, scenarios=("empty",)),
        Point({"s": (2, 1021)}, scenarios=("positive",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
    calling=Loss(),
    conventions=tuple(
        Alternative(q, "it is halved, or a mean over examples, or a sum", other_scales)
        for q in ("loss", "dx")
    ),
)
