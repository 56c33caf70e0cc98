"""Networks of nndl and of CS231n in their older forms, from 2015 on."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.family import Functions, has, parameters
from crosscheck.adapters.nndl import family
from crosscheck.adapters.shaped import rows, turned


class _Small:
    """A TwoLayerNet of theirs with a case's parameters in it, as ``crosscheck.calling.Model`` wants
    it. In nndl the weights are (units, inputs); reg is an argument of its loss.
    """

    def __init__(self, net: Any, sizes: tuple[int, int, int], reg: float) -> None:
        self._net, self._reg = net, reg
        theirs = dict(getattr(net, "params", None) or {})
        features, hidden, classes = sizes
        shapes = {"W1": (hidden, features), "W2": (classes, hidden)}
        self._turned = {
            name for name, shape in shapes.items() if np.shape(theirs.get(name, 0)) == shape
        }
        self.params = self._either(theirs)

    def _either(self, arrays: Any) -> Any:
        """Parameters or gradients in the one layout as in the other."""
        if not isinstance(arrays, dict):
            return arrays
        return {name: turned(a) if name in self._turned else a for name, a in arrays.items()}

    def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> Any:
        """The scores, or the loss and its gradients."""
        self._net.params.update(self._either(self.params))
        if y is None:
            return self._net.loss(rows(X))
        returned = self._net.loss(rows(X), y, self._reg)
        if not isinstance(returned, tuple) or len(returned) != 2:
            return returned
        return returned[0], self._either(returned[1])


@family.form(
    *("two_layer_net", "TwoLayerNet"),
    called=("TwoLayerNet",),
    when=lambda cls: (
        parameters(cls)[:3] == ("input_size", "hidden_size", "output_size")
        and has(cls, "loss")
        and parameters(cls.loss) == ("X", "y", "reg")
    ),
)
def two_layer_net(cls: Any) -> Functions:
    """CS231n's first assignment until 2021, and nndl's."""

    def make(*, input_dim: int, hidden_dim: int, num_classes: int, reg: float) -> Any:
        sizes = input_dim, hidden_dim, num_classes
        return _Small(cls(*sizes), sizes, reg)

    return (make,)


@family.form(
    *("two_layer_net", "TwoLayerNet"),
    called=("TwoLayerNet",),
    when=lambda cls: {"input_dim", "hidden_dims", "num_classes", "reg"} <= set(parameters(cls)),
)
def modular_two_layer_net(cls: Any) -> Functions:
    """nndl's, of modules: its width is called hidden_dims."""

    def make(*, input_dim: int, hidden_dim: int, num_classes: int, reg: float) -> Any:
        return cls(input_dim=input_dim, hidden_dims=hidden_dim, num_classes=num_classes, reg=reg)

    return (make,)


def fully_connected_net(cls: Any) -> Functions:
    """Dropout is an argument of that name, and normalisation use_batchnorm or normalization."""
    known = parameters(cls)

    def make(
        hidden_dims: list[int],
        *,
        normalization: str = "",
        dropout_keep_ratio: float | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> Any:
        if normalization and "normalization" in known:
            options["normalization"] = normalization
        elif normalization:
            options["use_batchnorm"] = True
        if dropout_keep_ratio is not None:
            keeps = _keeps(cls)
            options |= {"dropout": dropout_keep_ratio if keeps else 1 - dropout_keep_ratio}
            options |= {"seed": seed}
        return cls(hidden_dims=hidden_dims, **options)

    return (make,)


def _keeps(cls: Any) -> bool:
    """Whether dropout is the probability to keep a unit, and not to drop it: in the course's code
    it was both, and its students' is what they wrote. A net of theirs with one unit, which is on,
    tells by its loss: that is log 2 for an example where the unit is dropped, and else about 0.
    """
    examples = 400
    net = cls([1], input_dim=1, num_classes=2, dropout=0.8, reg=0.0, dtype=np.float64, seed=1)
    if set(getattr(net, "params", None) or ()) != {"W1", "b1", "W2", "b2"}:
        return True  # not finished: it is the same
    net.params["W1"], net.params["b1"] = np.zeros((1, 1)), np.ones(1)
    net.params["W2"], net.params["b2"] = np.array([[99.0, -99.0]]), np.zeros(2)
    returned = net.loss(np.zeros((examples, 1)), np.zeros(examples, int))
    loss = returned[0] if isinstance(returned, tuple) and returned else None
    if loss is None:
        return True
    if loss < 1e-6:
        raise NotImplementedError("dropout=0.8 drops nothing yet")
    return bool(loss < np.log(2) / 2)


def _is_older(cls: Any, *also: str) -> bool:
    """Whether it has not the course's arguments of today, but these."""
    known = set(parameters(cls))
    return (
        {"hidden_dims", "input_dim", "num_classes", "reg", "dtype"} <= known
        and "dropout_keep_ratio" not in known
        and (not also or bool(known & set(also)))
    )


def _extreme(keep: float, **_: Any) -> bool:
    """Whether all units are kept, or none: else it matters how a mask is drawn."""
    return not 0.01 < keep < 0.99


for _suffix, _also in (
    ("", ()),
    ("_deep", ()),
    ("_batchnorm", ("use_batchnorm", "normalization")),
    ("_layernorm", ("normalization",)),
):
    family.form(
        *(f"fully_connected_net{_suffix}", "FullyConnectedNet"),
        called=("FullyConnectedNet",),
        when=lambda cls, also=_also: _is_older(cls, *also),
    )(fully_connected_net)
family.form(
    *("fully_connected_net_dropout", "FullyConnectedNet"),
    called=("FullyConnectedNet",),
    only=_extreme,
    conventions=("dropout is the probability to keep a unit or to drop it, as its code has it",),
    when=lambda cls: _is_older(cls, "dropout") and "seed" in parameters(cls),
)(fully_connected_net)
