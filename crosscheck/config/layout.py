"""How an array of theirs lies, as a file says it, in terms of ours: axis by axis."""

from __future__ import annotations

from crosscheck.config.entry import Entry
from crosscheck.layer import Layer

NEW_AXIS = -1
WORDS = ("transposed", "NHWC", "HWIO", "row", "column", "one-hot")


def symbols(shape: str) -> list[str]:
    """The axes of a shape of ours that are no mere 1: ``"|d| M"`` has d and M, ``"N *d"`` N and d.

    All dimensions of ``*d`` are one axis to those who rearrange.
    """
    return [s.strip("*|") for s in shape.split() if s != "1"]


def shapes_of(layer: Layer) -> dict[str, str]:
    """The shape of everything that has axes: inputs, outputs, and the gradients of both."""
    outputs, inputs = layer.outputs, layer.inputs
    found = {o.name: o.shape for o in outputs} | {i.name: i.shape for i in inputs}
    found |= {"d" + o.name: o.shape for o in layer.upstream}
    found |= {"d" + i.name: i.shape for i in layer.differentiated}
    return {name: shape for name, shape in found.items() if shape}


def axes(entry: Entry, layer: Layer) -> list[int]:
    """For each axis of theirs which of ours it is: ``"M d"`` for (d, M) is [1, 0].

    ``entry`` holds one of the words above, or our axes' names in their order, with 1 for an axis of
    length 1. Raises ConfigError.
    """
    ours = symbols(shapes_of(layer)[entry.key])
    hot = next((i.below for i in layer.inputs if i.name == entry.key), "")
    named = [*ours, hot] if hot else ours
    text = entry.text()
    word = _by_word(text, len(ours), bool(hot))
    if word is not None:
        return word
    theirs = text.replace(",", " ").split()
    places = [i for i, _ in enumerate(named)]
    found = []
    for symbol in theirs:
        if symbol == "1":
            found.append(NEW_AXIS)
            continue
        place = next((i for i in places if named[i] == symbol), None)
        if place is None:
            raise entry.error(_no_such(text, entry.key, ours, hot))
        places.remove(place)
        found.append(place)
    if any(i < len(ours) for i in places):
        raise entry.error(_no_such(text, entry.key, ours, hot))
    return found


def _by_word(word: str, count: int, labels: bool) -> list[int] | None:
    if word == "one-hot" and labels:
        return list(range(count + 1))
    by_count = {
        1: {"row": [NEW_AXIS, 0], "column": [0, NEW_AXIS]},
        2: {"transposed": [1, 0]},
        4: {"NHWC": [0, 2, 3, 1], "HWIO": [2, 3, 1, 0]},
    }
    return by_count.get(count, {}).get(word)


def _no_such(text: str, name: str, ours: list[str], hot: str) -> str:
    words = [w for w in WORDS if _by_word(w, len(ours), bool(hot)) is not None]
    also = f", or {' or '.join(words)}" if words else ""
    labels = f"; {hot} as well makes one-hot rows of them" if hot else ""
    return (
        f"{text!r} is no order of the axes of {name}. Give {' '.join(ours)} in your order, with 1 "
        f"for an axis of length 1{labels}{also}."
    )


def told(name: str, chosen: list[int], layer: Layer) -> str:
    """``w is (M, d)``: for the report."""
    ours = symbols(shapes_of(layer)[name])
    hot = next((i.below for i in layer.inputs if i.name == name), "")
    named = [*ours, hot]
    return f"{name} is ({', '.join('1' if i == NEW_AXIS else named[i] for i in chosen)})"
