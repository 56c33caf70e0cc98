"""Points: what each layer and each of its quantities earns. Exact, so that a class graded on two
machines has the same sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from crosscheck.config.record import Grading, Worth
from crosscheck.layers import catalogue

_NONE = Fraction(0)
_RIGHT = ("pass", "warning")


@dataclass(frozen=True)
class LayerScore:
    """What a layer, or a version of ``layer``, earned of what is possible; ``quantities``: both of
    each output and gradient. ``shares``: whether these are its part of points that other versions
    may have a part of.
    """

    layer: str

    earned: Fraction = _NONE
    possible: Fraction = _NONE
    quantities: Mapping[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    shares: bool = True

    @property
    def is_full(self) -> bool:
        """Whether nothing is missing."""
        return self.earned == self.possible


@dataclass(frozen=True)
class Score:
    """The points of one submission, by layer."""

    layers: Mapping[str, LayerScore]

    @property
    def earned(self) -> Fraction:
        """The sum."""
        return sum((layer.earned for layer in self.layers.values()), _NONE)

    @property
    def possible(self) -> Fraction:
        """The sum."""
        return sum((layer.possible for layer in self.layers.values()), _NONE)

    @property
    def shared(self) -> dict[str, tuple[list[str], Fraction]]:
        """Of each layer whose points several versions share: these, and the points."""
        versions: dict[str, list[str]] = {}
        for name, part in self.layers.items():
            if part.shares and part.possible:
                versions.setdefault(part.layer, []).append(name)
        return {
            layer: (names, sum((self.layers[n].possible for n in names), _NONE))
            for layer, names in versions.items()
            if len(names) > 1
        }


def score(
    entries: Mapping[str, Mapping[str, Any]], rules: Grading, expected: Iterable[str] = ()
) -> Score:
    """The points of a submission, from its layers' entries in a ``crosscheck-report/1``.

    ``expected``: layers that count whether they are there or not; what ``rules`` names does so too.
    """
    of = {name: entry_layer(name, entry) for name, entry in entries.items()}
    lacking = set(map(layer_name, expected)) - {*of.values()}
    names = [*entries, *sorted(lacking)]
    of = {name: layer_name(name) for name in (*lacking, *rules.points)} | of
    worths = _worths(names, of, rules)
    return Score(
        {
            name: _layer_score(name, entries.get(name, {}), w, rules, of)
            for name, w in worths.items()
        }
    )


def entry_layer(name: str, entry: Mapping[str, Any]) -> str:
    """The layer that an entry of a report is of."""
    return str(entry.get("layer") or layer_name(name))


def shown(earned: Fraction, possible: Fraction) -> str:
    """``2.50``: rounded half up, but never up to all that is possible."""
    cents, most = int(earned * 100 + Fraction(1, 2)), int(possible * 100)
    if earned < possible:
        cents = min(cents, max(most - 1, 0))
    return f"{cents // 100}.{cents % 100:02d}"


def _worths(
    names: Collection[str], of: Mapping[str, str], rules: Grading
) -> Mapping[str, Mapping[str, Fraction]]:
    """What each quantity of each name counts, also of what only the rules name. ``of``: the layer
    that each is of.

    A layer counts once, however many versions of it somebody has: those that no rule names share
    its points. Otherwise what can be earned would depend on what is handed in.
    """
    found: dict[str, Mapping[str, Fraction]]
    found = {n: _shared(of[n], w) for n, w in rules.points.items() if not _shares(n, rules, of)}
    versions: dict[str, list[str]] = {of[n]: [] for n in (*names, *rules.points)}
    for name in names:
        if name not in found:
            versions[of[name]].append(name)
    for layer, others in versions.items():
        whole = rules.points.get(layer, 0.0 if rules.points else 1.0)
        sharing = others or [layer] * (layer in rules.points)
        found |= {name: _shared(layer, whole, len(sharing)) for name in sharing}
    return found


def _shares(name: str, rules: Grading, of: Mapping[str, str]) -> bool:
    """Whether it has a part of its layer's points: a version that is named has its own."""
    return name not in rules.points or of[name] == name


def _shared(name: str, worth: Worth, among: int = 1) -> dict[str, Fraction]:
    """Of a layer by quantity: half of a number for the forward, half for the gradients, in equal
    parts; of all that only the part of one ``among`` several versions.
    """
    layer = catalogue().get(name)
    if layer is None:  # of a later crosscheck
        return {}
    if isinstance(worth, Mapping):
        return {q: _exact(worth.get(q, 0.0)) / among for q in layer.quantities}
    halves = [
        [q for q in layer.quantities if q not in layer.gradients],
        [q for q in layer.quantities if q in layer.gradients],
    ]
    halves = [half for half in halves if half]
    each = _exact(worth) / among / len(halves)
    return {q: each / len(half) for half in halves for q in half}


def _exact(number: float) -> Fraction:
    return Fraction(repr(number))  # 0.1 is a tenth, not the float next to it


def _layer_score(
    name: str,
    entry: Mapping[str, Any],
    worth: Mapping[str, Fraction],
    rules: Grading,
    of: Mapping[str, str],
) -> LayerScore:
    answered = _answered(entry)
    each = {q: (w * answered * _share(q, entry, rules), w) for q, w in worth.items()}
    return LayerScore(
        of[name],
        sum((earned for earned, _ in each.values()), _NONE),
        sum(worth.values(), _NONE),
        each,
        _shares(name, rules, of),
    )


def _answered(entry: Mapping[str, Any]) -> Fraction:
    """The share of the cases that were answered: a layer with fewer than all is never full."""
    cases, skipped = entry.get("cases", 0), entry.get("skipped", 0)
    return Fraction(cases, cases + skipped) if cases else _NONE


def _share(quantity: str, entry: Mapping[str, Any], rules: Grading) -> Fraction:
    status = entry.get("quantities", {}).get(quantity, "missing")
    carried = rules.carried and entry.get("consistent") and quantity in entry.get("gradients", ())
    if status not in _RIGHT and not (carried and status == "wrong"):
        return _NONE
    warned = status == "warning" or any(
        f["severity"] == "warning" and not f["quantity"] for f in entry.get("findings", ())
    )
    return 1 - _exact(rules.warnings) if warned else Fraction(1)


def layer_name(name: str) -> str:
    """The layer that a name in a report is a version of; a name that nobody knows is its own."""
    return _by_spelling().get(name.partition(":")[0], name)


@lru_cache(maxsize=1)
def _by_spelling() -> dict[str, str]:
    return {spelling: layer.name for layer in catalogue().values() for spelling in layer.spellings}
