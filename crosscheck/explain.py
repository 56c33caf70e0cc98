"""What there is to say about a layer, as data: mathematics, shapes, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from crosscheck.calling import Bundle, Update
from crosscheck.errors import SelectionError
from crosscheck.layer import Alternative, Layer
from crosscheck.layers import catalogue, layer_named
from crosscheck.maths import Maths, Step, maths_of


@dataclass(frozen=True)
class Line:
    """A step with its shape, ``(N, D)``; empty where there is none. ``judged``: a candidate has to
    return it.
    """

    name: str
    rest: str
    shape: str
    note: str
    judged: bool


@dataclass(frozen=True)
class Argument:
    """An input or an option (which has no shape), and what it is."""

    name: str
    shape: str
    meaning: str


@dataclass(frozen=True)
class Accepted:
    """Another right answer of these quantities; ``warned``: it is worth a warning."""

    quantities: tuple[str, ...]
    reason: str
    warned: bool


@dataclass(frozen=True)
class Explanation:
    """A layer in words and formulas. ``bundles`` are the dicts among its arguments, with what they
    hold. A ``str`` among the lines is a sentence between them.
    """

    name: str
    about: str
    signatures: tuple[str, ...]
    bundles: tuple[tuple[str, tuple[str, ...]], ...]
    also: tuple[str, ...]
    dims: str
    arguments: tuple[Argument, ...]
    forward: tuple[Line | str, ...]
    upstream: tuple[Argument, ...]
    backward: tuple[Line | str, ...]
    pitfalls: tuple[str, ...]
    accepted: tuple[Accepted, ...]
    references: tuple[tuple[str, str], ...]
    source: str


def explanation(layer: Layer) -> Explanation:
    """All there is to say about a layer."""
    maths = maths_of(layer.name)
    others = (function for functions in layer.also.values() for function in functions)
    return Explanation(
        name=layer.name,
        about=maths.about,
        signatures=layer.calling.signatures(layer),
        bundles=tuple(_bundles(layer)),
        also=tuple(dict.fromkeys(f for f in others if f not in layer.functions)),
        dims=maths.dims,
        arguments=tuple(_arguments(layer, maths)),
        forward=tuple(_lines(layer, maths.forward)),
        upstream=tuple(
            Argument("d" + o.name, shown_shape(o.shape), "") for o in _differentiated_outputs(layer)
        ),
        backward=tuple(_lines(layer, maths.backward)),
        pitfalls=maths.pitfalls,
        accepted=tuple(_accepted(layer)),
        references=tuple(_references(layer)),
        source=maths.source,
    )


def layers_called(name: str) -> list[Layer]:
    """The layer of that name, or those that have a function of that name.

    Raises SelectionError, which says what may have been meant.
    """
    if name in catalogue():
        return [layer_named(name)]
    functions = {
        function: [layer for layer in catalogue().values() if function in _functions(layer)]
        for other in catalogue().values()
        for function in _functions(other)
    }
    if name in functions:
        return functions[name]
    spelled = {known.lower(): known for known in (*functions, *catalogue())}
    close = get_close_matches(name.lower(), spelled, cutoff=0.75)
    if close:
        meant = " or ".join(spelled[c] for c in close)
        raise SelectionError(
            f"There is no layer or function {name!r}. Did you mean {meant}? "
            "'crosscheck layers' lists all."
        )
    return [layer_named(name)]


def shown_shape(symbols: str) -> str:
    """``(N, D)`` of ``"N D"``; ``(N, d₁, …, dₖ)`` of ``"N *d"``."""
    if not symbols:
        return "scalar"
    if symbols == "*s":
        return "any shape"
    parts = [{"*d": "d₁, …, dₖ", "*s": "…"}.get(s, s) for s in symbols.split()]
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


def _functions(layer: Layer) -> set[str]:
    return {function for functions in layer.spellings.values() for function in functions}


def _bundles(layer: Layer) -> Iterator[tuple[str, tuple[str, ...]]]:
    """``bn_param`` and what it holds: ``mode="train"``, ``eps``, …"""
    for a in layer.arguments:
        if isinstance(a, Bundle):
            fixed = (f"{key}={value!r}" for key, value in a.fixed.items())
            renamed = (f"{key}={name}" for key, name in a.renamed.items())
            yield a.name, (*fixed, *a.holds, *renamed)
    if isinstance(layer.calling, Update):
        yield "config", (*layer.options, "and whatever the rule keeps")


def _arguments(layer: Layer, maths: Maths) -> Iterator[Argument]:
    for i in layer.inputs:
        yield Argument(i.name, shown_shape(i.shape), maths.where.get(i.name, ""))
    for option in layer.options:
        yield Argument(option, "", maths.where.get(option, ""))


def _differentiated_outputs(layer: Layer) -> Iterator[Any]:
    return (o for o in layer.upstream if not layer.loss)


def _lines(layer: Layer, steps: tuple[Step | str, ...]) -> Iterator[Line | str]:
    known = {o.name: o.shape for o in layer.outputs}
    known |= {"d" + i.name: i.shape for i in layer.differentiated}
    for step in steps:
        if isinstance(step, str):
            yield step
            continue
        shape = known.get(step.quantity, step.shape)
        text = "" if shape is None else shown_shape(shape)
        yield Line(step.name, step.rest, text, step.note, step.quantity in known)


def _accepted(layer: Layer) -> Iterator[Accepted]:
    """Its conventions, those of the same reason together."""
    found: dict[tuple[str, bool], list[str]] = {}
    for c in layer.conventions:
        found.setdefault((c.reason, isinstance(c, Alternative)), []).append(c.quantity)
    for (reason, warned), quantities in found.items():
        yield Accepted(tuple(quantities), reason, warned)


def _references(layer: Layer) -> Iterator[tuple[str, str]]:
    """Where the answers come from, in the words of the functions that compute them."""
    for framework, reference in (("torch", layer.torch), ("jax", layer.jax[0])):
        summary = _summary(reference)
        if summary:
            yield framework, summary


def _summary(function: Callable[..., Any]) -> str:
    """The first paragraph of its docstring."""
    return " ".join((function.__doc__ or "").partition("\n\n")[0].split()).removesuffix(".")
