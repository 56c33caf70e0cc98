"""An output of the wrong size: what its formula gives if one thing in it stands for another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View

_PAIRS = (("H", "W"), ("HH", "WW"), ("pool_height", "pool_width"))


def clues(view: View) -> Iterator[Clue]:
    """Another size in the formula of the output's: it says nothing about the values."""
    case, got, quantity = view.evidence.case, view.got.shape, view.quantity
    shape = next((o.shape.split() for o in case.layer.outputs if o.name == quantity), [])
    derive = case.layer.derived
    if derive is None or len(shape) != len(got):
        return
    for told, dims in _mistaken(case.dims):
        sizes = {**case.sizes, **_whole(derive(dims))}
        predicted = tuple(sizes.get(name) for name in shape)
        if (predicted != got) if view.refuting else (predicted == got != view.expected.shape):
            text = f"{quantity} has shape {got} where {view.expected.shape} is expected: that is "
            yield Clue(("size", told), f"{text}its size if {told}", cost=1)


def _mistaken(dims: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sizes as people mistake them, and how that is told."""
    for pair in _PAIRS:
        if set(pair) <= dims.keys():
            for one, other in (pair, pair[::-1]):
                yield f"{one} stands where {other} should", {**dims, other: dims[one]}
            one, other = pair
            swapped = {one: dims[other], other: dims[one]}
            yield f"{one} and {other} are swapped", {**dims, **swapped}
    if "pad" in dims:
        yield "pad is left out of it", {**dims, "pad": 0}
        yield "pad is counted once in it, not for both sides", {**dims, "pad": dims["pad"] / 2}
    if "stride" in dims:
        yield "the stride is left out of it", {**dims, "stride": 1}


def _whole(sizes: Mapping[str, Any]) -> dict[str, int]:
    return {name: max(int(size), 0) for name, size in sizes.items()}
