"""``points``: what a layer counts in grading, and the table ``[points]`` with all that goes for the
whole class.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosscheck.config.entry import Entry, meant
from crosscheck.config.record import Grading, Worth
from crosscheck.layer import Layer

_RULES = ("carried", "warnings")


def worth(entry: Entry, layer: Layer) -> Worth:
    """``5``, or ``{ out = 2, dx = 1 }``. Raises ConfigError."""
    if not isinstance(entry.value, dict):
        return entry.number()
    return {item.key: item.number() for item in entry.table(layer.quantities, "array")}


def grading(
    table: Entry | None, points: Mapping[str, Worth], layers: Mapping[str, Layer], strict: bool
) -> Grading:
    """The whole, from the table ``[points]`` and what the layers' own tables say.

    In a strict file a warning costs everything, if nothing else is said. Raises ConfigError.
    """
    carried, warnings, found = False, float(strict), dict(points)
    for entry in table.table() if table else ():
        if entry.key == "carried":
            carried = entry.flag()
        elif entry.key == "warnings":
            warnings = _share(entry)
        else:
            if entry.key in points:
                raise entry.error(f"layers.{entry.key}.points says it as well. Leave one out.")
            found[entry.key] = worth(entry, _layer_of(entry, layers))
    return Grading(found, carried, warnings)


def _share(entry: Entry) -> float:
    share = entry.number()
    if share > 1:
        raise entry.error(f"it is {share}, and is a share: from 0 (nothing) to 1 (all).")
    return share


def _layer_of(entry: Entry, layers: Mapping[str, Layer]) -> Layer:
    """The layer of a name in a report: ``conv``, ``conv_fast``, ``affine:Linear``."""
    name = entry.key.partition(":")[0]
    spellings = {spelling: layer for layer in layers.values() for spelling in layer.spellings}
    if name not in spellings:
        known = [*_RULES, *spellings]
        raise entry.error(
            f"there is no such layer.{meant(name, known)} Beside {' and '.join(_RULES)}, the names "
            "here are those of layers and of their versions: crosscheck layers"
        )
    return spellings[name]
