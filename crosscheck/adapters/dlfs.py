"""What the two volumes of Deep Learning from Scratch (K. Saito) have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.codes import complements, divides, does_nothing, small_constants
from crosscheck.adapters.family import Family, Functions, Kept, has, mentions, parameters, takes
from crosscheck.adapters.shaped import one_hot, times
from crosscheck.candidate import always

NOT_INVERTED = (
    "what is kept is not scaled in training, but in testing (out and dx divided by p here)"
)
DECAYED = "v is a mean of gradients (learning_rate divided by 1 - momentum here)"
# What a loss uses that is given labels, and not only rows with a 1.
_OF_LABELS = ("arange", "range", "size", "argmax", "ndim", "copy", "eye")
_RATES = {
    "lr": "learning_rate",
    "learning_rate": "learning_rate",
    "momentum": "momentum",
    "decay_rate": "decay_rate",
    "beta1": "beta1",
    "beta2": "beta2",
    "eps": "epsilon",
    "epsilon": "epsilon",
}
_OPTIMIZERS = {
    "SGD": "sgd",
    "Momentum": "sgd_momentum",
    "Nesterov": "nesterov",
    "RMSprop": "rmsprop",
    "Adam": "adam",
}


def in_lists(cls: Any) -> bool:
    """Whether a layer keeps what it learns in lists, as in the second volume."""
    return mentions(cls, "params", "grads")


def is_layer(cls: Any, *made_of: str) -> bool:
    """Whether it is a class made of these, with the books' forward and backward."""
    return (
        has(cls, "forward", "backward")
        and parameters(cls) == made_of
        and parameters(cls.backward) == ("dout",)
    )


def elementwise(cls: Any) -> Functions:
    """``cls().forward(x)``, ``.backward(dout)``."""

    def forward(x: np.ndarray) -> Any:
        layer = cls()
        return layer.forward(x), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        return cache.of.backward(dout)

    return forward, backward


def softmax_with_loss(cls: Any) -> Functions:
    """``cls().forward(x, t)`` and ``.backward()``, t being labels or, if it knows no others, rows
    with a 1.
    """
    labels = mentions(cls, *_OF_LABELS)

    def loss(x: np.ndarray, y: np.ndarray) -> Any:
        layer = cls()
        value = layer.forward(x, y if labels else one_hot(y, x))
        return None if value is None else (value, from_the_end(layer))

    return (loss,)


def from_the_end(layer: Any) -> Any:
    """The gradient of a loss: ``backward(dout=1)``."""
    return layer.backward() if takes(layer.backward, 0) else layer.backward(1)


def dropout(cls: Any) -> Functions:
    """``cls(dropout_ratio).forward(x, train_flg=True)``: the ratio is what is dropped."""

    def forward(x: np.ndarray, dropout_param: dict[str, Any]) -> Any:
        p = dropout_param["p"]
        np.random.seed(dropout_param["seed"])
        layer = cls(1 - p)
        layer.train_flg = True
        training = () if takes(layer.forward, 1) else (True,)
        return times(layer.forward(x, *training), scale(p)), (Kept(layer), p)

    def backward(dout: np.ndarray, cache: tuple[Kept, float]) -> Any:
        layer, p = cache
        return times(layer.of.backward(dout), scale(p))

    def scale(p: float) -> float:
        return 1 if divides(cls) else 1 / p

    return forward, backward


def add_dropout(family: Family, name: str, when: Callable[..., bool]) -> None:
    """Both forms of it."""
    family.form("dropout", name, when=lambda cls: when(cls) and divides(cls))(dropout)
    family.form(
        *("dropout", name),
        when=lambda cls: when(cls) and not divides(cls),
        conventions=(NOT_INVERTED,),
    )(dropout)


def add_optimizers(family: Family, lists: bool) -> None:
    """``cls(lr, …).update(params, grads)``, of dicts or of lists, which are changed in place. Where
    there is no choice of an epsilon it is that of the code.
    """
    adapt = _rule_of_lists if lists else _rule_of_dicts
    family.form(
        *("sgd_momentum", "Momentum"),
        called=("Momentum.update",),
        when=lambda cls: _updates(cls, lists) and _chosen(cls, False) and complements(cls.update),
        conventions=(DECAYED,),
    )(lambda cls: adapt(cls, True))
    for name, layer in _OPTIMIZERS.items():
        adaptive = layer in ("rmsprop", "adam")
        for epsilon in (None, 1e-7, 1e-8) if adaptive else (None,):
            family.form(
                *(layer, name),
                called=(f"{name}.update",),
                only=_only(epsilon) if epsilon else always,
                when=lambda cls, e=epsilon, a=adaptive: (
                    _updates(cls, lists) and (_built_in(cls, e) if e else _chosen(cls, a))
                ),
            )(adapt)


def _only(built_in: float) -> Callable[..., bool]:
    return lambda epsilon, **_: epsilon == built_in


def _built_in(cls: Any, epsilon: float) -> bool:
    """Whether the code has this epsilon, in the step or as an attribute."""
    return epsilon in small_constants(cls.update) or epsilon in small_constants(cls.__init__)


def _chosen(cls: Any, adaptive: bool) -> bool:
    """Whether all that there is to choose can be chosen."""
    named = any(name.startswith("eps") for name in parameters(cls))
    return not small_constants(cls.update) and (named or not adaptive)


def _updates(cls: Any, lists: bool) -> bool:
    return (
        has(cls, "update")
        and parameters(cls.update) == ("params", "grads")
        and set(parameters(cls)) <= _RATES.keys()
        and mentions(cls, "range", "len", "enumerate", "zip") == lists
    )


def _rule_of_dicts(cls: Any, decays: bool = False) -> Functions:
    return _rule(cls, lambda array: {"w": array}, "w", decays)


def _rule_of_lists(cls: Any, decays: bool = False) -> Functions:
    return _rule(cls, lambda array: [array], 0, decays)


def _rule(cls: Any, held: Callable[[np.ndarray], Any], key: Any, decays: bool) -> Functions:
    """``decays``: whether v is (1 - momentum) times as large, so that its rate is larger."""

    def update(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
        if does_nothing(cls.update):
            return None
        if "optimizer" not in config:
            rates = dict(config)
            if decays:
                rates["learning_rate"] /= 1 - rates["momentum"]
            options = {name: rates[_RATES[name]] for name in parameters(cls)}
            config = {**config, "optimizer": cls(**options)}
        params = held(w)
        config["optimizer"].update(params, held(dw))
        return params[key], config

    return (update,)
