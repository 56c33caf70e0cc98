"""What is written stays; what is damaged is said; the same class ends with the same bytes."""

import errno
import json
import os
import subprocess
import sys
from functools import partial

import pytest

from crosscheck.grading.errors import GradingError
from crosscheck.grading.graded import Graded
from crosscheck.grading.plan import Plan, plan
from crosscheck.grading.rows import read
from crosscheck.grading.store import Store
from crosscheck.selection import Selection


def rows(name, key="k", layers=("affine", "relu"), **closing):
    head = {"submission": name, "key": key}
    told = {"report": {}, "isolation": "", "error": "", "flags": [], "layers": list(layers)}
    return Graded(
        [
            *({**head, "name": layer, "layer": {"output": "é\n" * 9}} for layer in layers),
            {**head, "closing": {**told, **closing}},
        ],
        1.25,
    )


@pytest.fixture
def made():
    return plan()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results"


def filled(out, made, *names, finish=True):
    store = Store(out, made)
    for name in names:
        store.add(rows(name))
    if finish:
        store.finish()
    store.close()


def test_results_come_sorted_and_can_be_read(out, made):
    filled(out, made, "s10", "s9", "böse\n")
    stored = read(out)
    assert [s.name for s in stored.submissions] == ["böse\n", "s9", "s10"]
    assert stored.submissions.names == ["böse\n", "s9", "s10"]
    assert list(stored.submissions[1].layers) == ["affine", "relu"]
    assert stored.submissions[-1].closing["layers"] == ["affine", "relu"]
    assert stored.finished
    assert stored.grading["oracle"]["sha256"] == made.oracle_sha256
    assert stored.seconds == {"s9": 1.25, "s10": 1.25, "böse\n": 1.25}
    assert (out / "results.jsonl").read_bytes().isascii()


def test_no_time_is_among_the_results(out, made):
    filled(out, made, "s1")
    assert "seconds" not in (out / "results.jsonl").read_text()


def test_what_is_graded_is_known_by_its_key(out, made):
    filled(out, made, "s1", finish=False)
    store = Store(out, made)
    assert store.has("s1", "k")
    assert not store.has("s1", "another")
    assert not store.has("s2", "k")
    store.add(rows("s1", "another"))
    store.finish()
    store.close()
    assert [s.key for s in read(out).submissions] == ["another"]


def test_what_failed_through_our_fault_is_tried_again(out, made):
    store = Store(out, made)
    store.add(rows("s1", flags=[{"kind": "infrastructure", "message": "", "where": ""}]))
    assert not store.has("s1", "k")
    store.close()


@pytest.mark.parametrize("lost", range(1, 400, 7))
def test_a_torn_end_is_cut_off(tmp_path, made, lost):
    filled(tmp_path / "whole", made, "s1", "s2")
    filled(tmp_path / "torn", made, "s1", "s2", finish=False)
    path = tmp_path / "torn" / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-lost])
    assert [s.name for s in read(tmp_path / "torn").submissions] == ["s1"]
    store = Store(tmp_path / "torn", made)
    assert (store.has("s1", "k"), store.has("s2", "k")) == (True, False)
    store.add(rows("s2"))
    store.finish()
    store.close()
    for name in ("results.jsonl", "grading.json", "timings.jsonl"):
        assert (tmp_path / "torn" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_zeros_that_a_power_cut_leaves_are_cut_off(out, made):
    filled(out, made, "s1", finish=False)
    with (out / "results.jsonl").open("ab") as file:
        file.write(b'{"submission"' + b"\0" * 5000)
    assert len(read(out).submissions) == 1
    store = Store(out, made)
    store.close()
    assert (out / "results.jsonl").read_bytes().endswith(b"}\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [("garbage", "this is no row"), ('{"key":"k"}', "this is no row"), ("", "this is no row")],
)
def test_a_damaged_line_is_named(out, made, line, said):
    filled(out, made, "s1", "s2")
    path = out / "results.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:1], line, *lines[2:], ""]))
    told = (
        f"{path}, line 2: {said}. Delete that line and run the same crosscheck grade again: it "
        "grades what is missing. Or take the file from a backup."
    )
    for use in (read, lambda out: Store(out, made)):
        with pytest.raises(GradingError) as caught:
            use(out)
        assert str(caught.value) == told
    path.write_text("\n".join([*lines[:1], *lines[2:], ""]))
    with pytest.raises(GradingError, match="line 2: rows before it are missing"):
        read(out)
    store = Store(out, made)
    assert (store.has("s1", "k"), store.has("s2", "k")) == (False, True)
    store.add(rows("s1"))
    store.finish()
    store.close()
    assert path.read_text().splitlines() == lines


def test_an_end_that_is_missing_is_noticed(out, made):
    filled(out, made, "s1", "s2")
    path = out / "results.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    with pytest.raises(GradingError, match=r"ends too early: it has 1 of 2 submissions. Run the"):
        read(out)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "other/1", "graded": 1}'])
def test_a_damaged_head_is_said(out, made, text):
    filled(out, made, "s1")
    (out / "grading.json").write_text(text)
    with pytest.raises(
        GradingError, match=r"json is damaged, or not of this version. Take it from"
    ):
        Store(out, made)
    (out / "grading.json").unlink()
    with pytest.raises(GradingError, match=r"nobody knows what it was graded with. Name another"):
        Store(out, made)
    assert (out / "results.jsonl").stat().st_size


def test_a_folder_without_results_is_said(out):
    with pytest.raises(
        GradingError, match=r"There are no results in .*Make them with: crosscheck "
    ):
        read(out)


# --- another plan ---


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"oracle_sha256": "0" * 64}, "another oracle"),
        ({"config": "c.toml", "config_text": "strict = true\n"}, "another configuration"),
        ({"selection": Selection(("relu",))}, "other layers or dtypes"),
        ({"isolation": "landlock"}, "another isolation"),
        ({"file": "layers.py"}, "another --file"),
    ],
)
def test_a_folder_of_another_grading_is_refused_unless_told(out, made, other, said):
    filled(out, made, "s1")
    before = (out / "results.jsonl").read_bytes()
    changed = Plan(**{**vars(made), **other})
    with pytest.raises(GradingError) as caught:
        Store(out, changed)
    assert str(caught.value) == (
        f"{out} has results that were graded with {said}. Name another folder with --out, or "
        "grade everything again with --again."
    )
    assert (out / "results.jsonl").read_bytes() == before
    store = Store(out, changed, again=True)
    assert len(store) == 0
    assert store.notes == [
        "What crosscheck 0.1.0 found is in results.previous.jsonl now: everything is graded again."
    ]
    store.close()
    assert (out / "results.previous.jsonl").read_bytes() == before


def test_another_version_of_crosscheck_begins_anew(out, made):
    filled(out, Plan(**{**vars(made), "version": "0.0.9"}), "s1")
    store = Store(out, made)
    assert len(store) == 0
    assert store.notes[0].startswith("What crosscheck 0.0.9 found is in results.previous.jsonl")
    store.close()


def test_a_key_depends_on_all_that_a_result_depends_on(made, tmp_path):
    from crosscheck.grading.submissions import read as submission_of

    path = tmp_path / "s.py"
    path.write_text("a = 1\n")
    one = submission_of(path, "s")
    path.write_text("a = 2\n")
    keys = {made.key(one), made.key(submission_of(path, "s"))}
    for other in (
        {"oracle_sha256": "0"},
        {"config_text": "x"},
        {"version": "9"},
        {"selection": Selection(("relu",))},
        {"selection": Selection((), ("float32",))},
        {"isolation": "process"},
        {"adapter": "cmu"},
    ):
        keys.add(Plan(**{**vars(made), **other}).key(one))
    assert len(keys) == 9
    assert Plan(**{**vars(made), "oracle": "/elsewhere"}).key(one) == made.key(one)


# --- two graders, a full disk ---


def test_a_second_grader_is_refused_and_told_who_is_there(out, made):
    store = Store(out, made)
    store.add(rows("s1"))
    code = (
        "from pathlib import Path; from crosscheck.grading.store import Store\n"
        f"from crosscheck.grading.plan import plan; Store(Path({str(out)!r}), plan())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"Another grader is at work on {out}: process {os.getpid()} on " in done.stderr
    assert done.stderr.endswith("Wait until it has ended, or name another folder with --out.\n")
    store.add(rows("s2"))
    store.finish()
    store.close()
    assert len(read(out).submissions) == 2
    Store(out, made).close()


@pytest.mark.parametrize("room", [0, 10, 300])
def test_a_full_disk_loses_nothing(out, made, monkeypatch, room):
    filled(out, made, "s1", finish=False)
    before = (out / "results.jsonl").read_bytes()
    store = Store(out, made)
    real, left = os.write, room

    def full(handle, content):
        nonlocal left
        if left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(handle, content[:left])
        left -= written
        return written

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(GradingError) as caught:
        store.add(rows("s2"))
    assert str(caught.value) == (
        f"Cannot write {out / 'results.jsonl'}: No space left on device. What was graded before "
        "is kept: when there is room, run the same command again, and it goes on from there."
    )
    monkeypatch.undo()
    assert (out / "results.jsonl").read_bytes() == before
    store.close()
    again = Store(out, made)
    again.add(rows("s2"))
    again.finish()
    again.close()
    assert len(read(out).submissions) == 2


def test_a_disk_that_is_full_at_the_end_loses_nothing(out, made, monkeypatch):
    filled(out, made, "s2", "s1", finish=False)
    before = (out / "results.jsonl").read_bytes()
    store = Store(out, made)

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GradingError, match="No space left on device"):
        store.finish()
    monkeypatch.undo()
    store.close()
    assert (out / "results.jsonl").read_bytes() == before
    assert sorted(p.name for p in out.iterdir()) == [
        "grading.json",
        "lock",
        "results.jsonl",
        "timings.jsonl",
    ]


def _interrupted_in_fsync(monkeypatch):
    def fsync(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fsync)


def _interrupted_after(monkeypatch, part):
    """After the first write, of that part of what is to be written, before anybody knows of it."""
    real = os.write

    def write(handle, content):
        real(handle, content[: int(len(content) * part)])
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", write)


@pytest.mark.parametrize(
    ("interrupt", "kept"),
    [
        (_interrupted_in_fsync, ["s1", "s2"]),
        (partial(_interrupted_after, part=1), ["s1", "s2"]),
        (partial(_interrupted_after, part=0.9), ["s1"]),
    ],
)
def test_interrupted_what_is_written_whole_stays_and_nothing_else(
    out, made, monkeypatch, interrupt, kept
):
    filled(out, made, "s1", finish=False)
    store = Store(out, made)
    interrupt(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        store.add(rows("s2"))
    monkeypatch.undo()
    store.close()
    assert (out / "results.jsonl").read_bytes().count(b"\n") == 3 * len(kept)
    assert (out / "results.jsonl").read_bytes().endswith(b"}\n")
    assert [s.name for s in read(out).submissions] == kept


@pytest.mark.skipif(sys.platform != "linux", reason="limits and signals of Linux")
def test_a_limit_on_the_size_of_files_is_met_as_a_full_disk(out, made):
    import resource
    import signal

    filled(out, made, "s1", finish=False)
    store = Store(out, made)
    before, soft = (out / "results.jsonl").read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, soft[1]))
    try:
        with pytest.raises(GradingError, match=r"File too large. What was graded before is kept"):
            store.add(rows("s2"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, soft)
        signal.signal(signal.SIGXFSZ, handler)
    store.close()
    assert (out / "results.jsonl").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said(tmp_path, made):
    (tmp_path / "file").write_text("")
    with pytest.raises(GradingError, match=r"Cannot make the folder .*: Not a directory."):
        Store(tmp_path / "file" / "results", made)


def test_a_plan_says_what_cannot_be_read(tmp_path):
    from crosscheck.errors import CrosscheckError

    (tmp_path / "bad.toml").write_text("adapter = 3\n")
    (tmp_path / "bad.oracle").write_bytes(b"no")
    for options, said in (
        ({"config": tmp_path / "none.toml"}, "none.toml cannot be read: No such file"),
        ({"config": tmp_path / "bad.toml"}, "bad.toml, line 1"),
        ({"oracle": tmp_path / "bad.oracle"}, "it is no oracle file"),
        ({"adapter": "nobody's"}, "There is no adapter nobody's. There are: "),
        ({"selection": Selection(("nothing",))}, "nothing"),
    ):
        with pytest.raises(CrosscheckError, match=said):
            plan(**options)


def test_a_head_is_plain_data(made):
    assert json.loads(json.dumps(made.head()))["crosscheck"] == made.version
