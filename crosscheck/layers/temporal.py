"""Layers applied at every time step on its own, as CS231n has them: an affine layer, and the
cross-entropy of softmax, summed over the steps that count and averaged over the batch.

The loss is divided by N, not by N·T nor by the number of steps that count (which is what torch's
``reduction="mean"`` does): the assignment's own check of its value tells them apart.
"""

from collections.abc import Iterator

import numpy as np

from crosscheck.calling import Loss
from crosscheck.dtypes import Format
from crosscheck.layer import Alternative, Arrays, Defect, Input, Layer, Output, Point
from crosscheck.layers.conv import SUMMED_NARROWLY
from crosscheck.layers.softmax import (
    ONE_HOT_PRODUCT,
    UNSHIFTED,
    log_probabilities,
    log_slips,
    probabilities,
    unstable,
)
from crosscheck.layers.softmax_loss import GUARDED, guarded_sums
from crosscheck.scenario import FORMS, LABELS, Bits, Scenario, Shape, normal


def torch_affine(x, w, b):
    """torch.nn.functional.linear, which takes the weight as (M, D)."""
    from torch.nn.functional import linear

    return linear(x, w.T, b)


def jax_affine(x, w, b):
    """From the formula."""
    return x @ w + b


def affine_terms(slip, inputs, cotangents):
    """All quantities in NumPy, and the slips that people make."""
    x, w, b, dout = inputs["x"], inputs["w"], inputs["b"], cotangents["dout"]
    mixed = {"batch and time are mixed up by a reshape": x.reshape(x.shape[1], len(x), -1)}
    swapped = slip(x, {n: a.swapaxes(0, 1) for n, a in mixed.items()})
    refitted = {"w is reshaped to (M, D), not transposed": w.reshape(w.shape[::-1])}
    last = {"only the last step is used": (x[:, -1:], dout[:, -1:])}
    seen, upstream = slip((x, dout), last)
    return {
        "out": {"x·w": swapped @ w, "the bias": np.broadcast_to(b, dout.shape)},
        "dx": dout @ slip(w.T, refitted),
        "dw": np.einsum("ntd,ntm->dm", seen, upstream),
        "db": upstream.sum(axis=(0, 1)),
    }


temporal_affine = Layer(
    name="temporal_affine",
    formula="out[n,t] = x[n,t]·w + b    dx = dout·wᵀ    dw = Σₙₜ x[n,t]ᵀ·dout[n,t]    "
    "db = Σₙₜ dout[n,t]",
    inputs=(Input("x", "N T D"), Input("w", "D M"), Input("b", "M")),
    outputs=(Output("out", "N T M"),),
    points=(
        Point(
            {"N": 2, "T": 3, "D": 5, "M": 7},
            scenarios=("normal", "positive", "integers", "large-upstream", "nan", "inf", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 1, "T": 3, "D": 2, "M": 5}),
        Point({"N": 5, "T": 1, "D": 3, "M": 2}),
        Point({"N": 3, "T": 2, "D": 1, "M": 5}),
        Point({"N": 3, "T": 5, "D": 2, "M": 1}),
        Point({"N": 13, "T": 31, "D": 2, "M": 1}, scenarios=("positive", "integers")),
        Point({"N": 0, "T": 2, "D": 3, "M": 5}, scenarios=("empty",)),
    ),
    torch=torch_affine,
    jax=(jax_affine,),
    terms=affine_terms,
    defects=(
        Defect(
            "jax",
            "db",
            ("bfloat16",),
            ("positive",),
            f"{SUMMED_NARROWLY}: 403 ones make 256",
        ),
    ),
)


def torch_loss(x, y, mask):
    """torch.nn.functional.cross_entropy of the steps that count, and of no others."""
    from torch.nn.functional import cross_entropy

    return cross_entropy(x[mask], y[mask], reduction="sum") / len(x)


def jax_loss(x, y, mask):
    """jax.nn.log_softmax, read at the labels; of zeros at the steps that do not count, so that not
    even the derivative sees a NaN there.
    """
    import jax.numpy as jnp
    from jax.nn import log_softmax

    counted = mask[..., None]
    logs = log_softmax(jnp.where(counted, x, 0), axis=2)
    losses = -jnp.take_along_axis(logs, y[..., None], axis=2)
    return jnp.sum(jnp.where(counted, losses, 0)) / len(x)


def jax_loss_by_logarithms(x, y, mask):
    """The same, where p in the derivative is exp(log p), as in torch, not exp(x - max x) / Σ: see
    softmax_loss.
    """
    import jax.numpy as jnp
    from jax.lax import stop_gradient
    from jax.nn import log_softmax

    counted = mask[..., None]
    p = stop_gradient(jnp.exp(log_softmax(jnp.where(counted, x, 0), axis=2)))
    zeros = jnp.where(counted, x - stop_gradient(x), 0)
    scores = jnp.sum(p * zeros, axis=2, keepdims=True)
    slopes = scores - jnp.take_along_axis(zeros, y[..., None], axis=2)
    return jax_loss(stop_gradient(x), y, mask) + jnp.sum(slopes) / len(x)


def guarded_losses(_: np.ndarray, inputs: Arrays, __: Arrays) -> Iterator[np.ndarray]:
    """What the loss is if the probabilities are kept from 0."""
    x, y, mask = (inputs[name] for name in ("x", "y", "mask"))
    for total in guarded_sums(x[mask].astype(np.float64), y[mask]):
        yield total / np.float64(len(x))


def some_steps(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A mask that leaves out a quarter of the steps, the last one among them, but not the first."""
    mask = bits.below(4, shape) > 0
    mask[-1:, -1:] = False
    mask[:1, :1] = True
    return mask


def no_first_row(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A mask that leaves out every step of the first row, and some of the others."""
    mask = some_steps(bits, shape, fmt)
    mask[0] = False
    return mask


def no_last_step(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A mask that leaves out the last step of every row only."""
    mask = np.ones(shape, bool)
    mask[:, -1] = False
    return mask


def ending_in_nonfinite(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """``normal`` scores, but for a NaN in the last step of the first row, an inf in the others'."""
    values = normal(bits, shape, fmt)
    values[:, -1, 0] = np.inf
    values[0, -1, 0] = np.nan
    return values


def loss_terms(slip, inputs, cotangents):
    """Loss and dx in NumPy, and the slips that people make."""
    x, mask = (
        inputs["x"],
        slip(
            inputs["mask"],
            {
                "the mask is read along the other axis": inputs["mask"].T.reshape(
                    inputs["mask"].shape
                ),
                "one step that does not count drops the whole row": np.broadcast_to(
                    inputs["mask"].all(axis=1, keepdims=True), inputs["mask"].shape
                ),
            },
        ),
    )
    n, counted, onehot = len(x), mask[..., None] * 1.0, np.eye(x.shape[2])[inputs["y"]]
    wrong = unstable(x)
    masked = f"{UNSHIFTED}, and NaN times a mask of 0 is NaN"
    wrong |= {
        "the probabilities are normalized over time": probabilities(x, axis=1),
        masked: wrong[UNSHIFTED],
    }
    p, logs = slip(probabilities(x), wrong), log_slips(slip, x, wrong)
    products = {ONE_HOT_PRODUCT: -(np.log(p) * onehot).sum(axis=2)}
    losses = slip(-_at_labels(logs, inputs["y"]), products)
    steps, size = mask.sum(), mask.size
    count = slip(
        float(n),
        {
            "loss and dx are divided by N·T": float(size),
            "loss and dx are divided by the number of steps that count": max(float(steps), 1.0),
        },
    )
    zeroed = log_probabilities(x * counted)
    total = slip(
        losses[mask].sum(),
        {
            masked: (losses * mask).sum(),
            "the mask is ignored in the loss": losses.sum(),
            "the mask multiplies the scores, not the losses": -_at_labels(
                zeroed, inputs["y"]
            ).sum(),
            "log p is multiplied by the mask, and 0·log 0 is NaN": -(
                np.log(_at_labels(p, inputs["y"])) * mask
            ).sum(),
            "the mean over no steps is 0 / 0": losses[mask].sum() * steps / np.float64(steps),
        },
    )
    return {
        "loss": total / count,
        "dx": {
            "the probabilities": slip(
                np.where(mask[..., None], p, 0.0),
                {"the mask is ignored in dx": p, masked: counted * p},
            )
            / count,
            "the 1 at the labels": slip(
                -counted * onehot,
                {
                    "the mask is ignored in dx": -onehot,
                    "1 is subtracted at the labels of masked steps, too": -onehot,
                },
            )
            / count,
        },
    }


def _at_labels(array, y):
    """One number a step."""
    return np.take_along_axis(array, y[..., None].astype(np.intp), axis=2)[..., 0]


temporal_softmax_loss = Layer(
    name="temporal_softmax_loss",
    formula="loss = -1/N · Σₙₜ mask[n,t] · log softmax(x[n,t])[y[n,t]]    "
    "dx = mask · (softmax(x) - onehot(y)) / N",
    inputs=(
        Input("x", "N T V"),
        Input("y", "N T", below="V"),
        Input("mask", "N T", fill=some_steps, constant=True),
    ),
    outputs=(Output("loss", ""),),
    points=(
        Point(
            {"N": 3, "T": 5, "V": 7},
            scenarios=(
                *("normal", "ties", "equal-rows", "large", "nan", "inf"),
                *("masked-row", "all-masked", "unmasked", "masked-nonfinite"),
                *FORMS,
                *LABELS,
            ),
            seeds=(0, 1),
        ),
        Point({"N": 1, "T": 3, "V": 5}),
        Point({"N": 5, "T": 1, "V": 2}),
        Point({"N": 2, "T": 3, "V": 1}),
        Point({"N": 2, "T": 31, "V": 3}),
        # More steps than a byte counts: positions in the labels' own dtype overflow.
        Point({"N": 41, "T": 7, "V": 2}, scenarios=("normal", "labels-int8", "labels-uint8")),
        Point({"N": 0, "T": 3, "V": 5}, scenarios=("empty",)),
    ),
    torch=torch_loss,
    jax=(jax_loss, jax_loss_by_logarithms),
    terms=loss_terms,
    calling=Loss(),
    conventions=(Alternative("loss", GUARDED, guarded_losses),),
    scenarios=(
        Scenario("masked-row", "no step of the first row counts", fills={"mask": no_first_row}),
        Scenario(
            "all-masked",
            "no step counts",
            fills={"mask": lambda b, shape, f: np.zeros(shape, bool)},
        ),
        Scenario(
            "unmasked",
            "every step counts",
            fills={"mask": lambda b, shape, f: np.ones(shape, bool)},
        ),
        Scenario(
            "masked-nonfinite",
            "NaN or inf at steps that do not count",
            fills={"x": ending_in_nonfinite, "mask": no_last_step},
            guard="nonfinite",
        ),
    ),
)
