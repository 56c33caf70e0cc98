"""Two oracle files: which answers moved, and where a verdict may change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from crosscheck.diff.elements import QuantityDiff, compare
from crosscheck.diff.shared import shared
from crosscheck.dtypes import format_named
from crosscheck.oracle import Oracle
from crosscheck.oracle_file import OracleFile

Cases: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class LayerDiff:
    """One layer that both files have. ``only_old`` and ``only_new``: cases that one of them has;
    ``redrawn``: cases answered for other inputs, which are not compared; ``lost`` and ``won``, by
    framework: cases where its own result was within the bound before, or is now.
    """

    layer: str
    cases: int
    quantities: Mapping[str, QuantityDiff] = field(default_factory=dict)
    only_old: Cases = ()
    only_new: Cases = ()
    redrawn: Cases = ()
    lost: Mapping[str, Cases] = field(default_factory=dict)
    won: Mapping[str, Cases] = field(default_factory=dict)

    @property
    def verdict_changed(self) -> bool:
        """Whether a verdict by this layer's answers may change, or a framework's own has."""
        lists = (self.only_old, self.only_new, self.redrawn, self.lost, self.won)
        return any(lists) or any(q.verdict_changed for q in self.quantities.values())

    @property
    def differs(self) -> bool:
        """Whether there is anything to list."""
        return self.verdict_changed or any(q.differs for q in self.quantities.values())


@dataclass(frozen=True)
class OracleDiff:
    """Two oracle files. ``old`` and ``new`` say where they are and where they come from;
    ``only_old`` and ``only_new`` name the layers that one of them has.
    """

    old: Mapping[str, str]
    new: Mapping[str, str]
    layers: Mapping[str, LayerDiff]
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()

    @property
    def verdict_changed(self) -> bool:
        """Whether any verdict by these files may differ."""
        layers = self.layers.values()
        return bool(self.only_old or self.only_new or any(x.verdict_changed for x in layers))


def compare_oracles(old: OracleFile, new: OracleFile, layers: Collection[str] = ()) -> OracleDiff:
    """What differs between two oracle files, in all layers or in some.

    Raises SelectionError for a layer that neither has, OracleFileError for damaged content.
    """
    both, only_old, only_new = shared(
        (layer for layer, _ in old.groups()), (layer for layer, _ in new.groups()), layers
    )
    return OracleDiff(
        _described(old),
        _described(new),
        {name: _layer(name, _answers(old, name), _answers(new, name)) for name in both},
        only_old,
        only_new,
    )


def _described(file: OracleFile) -> dict[str, str]:
    p = file.provenance
    return {
        "path": str(file.path),
        "torch": p.torch,
        "jax": p.jax,
        "numpy": p.numpy,
        "platform": p.platform,
        "recorded": p.recorded,
    }


def _answers(file: OracleFile, layer: str) -> dict[str, Oracle]:
    groups = [file.group(*group) for group in file.groups() if group[0] == layer]
    return {case: oracle for group in groups for case, oracle in group.items()}


def _layer(name: str, old: Mapping[str, Oracle], new: Mapping[str, Oracle]) -> LayerDiff:
    both = [case for case in old if case in new]
    redrawn = tuple(c for c in both if old[c].checksum != new[c].checksum)
    comparable = [c for c in both if old[c].checksum == new[c].checksum]
    quantities: dict[str, QuantityDiff] = {}
    for case in comparable:
        a, b = old[case].expected, new[case].expected
        fmt = format_named(case.split("/")[1])
        for quantity in dict.fromkeys([*a, *b]):
            diff = compare(case, a.get(quantity), b.get(quantity), fmt)
            quantities[quantity] = quantities.get(quantity, QuantityDiff()) + diff
    votes = [(c, set(old[c].votes), set(new[c].votes)) for c in comparable]
    return LayerDiff(
        name,
        len(both),
        quantities,
        tuple(c for c in old if c not in new),
        tuple(c for c in new if c not in old),
        redrawn,
        _by_framework((c, a - b) for c, a, b in votes),
        _by_framework((c, b - a) for c, a, b in votes),
    )


def _by_framework(votes: Iterable[tuple[str, set[str]]]) -> dict[str, Cases]:
    """The cases of each framework that is named."""
    found: dict[str, list[str]] = {}
    for case, frameworks in votes:
        for framework in sorted(frameworks):
            found.setdefault(framework, []).append(case)
    return {framework: tuple(cases) for framework, cases in found.items()}
