"""Linear classifiers: a loss of the scores X·W, plus the penalty reg·ΣW².

The penalty is without ½, as in the course's classifiers; with ½ it is an alternative.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from crosscheck.calling import Loss
from crosscheck.layer import Alternative, Arrays, Convention, Input, Layer, Output, Point
from crosscheck.layers import softmax_loss, svm_loss
from crosscheck.scenario import FORMS, LABELS


def penalized(loss_of_scores: Callable[..., Any]) -> Callable[..., Any]:
    """A reference for the classifier from one for its loss, in either framework."""

    def reference(W, X, y, *, reg):
        return loss_of_scores(X @ W, y) + reg * (W * W).sum()

    return reference


def half_penalty(
    expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float
) -> Iterator[np.ndarray]:
    """What the loss is with ½·reg·ΣW²."""
    yield expected - reg / 2 * (inputs["W"].astype(np.float64) ** 2).sum()


def half_penalty_gradient(
    expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float
) -> Iterator[np.ndarray]:
    """What dW is with ½·reg·ΣW²."""
    yield expected - reg * inputs["W"].astype(np.float64)


def other_slopes(
    expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float
) -> Iterator[np.ndarray]:
    """What dW is with another subgradient at a margin of 0."""
    W, X = (inputs[name].astype(np.float64) for name in ("W", "X"))
    for slope in (1.0, 0.5):
        yield expected + X.T @ svm_loss.slopes_at_kinks(X @ W, inputs["y"], slope)


def half_penalty_twice(
    expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float
) -> Iterator[np.ndarray]:
    """The same, for each of two slopes."""
    yield from (*half_penalty(expected, inputs, _, reg=reg),) * 2


def other_slopes_and_half_penalty(
    expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float
) -> Iterator[np.ndarray]:
    """What dW is with both."""
    for halved in half_penalty_gradient(expected, inputs, _, reg=reg):
        yield from other_slopes(halved, inputs, _, reg=reg)


def guarded_losses(
    _: np.ndarray, inputs: Arrays, __: Arrays, *, reg: float
) -> Iterator[np.ndarray]:
    """What the loss of softmax is if the probabilities are kept from 0."""
    W, X = (inputs[name].astype(np.float64) for name in ("W", "X"))
    for total in softmax_loss.guarded_sums(X @ W, inputs["y"]):
        yield total / len(X) + reg * (W**2).sum()


def terms(loss: ModuleType) -> Callable[..., Any]:
    """Loss and dW in NumPy, from the terms of the loss of the scores."""

    def of_classifier(slip, inputs, cotangents, *, reg):
        W, X = inputs["W"], inputs["X"]
        n, labels = len(X), np.eye(W.shape[1])[inputs["y"]]
        of_scores = loss.terms(slip, {"x": X @ W, "y": inputs["y"]}, {})
        ds = sum(of_scores["dx"].values())
        counted = slip(
            1.0,
            {
                "the loop assigns where it should add: the last example alone is left": (
                    np.arange(n) == n - 1
                )[:, None],
                "the loop ends one example too early": (np.arange(n) < n - 1)[:, None],
                "each example's share goes to the label's column only": labels,
                "the label's column is left out": 1 - labels,
            },
        )
        squares = (W**2).sum()
        penalty = slip(
            reg * squares,
            {
                "the weights are not squared in the penalty": reg * W.sum(),
                "the penalty is the norm of the weights, not its square": reg * np.sqrt(squares),
            },
        )
        sloped = slip(
            2 * reg * W,
            {"2·reg·ΣW² is added to dW, not 2·reg·W": np.full(W.shape, 2 * reg * squares)},
        )
        scores = {"dW is the gradient of the scores, without Xᵀ": ds}
        left_out = {
            f"{name}, in ds, is left out": ds - part for name, part in of_scores["dx"].items()
        }
        share = slip(ds, left_out) * counted
        parts = {"the term of the data": X.T @ share, "the penalty's slope": sloped}
        return {
            "loss": {"the loss of the data": of_scores["loss"], "the penalty": penalty},
            "dW": slip(parts, scores),
        }

    return of_classifier


PENALTY = "the penalty is ½·reg·ΣW²"
BOTH = f"{PENALTY}, and {svm_loss.SLOPE_AT_ZERO}"


def classifier(kind: str, loss: ModuleType, *conventions: Convention) -> Layer:
    """The classifier with that loss, which the course asks for twice: by loops, and without."""
    naive = f"{kind}_loss_naive"
    return Layer(
        name=f"{kind}_loss_vectorized",
        formula=f"loss = {kind}_loss(s, y) + reg·ΣW², s = X·W    dW = Xᵀ·ds + 2·reg·W",
        inputs=(Input("W", "D C"), Input("X", "N D", constant=True), Input("y", "N", below="C")),
        outputs=(Output("loss", ""),),
        points=(
            Point(
                {"N": 7, "D": 5, "C": 3, "reg": 0.3},
                scenarios=("normal", "positive", "large", *FORMS, *LABELS),
                seeds=(0, 1, 2),
            ),
            # Halves are exact: so is the hinge loss, and many of its margins are 0.
            Point({"N": 2, "D": 3, "C": 7, "reg": 0.5}, scenarios=("normal", "integers")),
            Point({"N": 3, "D": 7, "C": 5, "reg": 0.0}),
            Point({"N": 11, "D": 2, "C": 7, "reg": 0.0}),
            Point({"N": 1, "D": 3, "C": 2, "reg": 1.5}),
            Point({"N": 5, "D": 1, "C": 3, "reg": 0.05}),
            Point({"N": 2, "D": 3, "C": 1, "reg": 0.7}),
            # N is more than a byte holds: positions in the labels' own dtype overflow.
            Point(
                {"N": 307, "D": 2, "C": 3, "reg": 0.1},
                scenarios=("normal", "labels-int8", "labels-uint8"),
            ),
        ),
        torch=penalized(loss.torch_reference),
        jax=(penalized(loss.jax_reference),),
        terms=terms(loss),
        options=("reg",),
        calling=Loss(),
        also={naive: (naive,)},
        conventions=(
            Alternative("loss", PENALTY, half_penalty),
            Alternative("dW", PENALTY, half_penalty_gradient),
            *conventions,
        ),
    )


softmax_classifier = classifier(
    "softmax", softmax_loss, Alternative("loss", softmax_loss.GUARDED, guarded_losses)
)
svm_classifier = classifier(
    "svm",
    svm_loss,
    Alternative("dW", svm_loss.SLOPE_AT_ZERO, other_slopes),
    Alternative("loss", BOTH, half_penalty_twice),
    Alternative("dW", BOTH, other_slopes_and_half_penalty),
)
