"""Cases that are smaller than a case: with one size or option less, the least first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from crosscheck.case import Case
from crosscheck.layer import Layer, Size

_DRAWS = 3  # a small array may hide what a large one shows: as many chances has every size
_COUNTED = 8  # sizes are tried one by one as far as here, then by halves


def fits(case: Case) -> bool:
    """Whether there is such a case, and correct code of the course's kind accepts it: no size is
    divided with a remainder, which it refuses, and no padding is as wide as a window, unless the
    layer has that itself. What sees nothing but padding is tied, whatever the values.
    """
    try:
        case.layer.derived({name: _exact(size) for name, size in case.dims.items()})
    except ArithmeticError:
        return False
    dims: Mapping[str, Any] = case.dims
    return case.exists and all(dims[n] < dims[size] for n, size in _narrower(case.layer))


@cache
def _narrower(layer: Layer) -> list[tuple[str, str]]:
    """Each option that may be 0, with the sizes that it is less than wherever the layer is checked:
    a padding, with those of a window.
    """
    points: list[Any] = [p.dims for p in layer.points if p.scenarios != ("empty",)]
    integers = [n for n, size in points[0].items() if isinstance(size, int)]
    paddings = [n for n in layer.options if n in integers and min(p[n] for p in points) == 0]
    own = (*layer.options, *layer.inputs[0].shape.split())
    pairs = ((n, size) for n in paddings for size in integers if size not in own)
    return [(n, size) for n, size in pairs if all(p[n] < p[size] for p in points)]


class _Divided(int):
    """A size that can only be divided without a remainder."""

    def __floordiv__(self, other: int) -> int:
        if other == 0 or int(self) % other:
            raise ArithmeticError(f"{int(self)} / {other}")
        return _Divided(int(self) // other)

    def __add__(self, other: int) -> int:
        return _Divided(int(self) + other)

    def __sub__(self, other: int) -> int:
        return _Divided(int(self) - other)

    def __rsub__(self, other: int) -> int:
        return _Divided(other - int(self))

    def __mul__(self, other: int) -> int:
        return _Divided(int(self) * other)

    __radd__, __rmul__ = __add__, __mul__


def _exact(size: Size) -> Size:
    return _Divided(size) if isinstance(size, int) else size


def smaller_cases(case: Case) -> Iterator[Case]:
    """Cases with one size or option made smaller or simpler, each with a few draws."""
    for name, size in case.dims.items():
        for simpler in _simpler_sizes(case, name, size):
            smaller = replace(case, dims={**case.dims, name: simpler})
            if fits(smaller):
                yield from (replace(smaller, seed=seed) for seed in _seeds(case.seed))


def _seeds(seed: int) -> range | tuple[int, ...]:
    return tuple(dict.fromkeys((seed, *range(_DRAWS))))[:_DRAWS]


def _simpler_sizes(case: Case, name: str, size: Size) -> Iterator[Size]:
    if isinstance(size, tuple):
        yield from _simpler_shapes(size)
    elif isinstance(size, int):
        known: list[Any] = [p.dims[name] for p in case.layer.points]
        yield from _lower(size, min(known) if name in case.layer.options else 1)
    else:
        known = _known_values(case.layer, name, case.scenario.name)
        yield from known[: known.index(size)] if size in known else ()


def _lower(size: int, least: int) -> Iterator[int]:
    """Every smaller size: the smallest first, then by halves, at last by one."""
    yield from range(least, min(size, _COUNTED))
    while size // 2 >= _COUNTED:
        size //= 2
        yield size


def _simpler_shapes(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Fewer axes, then shorter ones; never none at all."""
    if len(shape) > 1:
        yield from ((1,), (2,), (3,))
        yield from (shape[:i] + shape[i + 1 :] for i in range(len(shape)))
    for i, length in enumerate(shape):
        yield from ((*shape[:i], lower, *shape[i + 1 :]) for lower in _lower(length, 1))


def _known_values(layer: Layer, option: str, scenario: str) -> list[Any]:
    """What the layer itself has for an option in a scenario, the shortest to write first: any other
    number might mean something else there.
    """
    points = (p for p in layer.points if p.scenarios is None or scenario in p.scenarios)
    return sorted({p.dims[option] for p in points}, key=lambda v: (len(repr(v)), abs(v - 0.5)))


def unseen_sizes(case: Case) -> Case | None:
    """The case with sizes that no other case has; None if there is no such near it."""
    for more in range(4, 12):
        dims = {
            name: size if name in case.layer.options else _longer(size, more)
            for name, size in case.dims.items()
        }
        unseen = replace(case, dims=dims)
        if fits(unseen):
            return unseen
    return None


def _longer(size: Any, more: int) -> Size:
    """Of a shape, the first axis."""
    return (size[0] + more, *size[1:]) if isinstance(size, tuple) else size + more
