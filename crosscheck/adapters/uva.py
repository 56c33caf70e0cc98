"""Deep Learning 1 of the University of Amsterdam: modules of an MLP in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.codes import small_constants
from crosscheck.adapters.family import Family, Kept, has, mentions, parameters
from crosscheck.adapters.shaped import one_hot, reshaped, rows, turned

TRANSPOSED = "weights and their gradients are (out, in), if __init__ makes them so: transposed here"
BEHIND_SOFTMAX = "CrossEntropyModule is judged behind SoftMaxModule, as the loss of its scores"
# There a probability is 0, and a loss of probabilities has no derivative.
_UNDERFLOWING = ("large", "near-overflow", "underflow")
_MANY = 1000  # classes, of which SoftMaxModule may make a Jacobian for each example

family = Family(
    "uva",
    "LinearModule(in_features, out_features), .params and .grads['weight' | 'bias']; "
    "SoftMaxModule, CrossEntropyModule.forward(x, y), .backward(x, y)",
)


def _is_module(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls.forward) == ("x",)
        and parameters(cls.backward) == ("dout",)
    )


@family.form(
    *("affine", "LinearModule"),
    when=lambda cls: _is_module(cls) and parameters(cls)[:2] == ("in_features", "out_features"),
    conventions=(TRANSPOSED,),
)
def linear(cls: Any) -> Any:
    """Its parameters are set in ``.params``, its gradients read from ``.grads``."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(*w.shape)
        held = getattr(layer, "params", None)
        if held is None:  # a stub's __init__ makes nothing
            return None
        turns = np.shape(held.get("weight")) != w.shape
        held["weight"] = w.T if turns else w
        held["bias"] = _like(held.get("bias"), b)
        _cast(getattr(layer, "grads", {}), x.dtype)
        return layer.forward(rows(x)), (Kept(layer), x.shape, turns)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...], bool]) -> Any:
        kept, shape, turns = cache
        dx = kept.of.backward(dout)
        if dx is None:
            return None
        grads = getattr(kept.of, "grads", {})
        dw, db = grads.get("weight"), grads.get("bias")
        return reshaped(dx, shape), turned(dw) if turns else dw, reshaped(db, dout.shape[1:])

    return forward, backward


def _like(made: Any, b: np.ndarray) -> np.ndarray:
    """A bias in the shape that ``__init__`` gave it: (out,), (1, out) or (out, 1)."""
    return b.reshape(np.shape(made)) if np.size(made) == b.size and made is not None else b


def _cast(grads: dict[str, Any], dtype: np.dtype) -> None:
    """Buffers in the case's dtype, of which ``__init__`` knows nothing."""
    grads.update({k: v.astype(dtype) for k, v in grads.items() if isinstance(v, np.ndarray)})


@family.form("leaky_relu", "LeakyReLUModule", when=lambda cls: len(parameters(cls)) == 1)
def leaky_relu(cls: Any) -> Any:
    """``LeakyReLUModule(neg_slope)``."""

    def forward(x: np.ndarray, alpha: float) -> Any:
        layer = cls(alpha)
        return layer.forward(x), Kept(layer)

    return forward, _backward


@family.form("relu", "ReLUModule", when=_is_module)
@family.form("tanh", "TanhModule", when=_is_module)
@family.form("softmax", "SoftMaxModule", when=_is_module)
def activation(cls: Any) -> Any:
    """Without parameters."""

    def forward(x: np.ndarray) -> Any:
        layer = cls()
        return layer.forward(x), Kept(layer)

    return forward, _backward


def _backward(dout: np.ndarray, cache: Kept) -> Any:
    return cache.of.backward(dout)


def _takes_logarithms_as_they_are(loss: Any, softmax: Any) -> bool:
    """With an epsilon beside the probabilities its gradient is another one, and as right."""
    return (
        has(loss, "forward", "backward")
        and _is_module(softmax)
        and parameters(loss.forward) == parameters(loss.backward) == ("x", "y")
        and not small_constants(loss)
        and not mentions(loss, "eps", "EPS", "epsilon", "EPSILON", "clip", "finfo", "maximum")
    )


@family.form(
    *("softmax_loss", "CrossEntropyModule", "SoftMaxModule"),
    called=("CrossEntropyModule.forward",),
    only=lambda N, C, scenario, **_: N > 0 and C < _MANY and scenario not in _UNDERFLOWING,
    conventions=(BEHIND_SOFTMAX,),
    when=_takes_logarithms_as_they_are,
)
def softmax_loss(cls: Any, softmax: Any) -> Any:
    """``.forward(x, y)`` and ``.backward(x, y)``, x being probabilities, and y labels (from 2021
    on) or rows with a 1.
    """
    labels = mentions(cls, "arange", "range", "eye", "take_along_axis", "enumerate", "zip")
    labels = labels and not mentions(cls, "argmax")

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        before, criterion = softmax(), cls()
        p = before.forward(x)
        if p is None:
            return None
        target = y if labels else one_hot(y, x)
        value = criterion.forward(p, target)
        if value is None:
            return None
        dp = criterion.backward(p, target)
        return value, None if dp is None else before.backward(dp)

    return (loss,)
