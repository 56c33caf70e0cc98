"""One ``[layers.NAME]`` table: what is said is checked, and what is not said follows from it."""

from __future__ import annotations

from crosscheck.calling import Loss, Model, Update
from crosscheck.config.entry import Entry
from crosscheck.config.fixed import fixed, unmet
from crosscheck.config.layout import axes, shapes_of, told
from crosscheck.config.outgoing import Outgoing
from crosscheck.config.record import LayerMap, Worth
from crosscheck.config.worth import worth
from crosscheck.layer import Layer

_ALL = ("class", "new", "set", "arguments", "returns", "fixed", "constants", "points")
_BOTH = ("forward", "backward", "backward_arguments", "gradients", "get", "layout")


def keys_of(layer: Layer) -> tuple[str, ...]:
    """The keys that a layer's table may have."""
    if isinstance(layer.calling, Update):
        return ("function", *_ALL)
    if isinstance(layer.calling, Model):
        return ("class", "function", "arguments", "returns", "fixed", "points")
    if isinstance(layer.calling, Loss):
        return ("function", *_BOTH, *_ALL, "summed")
    own = ("averaged",) * bool(layer.gradients) + ("p",) * bool(layer.keep)
    return (*_BOTH, *_ALL, *own)


def layer_map(table: Entry, layer: Layer) -> tuple[list[LayerMap], Worth | None]:
    """How a layer is mapped, none if only its points are given; and these points.

    Raises ConfigError.
    """
    given = {entry.key: entry for entry in table.table(keys_of(layer))}
    points = given.pop("points", None)
    counts = worth(points, layer) if points else None
    return ([_Table(table, layer, given).map()] if given else []), counts


class _Table(Outgoing):
    """A whole table: also how arrays lie, and what is meant by them."""

    def map(self) -> LayerMap:
        """The whole. Raises ConfigError."""
        constants = self.constants()
        known = [*self.words.values, *constants]
        new = self.names("new", known)
        self.needs_class("new", "set")
        put = self.attributes("set", known)
        kept_before = self.kept_over_steps()
        limits = fixed(self.given.get("fixed"), self.layer)
        no_case = unmet(self.given.get("fixed"), limits, self.layer)
        arguments = self.arguments([*known, *kept_before], self.default([*new, *put, *limits]))
        self.all_reach([*new, *put, *arguments], limits)
        get = self.attributes("get", [*self.words.outputs, *self.layer.gradients])
        returns, kept = self.returns(get, arguments)
        chosen = self._layout()
        p = self.given["p"].one_of(("keep", "drop"), "meanings") if "p" in self.given else "keep"
        averaged = self._batch("averaged", self.layer.gradients)
        summed = self._batch("summed", self.layer.quantities)
        return LayerMap(
            self.layer.name,
            self.functions,
            new if self.of_class else None,
            put,
            arguments,
            returns,
            self.backward_arguments(kept, [*known, *kept]),
            self.gradients(get),
            get,
            chosen,
            limits,
            constants,
            p,
            averaged,
            summed,
            [
                *_conventions(self.layer, chosen, limits, p, averaged, summed),
                *filter(None, [no_case]),
            ],
        )

    def _layout(self) -> dict[str, list[int]]:
        """Of gradients as of what they are of, if not said."""
        entry, known = self.given.get("layout"), shapes_of(self.layer)
        found = {i.key: axes(i, self.layer) for i in entry.table(known, "name")} if entry else {}
        for name in list(found):
            if "d" + name in known:
                found.setdefault("d" + name, found[name])
        return found

    def _batch(self, key: str, known: tuple[str, ...]) -> list[str]:
        entry = self.given.get(key)
        if entry is None:
            return []
        first = self.layer.inputs[0].shape
        if key == "averaged" and not first.startswith("N "):
            raise entry.error(f"{self.layer.name} has no batch that anything is a mean over.")
        return entry.names(known, "names")


def _conventions(
    layer: Layer,
    chosen: dict[str, list[int]],
    limits: dict[str, float | str],
    p: str,
    averaged: list[str],
    summed: list[str],
) -> list[str]:
    """What a report must say that was applied."""
    quantities = (*shapes_of(layer),)
    lain = [told(n, chosen[n], layer) for n in quantities if n in chosen and n[1:] not in chosen]
    only = [f"{name} = {value}" for name, value in limits.items()]
    return [
        *(["; ".join(lain)] if lain else []),
        *([f"only cases with {', '.join(only)}"] if only else []),
        *(["p is the probability to drop (1 - p here)"] if p == "drop" else []),
        *([f"{_are(averaged, 'mean')} over the batch (times N here)"] if averaged else []),
        *([f"{_are(summed, 'sum')} over the batch (divided by N here)"] if summed else []),
    ]


def _are(names: list[str], kind: str) -> str:
    several = len(names) > 1
    return f"{' and '.join(names)} {'are' if several else 'is a'} {kind}{'s' * several}"
