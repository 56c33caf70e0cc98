"""Neural Networks from Scratch: optimizers, which update a layer in place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from crosscheck.adapters.codes import does_nothing
from crosscheck.adapters.family import Functions, has, parameters
from crosscheck.adapters.nnfs import family


def _optimizer(
    layer: str, name: str, renamed: dict[str, str], fixed: dict[str, float] | None = None
) -> None:
    """``cls(learning_rate=…, …)``, ``.pre_update_params()``, ``.update_params(layer)`` and
    ``.post_update_params()``: options by their names, and others by a fixed value.
    """

    def adapt(cls: Any) -> Functions:
        def update(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
            if does_nothing(cls.update_params):
                return None
            if "optimizer" not in config:
                options = {theirs: config[ours] for theirs, ours in renamed.items()}
                bias = np.zeros((1, 1), w.dtype)
                config["optimizer"] = cls(**options, **(fixed or {}))
                config["layer"] = SimpleNamespace(biases=bias, dbiases=bias.copy())
            optimizer, theirs = config["optimizer"], config["layer"]
            theirs.weights, theirs.dweights = w, dw
            for step in ("pre_update_params", "update_params", "post_update_params"):
                if has(cls, step):
                    getattr(optimizer, step)(*[theirs] * (step == "update_params"))
            return theirs.weights, config

        return (update,)

    family.form(
        *(layer, name),
        called=(f"{name}.update_params",),
        when=lambda cls: has(cls, "update_params") and set(renamed) <= set(parameters(cls)),
    )(adapt)


_RATE = {"learning_rate": "learning_rate"}
_optimizer("sgd", "Optimizer_SGD", _RATE)
_optimizer("sgd_momentum", "Optimizer_SGD", {**_RATE, "momentum": "momentum"})
_optimizer(*("rmsprop", "Optimizer_RMSprop"), {**_RATE, "epsilon": "epsilon", "rho": "decay_rate"})
_optimizer(
    *("adam", "Optimizer_Adam"),
    {**_RATE, "epsilon": "epsilon", "beta_1": "beta1", "beta_2": "beta2"},
)
