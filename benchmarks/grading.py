"""What grading costs beside the students' own code, and beside one pytest process for each.

``python benchmarks/grading.py`` in an environment with crosscheck and pytest; a minute. Prints CPU
seconds, the children's included, as JSON; ``run.py`` shows them.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from classes import right

from crosscheck.grading import task
from crosscheck.grading.job import done
from crosscheck.grading.plan import plan
from crosscheck.grading.submissions import read
from crosscheck.judging import check_cases
from crosscheck.run import narrowed
from crosscheck.target import opened

SUBMISSIONS, RUNS = 12, 4


class Clock:
    """CPU seconds spent in functions, and in what they call."""

    def __init__(self):
        self.seconds = 0.0

    def timed(self, function):
        """The same function, whose time counts."""

        def call(*arguments):
            start = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.process_time() - start

        return call


def own_code(path, posed):
    """CPU seconds of the submission itself: its import, and its functions, each time that they are
    asked: once a case, and for some of them four times more, to see what is kept between calls.
    """
    clock = Clock()
    clock.timed(exec)(compile(path.read_text(encoding="utf-8"), path.name, "exec"), {})
    with opened(str(path), [c[0].layer for c in posed.cases.values()]) as target:
        for found in target.candidates:
            timed = {name: clock.timed(f) for name, f in found.functions.items()}
            its_cases = posed.cases[found.layer.name]
            check_cases(replace(found, functions=timed), its_cases, posed.answers)
    return clock.seconds


def graded(path, made):
    """CPU seconds of grading it, of the grader and of the worker; and how many cases."""
    submission = read(path, path.stem)
    parents = task._confined.cache_info().currsize and _workers(made)._nursery.seconds
    start = time.process_time()
    rows = done(submission, made, task.graded).rows
    ours = time.process_time() - start
    cases = sum(row["layer"]["cases"] for row in rows[:-1])
    wrong = [row["name"] for row in rows[:-1] if row["layer"]["status"] in ("wrong", "crash")]
    assert cases, rows[-1]
    assert not wrong, wrong
    return ours + _workers(made)._nursery.seconds - parents, cases


def _workers(made):
    level = task.strongest()
    selection = narrowed(made.selection, made.configuration())
    return task._confined(level, made.oracle_path, made.oracle_sha256, selection)


def by_pytest(path):
    """CPU seconds of a pytest process that judges it by the same cases."""
    before = _children()
    plugin = ("-p", "no:cacheprovider", "-p", "crosscheck.pytest_plugin")
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "--crosscheck"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        [*command, str(path)], cwd=path.parent, env=environment, capture_output=True, check=False
    )
    assert ran.returncode in (0, 1), (ran.stdout + ran.stderr)[-500:]
    return _children() - before


def _children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    """Print the medians."""
    made = plan()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "layers.py")
        text = right()
        path.write_text(text, encoding="utf-8")
        graded(path, made)  # starts the worker's parent, and draws the cases
        posed = _workers(made).posed
        ours, own, peer, cases = [], [], [], 0
        for i in range(SUBMISSIONS):
            path.write_text(f"# Submission {i}\n{text}", encoding="utf-8")
            seconds, cases = graded(path, made)
            ours.append(seconds)
            own.append(own_code(path, posed))
        peer = [by_pytest(path) for _ in range(RUNS)]
    whole, alone, pytest = map(statistics.median, (ours, own, peer))
    print(
        json.dumps(
            {
                "cases": cases,
                "graded": whole,
                "own code": alone,
                "beside it, for 500 cases": (whole - alone) * 500 / cases,
                "pytest": pytest,
            }
        )
    )


if __name__ == "__main__":
    main()
