"""The catalogue: every layer in this folder, found by looking. A new one is a new file here."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from crosscheck.errors import SelectionError
from crosscheck.layer import Layer


@cache
def catalogue() -> dict[str, Layer]:
    """All layers by name, in alphabetical order of their files."""
    return {layer.name: layer for layer in _homes()}


@cache
def _homes() -> dict[Layer, ModuleType]:
    """Every layer, and the file that it is written in."""
    found: dict[Layer, ModuleType] = {}
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        file = import_module(module.name)
        for value in vars(file).values():
            if isinstance(value, Layer):
                found.setdefault(value, file)
    return found


def module_of(name: str) -> ModuleType:
    """The file that describes the layer of that name."""
    return _homes()[layer_named(name)]


def layer_named(name: str) -> Layer:
    """The layer of that name. Raises SelectionError, which lists those like it, or all."""
    if name not in catalogue():
        import difflib

        alike = difflib.get_close_matches(name, catalogue())
        which = f"Did you mean {' or '.join(alike)}?" if alike else ""
        all_of_them = f"The layers are: {', '.join(catalogue())}."
        raise SelectionError(f"There is no layer {name!r}. {which or all_of_them}")
    return catalogue()[name]
