"""``fixed = { eps = 1e-6 }``: what the code leaves no choice of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosscheck.config.entry import Entry
from crosscheck.layer import Layer

Limits = Mapping[str, float | str]


def fixed(entry: Entry | None, layer: Layer) -> dict[str, float | str]:
    """The limits: a number, or the name of another size or option that it must be equal to.

    Raises ConfigError also if no case of the layer is within them.
    """
    if entry is None:
        return {}
    dims = [point.dims for point in layer.points]
    known = [name for name, value in dims[0].items() if not isinstance(value, tuple)]
    limits: dict[str, float | str] = {}
    for item in entry.table(known, "name"):
        if isinstance(item.value, str):
            limits[item.key] = item.one_of(known, "names")
        else:
            limits[item.key] = item.number()
        if not any(allows({item.key: limits[item.key]}, d) for d in dims):
            there = sorted({d[item.key] for d in dims})
            raise item.error(
                f"no case of {layer.name} has {item.key} = {item.value}: it could not be judged. "
                f"There are cases with {', '.join(map(str, there))}."
            )
    if not any(allows(limits, d) for d in dims):
        raise entry.error(f"no case of {layer.name} has all of this at once: it cannot be judged.")
    return limits


def allows(limits: Limits, dims: Mapping[str, Any]) -> bool:
    """Whether a case of these dims is within the limits."""
    return all(
        dims[name] == (dims[value] if isinstance(value, str) else value)
        for name, value in limits.items()
    )
