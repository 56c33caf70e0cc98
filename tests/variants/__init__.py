"""Layers that are right but written differently from impl_numpy, as data: none may be called wrong.

They sum in other orders, use other formulas, or keep other caches. Two-byte floats are summed in
float32 and cast back once, as impl_numpy does. There is a file for each layer or close family,
found by folder.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from crosscheck.layers import layer_named

ALL_DTYPES = ("float16", "bfloat16", "float32", "float64")


@dataclass(frozen=True)
class Variant:
    """A right candidate. ``warnings``: the kinds of warning that it deserves, and no others."""

    name: str
    layer: str
    about: str
    functions: Mapping[str, Callable]
    warnings: frozenset[str] = field(default_factory=frozenset)
    dtypes: tuple[str, ...] = ALL_DTYPES


VARIANTS: list[Variant] = []


def register(name, layer, about, functions, warnings=(), dtypes=ALL_DTYPES):
    """Register functions in the order of the layer's."""
    named = dict(zip(layer_named(layer).functions, functions, strict=True))
    VARIANTS.append(Variant(name, layer, about, named, frozenset(warnings), dtypes))


def variant(layer, about, *, warnings=(), dtypes=ALL_DTYPES):
    """Register the forward and the backward that the function decorated returns."""

    def decorate(pair):
        register(pair.__name__, layer, about, pair(), warnings, dtypes)
        return pair

    return decorate


def single_variant(layer, about, *, warnings=(), dtypes=ALL_DTYPES):
    """Register the function (or class) decorated: the layer has only one."""

    def decorate(function):
        register(function.__name__, layer, about, (function,), warnings, dtypes)
        return function

    return decorate


for _found in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")
