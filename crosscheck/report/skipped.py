"""Cases that were not run, and why: what every report says of them."""

from __future__ import annotations

from collections.abc import Collection

from crosscheck.text import counted


def not_run(skipped: int, kinds: Collection[str]) -> str:
    """``45 cases not run, for want of time.`` ``kinds``: of the layer's findings, which say whether
    a case before them has taken the process along.
    """
    why = ", for want of time"
    if "died" in kinds:
        why = ": the process had ended"
    elif "timeout" in kinds:
        why = ": a case before them did not end"
    return f"{counted(skipped, 'case')} not run{why}."
