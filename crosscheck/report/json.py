"""The report as JSON: the contract ``crosscheck-report/1``, described in docs/report.md."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from crosscheck.errormap import ErrorMap
from crosscheck.finding import WARNING, WRONG, Finding
from crosscheck.report.record import LayerReport, Report

SCHEMA = "crosscheck-report/1"


def to_json(report: Report) -> str:
    """The report as one JSON document, ASCII only, ending in a newline."""
    return json.dumps(to_dict(report), indent=1, allow_nan=False) + "\n"


def to_dict(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "schema": SCHEMA,
        "target": report.target,
        "oracle": {
            "source": report.provenance.source,
            "torch": report.provenance.torch,
            "jax": report.provenance.jax,
            "recorded": report.provenance.recorded,
        },
        "status": report.status,
        "strict": report.strict,
        "left_out": dict(report.left_out),
        "shimmed": list(report.notes.shimmed),
        "outdated": list(report.notes.outdated),
        "unread": list(report.notes.unread),
        "absent": list(report.notes.absent),
        "read_with": report.notes.read_with,
        "layers": {name: _layer(layer) for name, layer in report.layers.items()},
        "seconds": round(report.seconds, 3),
    }


def _layer(layer: LayerReport) -> dict[str, Any]:
    return {
        "layer": layer.results[0].case.layer.name if layer.results else layer.layer,
        "status": layer.status,
        "cases": len(layer.results),
        "skipped": layer.skipped,
        "dtypes": list(dict.fromkeys(r.case.format.name for r in layer.results)),
        "wrong": layer.cases_with(WRONG),
        "warnings": layer.cases_with(WARNING),
        "exact": sum(r.power.exact for r in layer.results),
        "underpowered": sum(r.underpowered for r in layer.results),
        "untested_elements": sum(r.power.untested for r in layer.results),
        "quantities": layer.quantities,
        "gradients": list(layer.gradients),
        "conventions": list(layer.conventions),
        "unsuited": layer.unsuited,
        "forward_calls": layer.forward_calls,
        "findings": [_finding(f) for f in layer.findings],
        "blame": layer.diagnosis.blame,
        "consistent": layer.diagnosis.consistent,
        "hints": {quantity: list(texts) for quantity, texts in layer.diagnosis.hints.items()},
        "snippet": layer.diagnosis.snippet,
        "instead": layer.diagnosis.instead,
        "maps": {quantity: _map(m) for quantity, m in layer.diagnosis.maps.items()},
        "theirs": {quantity: asdict(theirs) for quantity, theirs in layer.diagnosis.theirs.items()},
        "source": {name: asdict(source) for name, source in layer.diagnosis.sources.items()},
        "output": layer.output,
        "floors": {r.case.id: _number(r.power.floor) for r in layer.results},
        "errors": {r.case.id: _number(r.worst) for r in layer.results},
    }


def _map(m: ErrorMap) -> dict[str, Any]:
    rows = [[_number(round(v, 3)) for v in row] for row in m.misfit.tolist()]
    return {"case": m.case, "shape": m.shape, "misfit": rows}


def _finding(finding: Finding) -> dict[str, Any]:
    """Without what is not known; numbers that JSON cannot hold as the strings NaN, inf, -inf."""
    fields = {k: v for k, v in asdict(finding).items() if v not in (None, "") or k == "quantity"}
    del fields["size"]
    return {k: _number(v) if isinstance(v, float) else v for k, v in fields.items()}


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else str(value)
