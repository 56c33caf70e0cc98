"""CS231n and nndl: functions by the catalogue's own names, and their variants
(``conv_forward_fast``, ``batchnorm_backward_alt``), each a candidate of its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from crosscheck.adapters.family import takes
from crosscheck.adapters.uncached import told, without_cache
from crosscheck.attempt import Function, NoAnswerError
from crosscheck.calling import Bundle, Pair, Update
from crosscheck.candidate import Candidate
from crosscheck.layer import Layer
from crosscheck.layers import catalogue

NAME = "cs231n"

# How the course and those who take it name a second version of a function.
_SUFFIXES = (
    "naive",
    "fast",
    "im2col",
    "strides",
    "reshape",
    "alt",
    "vectorized",
    "vec",
    "loop",
    "loops",
    "slow",
    "einsum",
)


# Names of what the course passes inside of a dict.
_NUMBERS = {"eps", "epsilon", "p", "prob", "keep_prob", "rate", "lr", "learning_rate", "momentum"}


def candidates(namespace: Mapping[str, Any], layers: Iterable[Layer]) -> Iterator[Candidate]:
    """Every spelling of every layer of which the target has a function that no other one has."""
    functions = {name: value for name, value in namespace.items() if callable(value)}
    others = functions.keys() - _declared()
    suffixes = [s for s in _SUFFIXES if any(name.endswith(f"_{s}") for name in others)]
    for layer in layers:
        claimed: set[str] = set()
        for spelling, names in _spellings(layer, suffixes, others, functions).items():
            found = {name: functions[name] for name in names if name in functions}
            # Another spelling may share the forward (batchnorm_alt): it needs one of its own.
            if found.keys() - claimed and not _meant_for_another(layer, found):
                yield _candidate(layer, spelling, names, found)
            claimed |= found.keys()


@functools.cache
def _declared() -> set[str]:
    """The names of functions that any layer declares."""
    known = catalogue().values()
    return {n for layer in known for names in layer.spellings.values() for n in names}


def _candidate(
    layer: Layer, spelling: str, names: tuple[str, ...], found: Mapping[str, Function]
) -> Candidate:
    fitting = {name: _fitting(layer, name, f) for name, f in found.items()}
    if alone := without_cache(layer, names, fitting):
        conventions = (told(names, found),)
        return Candidate(layer, alone, spelling, names, conventions=conventions, adapted=True)
    return Candidate(layer, fitting, spelling, names)


def _spellings(
    layer: Layer, suffixes: Iterable[str], others: Collection[str], defined: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The layer's own names, those that it declares, and those with a suffix that are defined and
    that no layer declares (``others``).
    """
    found = dict(layer.spellings)
    forward, *backward = layer.functions
    for suffix in suffixes:
        names = tuple(f"{name}_{suffix}" for name in layer.functions)
        if backward and names[0] not in defined and forward in defined:
            names = (forward, *names[1:])  # a second backward of the same forward
        if any(name in others for name in names):
            found.setdefault(f"{layer.name}_{suffix}", names)
    return found


def _meant_for_another(layer: Layer, found: Mapping[str, Function]) -> bool:
    """Whether functions of this name that do not take what this layer gives do take what another
    gives: attention with a mask, and without.
    """
    first = layer.functions[0]
    of_a_pair = isinstance(layer.calling, Pair) and first in found
    if not of_a_pair or takes(found[first], len(layer.arguments)):
        return False
    return any(
        other.functions == layer.functions and takes(found[first], len(other.arguments))
        for other in catalogue().values()
        if other is not layer
    )


def _fitting(layer: Layer, name: str, function: Function) -> Function:
    """The function; or, where it takes a number for what we give as a dict (``eps=1e-5`` for
    ``ln_param``), one that says so: it is not the course's.
    """
    given = (
        ["w", "dw", Bundle("config", ())] if isinstance(layer.calling, Update) else layer.arguments
    )
    if name != layer.functions[0] and not name.startswith(f"{layer.functions[0]}_"):
        return function
    try:
        taken = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return function
    if not any(isinstance(a, Bundle) and _is_number(p) for a, p in zip(given, taken, strict=False)):
        return function

    @functools.wraps(function)
    def says_so(*_: Any) -> None:
        raise NoAnswerError("misfit", f"takes {inspect.signature(function)}", name)

    return says_so


def _is_number(parameter: inspect.Parameter) -> bool:
    """Whether a parameter is one number, a name or a switch, by its default or by its name."""
    default = parameter.default
    return isinstance(default, (int, float, str)) or parameter.name in _NUMBERS
