"""Layers that are wrong on purpose, as data: each must be caught, and for the right reason.

A mutant replaces one function of impl_numpy (two where its mistake needs both) and is right
everywhere else, so what is found can only be about its one mistake. There is a file for each
layer or close family, found by folder.

``@hinted`` below ``@wrong`` says what the hints on a mutant must say to be right, as one who knows
its mistake would judge it: a part of the text, or several of which every hint has one. Without it
no hint is right, and a mutant that gets one fails ``tests/test_hints/test_on_mutants.py``, which
prints it. To label a mutant, run

    python -m pytest tests/test_hints/test_on_mutants.py -k NAME

If the hint shown is right, copy the part of it that names the mistake; if it is not, a relation in
``crosscheck/hints`` or the layer's ``terms`` has to change, never the label.
``test_hints.shown(mutant)`` returns the hints by quantity.
"""

import functools
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import impl_numpy
from crosscheck.layers import catalogue, layer_named

COURSE_DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Mutant:
    """A wrong candidate, and the finding that must say so: its severity, kind and quantity."""

    name: str
    layer: str
    about: str
    severity: str
    kind: str
    quantity: str
    functions: Mapping[str, Callable]
    dtypes: tuple[str, ...] = COURSE_DTYPES
    hint: tuple[str, ...] = ()


MUTANTS: list[Mutant] = []


def _mutant(
    severity, function, kind, quantity, about, *, layer=None, dtypes=COURSE_DTYPES, also=None
):
    """Register what it decorates as ``function`` of ``layer`` (if not said: the first that has
    one of that name). ``also``: other functions by name.
    """
    layer = layer or next(n for n, found in catalogue().items() if function in found.functions)

    def register(replacement):
        functions = {name: getattr(impl_numpy, name) for name in layer_named(layer).functions}
        functions |= {function: replacement, **(also or {})}
        name, hint = replacement.__name__, getattr(replacement, "hint", ())
        MUTANTS.append(
            Mutant(name, layer, about, severity, kind, quantity, functions, dtypes, hint)
        )
        return replacement

    return register


def hinted(*parts):
    """Say what a right hint on the mutant has in its text: one of these parts."""

    def note(replacement):
        replacement.hint = parts
        return replacement

    return note


wrong = functools.partial(_mutant, "wrong")
warning = functools.partial(_mutant, "warning")

for _found in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")
