"""Neural Networks from Scratch: losses of probabilities, and of softmax together with its loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.family import Functions, has, parameters
from crosscheck.adapters.nnfs import dinputs_of, family, is_layer, output_of

TOGETHER = "judged together with {}, which makes the probabilities of the scores"
# Far from 0 the probabilities are clipped, and so is what is divided by them.
_NOT_APART = ("large", "near-overflow", "underflow", "saturated", "nan", "inf")


def _value(loss: Any, predictions: Any, y: np.ndarray) -> Any:
    """The mean over the examples: by their ``calculate``, if they have one."""
    if has(type(loss), "new_pass"):
        loss.new_pass()
    if has(type(loss), "calculate"):
        return loss.calculate(predictions, y)
    losses = loss.forward(predictions, y)
    return losses if losses is None else np.mean(losses)


def _after(activation: Any, loss: Any, x: np.ndarray, y: np.ndarray) -> Any:
    predictions = output_of(activation, x)
    if predictions is None:
        return None
    value = _value(loss, predictions, y)
    return None if value is None else (value, _scores_gradient(activation, loss, predictions, y))


def _scores_gradient(activation: Any, loss: Any, predictions: Any, y: np.ndarray) -> Any:
    slope = dinputs_of(loss, predictions, y)
    return None if slope is None else dinputs_of(activation, slope)


def _is_loss(cls: Any) -> bool:
    return has(cls, "forward") and parameters(cls.forward) == ("y_pred", "y_true")


@family.form(
    *("softmax_loss", "Loss_CategoricalCrossentropy", "Activation_Softmax"),
    called=("Loss_CategoricalCrossentropy.forward",),
    only=lambda C, scenario, **_: C < 1000 and scenario not in _NOT_APART,  # Jacobians of C × C
    conventions=(TOGETHER.format("Activation_Softmax"),),
    when=lambda loss, activation: _is_loss(loss) and is_layer(activation),
)
def softmax_loss(loss: Any, activation: Any) -> Functions:
    """The loss of probabilities, after the activation."""
    return (lambda x, y: _after(activation(), loss(), x, y),)


@family.form(
    *("bce_with_logits_loss", "Loss_BinaryCrossentropy", "Activation_Sigmoid"),
    called=("Loss_BinaryCrossentropy.forward",),
    only=lambda s, scenario, **_: len(s) == 2 and scenario not in _NOT_APART,
    conventions=(TOGETHER.format("Activation_Sigmoid"),),
    when=lambda loss, activation: _is_loss(loss) and is_layer(activation),
)
def bce_with_logits_loss(loss: Any, activation: Any) -> Functions:
    """The loss of probabilities, after the activation."""
    return (lambda x, y: _after(activation(), loss(), x, y),)


@family.form(
    *("mse_loss", "Loss_MeanSquaredError"),
    called=("Loss_MeanSquaredError.forward",),
    only=lambda s, **_: len(s) == 2,
    when=_is_loss,
)
def mse_loss(cls: Any) -> Functions:
    """Of rows of outputs."""

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        layer = cls()
        value = _value(layer, x, y)
        return None if value is None else (value, dinputs_of(layer, x, y))

    return (loss,)


BOTH = "Activation_Softmax_Loss_CategoricalCrossentropy"


@family.form(
    *("softmax_loss", BOTH),
    called=(f"{BOTH}.forward",),
    when=lambda cls: has(cls, "forward", "backward"),
)
def softmax_and_loss(cls: Any) -> Functions:
    """Its backward is given the probabilities."""

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        layer = cls()
        value = layer.forward(x, y)
        if value is None:
            return None
        return value, dinputs_of(layer, getattr(layer, "output", None), y)

    return (loss,)


@family.form(
    *("softmax_loss", BOTH, "Activation_Softmax", "Loss_CategoricalCrossentropy"),
    called=(f"{BOTH}.backward",),
    when=lambda cls, *_: has(cls, "backward") and not has(cls, "forward"),
)
def gradient_of_both(cls: Any, activation: Any, loss: Any) -> Functions:
    """As in the book's last chapters: for the gradient alone."""

    def value_and_gradient(x: np.ndarray, y: np.ndarray) -> Any:
        probabilities = output_of(activation(), x)
        if probabilities is None:
            return None
        return _value(loss(), probabilities, y), dinputs_of(cls(), probabilities, y)

    return (value_and_gradient,)
