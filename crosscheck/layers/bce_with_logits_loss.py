"""Sigmoid and mean binary cross-entropy: loss = -1/n · Σ (y·log σ(x) + (1 - y)·log σ(-x)).

Targets are any numbers from 0 to 1, the ends included.
"""

from collections.abc import Iterator

import numpy as np

from crosscheck.calling import Loss
from crosscheck.dtypes import Format
from crosscheck.layer import Alternative, Arrays, Input, Layer, Output, Point
from crosscheck.layers.softmax_loss import EPSILONS, guarded
from crosscheck.scenario import FORMS, Bits, Scenario, Shape, at_exponent, positive


def targets(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A quarter of them exactly 0, a quarter exactly 1, the others anywhere between."""
    between, quarter = positive(bits, shape, fmt) / 4, bits.below(4, shape)
    return np.where(quarter < 2, quarter.astype(np.float64), between)


def torch_reference(x, y):
    """torch.nn.functional.binary_cross_entropy_with_logits."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(x, y)


def jax_reference(x, y):
    """From the formula log(1 + eˣ) - x·y: the derivative is σ(x) - y, as in torch. That of
    max(x, 0) - x·y + log(1 + exp(-|x|)) is not, where x is 0 and two slopes of kinks are added.
    """
    import jax.numpy as jnp

    return jnp.mean(jnp.logaddexp(x, 0) - x * y)


def guarded_losses(_: np.ndarray, inputs: Arrays, __: Arrays) -> Iterator[np.ndarray]:
    """What the loss is if both probabilities are kept from 0, lest a logarithm be infinite."""
    x, y = (inputs[name].astype(np.float64) for name in ("x", "y"))
    for epsilon in EPSILONS:
        sides = (guarded(1 / (1 + np.exp(-sign * x)), epsilon) for sign in (1, -1))
        for p, q in zip(*sides, strict=True):
            yield -(y * np.log(p) + (1 - y) * np.log(q)).sum() / np.float64(x.size)


def terms(slip, inputs, cotangents):
    """Loss and dx in NumPy, and the slips that people make."""
    twice = {"the sigmoid is applied twice": 1 / (1 + np.exp(-inputs["x"]))}
    x = slip(inputs["x"], twice)
    hard = {"targets are taken as 0 or 1": (inputs["y"] > 0.5) * 1.0}
    y, size = slip(inputs["y"], hard), max(x.size, 1)
    losses = slip(
        np.logaddexp(x, 0) - x * y,
        {
            "the term of 1 - y is forgotten": y * np.logaddexp(-x, 0),
            "the term of y is forgotten": (1 - y) * np.logaddexp(x, 0),
            "targets select one of the two logarithms": np.logaddexp(np.where(y == 1, -x, x), 0),
            "|x| is left out of the stable formula": np.maximum(x, 0)
            - x * y
            + np.log1p(np.exp(np.minimum(x, 80))),
        },
    )
    p, decay = 1 / (1 + np.exp(-x)), np.exp(-np.abs(x))
    quotient = {
        "exp(x) / (1 + exp(x)) is computed, which is inf / inf": np.exp(x) / (1 + np.exp(x))
    }
    dx = slip(
        (slip(p, quotient | {"the sigmoid is forgotten in dx": x}) - y) / size,
        {
            "dx is multiplied by the slope of the sigmoid": (p - y) * p * (1 - p) / size,
            "dx is that of the probabilities, (p - y) / (p·(1 - p))": (p - y)
            / (p * (1 - p))
            / size,
            "the slopes of max(x, 0) and |x| are both taken as 0 at 0": (
                (x > 0) - y - np.sign(x) * decay / (1 + decay)
            )
            / size,
        },
    )
    return {"loss": losses.mean(), "dx": dx}


bce_with_logits_loss = Layer(
    name="bce_with_logits_loss",
    formula="loss = -1/n · Σ (y·log σ(x) + (1 - y)·log σ(-x)), n elements    dx = (σ(x) - y) / n",
    inputs=(Input("x", "*s"), Input("y", "*s", fill=targets, constant=True)),
    outputs=(Output("loss", ""),),
    points=(
        Point(
            {"s": (5, 7)},
            scenarios=("normal", "kinks", "saturated", "large", "nan", *FORMS),
            seeds=(0, 1, 2),
        ),
        Point({"s": (11,)}),
        Point({"s": (2, 3, 5)}),
        Point({"s": (1, 13)}),
        Point({"s": (7, 1)}),
        Point({"s": ()}, scenarios=("scalar",)),
        Point({"s": (0, 7)}, scenarios=("empty",)),
        Point({"s": (2, 1021)}),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
    calling=Loss(),
    conventions=(
        Alternative(
            "loss",
            "logarithms are taken of p + ε, or of p clipped at ε: ε from 1e-5 to 1e-15",
            guarded_losses,
        ),
    ),
    scenarios=(
        Scenario(
            "saturated",
            "logits from 32 to 64 in magnitude, where σ rounds to 0 or 1",
            at_exponent(lambda f: 5),
            stress=True,
        ),
    ),
)
