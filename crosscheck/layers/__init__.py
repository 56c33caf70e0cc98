"""The catalogue: every layer in this folder, found by looking. A new one is a new file here."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from crosscheck.errors import SelectionError
from crosscheck.layer import Layer


@cache
def catalogue() -> dict[str, Layer]:
    """All layers by name, in alphabetical order of their files."""
    found: dict[str, Layer] = {}
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Layer):
                found[value.name] = value
    return found


def layer_named(name: str) -> Layer:
    """The layer of that name. Raises SelectionError, which lists the names."""
    if name not in catalogue():
        raise SelectionError(
            f"There is no layer {name!r}. The layers are: {', '.join(catalogue())}."
        )
    return catalogue()[name]
