"""dlcourse.ai (S. Kirillov): functions and layers of three assignments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.family import Family, Kept, has, parameters
from crosscheck.adapters.shaped import changed, reshaped, rows

CHANNELS_LAST = "images are (N, H, W, C) and filters (k, k, in, out): their axes are moved here"
PENALTY_ALONE = "l2_regularization is judged as softmax_loss of one class, where all else is 0"

family = Family(
    "dlcourse",
    "FullyConnectedLayer(n_input, n_output), .W and .B with .value and .grad; "
    "softmax_with_cross_entropy(predictions, target_index) -> (loss, dprediction)",
)


def _is_layer(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward", "params")
        and parameters(cls.forward) == ("X",)
        and parameters(cls.backward) == ("d_out",)
    )


def _has_targets(function: Any) -> bool:
    return parameters(function)[-1:] == ("target_index",)


# -- functions --------------------------------------------------------------------------------


@family.form(
    *("softmax_loss", "softmax_with_cross_entropy"),
    called=("softmax_with_cross_entropy",),
    when=lambda f: _has_targets(f) and len(parameters(f)) == 2,
)
def softmax_loss(function: Any) -> Any:
    """The layer's own signature."""

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        return function(x, y)

    return (loss,)


@family.form(
    *("softmax_loss_vectorized", "linear_softmax"),
    called=("linear_softmax",),
    only=lambda reg, **_: reg == 0,
    when=lambda f: _has_targets(f) and parameters(f)[:2] == ("X", "W"),
)
def classifier(function: Any) -> Any:
    """``linear_softmax(X, W, target_index) -> (loss, dW)``, which knows no penalty."""
    return (lambda W, X, y, reg: function(X, W, y),)


@family.form(
    *("softmax_loss_vectorized", "l2_regularization"),
    called=("l2_regularization",),
    only=lambda C, **_: C == 1,
    conventions=(PENALTY_ALONE,),
    when=lambda f: parameters(f) == ("W", "reg_strength"),
)
def penalty(function: Any) -> Any:
    """``l2_regularization(W, reg_strength) -> (loss, grad)``."""
    return (lambda W, X, y, reg: function(W, reg),)


# -- layers -----------------------------------------------------------------------------------


@family.form("relu", "ReLULayer", when=_is_layer)
def relu(cls: Any) -> Any:
    """``ReLULayer()``."""

    def forward(x: np.ndarray) -> Any:
        layer = cls()
        return layer.forward(x), Kept(layer)

    return forward, _backward


def _backward(dout: np.ndarray, cache: Kept) -> Any:
    return cache.of.backward(dout)


def _set(param: Any, value: np.ndarray) -> None:
    """A Param's value, in the shape that it has; its gradient in the value's dtype."""
    fits = np.size(param.value) == value.size
    param.value = value.reshape(np.shape(param.value)) if fits else value
    param.grad = changed(lambda grad: grad.astype(value.dtype), param.grad)


@family.form("affine", "FullyConnectedLayer", when=_is_layer)
def affine(cls: Any) -> Any:
    """``FullyConnectedLayer(n_input, n_output)``: W (in, out), B (1, out)."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(*w.shape)
        _set(layer.W, w)
        _set(layer.B, b)
        return layer.forward(rows(x)), (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        kept, shape = cache
        dx = kept.of.backward(dout)
        if dx is None:
            return None
        return reshaped(dx, shape), kept.of.W.grad, reshaped(kept.of.B.grad, dout.shape[1:])

    return forward, backward


def _moved(*axes: int) -> Callable[[Any], Any]:
    return lambda value: changed(lambda a: a.transpose(axes) if a.ndim == len(axes) else a, value)


_channels_last, _channels_first = _moved(0, 2, 3, 1), _moved(0, 3, 1, 2)
_filters_last, _filters_first = _moved(2, 3, 1, 0), _moved(3, 2, 0, 1)


@family.form(
    *("conv", "ConvolutionalLayer"),
    only=lambda HH, WW, stride, **_: HH == WW and stride == 1,
    conventions=(CHANNELS_LAST,),
    when=_is_layer,
)
def conv(cls: Any) -> Any:
    """``ConvolutionalLayer(in_channels, out_channels, filter_size, padding)``."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, int]) -> Any:
        layer = cls(x.shape[1], len(w), w.shape[-1], conv_param["pad"])
        _set(layer.W, _filters_last(w))
        _set(layer.B, b)
        return _channels_first(layer.forward(_channels_last(x))), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        layer, dx = cache.of, cache.of.backward(_channels_last(dout))
        if dx is None:
            return None
        db = reshaped(layer.B.grad, dout.shape[1:2])
        return _channels_first(dx), _filters_first(layer.W.grad), db

    return forward, backward


@family.form(
    *("max_pool", "MaxPoolingLayer"),
    only=lambda pool_height, pool_width, **_: pool_height == pool_width,
    conventions=(CHANNELS_LAST,),
    when=_is_layer,
)
def max_pool(cls: Any) -> Any:
    """``MaxPoolingLayer(pool_size, stride)``."""

    def forward(x: np.ndarray, pool_param: dict[str, int]) -> Any:
        layer = cls(pool_param["pool_height"], pool_param["stride"])
        return _channels_first(layer.forward(_channels_last(x))), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        return _channels_first(cache.of.backward(_channels_last(dout)))

    return forward, backward


# -- optimizers -------------------------------------------------------------------------------


def _is_rule(cls: Any) -> bool:
    return has(cls, "update") and parameters(cls.update) == ("w", "d_w", "learning_rate")


@family.form("sgd", "SGD", called=("SGD.update",), when=_is_rule)
@family.form("sgd_momentum", "MomentumSGD", called=("MomentumSGD.update",), when=_is_rule)
def rule(cls: Any) -> Any:
    """``.update(w, d_w, learning_rate) -> w``, one instance for each parameter."""

    def update(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
        if "optimizer" not in config:
            momentum = (config["momentum"],) if "momentum" in config else ()
            config = {**config, "optimizer": cls(*momentum)}
        returned = config["optimizer"].update(w, dw, config["learning_rate"])
        return None if returned is None else (returned, config)

    return (update,)
