"""``fixed = { eps = 1e-6 }``: what the code leaves no choice of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosscheck.config.entry import Entry
from crosscheck.layer import Layer

Limits = Mapping[str, float | str]


def fixed(entry: Entry | None, layer: Layer) -> dict[str, float | str]:
    """The limits: a number, or the name of another size or option that it must be equal to.

    Raises ConfigError for a name that there is not, or a value that is neither.
    """
    if entry is None:
        return {}
    known = _names(layer)
    return {
        item.key: item.one_of(known, "names") if isinstance(item.value, str) else item.number()
        for item in entry.table(known, "name")
    }


def unmet(entry: Entry | None, limits: Limits, layer: Layer) -> str:
    """What to say if no case of the layer is within the limits: it is not judged, and that is no
    reason not to judge the others. Empty if there is one.
    """
    dims = [point.dims for point in layer.points]
    if entry is None or any(allows(limits, d) for d in dims):
        return ""
    for name, value in limits.items():
        if not any(allows({name: value}, d) for d in dims):
            there = ", ".join(map(str, sorted({d[name] for d in dims})))
            told = f"no case has {name} = {value}; there are cases with {name} = {there}"
            return str(entry.of(name).error(told))
    return str(entry.error(f"no case has {_said(limits)} at once; there are some with each"))


def _names(layer: Layer) -> list[str]:
    first = layer.points[0].dims
    return [name for name, value in first.items() if not isinstance(value, tuple)]


def _said(limits: Limits) -> str:
    return " and ".join(f"{name} = {value}" for name, value in limits.items())


def allows(limits: Limits, dims: Mapping[str, Any]) -> bool:
    """Whether a case of these dims is within the limits."""
    return all(
        dims[name] == (dims[value] if isinstance(value, str) else value)
        for name, value in limits.items()
    )
