"""CMU 11-785, to 2021: ``.dW`` and ``.db``, and activations with a ``derivative()``."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.cmu import (
    ACTIVATIONS,
    MEANS,
    SMALL,
    Functions,
    add_activation,
    batch_mean,
    in_dtype,
    moderate,
    shifts,
)
from crosscheck.adapters.cmu_cells import add_cells
from crosscheck.adapters.cmu_images import add_convolution, add_pooling
from crosscheck.adapters.cmu_narrow import add_narrow
from crosscheck.adapters.cmu_norm import add_batchnorm
from crosscheck.adapters.codes import averages
from crosscheck.adapters.family import Family, Kept, has, mentions, parameters
from crosscheck.adapters.shaped import changed, one_hot, reshaped, rows, times

FOR_EACH = "forward is a loss for each example (the mean is taken, and dx divided by N, here)"

family = Family(
    "cmu_2021",
    "Linear(in, out, weight_init_fn, bias_init_fn), .backward(delta) -> dx, .dW and .db; "
    "Activation.derivative()",
)


def _is_activation(cls: Any) -> bool:
    return has(cls, "forward", "derivative") and parameters(cls.forward) == ("x",)


for _name, _layer in ACTIVATIONS.items():
    add_activation(family, _layer, _name, "derivative", _is_activation)
add_batchnorm(
    *(family, "batchnorm", "BatchNorm"),
    ("gamma", "beta", "running_mean", "running_var", "dgamma", "dbeta"),
)
add_convolution(family, "Conv1D", d="d")
add_convolution(family, "Conv2D", d="d")
add_pooling(family, "max_pool", "MaxPoolLayer")
add_pooling(family, "avg_pool", "MeanPoolLayer")
add_cells(family)


def _is_linear(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls)[2:] == ("weight_init_fn", "bias_init_fn")
        and parameters(cls.backward) == ("delta",)
        and mentions(cls, "dW")
    )


@family.form(
    *("affine", "Linear"),
    when=lambda cls: _is_linear(cls) and averages(cls.backward),
    only=batch_mean,
    conventions=(MEANS,),
)
def mean_linear(cls: Any) -> Functions:
    """Its gradients are means."""
    return linear(cls, True)


@family.form("affine", "Linear", when=_is_linear)
def sum_linear(cls: Any) -> Functions:
    """Its gradients are sums."""
    return linear(cls, False)


def linear(cls: Any, is_mean: bool) -> Functions:
    """``cls(in, out, weight_init_fn, bias_init_fn)``, W (in, out) and b (1, out)."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = in_dtype(cls(*w.shape, lambda *_: w, lambda *_: b.reshape(1, -1)), x.dtype)
        layer.W, layer.b = w, b.reshape(1, len(b))
        return layer.forward(rows(x)), (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        (kept, shape), count = cache, len(dout) if is_mean else 1
        dx = kept.of.backward(dout)
        if dx is None or dx is NotImplemented:
            return dx
        dw, db = (getattr(kept.of, name, None) for name in ("dW", "db"))
        return reshaped(dx, shape), times(dw, count), times(reshaped(db, dout.shape[1:]), count)

    return forward, backward


def _is_loss(cls: Any) -> bool:
    return (
        has(cls, "forward", "derivative")
        and parameters(cls.forward) == ("x", "y")
        and parameters(cls.derivative) == ()
    )


for _is_safe in (True, False):

    @family.form(
        *("softmax_loss", "SoftmaxCrossEntropy"),
        called=("SoftmaxCrossEntropy.forward",),
        when=lambda cls, s=_is_safe: _is_loss(cls) and shifts(cls) == s,
        only=lambda N, scenario, s=_is_safe, **_: N > 0 and (s or moderate(scenario)),
        conventions=(FOR_EACH,) + (SMALL,) * (not _is_safe),
    )
    def softmax_loss(cls: Any) -> Functions:
        """``.forward(x, y) -> (N,)``, y being rows with a 1, and ``.derivative()``."""

        def loss(x: np.ndarray, y: np.ndarray) -> Any:
            criterion = cls()
            value = criterion.forward(x, one_hot(y, x))
            if value is None or value is NotImplemented:
                return value
            each = np.ndim(value) > 0
            dx = criterion.derivative()
            return changed(np.mean, value), changed(lambda d: d / len(x), dx) if each else dx

        return (loss,)


add_narrow(family)
