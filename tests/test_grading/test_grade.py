"""The commands, on a small class of all kinds: judged by the real thing, on real processes."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crosscheck.cli import main
from crosscheck.grading.rows import read
from crosscheck.grading.where import Where, prefix, where

CLASSES = Path(__file__).parents[2] / "benchmarks" / "classes.py"
LAYERS = ("--layer", "affine", "--layer", "relu", "--layer", "softmax_loss", "--layer", "batchnorm")


@pytest.fixture(scope="module")
def classes():
    return runpy.run_path(str(CLASSES))


@pytest.fixture
def subs(tmp_path, classes):
    classes["write"](tmp_path / "subs", 18)
    return tmp_path / "subs"


def test_a_class_of_all_kinds_gets_what_it_deserves(tmp_path, subs, classes, command):
    code, out, err = command("grade", subs, "--out", tmp_path / "out", "--jobs", 2, *LAYERS)
    assert (code, err) == (0, "")
    assert out == (
        f"18 submissions graded. The results are in {tmp_path / 'out'}.\n"
        "2 submissions could not be judged and count as 0: s0014.py, s0017.py\n"
    )
    stored = read(tmp_path / "out").submissions
    for number, submission in enumerate(stored, 1):
        statuses = {name: layer["status"] for name, layer in submission.layers.items()}
        bad = {name: s for name, s in statuses.items() if s not in ("pass", "warning")}
        match classes["kind"](number):
            case "right":
                assert (bad, len(statuses)) == ({}, 5)  # batchnorm has two backwards
            case "wrong":
                assert bad
                assert {name.removesuffix("_alt") for name in bad} == {classes["slip"](number)}
            case "unfinished":
                assert bad == {"batchnorm": "unfinished"}
            case "crashing":
                assert bad == {"affine": "crash"}
            case "empty":
                assert submission.closing["error"] == "s0014.py is empty."
            case "broken":
                assert "half_a_function" in submission.closing["error"]
    text = (tmp_path / "out" / "results.jsonl").read_text()
    assert "crosscheck-" not in text.replace("crosscheck-report/1", "")  # no temporary folder


def test_two_runs_end_with_the_same_bytes(tmp_path, subs, command):
    for out, jobs in (("a", 1), ("b", 2)):
        args = ("--out", tmp_path / out, "--jobs", jobs, "--limit", 8, *LAYERS)
        assert command("grade", subs, *args)[0] == 0
    a, b = ((tmp_path / name / "results.jsonl").read_bytes() for name in "ab")
    assert a == b


def test_only_limit_and_shards_choose(tmp_path, subs, command):
    base = ("grade", subs, "--out", tmp_path / "out", "--jobs", 1, "--layer", "relu")
    assert command(*base, "--only", "s0003", "--only", "s0004")[1].startswith("2 submissions")
    assert command(*base, "--limit", 5)[1].startswith("5 submissions graded, 2 of them before.")
    code, _, err = command(*base, "--only", "nobody")
    assert (code, err.split("There are")[0]) == (
        2,
        f"crosscheck: There is no submission nobody in {subs}. ",
    )
    for k in (1, 2):
        part = ("--out", tmp_path / f"part{k}", "--shard", f"{k}/2", "--jobs", 1)
        assert command("grade", subs, *part, "--limit", 2, "--layer", "relu")[0] == 0
    code, out, _ = command(
        "merge", tmp_path / "part1", tmp_path / "part2", "-o", tmp_path / "merged"
    )
    assert (code, out) == (0, f"4 submissions. The results are in {tmp_path / 'merged'}.\n")


def test_a_single_submission_is_graded_by_itself(tmp_path, subs, command):
    args = ("--single", "--jobs", 1, "--layer", "relu")
    for name in ("s0003", "s0004.py"):
        code, out, _ = command("grade", subs / name, "--out", tmp_path / f"{name}.out", *args)
        assert (code, out[:20]) == (0, "1 submission graded.")
        assert read(tmp_path / f"{name}.out").submissions.names == [name]
    (tmp_path / "empty").mkdir()
    code, out, _ = command("grade", tmp_path / "empty", "--out", tmp_path / "e.out", *args)
    assert code == 0
    [none] = read(tmp_path / "e.out").submissions
    assert none.closing["error"] == "empty: there is no .py and no .ipynb file in it."


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "{subs}/results"], "The results would be among the submissions: "),
        (["--out", "{out}", "--oracle", "{out}/none"], "There is no oracle file "),
        (["--out", "{out}", "--config", "{out}/none.toml"], "cannot be read: No such file"),
        (["--out", "{out}", "--layer", "nothing"], "nothing"),
        (["--out", "{out}", "--shard", "3/2"], "'3/2' is not K/N with K from 1 to N"),
        (["--out", "{out}", "--jobs", "0"], "'0' is not a whole number above 0"),
        (["--out", "{out}", "--jobs", "1", "--scheduler", "x"], "not allowed with argument"),
        (["--out", "{out}", "--require-isolation", "vault"], "invalid choice: 'vault'"),
        ([], "the following arguments are required: --out"),
        (["--out", ""], "argument --out: it is empty: name a file or a folder"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, subs, command, options, said):
    options = [o.format(subs=subs, out=tmp_path / "out") for o in options]
    code, _, err = command("grade", subs, *options)
    assert code == 2
    assert said in err
    assert len(list(subs.iterdir())) == 18


def test_a_folder_that_is_not_there_is_said(tmp_path, command):
    code, _, err = command("grade", tmp_path / "none", "--out", tmp_path / "out")
    assert code == 2
    assert err.startswith("crosscheck: The folder of submissions ")
    assert err.endswith("cannot be read: No such file or directory.\n")


def test_isolation_that_this_machine_has_not_got_is_refused(tmp_path, subs, command, monkeypatch):
    from crosscheck.sandbox import SandboxError

    def refuse(name):
        raise SandboxError(f"This machine cannot isolate submissions by {name}.")

    monkeypatch.setattr("crosscheck.sandbox.require", refuse)
    args = ("--out", tmp_path / "out", "--require-isolation", "bubblewrap")
    code, _, err = command("grade", subs, *args)
    assert (code, err) == (
        2,
        "crosscheck: This machine cannot isolate submissions by bubblewrap.\n",
    )
    assert not (tmp_path / "out").exists()


def test_help_says_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["grade", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 graded" in said
    assert "130 interrupted by Ctrl-C, 143 by SIGTERM" in said


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    ("number", "code", "how"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "stopped by SIGTERM")],
)
def test_interrupted_it_says_how_to_go_on(tmp_path, classes, number, code, how):
    classes["write"](tmp_path / "subs", 60)
    out = tmp_path / "out"
    command = [
        "-m",
        "crosscheck",
        "grade",
        str(tmp_path / "subs"),
        "--out",
        str(out),
        "--jobs",
        "2",
    ]
    running = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    results = out / "results.jsonl"  # of what is being written the last may be taken back
    while not results.exists() or results.read_bytes().count(b'"closing"') < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(number)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (
        code,
        f"crosscheck: {how}. What was graded is in {out}: the same command goes on from there.\n",
    )
    assert 1 <= len(read(out).submissions) < 60


def test_one_that_could_not_be_judged_counts(tmp_path, command):
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / "eve.py").write_text("", encoding="utf-8")
    _, out, _ = command("grade", tmp_path / "subs", "--out", tmp_path / "out", "--jobs", 1)
    assert "\n1 submission could not be judged and counts as 0: eve.py\n" in out


RELU = """
import numpy as np

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    return dout * (cache > 0){}
"""


@pytest.fixture
def two(tmp_path):
    """A class of two: a file that is right, and a folder with a wrong one."""
    (tmp_path / "repo" / "hw1" / "bob").mkdir(parents=True)
    (tmp_path / "repo" / "hw1" / "ada.py").write_text(RELU.format(""), encoding="utf-8")
    (tmp_path / "repo" / "hw1" / "bob" / "layers.py").write_text(
        RELU.format("*2"), encoding="utf-8"
    )
    return tmp_path / "repo" / "hw1"


def test_it_says_itself_that_layers_count_which_nobody_named(tmp_path, two, command):
    code, out, _ = command("grade", two, "--out", tmp_path / "out", "--jobs", 1)
    assert code == 0
    assert out.endswith(
        "\n58 layers count 1 each, though this class has only 1 of them: nobody said which count. "
        "Give yours points in a crosscheck.toml and name it with crosscheck report --config "
        "(nothing is graded again), or grade with --layer.\n"
    )
    asked = ("--out", tmp_path / "asked", "--jobs", 1, "--layer", "relu")
    assert "nobody said" not in command("grade", two, *asked)[1]


def test_the_page_says_which_class_it_is(tmp_path, two, command):
    pytest.importorskip("jinja2")
    asked = ("--out", tmp_path / "out", "--jobs", 1, "--layer", "relu")
    assert command("grade", two, *asked)[0] == 0
    assert "<h1><bdi>Class: hw1</bdi></h1>" in command("report", asked[1], "--html", "-")[1]


@pytest.mark.parametrize(
    ("place", "options", "file"),
    [
        ("hw1", (), "hw1/bob/layers.py"),
        ("hw1/bob", ("--single",), "hw1/bob/layers.py"),
        ("hw1/bob/layers.py", ("--single",), "hw1/bob/layers.py"),
    ],
)
def test_annotations_name_files_as_the_repository_does(
    tmp_path, two, command, monkeypatch, place, options, file
):
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(two.parent)
    args = ("--out", tmp_path / "out", "--jobs", 1, "--layer", "relu", *options)
    assert command("grade", place, *args)[0] == 0
    told = command("report", tmp_path / "out", "--github")[1]
    assert f"\n::error file={file},line=7,title=crosscheck%3A relu::dx: wrong values\n" in told


def test_github_says_where_its_repository_begins(tmp_path, two, monkeypatch):
    monkeypatch.chdir(two)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(two.parent))
    assert where(Path(), single=True) == Where("hw1", "hw1", single=True)
    assert where(two / "ada.py", single=True) == Where("ada.py", "hw1", single=True)
    assert where(tmp_path, single=False) == Where(tmp_path.name, ".", single=False)


@pytest.mark.parametrize(
    ("told", "name", "before"),
    [
        ({"folder": "hw1", "single": False}, "ada.py", "hw1/"),
        ({"folder": "hw1", "single": False}, "bob", "hw1/bob/"),
        ({"folder": ".", "single": False}, "bob", "bob/"),
        ({"folder": ".", "single": True}, "repo", ""),
        ({"folder": "hw1", "single": False}, "eve.ZIP", None),
    ],
)
def test_what_comes_before_the_name_of_a_file(told, name, before):
    assert prefix({"submissions": told}, name) == before


def test_parts_that_lay_elsewhere_are_merged(tmp_path, two, command):
    for k in (1, 2):
        folder = tmp_path / f"site{k}"
        two.rename(folder)
        args = ("--out", tmp_path / f"part{k}", "--shard", f"{k}/2", "--jobs", 1, "--layer", "relu")
        assert command("grade", folder, *args)[0] == 0
        folder.rename(two)
    heads = [json.loads((tmp_path / f"part{k}" / "grading.json").read_bytes()) for k in (1, 2)]
    assert heads[0]["layers"] == ["relu"]
    merged = command("merge", tmp_path / "part1", tmp_path / "part2", "-o", tmp_path / "all")
    assert merged[:2] == (0, f"2 submissions. The results are in {tmp_path / 'all'}.\n")
