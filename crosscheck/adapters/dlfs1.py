"""Deep Learning from Scratch, the first volume (K. Saito, 2016): classes of layers in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.codes import small_constants
from crosscheck.adapters.dlfs import (
    add_dropout,
    add_optimizers,
    elementwise,
    in_lists,
    is_layer,
    softmax_with_loss,
)
from crosscheck.adapters.family import Family, Functions, Kept, has, parameters

family = Family(
    "dlfs1",
    "Deep Learning from Scratch 1: Affine(W, b), Relu(), SoftmaxWithLoss(), …; "
    ".forward(x), .backward(dout) -> dx, .dW and .db",
)


def _is(*made_of: str) -> Any:
    return lambda cls: is_layer(cls, *made_of) and not in_lists(cls)


family.form("relu", "Relu", when=_is())(elementwise)
family.form("sigmoid", "Sigmoid", when=_is())(elementwise)
family.form(
    *("softmax_loss", "SoftmaxWithLoss"),
    called=("SoftmaxWithLoss.forward",),
    only=lambda C, **_: C > 1,  # one column of probabilities may as well be labels
    when=_is(),
)(softmax_with_loss)
add_dropout(family, "Dropout", _is("dropout_ratio"))
add_optimizers(family, lists=False)


@family.form("conv", "Convolution", when=_is("W", "b", "stride", "pad"))
def conv(cls: Any) -> Functions:
    """Its own layout is the catalogue's."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, Any]) -> Any:
        layer = cls(w, b, conv_param["stride"], conv_param["pad"])
        return layer.forward(x), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        return cache.of.backward(dout), *learnt(cache)

    return forward, backward


def learnt(kept: Kept) -> tuple[Any, Any]:
    """dW and db, after a backward."""
    return getattr(kept.of, "dW", None), getattr(kept.of, "db", None)


@family.form(
    *("max_pool", "Pooling"),
    when=lambda cls: (
        is_layer(cls, *parameters(cls)) and parameters(cls)[:3] == ("pool_h", "pool_w", "stride")
    ),
)
def max_pool(cls: Any) -> Functions:
    """Without padding, which the catalogue has not."""

    def forward(x: np.ndarray, pool_param: dict[str, Any]) -> Any:
        layer = cls(
            pool_param["pool_height"], pool_param["pool_width"], stride=pool_param["stride"]
        )
        return layer.forward(x), Kept(layer)

    return forward, lambda dout, cache: cache.of.backward(dout)


def _batch_norm(epsilon: float | None) -> dict[str, Any]:
    """How a form of batch normalisation is chosen: by its built-in epsilon, or None, if it has a
    parameter.
    """

    def when(cls: Any) -> bool:
        names = {"gamma", "beta", "momentum", "running_mean", "running_var"}
        if not (has(cls, "forward", "backward") and names <= set(parameters(cls))):
            return False
        if len(parameters(cls.forward)) != 2:  # x and train_flg
            return False
        return _takes_epsilon(cls) if epsilon is None else epsilon in small_constants(cls)

    if epsilon is None:
        return {"when": when}
    return {"when": when, "only": lambda eps, **_: eps == epsilon}


def _takes_epsilon(cls: Any) -> bool:
    return "eps" in parameters(cls)


def _made(cls: Any, gamma: np.ndarray, beta: np.ndarray, bn_param: dict[str, Any]) -> Any:
    more = {"eps": bn_param["eps"]} if _takes_epsilon(cls) else {}
    # Statistics of its own, which it may overwrite.
    statistics = {name: np.array(bn_param[name]) for name in ("running_mean", "running_var")}
    return cls(gamma, beta, momentum=bn_param["momentum"], **statistics, **more)


def batchnorm(cls: Any) -> Functions:
    """The statistics are its attributes."""

    def forward(
        x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict[str, Any]
    ) -> Any:
        layer = _made(cls, gamma, beta, bn_param)
        out = layer.forward(x, True)
        bn_param["running_mean"], bn_param["running_var"] = layer.running_mean, layer.running_var
        return out, Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        dx = cache.of.backward(dout)
        return dx, getattr(cache.of, "dgamma", None), getattr(cache.of, "dbeta", None)

    return forward, backward


def batchnorm_test(cls: Any) -> Functions:
    """The same, with train_flg=False."""

    def forward(
        x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict[str, Any]
    ) -> Any:
        layer = _made(cls, gamma, beta, bn_param)
        out = layer.forward(x, False)
        bn_param["running_mean"], bn_param["running_var"] = layer.running_mean, layer.running_var
        return out, None

    return (forward,)


for _epsilon in (None, 1e-6, 1e-5, 1e-7, 1e-8):
    _chosen = _batch_norm(_epsilon)
    family.form("batchnorm", "BatchNormalization", **_chosen)(batchnorm)
    family.form(
        *("batchnorm_test", "BatchNormalization"),
        called=("BatchNormalization.forward",),
        **_chosen,
    )(batchnorm_test)
