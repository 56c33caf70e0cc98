"""Multiclass hinge loss: loss = 1/N · Σₙ Σ_{c ≠ yₙ} max(0, x[n, c] - x[n, yₙ] + 1).

J. Weston and C. Watkins, "Support Vector Machines for Multi-Class Pattern Recognition", 1999. Both
references are written from the formula: JAX has no such loss, and torch's multi_margin_loss divides
by C as well, takes a NaN for a margin that is met and knows no two-byte floats.
"""

from collections.abc import Iterator

import numpy as np

from crosscheck.calling import Loss
from crosscheck.layer import Alternative, Arrays, Dispute, Input, Layer, Output, Point
from crosscheck.layers.relu import SLOPE_AT_NAN
from crosscheck.scenario import FORMS, LABELS

SLOPE_AT_ZERO = "the slope at a margin of 0 is taken as 1 or 1/2, not 0"


def torch_reference(x, y):
    """From the formula, with torch.nn.functional.relu."""
    import torch
    from torch.nn.functional import relu

    margins = relu(x - x.gather(1, y[:, None]) + 1)
    others = torch.arange(x.shape[1]) != y[:, None]
    return torch.where(others, margins, torch.zeros_like(x)).sum() / len(x)


def jax_reference(x, y):
    """From the formula, with jax.nn.relu."""
    import jax.numpy as jnp
    from jax.nn import relu

    margins = relu(x - jnp.take_along_axis(x, y[:, None], axis=1) + 1)
    others = jnp.arange(x.shape[1]) != y[:, None]
    return jnp.where(others, margins, jnp.zeros_like(x)).sum() / len(x)


def slopes_at_kinks(scores: np.ndarray, y: np.ndarray, slope: float) -> np.ndarray:
    """What the gradient of the scores has more if the slope at a margin of exactly 0 is not 0."""
    labels = np.arange(len(y)), y
    kinks = (scores - scores[labels][:, np.newaxis] + 1 == 0).astype(np.float64)
    kinks[labels] = -kinks.sum(axis=1)
    return slope * kinks / len(y)


def other_slopes(expected: np.ndarray, inputs: Arrays, _: Arrays) -> Iterator[np.ndarray]:
    """What dx is with another subgradient at a margin of 0: all slopes from 0 to 1 are."""
    x = inputs["x"].astype(np.float64)
    for slope in (1.0, 0.5):
        yield expected + slopes_at_kinks(x, inputs["y"], slope)


def terms(slip, inputs, cotangents):
    """Loss and dx in NumPy, and the slips that people make."""
    x, y = inputs["x"], inputs["y"]
    n, rows, onehot = len(x), np.arange(len(x)), np.eye(x.shape[1])[y]
    raw = x - x[rows, y][:, None] + slip(1.0, {"the margin is 0, not 1": 0.0})
    raw = slip(raw, {"the margins are x[y] - x[c] + 1, with the signs swapped": 2 - raw})
    over = np.maximum(raw, 0) * (1 - onehot)
    worst = over * (over == over.max(axis=1, keepdims=True))
    squared, only_worst = "the hinge is squared", "only the worst class counts"
    hinges = {
        squared: over**2,
        only_worst: worst,
        "the label's own margin, which is 1, is counted": np.maximum(raw, 0),
        "the first class is left out": over * (np.arange(x.shape[1]) > 0),
    }
    positive = (over > 0) * 1.0
    counts = {
        squared: 2 * over,
        only_worst: (worst > 0) * 1.0,
        "the slope is made of the margins, not of where they are positive": over,
        "the mask is where scores, not margins, are positive": (x > 0) * (1 - onehot),
        "the slope at a margin of 0 is 2": positive + 2 * (raw == 0) * (1 - onehot),
        "margins are truncated to integers": (np.trunc(raw) > 0) * (1 - onehot),
    }
    counted = slip(positive, counts)
    at_label = slip(
        counted.sum(axis=1),
        {
            "the label gets -1/N, however many margins are positive": np.ones(n),
            "the label's own margin is counted in the gradient": counted.sum(axis=1) - 1,
            "margins are counted over the batch, not over the classes": counted.sum(axis=0)[y],
            "every other class counts at the label, whether its margin is positive or not": np.full(
                n, x.shape[1] - 1.0
            ),
            "only the first positive margin is subtracted at the label": np.sign(
                counted.sum(axis=1)
            ),
        },
    )
    return {
        "loss": slip(over, hinges).sum() / n,
        "dx": {
            "what the other classes get": counted / n,
            "what the label gets": -onehot * at_label[:, None] / n,
        },
    }


svm_loss = Layer(
    name="svm_loss",
    formula="loss = 1/N · Σₙ Σ_{c ≠ yₙ} max(0, mₙc), mₙc = xₙ[c] - xₙ[yₙ] + 1    "
    "dx[n, c] = [mₙc > 0] / N    dx[n, yₙ] = -Σ_{c ≠ yₙ} [mₙc > 0] / N",
    inputs=(Input("x", "N C"), Input("y", "N", below="C")),
    outputs=(Output("loss", ""),),
    points=(
        Point(
            {"N": 5, "C": 7},
            scenarios=("normal", "equal-rows", "ties", "large", *FORMS, *LABELS),
            seeds=(0, 1, 2),
        ),
        # Halves are exact, so every bit must be right; and many margins of integers are exactly 0.
        Point({"N": 2, "C": 11}, scenarios=("normal", "integers", "nan", "inf")),
        Point({"N": 1, "C": 3}),
        Point({"N": 3, "C": 1}),
        Point({"N": 11, "C": 2}),
        # N is more than a byte holds: positions in the labels' own dtype overflow.
        Point({"N": 307, "C": 3}, scenarios=("normal", "labels-int8", "labels-uint8")),
        Point({"N": 0, "C": 5}, scenarios=("empty",)),
        Point({"N": 2, "C": 1021}, scenarios=("positive",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
    calling=Loss(),
    conventions=(
        Dispute("dx", SLOPE_AT_NAN, ("nan",)),
        Alternative("dx", SLOPE_AT_ZERO, other_slopes),
    ),
)
