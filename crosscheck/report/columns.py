"""The columns of a table of a class: layers, and versions of a layer where somebody has several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def columns(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The column of each version, from what every submission has: its versions, each with the layer
    that it is of (``affine:Linear`` of ``affine``).

    It is the layer's, unless somebody has two of its versions side by side: classes and functions
    are the same exercise. Then each version of that layer has a column of its own.
    """
    of: dict[str, str] = {}
    several: set[str] = set()
    for versions in rows:
        of |= versions
        layers = list(versions.values())
        several |= {layer for layer in layers if layers.count(layer) > 1}
    return {name: name if layer in several else layer for name, layer in of.items()}
