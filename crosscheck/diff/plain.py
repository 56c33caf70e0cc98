"""A diff as JSON: the contract ``crosscheck-diff/1``, described in docs/report.md."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from crosscheck.diff.oracles import OracleDiff
from crosscheck.diff.reports import ReportDiff

SCHEMA = "crosscheck-diff/1"
_DERIVED = ("verdict_changed", "change")  # worth telling beside the fields


def to_json(diff: OracleDiff | ReportDiff) -> str:
    """The diff as one JSON document, ASCII only, ending in a newline."""
    differing = {name: layer for name, layer in diff.layers.items() if layer.differs}
    content = {
        "schema": SCHEMA,
        "of": "oracles" if isinstance(diff, OracleDiff) else "reports",
        **_plain(diff),
        "layers": _plain(differing),
        "same": [name for name in diff.layers if name not in differing],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Records as objects; numbers that JSON does not have as the strings NaN, inf and -inf."""
    if is_dataclass(value):
        told = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return told | {name: getattr(value, name) for name in _DERIVED if hasattr(value, name)}
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else str(value)
    return value
