"""Mean cross-entropy of softmax: loss = -1/N · Σₙ log softmax(x[n])[y[n]]."""

from collections.abc import Iterator

import numpy as np

from crosscheck.calling import Loss
from crosscheck.dtypes import Format
from crosscheck.layer import Alternative, Arrays, Defect, Input, Layer, Output, Point
from crosscheck.layers.softmax import ONE_HOT_PRODUCT, log_slips, probabilities, unstable
from crosscheck.scenario import Bits, Scenario, Shape

EPSILONS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)


def torch_reference(x, y):
    """torch.nn.functional.cross_entropy, whose default reduction is the mean."""
    from torch.nn.functional import cross_entropy

    return cross_entropy(x, y)


def jax_reference(x, y):
    """jax.nn.log_softmax, read at the labels."""
    import jax.numpy as jnp
    from jax.nn import log_softmax

    return -jnp.mean(jnp.take_along_axis(log_softmax(x, axis=1), y[:, None], axis=1))


def jax_by_logarithms(x, y):
    """The same, where p in the derivative is exp(log p), as in torch, not exp(x - max x) / Σ: log p
    of large scores has lost digits that their differences still have.
    """
    import jax.numpy as jnp
    from jax.lax import stop_gradient
    from jax.nn import log_softmax

    p = stop_gradient(jnp.exp(log_softmax(x, axis=1)))
    zeros = x - stop_gradient(x)
    scores = jnp.sum(p * zeros, axis=1, keepdims=True)
    return jax_reference(stop_gradient(x), y) + jnp.mean(
        scores - jnp.take_along_axis(zeros, y[:, None], axis=1)
    )


def underflowing_scores(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Zeros and, in one column, a score so large that every other probability underflows."""
    values = np.zeros(shape)
    values[:, bits.below(shape[1], ())] = 800.0 if fmt.name == "float64" else 110.0
    return values


GUARDED = "log p is taken of p + ε, or of p clipped at ε: ε from 1e-5 to 1e-15"


def guarded(p: np.ndarray, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """Two ways to keep the logarithm of a probability finite: adding ε, and clipping."""
    return p + epsilon, np.clip(p, epsilon, 1 - epsilon)


def guarded_sums(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    """Σ over rows of -log p[y] if the probabilities are kept from 0, lest it be infinite."""
    exponentials = np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf))
    p = (exponentials / exponentials.sum(axis=1, keepdims=True))[np.arange(len(y)), y]
    for epsilon in EPSILONS:
        for kept in guarded(p, epsilon):
            yield -np.log(kept).sum()


def guarded_losses(_: np.ndarray, inputs: Arrays, __: Arrays) -> Iterator[np.ndarray]:
    """What the loss is with such probabilities."""
    for total in guarded_sums(inputs["x"].astype(np.float64), inputs["y"]):
        yield total / np.float64(len(inputs["y"]))


def terms(slip, inputs, cotangents):
    """Loss and dx in NumPy, and the slips that people make."""
    x, classes = inputs["x"], inputs["x"].shape[1]
    y = slip(inputs["y"], {"labels count from 1": (inputs["y"] - 1) % classes})
    n, rows, onehot = len(x), np.arange(len(x)), np.eye(classes)[y]
    wrong = unstable(x)
    wrong["the probabilities are normalized over the batch"] = probabilities(x, axis=0)
    p, logs = slip(probabilities(x), wrong), log_slips(slip, x, wrong)
    best = np.argmax(x, axis=1)
    losses = slip(
        -logs[rows, y],
        {
            "the loss is read at the largest score, not at the label": -logs[rows, best],
            "every row is read at every label": -logs[:, y].mean(axis=1),
            "the last row is left out of the loss": -logs[rows, y] * (rows < n - 1),
            ONE_HOT_PRODUCT: -(np.log(p) * onehot).sum(axis=1),
        },
    )
    loss = slip(losses.sum() / n, {"the losses are not averaged": losses})
    columns = np.zeros_like(x)
    columns[:, y] = 1
    labels = slip(
        -onehot / n,
        {
            "1 is subtracted only after the division by N": -onehot,
            "1 is subtracted in the whole column of each label": -columns / n,
        },
    )
    return {"loss": loss, "dx": {"the probabilities": p / n, "the 1 at the labels": labels}}


softmax_loss = Layer(
    name="softmax_loss",
    formula="loss = -1/N · Σₙ log softmax(xₙ)[yₙ]    dx = (softmax(x) - onehot(y)) / N",
    inputs=(Input("x", "N C"), Input("y", "N", below="C")),
    outputs=(Output("loss", ""),),
    points=(
        Point({"N": 5, "C": 7}, scenarios=None, seeds=(0, 1, 2)),
        Point({"N": 1, "C": 3}),
        Point({"N": 3, "C": 1}),
        Point({"N": 11, "C": 2}),
        # N is more than a byte holds: positions in the labels' own dtype overflow.
        Point({"N": 307, "C": 3}, scenarios=("normal", "labels-int8", "labels-uint8")),
        Point({"N": 0, "C": 5}, scenarios=("empty",)),
        Point({"N": 2, "C": 4099}),
    ),
    torch=torch_reference,
    jax=(jax_reference, jax_by_logarithms),
    terms=terms,
    calling=Loss(),
    conventions=(
        Alternative(
            "loss",
            GUARDED,
            guarded_losses,
        ),
    ),
    defects=tuple(
        Defect(
            framework,
            "loss",
            dtypes,
            ("near-overflow",),
            "the sum of the losses overflows before it is divided by N",
        )
        # JAX sums float16 in float32.
        for framework, dtypes in (
            ("torch", ("float16", "bfloat16", "float32")),
            ("jax", ("bfloat16", "float32")),
        )
    ),
    scenarios=(
        Scenario(
            "underflow",
            "scores so far apart that exp of their difference is 0",
            underflowing_scores,
            stress=True,
        ),
    ),
)
