"""One submission from its files to its rows: the task of which a class is many."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from crosscheck.errors import CrosscheckError
from crosscheck.grading.graded import Graded, flag, unjudged
from crosscheck.grading.names import shown
from crosscheck.grading.plan import Plan
from crosscheck.grading.submissions import Submission

# Judges a submission that lies unpacked at its path; must be found by name in any process.
Judge: TypeAlias = Callable[[Submission, Plan], Graded]


def done(submission: Submission, plan: Plan, judge: Judge) -> Graded:
    """The rows of a submission, whatever it is and does; in any process, on any machine."""
    if submission.refused:
        return unjudged(submission, plan, submission.refused)
    start = time.perf_counter()
    try:
        with submission.unpacked() as (folder, there):
            graded = judge(there, plan)
            rows = [_without_place(row, folder) for row in graded.rows]
    except CrosscheckError as error:  # no worker starts, or none is isolated as was asked
        return unjudged(submission, plan, str(error), ours=True)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        why = f"something went wrong in crosscheck itself: {shown(message)}. Please report it."
        return unjudged(submission, plan, why, ours=True)
    for text in submission.left_out:
        rows[-1]["closing"]["flags"].append(flag("left-out", text))
    return Graded(rows, graded.seconds or time.perf_counter() - start)


def _without_place(row: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A row that does not say where the files lay: that differs from run to run."""
    text = json.dumps(row)
    for place in (f"{folder}{os.sep}", str(folder)):
        inside = json.dumps(place)[1:-1]
        text = text.replace(inside, "" if place.endswith(os.sep) else "the submission")
    text = text.replace(folder.name, "submission")  # a package, for imports that are relative
    return dict(json.loads(text))
