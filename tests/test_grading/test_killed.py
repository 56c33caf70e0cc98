"""The command itself, killed at random moments while it judges: it goes on from there, ends with
the same bytes, and nobody is left behind.
"""

import os
import random
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crosscheck.sandbox import strongest
from test_grading import bytes_of

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc"),
]
CLASSES = Path(__file__).parents[2] / "benchmarks" / "classes.py"


@pytest.fixture
def grading(tmp_path):
    """``grading(out)`` starts to grade a class of eight. Whatever it starts is in its session, or
    has the folder ``marker`` in its command line: parents of workers are told where to import from.
    """
    runpy.run_path(str(CLASSES))["write"](tmp_path / "subs", 8)
    paths = [str(tmp_path / "marker"), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    asked = ("--layer", "affine", "--layer", "relu", "--jobs", "2")
    asked += ("--require-isolation", strongest().name)  # a busy machine may not find it in time
    command = [sys.executable, "-m", "crosscheck", "grade", str(tmp_path / "subs"), *asked]

    def start(out):
        return subprocess.Popen(
            [*command, "--out", str(out)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

    return start


def _graded(out):
    """How many submissions have their results."""
    path = out / "results.jsonl"
    return path.read_bytes().count(b'"closing":') if path.exists() else 0


def _alive(session, marker):
    """The processes that a grader started: those of its session, and the workers and their parents;
    but for dead ones that nobody has asked for.
    """
    found = {"session": set(), "workers": set()}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            told = (path / "cmdline").read_bytes()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            found["session"].add(int(path.name))
        elif fields[0] != "Z" and os.fsencode(marker) in told:
            found["workers"].add(int(path.name))
    return found


def _left_behind(session, marker):
    deadline = time.monotonic() + 60
    while any(left := _alive(session, marker).values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return set().union(*left)


def test_killed_at_any_moment_the_command_ends_with_the_same_bytes(tmp_path, grading):
    out, fresh, marker = tmp_path / "out", tmp_path / "fresh", tmp_path / "marker"
    assert grading(fresh).wait() == 0
    draw, sizes, workers = random.Random(5), [], 0
    for wanted in (0, 1, 4):
        running = grading(out)
        while _graded(out) < wanted and running.poll() is None:
            time.sleep(0.01)
        time.sleep(draw.uniform(0.0, 0.1 if wanted else 0.5))
        workers += len(_alive(running.pid, marker)["workers"])
        running.kill()
        running.wait()
        assert _left_behind(running.pid, marker) == set()
        sizes.append(_graded(out))
    assert sizes == sorted(sizes), "what is graded stays"
    assert sizes[0] < 8, "the kills must hit it at work"
    assert workers, "there must have been somebody to leave behind"
    last = grading(out)
    assert last.wait() == 0
    assert _left_behind(last.pid, marker) == set()
    assert bytes_of(out) == bytes_of(fresh)
