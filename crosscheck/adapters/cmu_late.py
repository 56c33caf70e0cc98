"""What mytorch, of CMU 11-785, has had since 2022: attributes named ``dLd…``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from crosscheck.adapters.cmu import Functions, add_linear, in_dtype
from crosscheck.adapters.cmu_cells import add_cells
from crosscheck.adapters.cmu_images import add_convolution, add_pooling
from crosscheck.adapters.cmu_losses import add_losses
from crosscheck.adapters.cmu_norm import add_batchnorm
from crosscheck.adapters.family import Family, has, mentions, parameters

_NORM = ("BW", "Bb", "running_M", "running_V", "dLdBW", "dLdBb")


def add_layers(family: Family) -> None:
    """All but the activations."""
    add_linear(family, _is_linear)
    add_losses(family)
    for layer, name in (("batchnorm", "BatchNorm1d"), ("spatial_batchnorm", "BatchNorm2d")):
        add_batchnorm(family, layer, name, _NORM)
    for axes in (1, 2):
        add_convolution(family, f"Conv{axes}d_stride1")
        add_convolution(family, f"Conv{axes}d", inner=f"conv{axes}d_stride1")
    for layer, name in (("max_pool", "MaxPool2d"), ("avg_pool", "MeanPool2d")):
        add_pooling(family, layer, f"{name}_stride1")
        add_pooling(family, layer, name)
    add_cells(family)
    for layer in ("sgd", "sgd_momentum"):
        family.form(layer, "SGD", called=("SGD.step",), when=_is_sgd)(sgd)


def _is_linear(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls)[:2] == ("in_features", "out_features")
        and parameters(cls.backward) == ("dLdZ",)
    )


def _is_sgd(cls: Any) -> bool:
    return (
        has(cls, "step") and parameters(cls) == ("model", "lr", "momentum") and mentions(cls, "v_W")
    )


def sgd(cls: Any) -> Functions:
    """``cls(model, lr, momentum).step()``: one layer, its bias unused."""

    def step(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
        if "optimizer" not in config:
            layer = SimpleNamespace(W=w, b=np.zeros_like(w))
            model = SimpleNamespace(layers=[layer])
            optimizer = cls(model, config["learning_rate"], config.get("momentum", 0))
            config = {**config, "layer": layer, "optimizer": in_dtype(optimizer, w.dtype)}
        layer = config["layer"]
        layer.W, layer.dLdW, layer.dLdb = w, dw, np.zeros_like(dw)
        config["optimizer"].step()
        return layer.W, config

    return (step,)
