"""Zero, or equal to another array: what was returned in another's place, or passed through."""

from __future__ import annotations

from collections.abc import Iterator

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View
from crosscheck.oracle import Array


def zero(view: View) -> Iterator[Clue]:
    """Zero everywhere: never computed."""
    if view.shaped and view.got.size and not view.got.any() and view.off.any():
        yield Clue(("zero",), f"{view.quantity} is 0 everywhere")


def clues(view: View) -> Iterator[Clue]:
    """Equal to what went in, or swapped with another quantity."""
    for name, array in view.evidence.arrays.items():
        yield from _same(view, name, array, f"{name}, as it was passed in")
    for name, array in _expected_of_others(view):
        if is_swapped(view, name):
            yield from _same(
                view,
                name,
                array,
                f"the correct {name}, and {name} is the correct {view.quantity}: they are swapped",
            )


def others(view: View) -> Iterator[Clue]:
    """Equal to what is expected of another quantity, which is itself another matter."""
    for name, array in _expected_of_others(view):
        yield from _same(view, name, array, f"the correct {name}")


def is_swapped(view: View, name: str) -> bool:
    """Whether what is expected of this quantity was returned as that of ``name``."""
    other = view.evidence.view(name)
    return (
        other is not None
        and other.got.shape == view.expected.shape
        and bool(other.close(other.got, view.expected))
    )


def _expected_of_others(view: View) -> Iterator[tuple[str, Array]]:
    for name, expected in view.evidence.expected.items():
        if name != view.quantity:
            yield name, expected.value


def _same(view: View, name: str, array: Array, told: str) -> Iterator[Clue]:
    if not array.any():
        return
    if view.fits(array):
        yield Clue(("same", name), f"{view.quantity} is {told}")
    elif view.fits(-array):
        yield Clue(("same", "-", name), f"{view.quantity} is -{name}", cost=2)
