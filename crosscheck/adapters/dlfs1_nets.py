"""Deep Learning from Scratch 1: its networks, whose ``gradient(x, t)`` returns a dict."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.dlfs1 import family
from crosscheck.adapters.family import Functions, has, mentions, parameters
from crosscheck.adapters.shaped import rows


def _is_net(cls: Any) -> bool:
    is_net = has(cls, "predict", "loss", "gradient") and parameters(cls.gradient) == ("x", "t")
    return is_net and mentions(cls, "layers")  # else its predict may return probabilities


class _Net:
    """A network of theirs with a case's parameters in it, as ``crosscheck.calling.Model`` wants
    it: its layers hold the arrays that ``params`` had when they were made.
    """

    def __init__(self, net: Any) -> None:
        self._net = net
        self._made = dict(getattr(net, "params", None) or {})
        self.params = dict(self._made)

    def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> Any:
        """The scores, or the loss and its gradients."""
        net, x = self._net, rows(X)
        for name, array in self.params.items():
            net.params[name] = array
            for layer in getattr(net, "layers", {}).values():
                for attribute, held in list(vars(layer).items()):
                    if held is self._made[name]:
                        setattr(layer, attribute, array)
        self._made = dict(self.params)
        if y is None:
            return net.predict(x)
        value = net.loss(x, y)
        return None if value is None else (value, net.gradient(x, y))


@family.form(
    *("two_layer_net", "TwoLayerNet"),
    called=("TwoLayerNet",),
    only=lambda reg, **_: reg == 0,
    when=lambda cls: _is_net(cls) and parameters(cls)[:1] == ("input_size",),
)
def two_layer_net(cls: Any) -> Functions:
    """Without a penalty."""

    def make(*, input_dim: int, hidden_dim: int, num_classes: int, **_: Any) -> Any:
        return _Net(cls(input_dim, hidden_dim, num_classes))

    return (make,)


def multi_layer_net(cls: Any) -> Functions:
    """``cls(input_size, hidden_size_list, output_size, …, weight_decay_lambda=0)``."""

    def make(
        hidden_dims: list[int], *, input_dim: int, num_classes: int, reg: float, **_: Any
    ) -> Any:
        return _Net(cls(input_dim, hidden_dims, num_classes, weight_decay_lambda=reg))

    return (make,)


for _name in ("MultiLayerNet", "MultiLayerNetExtend"):
    for _layer in ("fully_connected_net", "fully_connected_net_deep"):
        family.form(
            *(_layer, _name),
            called=(_name,),
            when=lambda cls: _is_net(cls) and "weight_decay_lambda" in parameters(cls),
        )(multi_layer_net)
