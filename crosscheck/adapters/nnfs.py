"""Neural Networks from Scratch (H. Kinsley and D. Kukieła, 2020): methods return nothing, and what
they find is an attribute: ``.output``, ``.dinputs``, ``.dweights``, ``.dbiases``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from crosscheck.adapters.family import Family, Functions, Kept, has, parameters, takes
from crosscheck.adapters.probe import answered, numbers, shape_of, unless_misread
from crosscheck.adapters.shaped import reshaped, rows, turned

TURNED = (
    "weights and their gradients are (neurons, inputs), as the class makes them: transposed here"
)

family = Family(
    "nnfs",
    "Neural Networks from Scratch: Layer_Dense(n_inputs, n_neurons), Activation_ReLU(), …; "
    ".forward(inputs) and .backward(dvalues) leave .output, .dinputs, .dweights, .dbiases",
)


def is_layer(cls: Any) -> bool:
    """Whether it is a class with the book's forward; the backward comes chapters later."""
    return has(cls, "forward") and parameters(cls.forward)[:1] == ("inputs",)


def output_of(layer: Any, inputs: np.ndarray, training: bool = True) -> Any:
    """Its output. Some take whether they are being trained, some do not."""
    more = (training,) if takes(layer.forward, 2) else ()
    layer.forward(inputs, *more)
    return getattr(layer, "output", None)


def dinputs_of(layer: Any, *dvalues: Any) -> Any:
    """The gradient of its inputs, after a backward; None if there is none yet."""
    if not has(type(layer), "backward"):
        return None
    layer.backward(*dvalues)
    return getattr(layer, "dinputs", None)


def elementwise(cls: Any) -> Functions:
    """``cls().forward(inputs)``, ``.backward(dvalues)``."""

    def forward(x: np.ndarray) -> Any:
        layer = cls()
        return output_of(layer, x), Kept(layer)

    return forward, lambda dout, cache: dinputs_of(cache.of, dout)


for _layer, _name in (
    ("relu", "Activation_ReLU"),
    ("sigmoid", "Activation_Sigmoid"),
    ("softmax", "Activation_Softmax"),
    ("tanh", "Activation_Tanh"),
):
    family.form(_layer, _name, when=is_layer)(elementwise)


@cache
def is_turned(cls: Any) -> bool:
    """Whether it makes its weights as (neurons, inputs), and answers only so."""
    if shape_of(getattr(answered(cls, 2, 3), "weights", None)) != (3, 2):
        return False

    def fits(turns: bool) -> bool:
        forward, _ = affine(cls, turns)
        returned = answered(forward, numbers(5, 2), numbers(2, 3), numbers(3))
        return returned is not None and shape_of(returned[0]) == (5, 3)

    return fits(True) and not fits(False)


def affine(cls: Any, turns: bool) -> Functions:
    """Of rows, with the biases in one row; without regularisation."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer, given = cls(*w.shape), rows(x)
        layer.weights, layer.biases = turned(w) if turns else w, b.reshape(1, -1)
        out = unless_misread(
            lambda: output_of(layer, given),
            lambda: output_of(cls(*w.shape), given),
            f"{cls.__name__}.forward",
            (len(given), len(b)),
        )
        return out, (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        kept, shape = cache
        dx = reshaped(dinputs_of(kept.of, dout), shape)
        dw = getattr(kept.of, "dweights", None)
        db = reshaped(getattr(kept.of, "dbiases", None), dout.shape[1:])
        return dx, turned(dw) if turns else dw, db

    return forward, backward


family.form(
    *("affine", "Layer_Dense"),
    when=lambda cls: is_layer(cls) and is_turned(cls),
    conventions=(TURNED,),
)(lambda cls: affine(cls, True))
family.form("affine", "Layer_Dense", when=is_layer)(lambda cls: affine(cls, False))


@family.form(
    *("dropout", "Layer_Dropout"),
    when=is_layer,
    conventions=("rate is the probability to drop an element",),
)
def dropout(cls: Any) -> Functions:
    """In training."""

    def forward(x: np.ndarray, dropout_param: dict[str, Any]) -> Any:
        np.random.seed(dropout_param["seed"])
        layer = cls(1 - dropout_param["p"])
        return output_of(layer, x), Kept(layer)

    return forward, lambda dout, cache: dinputs_of(cache.of, dout)
