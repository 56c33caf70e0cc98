"""Stands for the real judge: quick, and it does what a submission's text asks for."""

import os
import time
from pathlib import Path

from crosscheck.grading.graded import Graded

LAYERS = ("affine", "relu", "softmax_loss")


def graded(submission, plan):
    path = Path(submission.path)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*.py"))
    text = "".join(p.read_text(encoding="utf-8", errors="replace") for p in files)
    if "# die" in text:
        os._exit(9)
    if "# slow" in text:
        time.sleep(0.05)
    if "# bug" in text:
        raise KeyError("a bug of ours")
    key = plan.key(submission)
    head = {"submission": submission.name, "key": key}
    rows = [
        {**head, "name": name, "layer": {"status": "pass", "output": text * 20, "at": str(path)}}
        for name in LAYERS
    ]
    closing = {
        "report": {"schema": "crosscheck-report/1", "target": submission.name, "status": "pass"},
        "isolation": "process",
        "error": "",
        "flags": [],
        "layers": list(LAYERS),
    }
    return Graded([*rows, {**head, "closing": closing}], 0.5)
