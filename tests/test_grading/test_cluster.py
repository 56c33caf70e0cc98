"""A real Dask scheduler and two workers on this machine, one of which is killed in the middle."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crosscheck.errors import MissingPackageError
from crosscheck.grading.cluster import cluster_pool, received
from crosscheck.grading.errors import GradingError
from crosscheck.grading.plan import Plan, plan
from crosscheck.oracle_file import EMBEDDED
from test_grading import a_class, bytes_of, graded_class


def cluster(test):
    """Dask's own warnings are not ours."""
    return pytest.mark.cluster(pytest.mark.filterwarnings("ignore")(test))


@pytest.fixture
def dask(tmp_path):
    """``dask()``: the address of a scheduler, and its two workers, one thread each."""
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    started = []
    paths = [str(Path(__file__).parents[1]), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

    def run(*arguments):
        with (tmp_path / f"dask{len(started)}.log").open("wb") as log:
            command = [sys.executable, "-m", "dask", *arguments]
            started.append(
                subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path)
            )
        return started[-1]

    def start(workers=2):
        file = tmp_path / "scheduler.json"
        options = ("--no-dashboard", "--host", "127.0.0.1")
        run("scheduler", "--port", "0", "--scheduler-file", str(file), *options)
        deadline = time.monotonic() + 60
        while not file.exists() or not file.read_text():
            assert time.monotonic() < deadline, (tmp_path / "dask0.log").read_text()
            time.sleep(0.1)
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            address = client.scheduler.address
            more = ("--nthreads", "1", "--no-nanny", *options)
            running = [run("worker", address, *more) for _ in range(workers)]
            if workers:
                client.wait_for_workers(workers, timeout=60)
        return address, running

    start.started = started
    yield start
    for process in started:
        process.kill()
        process.wait()


@cluster
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(tmp_path, dask):
    subs, made = a_class(tmp_path / "subs", 40, "# slow {}\n"), plan()
    address, (doomed, _) = dask()
    came = []

    def kill(graded):
        came.append(graded)
        if len(came) == 5:
            doomed.kill()

    with cluster_pool(address, made) as pool:
        assert pool.at_once == 4
        outcome = graded_class(subs, tmp_path / "out", made, pool, tell=kill)
    assert (outcome.graded, outcome.failed) == (40, [])
    assert doomed.wait(5) < 0
    graded_class(subs, tmp_path / "fresh")
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")


@cluster
def test_a_submission_that_kills_every_worker_it_meets_is_a_failure_of_ours(tmp_path, dask):
    subs, made = a_class(tmp_path / "subs", 4), plan()
    (subs / "s4.py").write_text("# die\n")
    address, _ = dask(workers=6)
    with cluster_pool(address, made) as pool:
        outcome = graded_class(subs, tmp_path / "out", made, pool)
    assert (outcome.graded, outcome.failed) == (4, ["s4.py"])


@cluster
def test_when_the_scheduler_is_gone_what_came_is_kept(tmp_path, dask):
    subs, made = a_class(tmp_path / "subs", 40, "# slow {}\n"), plan()
    address, _ = dask()
    came = []

    def kill(graded):
        came.append(graded)
        if len(came) == 5:
            dask.started[0].kill()

    said = r"The Dask scheduler .* is gone. What was graded is kept: start it again, and run"
    with pytest.raises(GradingError, match=said), cluster_pool(address, made) as pool:
        graded_class(subs, tmp_path / "out", made, pool, tell=kill)
    assert graded_class(subs, tmp_path / "out", made).before >= 5
    graded_class(subs, tmp_path / "fresh")
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")


@cluster
def test_what_is_wrong_with_a_cluster_is_said(dask, monkeypatch):
    monkeypatch.setattr("crosscheck.grading.cluster._PATIENCE", 2)
    said = r"There is no Dask scheduler at 127.0.0.1:9: .* Start one with: dask scheduler"
    with pytest.raises(GradingError, match=said), cluster_pool("127.0.0.1:9", plan()):
        pass
    address, _ = dask(workers=0)
    said = r"has no worker. Start some with: dask worker "
    with pytest.raises(GradingError, match=said), cluster_pool(address, plan()):
        pass


@cluster
def test_workers_of_another_crosscheck_are_refused(dask):
    address, _ = dask(workers=1)
    other = Plan(**{**vars(plan()), "version": "0.0.9"})
    said = r"This worker has crosscheck .*, and the grader has 0.0.9. Install the same on both."
    with pytest.raises(GradingError, match=said), cluster_pool(address, other):
        pass


def test_an_oracle_that_is_not_on_a_machine_is_brought_there(tmp_path):
    content = EMBEDDED.read_bytes()
    elsewhere = Plan(**{**vars(plan()), "oracle": str(tmp_path / "none.oracle")})
    received(elsewhere, content, str(tmp_path))
    [brought] = tmp_path.glob("*.oracle")
    assert elsewhere.oracle_path == brought
    assert brought.read_bytes() == content
    received(elsewhere, content, str(tmp_path))
    assert len(list(tmp_path.glob("*.oracle"))) == 1
    other = Plan(**{**vars(elsewhere), "version": "0.0.9"})
    with pytest.raises(GradingError, match=r"This worker has .*, and the grader has 0.0"):
        received(other, content, str(tmp_path))


def test_without_dask_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = r"pip install 'crosscheck-grad\[cluster\]'"
    with pytest.raises(MissingPackageError, match=said), cluster_pool("tcp://x:1", plan()):
        pass
