"""One bad submission never stops a batch, and nobody is left behind."""

import os
import random
import runpy
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from crosscheck.grading import task
from crosscheck.grading.grade import chosen, grade
from crosscheck.grading.graded import Graded
from crosscheck.grading.job import done
from crosscheck.grading.local import local_pool
from crosscheck.grading.plan import plan
from crosscheck.grading.pool import Pool
from crosscheck.grading.rows import read
from crosscheck.grading.store import Store
from crosscheck.grading.submissions import Found, Submission
from crosscheck.selection import Selection
from test_grading import a_class, bytes_of, graded_class, standin

CLASSES = Path(__file__).parents[2] / "benchmarks" / "classes.py"
RUN = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from test_grading import graded_class
if __name__ == "__main__":
    print("begun", flush=True)
    graded_class(Path({subs!r}), Path({out!r}), tell=lambda graded: print("one", flush=True))
"""


@pytest.fixture
def grader(tmp_path):
    """``grader(out)`` grades ``tmp_path / "subs"`` in a process of its own."""

    def start(out):
        code = tmp_path / "grader.py"
        paths = [str(Path(__file__).parents[1]), *filter(None, sys.path)]
        code.write_text(RUN.format(paths=paths, subs=str(tmp_path / "subs"), out=str(out)))
        return subprocess.Popen(
            [sys.executable, str(code)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",
        )

    return start


def closings(out):
    return {s.name: s.closing for s in read(out).submissions}


def test_a_class_is_graded_and_a_second_time_nothing_is_done(tmp_path):
    subs, out = a_class(tmp_path / "subs"), tmp_path / "out"
    first = graded_class(subs, out)
    assert (first.asked, first.before, first.graded) == (6, 0, 6)
    before = bytes_of(out)
    (subs / "s2.py").touch()
    second = graded_class(subs, out)
    assert (second.asked, second.before, second.graded) == (6, 6, 0)
    assert bytes_of(out) == before


def test_what_was_changed_is_graded_again_and_what_is_new(tmp_path):
    subs, out = a_class(tmp_path / "subs"), tmp_path / "out"
    graded_class(subs, out)
    (subs / "s3" / "layers.py").write_text("y = 3\n")
    (subs / "s7.py").write_text("y = 7\n")
    outcome = graded_class(subs, out)
    assert (outcome.before, outcome.graded) == (5, 2)
    graded_class(subs, tmp_path / "fresh")
    assert bytes_of(out) == bytes_of(tmp_path / "fresh")


def test_rows_do_not_say_where_the_files_lay(tmp_path):
    subs, out = a_class(tmp_path / "subs", 3), tmp_path / "out"
    graded_class(subs, out)
    at = {s.name: s.layers["relu"]["at"] for s in read(out).submissions}
    assert at == {"s1.py": "s1.py", "s2.py": "s2.py", "s3": "the submission"}


def test_rows_do_not_name_the_folder_where_they_lay(tmp_path):
    """It is the package of ``from .softmax import loss``, and another one in every run."""

    def judge(submission, _):
        package = Path(submission.path).parent.name
        return Graded([{"closing": {"flags": [], "unread": f"{package}.softmax (not there)"}}])

    submission = Found("s1.py", a_class(tmp_path, 1) / "s1.py").read()
    [row] = done(submission, plan(), judge).rows
    assert row["closing"]["unread"] == "submission.softmax (not there)"


def test_bad_submissions_are_rows_like_others(tmp_path):
    subs, out = a_class(tmp_path / "subs", 2), tmp_path / "out"
    (subs / "empty.py").write_text("")
    (subs / "bug.py").write_text("# bug\n")
    (subs / "😀\n.zip").write_text("no zip")
    outcome = graded_class(subs, out)
    assert sorted(outcome.refused) == ["empty.py", "😀\n.zip"]
    assert outcome.failed == ["bug.py"]
    found = closings(out)
    assert {name: c["error"] for name, c in found.items()} == {
        "s1.py": "",
        "s2.py": "",
        "empty.py": "empty.py is empty.",
        "bug.py": "something went wrong in crosscheck itself: KeyError: 'a bug of ours'. "
        "Please report it.",
        "😀\n.zip": "😀\\n.zip: it is no zip file, or a damaged one (File is not a zip file). "
        "Pack it again.",
    }
    assert found["bug.py"]["flags"][0]["kind"] == "infrastructure"
    again = graded_class(subs, out)
    assert (again.before, again.graded) == (4, 1)  # a bug of ours is tried again


def test_what_is_left_out_is_flagged(tmp_path):
    subs, out = a_class(tmp_path / "subs", 3), tmp_path / "out"
    with (subs / "s3" / "cifar.bin").open("wb") as file:
        file.truncate(2 << 20)
    graded_class(subs, out)
    assert closings(out)["s3"]["flags"] == [
        {
            "kind": "left-out",
            "message": "cifar.bin has 2.0 MB and is no code: left out",
            "where": "",
        }
    ]


def test_a_submission_that_takes_its_worker_down_stops_nobody(tmp_path):
    subs, out = a_class(tmp_path / "subs", 9), tmp_path / "out"
    (subs / "s5.py").write_text("# die\n")
    outcome = graded_class(subs, out)
    assert (outcome.graded, outcome.failed) == (9, ["s5.py"])
    errors = {name: c["error"] for name, c in closings(out).items() if c["error"]}
    assert list(errors) == ["s5.py"]
    assert errors["s5.py"].startswith("grading it ended the grader's own process twice. That is ")
    (subs / "s5.py").write_text("x = 5\n")
    graded_class(subs, out)
    graded_class(subs, tmp_path / "fresh")
    assert bytes_of(out) == bytes_of(tmp_path / "fresh")


def test_few_submissions_are_in_memory_at_once(tmp_path):
    alive, most = 0, 0

    def many():
        nonlocal alive, most
        for i in range(200):
            alive += 1
            most = max(most, alive)
            yield Submission(f"s{i}", refused="not judged")

    pool = Pool(lambda: ThreadPoolExecutor(2), 4)
    for _ in pool.graded(many(), plan(), standin.graded):
        alive -= 1
    assert (alive, most) == (0, 4)


def test_any_executor_will_do(tmp_path):
    subs, out = a_class(tmp_path / "subs", 3), tmp_path / "out"
    outcome = graded_class(subs, out, pool=Pool(lambda: ThreadPoolExecutor(2), 4))
    graded_class(subs, tmp_path / "fresh", pool=local_pool(1))
    assert outcome.graded == 3
    assert bytes_of(out) == bytes_of(tmp_path / "fresh")


def test_in_two_threads_of_a_process_each_is_judged_as_alone(tmp_path):
    runpy.run_path(str(CLASSES))["write"](tmp_path / "subs", 8)
    made = plan(selection=Selection(("affine", "relu")))
    for threads in (1, 2):
        out = tmp_path / f"{threads}"
        pool, start = Pool(partial(ThreadPoolExecutor, threads), 2 * threads), time.perf_counter()
        outcome = grade(chosen(tmp_path / "subs", out), made, out, pool, task.graded)
        assert (outcome.graded, outcome.failed) == (8, [])
        # Waiting for the other is not among them.
        assert sum(read(out).seconds.values()) <= time.perf_counter() - start
    assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "2")


class _AtOnce(Executor):
    """Whatever is handed over is done at once."""

    def __init__(self):
        self.done = []

    def submit(self, function, submission, *args):
        future = Future()
        future.set_result(function(submission, *args))
        self.done.append(submission.name)
        return future


@pytest.mark.parametrize("is_kept", [False, True])
def test_interrupted_at_its_own_work_the_grader_keeps_all_that_is_done(
    tmp_path, monkeypatch, is_kept
):
    subs, out, executor = a_class(tmp_path / "subs", 12), tmp_path / "out", _AtOnce()
    real, calls = Store.add, []

    def add(store, graded):
        calls.append(graded)
        if is_kept or len(calls) != 3:
            real(store, graded)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Store, "add", add)
    with pytest.raises(KeyboardInterrupt):
        graded_class(subs, out, pool=Pool(lambda: executor, 4))
    monkeypatch.undo()
    assert 4 <= len(executor.done) < 12
    assert sorted(read(out).submissions.names) == sorted(executor.done)
    graded_class(subs, out)
    graded_class(subs, tmp_path / "fresh")
    assert bytes_of(out) == bytes_of(tmp_path / "fresh")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_what_came_and_ends_every_process(tmp_path, grader):
    a_class(tmp_path / "subs", 60, "# slow {}\n")
    running = grader(tmp_path / "out")
    for _ in range(4):
        running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)
    start = time.monotonic()
    _, complaint = running.communicate(timeout=20)
    assert time.monotonic() - start < 5
    assert complaint.rstrip().endswith(b"KeyboardInterrupt")
    assert _none_stays(running.pid)
    kept = len(read(tmp_path / "out").submissions)
    assert 3 <= kept < 60
    outcome = graded_class(tmp_path / "subs", tmp_path / "out")
    assert (outcome.before, outcome.graded) == (kept, 60 - kept)
    graded_class(tmp_path / "subs", tmp_path / "fresh")
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc")
def test_a_killed_grader_leaves_no_process_behind(tmp_path, grader):
    a_class(tmp_path / "subs", 60, "# slow {}\n")
    running = grader(tmp_path / "out")
    for _ in range(3):
        running.stdout.readline()
    assert len(_alive_in(running.pid)) >= 3
    running.kill()
    running.communicate()
    assert _none_stays(running.pid)


def _none_stays(session):
    """Whether all its processes end by themselves; Python's tracker of resources is the last."""
    deadline = time.monotonic() + 10
    while _alive_in(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _alive_in(session)


def _alive_in(session):
    """The processes of a session, but for dead ones that nobody has asked for."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            found.append(int(path.parent.name))
    return found


@pytest.mark.once
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_killed_at_any_moment_and_continued_it_ends_with_the_same_bytes(tmp_path, grader):
    subs, out = a_class(tmp_path / "subs", 90, "# slow {}\n"), tmp_path / "out"
    (subs / "empty.py").write_text("")
    draw, sizes = random.Random(20), set()
    for _ in range(15):
        running = grader(out)
        for _ in range(1 + draw.choice([0, 0, 3, 7, 11])):  # results, after its first word
            running.stdout.readline()
        time.sleep(draw.uniform(0.0, 0.2))
        running.kill()
        running.communicate()
        path = out / "results.jsonl"
        sizes.add(path.stat().st_size if path.exists() else 0)
    assert len(sizes) > 5, "the kills must hit it at work"
    assert graded_class(subs, out).asked == 91
    for _ in range(5):  # when there is nothing left to do but to sort
        running = grader(out)
        running.stdout.readline()
        time.sleep(draw.uniform(0.0, 0.1))
        running.kill()
        running.communicate()
    graded_class(subs, out)
    graded_class(subs, tmp_path / "fresh")
    assert bytes_of(out) == bytes_of(tmp_path / "fresh")
    names = [line.split('"')[-2] for line in (out / "timings.jsonl").read_text().splitlines()]
    assert len(names) == len(set(names))
