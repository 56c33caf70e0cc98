"""What differs between two oracle files, or between two reports, and whether a verdict changed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from crosscheck.diff.oracles import OracleDiff, compare_oracles
from crosscheck.diff.reports import ReportDiff, compare_reports
from crosscheck.diff.saved import SavedReport, opened
from crosscheck.errors import SelectionError
from crosscheck.oracle_file import OracleFile


def compare(old: Path, new: Path, layers: Collection[str] = ()) -> OracleDiff | ReportDiff:
    """What differs between two files, in all layers or in some.

    Raises CrosscheckError, whose text is for people, for files that cannot be read or compared,
    and for a layer that neither has.
    """
    one, other = opened(old), opened(new)
    if isinstance(one, OracleFile) and isinstance(other, OracleFile):
        return compare_oracles(one, other, layers)
    if isinstance(one, SavedReport) and isinstance(other, SavedReport):
        return compare_reports(one, other, layers)
    oracle, report = (old, new) if isinstance(one, OracleFile) else (new, old)
    raise SelectionError(
        f"{oracle} is an oracle file and {report} is a JSON report: they cannot be compared. "
        "Give two oracle files, or two reports."
    )
