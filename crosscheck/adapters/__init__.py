"""Adapters: how each family of course code is made a candidate, one file a family.

An adapter maps names, the order of arguments and results, layout and calling convention. It never
touches a value to make a check pass; a convention that it applies is told in the report.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from crosscheck.adapters import course, mapped
from crosscheck.adapters.family import Family
from crosscheck.candidate import Candidate
from crosscheck.config import AS_FOUND, LayerMap, Reading, found_for, read
from crosscheck.errors import SelectionError
from crosscheck.layer import Layer


@cache
def families() -> Mapping[str, Family]:
    """Every family whose file defines one, by name."""
    modules = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    found = [value for m in modules for value in vars(m).values() if isinstance(value, Family)]
    return {family.name: family for family in found}


def adapter_names() -> list[str]:
    """What ``--adapter`` takes."""
    return [course.NAME, *sorted(families())]


def reading_for(target: str) -> Reading:
    """How a target is to be read: as the ``crosscheck.toml`` that belongs to it says, if there is
    one. Raises ConfigError.
    """
    path = found_for(target)
    config = read(path, adapter_names) if path else None
    return Reading(config.adapter, config.maps) if config else AS_FOUND


def family_named(name: str) -> Family:
    """The family of that name. Raises SelectionError, which lists those there are."""
    if name not in families():
        known = ", ".join(adapter_names())
        raise SelectionError(f"There is no adapter {name!r}. The adapters are: {known}.")
    return families()[name]


def candidates_in(
    namespace: Mapping[str, Any],
    layers: Iterable[Layer],
    adapter: str = "",
    maps: Iterable[LayerMap] = (),
) -> list[Candidate]:
    """The layers that a target defines under ``namespace``, in the catalogue's order.

    ``adapter``: only as that family has them; otherwise as any family does that has a form for what
    is found. What a family knows is not also read as the course's; what ``maps`` name is read as
    they say, and as nothing else.
    """
    by_name = {layer.name: layer for layer in layers}
    if adapter == course.NAME:
        chosen = []
    elif adapter:
        chosen = [family_named(adapter)]
    else:
        chosen = list(families().values())
    found = mapped.candidates(maps, namespace, by_name)
    known = {name.partition(".")[0] for candidate in found for name in candidate.functions}
    for family in chosen:
        for candidate in family.candidates(_without(namespace, known), by_name):
            found.append(candidate)
            known |= {name.partition(".")[0] for name in candidate.names}
    if adapter in ("", course.NAME):
        found += course.candidates(_without(namespace, known), by_name.values())
    order = {name: place for place, name in enumerate(by_name)}
    return sorted(found, key=lambda c: order[c.layer.name])


def _without(namespace: Mapping[str, Any], names: set[str]) -> Mapping[str, Any]:
    if not names:
        return namespace
    return {name: value for name, value in namespace.items() if name not in names}
