"""Classifiers as classes: UCLA's neural networks and deep learning (nndl), and CS231n's first
assignment; and the networks of both in their older forms, from 2015 on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from crosscheck.adapters.family import Adapt, Family, Functions, has, parameters
from crosscheck.adapters.probe import answered, numbers, shape_of
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


@dataclass(frozen=True)
class _Layout:
    """How a classifier's W is: (D, C), or ``turned``; with one row (or column) of biases more,
    the ``first`` or the last one, or without. ``told``: as what a report has to say.
    """

    turned: bool = False
    biases: bool = False
    first: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """Nothing of the layout that the course has."""
        if self == _AS_THE_COURSE:
            return ()
        wide = "D + 1" if self.biases else "D"
        shape = f"(C, {wide})" if self.turned else f"({wide}, C)"
        place = f"{'first' if self.first else 'last'} {'column' if self.turned else 'row'}"
        biases = f"; its {place} are biases (0 here, and their gradient is not judged)"
        return (f"W is {shape}{biases if self.biases else ''}",)

    def theirs(self, w: np.ndarray) -> np.ndarray:
        """Our weights as they have them, with biases of 0."""
        if self.biases:
            row = np.zeros((1, w.shape[1]), w.dtype)
            w = np.concatenate([row, w] if self.first else [w, row])
        return w.T if self.turned else w

    def ours(self, dw: Any) -> Any:
        """Their gradient as we have it."""
        if self.turned:
            dw = turned(dw)
        if not self.biases or np.ndim(dw) != 2:
            return dw
        return dw[1:] if self.first else dw[:-1]


_AS_THE_COURSE = _Layout()
_LAYOUTS = (
    _AS_THE_COURSE,
    _Layout(turned=True),
    *(_Layout(t, True, f) for t in (True, False) for f in (False, True)),
)


@cache
def _layout(cls: Any) -> _Layout:
    """The first in which it answers, with a gradient of W's shape; that of the course if none is.
    Of a row of biases what is found does not depend on the data: that tells where it is.
    """
    for layout in _LAYOUTS:
        if _answers_in(layout, cls):
            return layout
    return _AS_THE_COURSE


def _answers_in(layout: _Layout, cls: Any) -> bool:
    (loss,) = _of_batches(cls, layout)
    w, x, labels = numbers(4, 3), numbers(7, 4), np.arange(7) % 3
    returned = answered(loss, w, x, labels, 0.0)
    if not isinstance(returned, tuple) or shape_of(returned[-1]) != w.shape:
        return False
    if not layout.biases:
        return True
    only_biases = layout.theirs(np.zeros_like(w))
    row = only_biases.T if layout.turned else only_biases
    row[0 if layout.first else -1] = (1, 2, 3)
    losses = [answered(_asked, cls, only_biases, data, labels, 0.0) for data in (x, x + w.sum())]
    return None not in losses and bool(np.allclose(losses[0][0], losses[1][0]))


def _asked(cls: Any, W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> Any:
    model = cls()
    model.W = W
    return model.loss(X, y, reg)


def _of_batches(cls: Any, layout: _Layout) -> Functions:
    """Weights of shape (D, C), if their layout is the course's."""

    def loss(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> Any:
        returned = _asked(cls, layout.theirs(W), X, y, reg)
        if not isinstance(returned, tuple) or len(returned) != 2:
            return returned
        return returned[0], layout.ours(returned[1])

    return (loss,)


def _is_classifier(cls: Any) -> bool:
    return has(cls, "loss", "train", "predict") and parameters(cls.loss)[2:] == ("reg",)


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
        for _each in _LAYOUTS:
            family.form(
                *(_layer, _name),
                called=(f"{_name}.loss",),
                conventions=_each.told,
                when=lambda cls, e=_each: _is_classifier(cls) and _layout(cls) == e,
            )(lambda cls, e=_each: _of_batches(cls, e))
