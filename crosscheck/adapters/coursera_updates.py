"""deeplearning.ai: update rules of parameters by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.coursera import entry, family
from crosscheck.adapters.family import Functions, parameters


def _named(w: np.ndarray, mark: str = "") -> dict[str, np.ndarray]:
    """A network of two layers, of which the first weights are those of the case."""
    nothing = np.zeros((1, 1), w.dtype)
    return {
        f"{mark}{name}": w if name == "W1" else nothing.copy() for name in ("W1", "b1", "W2", "b2")
    }


def _updated(returned: Any) -> Any:
    """The weights among the parameters that were returned."""
    parameters_now = returned[0] if isinstance(returned, tuple) and returned else returned
    return entry(parameters_now, "W1")


def _sgd(update: Any) -> Functions:
    def step(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
        returned = update(_named(w), _named(dw, "d"), config["learning_rate"])
        return None if returned is None else (_updated(returned), config)

    return (step,)


for _name in ("update_parameters_with_gd", "update_parameters"):
    family.form(
        *("sgd", _name),
        called=(_name,),
        when=lambda f: parameters(f)[1:] == ("grads", "learning_rate"),
    )(_sgd)


@family.form(
    *("sgd_momentum", "update_parameters_with_momentum"),
    called=("update_parameters_with_momentum",),
    conventions=("v is a mean of gradients (learning_rate divided by 1 - beta here)",),
    when=lambda f: parameters(f) == ("parameters", "grads", "v", "beta", "learning_rate"),
)
def sgd_momentum(update: Any) -> Functions:
    """Each v is beta·v + (1 - beta)·dw."""

    def step(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
        beta = config["momentum"]
        v = config.get("v", _named(np.zeros_like(w), "d"))
        rate = config["learning_rate"] / (1 - beta)
        returned = update(_named(w), _named(dw, "d"), v, beta, rate)
        if not isinstance(returned, tuple) or len(returned) != 2:
            return returned
        return _updated(returned), {**config, "v": returned[1]}

    return (step,)


@family.form(
    *("adam", "update_parameters_with_adam"),
    called=("update_parameters_with_adam",),
    when=lambda f: parameters(f)[:5] == ("parameters", "grads", "v", "s", "t"),
)
def adam(update: Any) -> Functions:
    """Newer versions also return the corrected averages."""

    def step(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> Any:
        zeros = np.zeros_like(w)
        v, s = (config.get(name, _named(zeros.copy(), "d")) for name in "vs")
        t = config.get("t", 1)
        returned = update(
            *(_named(w), _named(dw, "d"), v, s, t),
            config["learning_rate"],
            *(config["beta1"], config["beta2"], config["epsilon"]),
        )
        if not isinstance(returned, tuple) or len(returned) < 3:
            return returned
        return _updated(returned), {**config, "v": returned[1], "s": returned[2], "t": t + 1}

    return (step,)
