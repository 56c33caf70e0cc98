"""Cases of a layer beyond the fixed ones, as a Hypothesis strategy: other sizes, options and seeds,
in the scenarios that the layer itself has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.layer import Layer
from crosscheck.scenario import Scenario
from crosscheck.smallest.sizes import fits

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Cases beyond these sizes take long, and show what smaller ones show.
_LONGEST, _LARGEST = 12, 1000
_SEEDS = 10**6


@cache
def cases_beyond(layer: Layer) -> SearchStrategy[Case]:
    """Any case of the layer in float64, between the least and the largest sizes of its fixed cases
    and with options that these have in the same scenario.

    What is worth a warning at most is left out: layouts, labels of other dtypes, NaN, no examples.
    """
    from hypothesis import strategies as st

    fixed = [c for c in cases(layer, ("float64",)) if not c.scenario.guard]
    fmt = FORMATS["float64"]
    alone = {_alone(layer, c) for c in fixed}

    def in_scenario(scenario: Scenario) -> SearchStrategy[Case]:
        there = [c for c in fixed if c.scenario is scenario]
        sizes = {n: _sizes(layer, n, size, fixed, there) for n, size in there[0].dims.items()}
        return st.builds(
            lambda seed, *drawn: Case(
                layer, fmt, scenario, dict(zip(sizes, drawn, strict=True)), seed
            ),
            st.integers(0, _SEEDS),
            *sizes.values(),
        )

    scenarios = dict.fromkeys(c.scenario for c in fixed)
    return st.one_of([in_scenario(s) for s in scenarios]).filter(
        lambda c: fits(c) and c.size <= _LARGEST and any(_alone(layer, c) <= a for a in alone)
    )


def _alone(layer: Layer, case: Case) -> frozenset[str]:
    """The sizes of which there is one: only where a fixed case has all these so as well, for the
    statistics of one number are none.
    """
    sizes = case.dims.items()
    return frozenset(n for n, size in sizes if size == 1 and n not in layer.options)


def _sizes(
    layer: Layer, name: str, size: Any, fixed: Sequence[Case], there: Sequence[Case]
) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if isinstance(size, float):
        return st.sampled_from(_known(name, there))
    known = _known(name, fixed)
    if isinstance(size, tuple):
        lengths = st.integers(1, max(max(shape, default=1) for shape in known))
        ranks = [len(shape) for shape in known]
        return st.lists(lengths, min_size=min(ranks), max_size=max(ranks)).map(tuple)
    most = max(known) if name in layer.options else min(max(known), _LONGEST)
    return st.integers(min(known), max(most, min(known)))


def _known(name: str, fixed: Iterable[Case]) -> list[Any]:
    return list(dict.fromkeys(c.dims[name] for c in fixed))
