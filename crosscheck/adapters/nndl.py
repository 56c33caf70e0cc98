"""Classifiers as classes: UCLA's neural networks and deep learning (nndl), and CS231n's first
assignment; and the networks of both in their older forms, from 2015 on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.family import Adapt, Family, Functions, has, parameters
from crosscheck.adapters.shaped import turned

family = Family(
    "nndl",
    "Softmax(dims=[C, D]), .W, .loss_and_grad(X, y), .fast_loss_and_grad(X, y); "
    "LinearSVM().loss(X_batch, y_batch, reg); TwoLayerNet(input_size, hidden_size, output_size), "
    "FullyConnectedNet(…, dropout=0, use_batchnorm=False)",
)


def _loss_of(method: str) -> Adapt:
    """Weights of shape (C, D), and no penalty."""

    def adapt(cls: Any) -> Functions:
        def loss(W: np.ndarray, X: np.ndarray, y: np.ndarray, *_: float) -> Any:
            model = cls([W.shape[1], W.shape[0]])
            model.W = W.T
            returned = getattr(model, method)(X, y)
            if not isinstance(returned, tuple) or len(returned) != 2:
                return returned
            return returned[0], turned(returned[1])

        return (loss,)

    return adapt


def _of_batches(cls: Any) -> Functions:
    """Weights of shape (D, C)."""

    def loss(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> Any:
        model = cls()
        model.W = W
        return model.loss(X, y, reg)

    return (loss,)


for _layer, _names in (
    ("softmax_loss_vectorized", ("Softmax",)),
    ("svm_loss_vectorized", ("SVM", "LinearSVM")),
):
    for _name in _names:
        for _method in ("loss_and_grad", "fast_loss_and_grad"):
            family.form(
                *(_layer, _name),
                called=(f"{_name}.{_method}",),
                only=lambda reg, **_: reg == 0,
                when=lambda cls, m=_method: has(cls, m) and parameters(cls) == ("dims",),
            )(_loss_of(_method))
        family.form(
            *(_layer, _name),
            called=(f"{_name}.loss",),
            when=lambda cls: (
                has(cls, "loss", "train", "predict") and parameters(cls.loss)[2:] == ("reg",)
            ),
        )(_of_batches)
