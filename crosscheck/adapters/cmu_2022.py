"""CMU 11-785, 2022: an activation's ``backward()`` takes nothing and gives the slope."""

from __future__ import annotations

from typing import Any

from crosscheck.adapters.cmu import ACTIVATIONS, add_activation
from crosscheck.adapters.cmu_late import add_layers
from crosscheck.adapters.cmu_narrow import add_narrow
from crosscheck.adapters.family import Family, has, parameters

family = Family(
    "cmu_2022",
    "Linear(in_features, out_features), .backward(dLdZ) -> dLdA, .dLdW and .dLdb; "
    "activations: .forward(Z) -> A, .backward() -> dAdZ",
)


def _is_activation(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls.forward) == ("Z",)
        and parameters(cls.backward) in ((), ("state",))
    )


for _name, _layer in ACTIVATIONS.items():
    add_activation(family, _layer, _name, "backward", _is_activation)
add_layers(family)
add_narrow(family)
