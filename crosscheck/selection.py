"""Which cases: those asked for, of those that an oracle can answer and this machine can check."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS, unavailable
from crosscheck.errors import MissingPackageError, OracleFileError, SelectionError
from crosscheck.kept import kept_cases
from crosscheck.layers import catalogue, layer_named
from crosscheck.oracle_file import OracleFile
from crosscheck.scenario import by_name

OWN_TARGET = "impl_numpy"
_COURSE_DTYPES = ("float32", "float64")  # course code rarely claims more


@dataclass(frozen=True)
class Selection:
    """Which cases: all, or those of these layers, dtypes, scenarios and seeds, or the one of that
    id. ``dtypes`` empty: all four for impl_numpy, float32 and float64 for any other target.
    """

    layers: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    scenarios: Sequence[str] = ()
    seeds: Sequence[int] = ()
    case: str | None = None

    def cases(self, target: str = OWN_TARGET) -> dict[str, list[Case]]:
        """The cases of each layer asked for. Raises SelectionError if there is none at all."""
        if self.case is not None:
            if self.layers or self.dtypes or self.scenarios or self.seeds:
                raise SelectionError(
                    "A case's id says its layer, dtype, scenario and seed: "
                    "give it without --layer, --dtype, --scenario and --seed."
                )
            case = Case.parse(self.case)
            if not case.exists:
                raise SelectionError(
                    f"There is no case {case.id}: its sizes and options do not fit."
                )
            return {case.layer.name: [case]}
        layers = [layer_named(n) for n in self.layers] or list(catalogue().values())
        self._check_scenarios()
        ours = Path(os.path.realpath(target)).name == OWN_TARGET  # links in a circle are no error
        dtypes = self.dtypes or (tuple(FORMATS) if ours else _COURSE_DTYPES)
        selected = {
            layer.name: list(cases(layer, dtypes, self.scenarios, self.seeds)) for layer in layers
        }
        if not any(selected.values()):
            raise SelectionError(
                f"No case of {', '.join(selected)} is in {' or '.join(self.scenarios)}: "
                "crosscheck has no such scenario for these layers."
            )
        return {name: found for name, found in selected.items() if found}

    def kept(self, target: str) -> dict[str, list[Case]]:
        """By layer, the cases that ``crosscheck fuzz`` kept for a target, unless scenarios or seeds
        are asked for. Raises SelectionError if their file cannot be read.
        """
        if self.scenarios or self.seeds:
            return {}
        wanted = [
            c
            for c in kept_cases(target)
            if (not self.dtypes or c.format.name in self.dtypes) and self.case in (None, c.id)
        ]
        kept: dict[str, list[Case]] = {layer: [] for layer in self.layers or catalogue()}
        for case in wanted:
            if case.layer.name in kept:
                kept[case.layer.name].append(case)
        return kept if any(kept.values()) else {}

    def _check_scenarios(self) -> None:
        known = by_name(*(s for layer in catalogue().values() for s in layer.scenarios))
        for name in self.scenarios:
            if name not in known:
                raise SelectionError(
                    f"There is no scenario {name!r}. The scenarios are: {', '.join(known)}."
                )


EVERYTHING = Selection()


def held(oracle: OracleFile, selection: Selection, target: str) -> dict[str, list[Case]]:
    """Those of the selected cases that an oracle file has answers to: with its own seeds, unless
    others are asked for.
    """
    seeds = selection.seeds or sorted(oracle.seeds)
    selected = replace(selection, seeds=seeds).cases(target)
    held = {name: [c for c in layer if oracle.holds(c)] for name, layer in selected.items()}
    if not any(held.values()):
        raise OracleFileError("The oracle file has no answer to any of the cases asked for.")
    return {name: layer for name, layer in held.items() if layer}


def joined(one: Mapping[str, list[Case]], other: Mapping[str, list[Case]]) -> dict[str, list[Case]]:
    """The cases of both by layer, each once."""
    return {
        name: list({case.id: case for case in (*found, *other.get(name, ()))}.values())
        for name, found in one.items()
    }


def checkable(
    selected: Mapping[str, list[Case]],
) -> tuple[dict[str, list[Case]], dict[str, str]]:
    """The cases in dtypes that can be checked here; of the others, why not."""
    dtypes = dict.fromkeys(c.format.name for layer in selected.values() for c in layer)
    left_out = {dtype: why for dtype in dtypes if (why := unavailable(dtype))}
    checkable = {
        name: [c for c in layer if c.format.name not in left_out]
        for name, layer in selected.items()
    }
    if left_out and not any(checkable.values()):
        raise MissingPackageError(next(iter(left_out.values())))
    return checkable, left_out
