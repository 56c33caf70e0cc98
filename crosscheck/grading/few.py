"""Layers that were asked few of the cases, as code of some courses leaves no choice for the others.

Whoever hands in code must not choose what it is asked: if nobody said that such code is expected,
by an adapter or by mapping the layer, one that leaves out more than it answers is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crosscheck.config import Config
from crosscheck.finding import FEW, WARNING, Diagnosis, Finding
from crosscheck.grading.graded import flag
from crosscheck.grading.score import layer_name
from crosscheck.report.record import LayerReport, Report


def without(report: Report, config: Config) -> Report:
    """A report in which they are not judged."""
    layers = {
        name: _unjudged(layer) if _is_left(layer) and not _is_expected(layer, config) else layer
        for name, layer in report.layers.items()
    }
    return replace(report, layers=layers)


def flags(report: Report, config: Config) -> Iterator[dict[str, str]]:
    """What the instructor has to know of them."""
    for name, layer in report.layers.items():
        text = f"{name}: it leaves no choice for {layer.unsuited} of {_cases(layer)}"
        if _is_left(layer) and not _is_expected(layer, config):
            remedy = "If such code is expected, say so by --adapter or a crosscheck.toml"
            yield flag(FEW, f"{text}, and is not judged. {remedy}")
        elif layer.unsuited and (_is_left(layer) or not _is_expected(layer, config)):
            yield flag(FEW, f"{text}, and was judged on the others only")


def _is_expected(layer: LayerReport, config: Config) -> bool:
    return bool(config.adapter) or layer_name(layer.layer) in {m.layer for m in config.maps}


def _is_left(layer: LayerReport) -> bool:
    """Whether it leaves out more than it was asked."""
    return layer.unsuited > len(layer.results) + layer.skipped


def _unjudged(layer: LayerReport) -> LayerReport:
    """With nothing that is known to be right or wrong, but the reason."""
    results = [replace(r, findings=(), answered=frozenset()) for r in layer.results]
    if results:
        text = f"{layer.layer} leaves no choice for {layer.unsuited} of {_cases(layer)}: it is"
        text += " not judged. Ask your instructor how this code is to be read"
        found = Finding(FEW, WARNING, "", results[0].case.id, text)
        results[0] = replace(results[0], findings=(found,))
    return replace(layer, results=results, diagnosis=Diagnosis())


def _cases(layer: LayerReport) -> str:
    return f"{layer.unsuited + len(layer.results) + layer.skipped} cases"
