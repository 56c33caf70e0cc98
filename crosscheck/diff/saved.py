"""What a file holds that is to be compared: an oracle, or a report of a check as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosscheck.errors import CrosscheckError
from crosscheck.oracle_file import OracleFile
from crosscheck.report.json import SCHEMA

_TEXTS = ("kind", "severity", "quantity", "case", "message")


@dataclass(frozen=True)
class SavedLayer:
    """A layer in a report. ``cases``: the ids of those judged; ``errors``: the largest error in
    each, as a share of what is allowed (reports of older versions do not tell them).
    """

    status: str
    cases: Mapping[str, None]
    findings: Sequence[Mapping[str, Any]]
    errors: Mapping[str, float]


@dataclass(frozen=True)
class SavedReport:
    """A report, read back. ``about``: where it is, of what, and by which oracle."""

    about: Mapping[str, str]
    layers: Mapping[str, SavedLayer]


def opened(path: Path) -> OracleFile | SavedReport:
    """What is in a file. Raises CrosscheckError if it is neither an oracle nor a report."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CrosscheckError(f"There is no file {path}.") from None
    except OSError as error:
        raise CrosscheckError(f"{path} cannot be read: {error.strerror or error}.") from None
    return OracleFile(path) if content.startswith(b"PK") else _report(content, path)


def _report(content: bytes, path: Path) -> SavedReport:
    try:
        # Bytes, for a shell may have written them in UTF-16.
        report = json.loads(content)
        schema = report["schema"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CrosscheckError(
            f"{path} is neither an oracle file nor a JSON report of crosscheck. "
            "Make one with: crosscheck freeze -o FILE, or crosscheck check TARGET --json FILE"
        ) from None
    if schema != SCHEMA:
        raise CrosscheckError(
            f"The report {path} cannot be used: its schema is {schema}, not {SCHEMA}."
        )
    try:
        return SavedReport(
            {"path": str(path), "target": str(report["target"]), **_oracle(report["oracle"])},
            {str(name): _layer(layer) for name, layer in report["layers"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CrosscheckError(
            f"The report {path} cannot be used: its content is not that of a report. "
            f"Make it again with: crosscheck check TARGET --json {path}"
        ) from None


def _oracle(oracle: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(oracle[key]) for key in ("source", "torch", "jax", "recorded")}


def _layer(layer: Mapping[str, Any]) -> SavedLayer:
    return SavedLayer(
        str(layer["status"]),
        dict.fromkeys(layer["floors"]),
        [_finding(f) for f in layer["findings"]],
        {case: float(error) for case, error in layer.get("errors", {}).items()},
    )


def _finding(finding: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same. Raises KeyError or TypeError if it is not as findings are."""
    if not all(isinstance(finding[name], str) for name in _TEXTS):
        raise TypeError
    if not isinstance(finding.get("index", []), list):
        raise TypeError
    return finding
