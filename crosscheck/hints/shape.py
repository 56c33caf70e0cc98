"""The right values in the wrong shape or order: transposed, reshaped, flipped, not summed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, permutations

import numpy as np

from crosscheck.hints.clue import Clue
from crosscheck.hints.evidence import View
from crosscheck.hints.same import is_swapped


def clues(view: View) -> Iterator[Clue]:
    """What turns one array into the other without computing anything new."""
    if view.shaped:
        yield from _reordered(view)
    else:
        yield from _misshapen(view)
        yield from _another(view)


def _axes(ndim: int) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(range(ndim), k) for k in range(1, ndim + 1))


def symbols(view: View) -> list[str]:
    """What the axes are called, if the description says one name for each."""
    layer, ndim = view.evidence.case.layer, view.expected.ndim
    shapes = {o.name: o.shape for o in layer.outputs}
    shapes |= {"d" + i.name: i.shape for i in layer.differentiated}
    names = shapes[view.quantity].replace("*", "").replace("|", "").split()
    return names if len(names) == ndim else [f"axis {i}" for i in range(ndim)]


def _misshapen(view: View) -> Iterator[Clue]:
    got, expected, quantity = view.got, view.expected, view.quantity
    shapes = f"has shape {got.shape} where {expected.shape} is expected"
    if got.size == expected.size and view.fits(expected.reshape(got.shape)):
        text = f"{quantity} has the right values in the right order, but {shapes}"
        yield Clue(("reshaped",), f"{text}: it lacks a reshape", cost=1)
    if got.ndim > 4 or expected.ndim > 4:
        return
    for order in permutations(range(expected.ndim)):
        if order != tuple(range(expected.ndim)) and view.fits(expected.transpose(order)):
            yield Clue(("transposed", order), f"{quantity} is the correct one {_turned(order)}")
    yield from _sums(view, shapes)
    if got.ndim == expected.ndim:
        yield from _cropped(view, shapes)


def _turned(order: tuple[int, ...]) -> str:
    return "transposed" if len(order) == 2 else f"with its axes in the order {order}"


def _sums(view: View, shapes: str) -> Iterator[Clue]:
    """Axes that are not summed, or summed too often."""
    got, expected, quantity = view.got, view.expected, view.quantity
    for axes in _axes(got.ndim):
        if view.close(got.sum(axes), expected):
            where = " and ".join(map(str, axes))
            word = "axis" if len(axes) == 1 else "axes"
            text = f"{quantity} {shapes}: summed over {word} {where} it is right"
            yield Clue(("unsummed", axes), text)
    for axes in _axes(expected.ndim):
        names = " and ".join(symbols(view)[a] for a in axes)
        for how, predicted in (("summed", expected.sum(axes)), ("averaged", _mean(expected, axes))):
            if view.fits(predicted):
                text = f"{quantity} {shapes}: it is the correct one, {how} over {names} as well"
                yield Clue(("oversummed", how, axes), text, cost=2)


def _mean(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.asarray(array.mean(axes))


def _cropped(view: View, shapes: str) -> Iterator[Clue]:
    """A border too many, or steps in between."""
    got, expected, quantity = view.got, view.expected, view.quantity
    spare = [g - e for g, e in zip(got.shape, expected.shape, strict=True)]
    if all(s >= 0 and s % 2 == 0 for s in spare):
        inner = tuple(slice(s // 2, s // 2 + n) for s, n in zip(spare, expected.shape, strict=True))
        if view.close(got[inner], expected):
            yield Clue(
                ("uncropped",),
                f"{quantity} {shapes}: its inside is right, the border of padding is still on it",
            )
    if not got.size and expected.size:
        yield Clue(
            ("empty",),
            f"{quantity} {shapes}: it is empty, as what [pad:-pad] cuts out if pad is 0",
        )
    stride = view.evidence.case.options.get("stride", 1)
    if got.ndim == 4 and stride > 1 and view.close(got[..., ::stride, ::stride], expected):
        text = f"{quantity} {shapes}: every {stride}th row and column of it is right, as if the "
        yield Clue(("unstrided",), text + "stride were 1")


def outer(view: View) -> Iterator[Clue]:
    """The border of padding left on a gradient, whatever its values are."""
    pad, got, expected = view.evidence.case.options.get("pad", 0), view.got, view.expected
    wider = (*expected.shape[:2], *(n + 2 * pad for n in expected.shape[2:]))
    if pad and expected.ndim == 4 and got.shape == wider:
        text = f"{view.quantity} has shape {got.shape} where {expected.shape} is expected: the "
        yield Clue(("outer",), f"{text}padding, {pad} on each side, is still on it")


def _another(view: View) -> Iterator[Clue]:
    """What belongs elsewhere, with the shape it has there."""
    evidence, quantity = view.evidence, view.quantity
    for name, expected in evidence.expected.items():
        if name != quantity and view.fits(expected.value):
            swapped = f", and {name} is the correct {quantity}: they are swapped"
            known = swapped * is_swapped(view, name)
            yield Clue(("another", name), f"{quantity} is the correct {name}{known}")
    for name, array in evidence.arrays.items():
        if view.fits(array):
            yield Clue(("another", name), f"{quantity} is {name}, as it was passed in", cost=0.5)


def sums(view: View) -> Iterator[Clue]:
    """What went in, summed over some of its axes; often over the wrong ones."""
    for name, array in view.evidence.arrays.items():
        for axes in _axes(array.ndim) if array.ndim <= 4 else ():
            if view.fits(array.sum(axes)):
                where = " and ".join(map(str, axes))
                text = f"{view.quantity} is the sum of {name} over axis {where}"
                yield Clue(("sum of", name, axes), text, cost=1)


def _reordered(view: View) -> Iterator[Clue]:
    got, expected, quantity = view.got, view.expected, view.quantity
    if expected.ndim < 1 or expected.ndim > 4:
        return
    for order in permutations(range(expected.ndim)):
        if order == tuple(range(expected.ndim)):
            continue
        turned = expected.transpose(order)
        how = _turned(order)
        if turned.shape == got.shape and view.fits(turned):
            yield Clue(("transposed", order), f"{quantity} is the correct one {how}")
        if view.fits(turned.reshape(got.shape)):
            yield Clue(
                ("transposed", order, "reshaped"),
                f"{quantity} is the correct one {how}, then reshaped to fit: reshape does not "
                "move axes back",
                cost=0.5,
            )
        if view.fits(
            expected.reshape([expected.shape[i] for i in order]).transpose(np.argsort(order))
        ):
            yield Clue(
                ("reshaped", order, "transposed"),
                f"{quantity} is the correct one in another order: its axes are moved where they "
                "should be reshaped, or reshaped where they should be moved",
                cost=1,
            )
    fortran = _fortran(expected)
    if fortran is not None and view.fits(fortran):
        yield Clue(
            ("fortran",),
            f"{quantity} has the right values in Fortran order: the first axis is filled first",
        )
    for axes in _axes(expected.ndim):
        if view.fits(np.flip(expected, axes)):
            names = " and ".join(symbols(view)[a] for a in axes)
            yield Clue(("flipped", axes), f"{quantity} is the correct one backwards along {names}")


def _fortran(expected: np.ndarray) -> np.ndarray | None:
    """With every example's values in Fortran order."""
    if expected.ndim < 2:
        return None
    rows = expected.reshape(len(expected), -1)
    return rows.reshape(expected.shape, order="F")
