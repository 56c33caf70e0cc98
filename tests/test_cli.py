"""The command: its exit codes, its words, and that nothing of ours is ever a traceback."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import pytest

import crosscheck
from crosscheck.cli import main

RELU = "import numpy as np\nfrom impl_numpy import relu_forward, relu_backward\n"
WRONG = RELU + "def relu_backward(dout, cache): return dout.copy()\n"
WARNING = RELU + "def relu_backward(dout, cache): return dout * (cache > 0).astype(int)\n"
CASE = "relu/float32/normal/s7/0"


@pytest.fixture
def no_frameworks(monkeypatch):
    """As where torch and jax are not installed."""
    original = metadata.version

    def version(name):
        if name in {"torch", "jax", "jaxlib"}:
            raise metadata.PackageNotFoundError(name)
        return original(name)

    monkeypatch.setattr(metadata, "version", version)


# -- exit codes -------------------------------------------------------------------------------


def test_nothing_wrong_is_0(command, target):
    code, out, err = command("check", target(RELU))
    assert code == 0
    assert "nothing wrong." in out
    assert err == ""


def test_something_wrong_is_1(command, target):
    code, out, _ = command("check", target(WRONG))
    assert code == 1
    assert "✗ relu: dx is wrong at " in out


def test_a_warning_is_0_and_strictly_1(command, target):
    path = target(WARNING)
    assert command("check", path)[0] == 0
    code, out, _ = command("check", path, "--strict")
    assert code == 1
    assert "! relu: dx is promoted to float64" in out


def test_no_known_layer_is_3(command, target):
    code, out, _ = command("check", target("x = 1"))
    assert code == 3
    assert "The target defines no layer that is known. crosscheck layers lists the names." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "rellu"], "There is no layer 'rellu'. Did you mean relu"),
        (["--dtype", "float8"], "There is no dtype 'float8'. The dtypes are: float16, "),
        (["--scenario", "x"], "There is no scenario 'x'. The scenarios are: normal, "),
        (["--case", "x"], "'x' is not a case id. One looks like this: "),
        (["--case", "relu/float32/normal/x7/0"], "'x7' are not dims of relu. They look like s5x"),
        (["--case", "relu/float32/normal/s7/²"], "is not a case id"),
        (["--seed", "12"], "Compute it with --live (needs torch and jax)"),
        (["--oracle", "no.oracle"], "no.oracle. Make one with: crosscheck freeze -o "),
        (["--json", "no/folder/x.json"], "no/folder/x.json: there is no such folder."),
    ],
)
def test_what_cannot_be_run_is_2_and_one_message(command, target, arguments, message):
    code, _, err = command("check", target(RELU), *arguments)
    assert code == 2
    assert err.startswith("crosscheck: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "x"], "'x' is not a whole number of up to 18 digits"),
        (["--seed", "-1"], "'-1' is not a whole number of up to 18 digits"),
        (["--seed", "²"], "²"),
        (["--nothing"], "unrecognized arguments: --nothing"),
        (["--live", "--oracle", "x"], "not allowed with argument"),
        (["--layer"], "expected one argument"),
    ],
)
def test_bad_arguments_are_2(command, arguments, message):
    code, _, err = command("check", *arguments)
    assert code == 2
    assert message in err


def test_no_command_is_2(command):
    assert command()[0] == 2


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("missing.py", None, "There is no file or folder "),
        ("syntax.py", "def f(:", "syntax.py, line 1: "),
        ("raises.py", "1 / 0", "it raises ZeroDivisionError: division by zero (raises.py, line 1)"),
        ("exits.py", "raise SystemExit(0)", "it raises SystemExit: 0 (exits.py, line 1)"),
        (
            "notes.txt",
            "text",
            "is neither a Python file nor a notebook: its name must end in .py or .ipynb.",
        ),
    ],
)
def test_an_unreadable_target_is_2(command, target, tmp_path, name, source, message):
    if source is not None:
        target(source, name)
    code, _, err = command("check", tmp_path / name)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"text"])
def test_a_corrupt_oracle_is_2(command, target, tmp_path, content):
    path = tmp_path / "bad.oracle"
    path.write_bytes(content)
    code, _, err = command("check", target(RELU), "--oracle", path)
    assert code == 2
    assert f"The oracle file {path} cannot be used: " in err


@pytest.mark.usefixtures("no_frameworks")
@pytest.mark.parametrize("arguments", [["check", "--live"], ["freeze", "-o", "x.oracle"]])
def test_without_the_frameworks_what_needs_them_is_2_and_says_what_to_install(command, arguments):
    code, out, err = command(*arguments)
    assert code == 2
    assert out == ""
    assert err == (
        "crosscheck: Computing oracles live needs torch, which is not installed. "
        "Install the frameworks with: pip install 'crosscheck-grad[live]'\n"
    )
    assert not Path("x.oracle").exists()


def test_an_interruption_is_130(command, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("crosscheck.commands.check.check", interrupted)
    code, _, err = command("check")
    assert code == 130
    assert err == "crosscheck: interrupted\n"


# -- what is checked --------------------------------------------------------------------------


def _cases(out):
    report = json.loads(out)
    return {name: layer["cases"] for name, layer in report["layers"].items() if layer["cases"]}


def _table(out):
    """The dtypes and the layers of the table."""
    lines = [line.split() for line in out.splitlines()]
    [start] = (i for i, words in enumerate(lines) if words[:2] == ["layer", "cases"])
    dtypes = [w for w in lines[start] if "float" in w]
    end = next(i for i, words in enumerate(lines) if words[:2] == ["Under", "each"])
    return dtypes, {words[0] for words in lines[start + 1 : end]}


def test_impl_numpy_is_checked_by_default_in_four_dtypes(command):
    code, out, _ = command("check", "--strict", "--layer", "relu", "--layer", "affine")
    assert code == 0
    assert "crosscheck impl_numpy" in out
    assert _table(out) == (
        ["float16", "bfloat16", "float32", "float64"],
        {"relu", "affine"},
    )


def test_other_targets_are_checked_in_two_dtypes(command, target):
    _, out, _ = command("check", target(RELU))
    assert _table(out) == (["float32", "float64"], {"relu"})


def test_layer_dtype_and_scenario_may_be_repeated(command):
    options = "--layer affine --layer relu --dtype float16 --dtype float64 --scenario ties"
    _, out, _ = command("check", *options.split(), "--scenario", "kinks", "--json")
    assert _cases(out) == {"affine": 4, "relu": 4}


def test_a_case_is_run_again_alone(command, target):
    code, out, _ = command("check", target(WRONG), "--case", CASE, "--json")
    assert code == 1
    assert _cases(out) == {"relu": 1}


def test_the_command_that_a_finding_shows_repeats_it(command, target):
    _, out, _ = command("check", target(WRONG))
    (line,) = (line for line in out.splitlines() if line.startswith("    repeat"))
    arguments = line.split("crosscheck ")[1].split()
    code, again, _ = command(*arguments)
    assert code == 1
    assert f" --case {arguments[-1]}\n" in again
    assert "wrong in 1." in again


def test_a_seed_of_the_embedded_oracle_is_accepted(command):
    code, out, _ = command(
        "check", "--layer", "relu", "--seed", "0", "--dtype", "float32", "--json"
    )
    assert code == 0
    assert _cases(out)["relu"] > 10


# -- what is written --------------------------------------------------------------------------


def test_the_finding_is_shown_with_its_evidence(command, target):
    path = target(WRONG)
    _, out, _ = command("check", path, "--case", CASE)
    details = [line[4:] for line in out.splitlines() if line.startswith("    ")]
    labels = [detail.split()[0] for detail in details if not detail.startswith(" ")]
    assert labels == ["blame", "where", "got", "expected", "code", "repeat", "see"]
    assert f"    code     {path}:3" in out.splitlines()
    assert "allowed" in out
    assert f"crosscheck check {path} --case {CASE}" in out


def test_the_oracle_line_says_versions_date_and_agreement(command, embedded):
    _, out, _ = command("check", "--layer", "relu")
    p = embedded.provenance
    assert (
        f"Oracle: embedded, recorded {p.recorded[:10]}; torch {p.torch} and jax {p.jax} agreed "
        f"on {embedded.agreed} of {embedded.cases} cases."
    ) in out


def test_json_to_standard_output_is_nothing_but_json(command, target):
    noisy = "print('on import')\n" + RELU + (
        "def relu_forward(x):\n    print('in a call')\n    return np.maximum(x, 0), x\n"
    )  # fmt: skip
    code, out, err = command("check", target(noisy), "--json")
    assert code == 0
    assert json.loads(out)["schema"] == "crosscheck-report/1"
    assert err == ""


def test_json_to_a_file_leaves_the_table_on_standard_output(command, target, tmp_path):
    code, out, _ = command("check", target(WRONG), "--json", tmp_path / "r.json")
    assert code == 1
    assert "✗ relu: dx is wrong" in out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["status"] == "wrong"
    assert report["layers"]["relu"]["status"] == "wrong"
    assert report["layers"]["affine"]["status"] == "missing"


def test_junit_to_a_file(command, target, tmp_path):
    command("check", target(WRONG), "--junit", tmp_path / "r.xml")
    root = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert root.get("name").startswith("crosscheck ")
    assert len(list(root.iter("failure"))) > 10


def test_both_reports_at_once_and_json_alone_on_standard_output(command, target, tmp_path):
    _, out, _ = command("check", target(RELU), "--junit", tmp_path / "r.xml", "--json")
    json.loads(out)
    ElementTree.parse(tmp_path / "r.xml")


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_report_is_never_written_over_the_code_to_be_checked(command, target, option):
    path = target(WRONG)
    code, _, err = command("check", option, path)
    assert code == 2
    assert f"{path} is not a file to write a report to." in err
    assert Path(path).read_text() == WRONG


def test_a_report_is_never_written_over_a_folder(command, tmp_path):
    code, _, err = command("check", "--json", tmp_path)
    assert code == 2
    assert "Put the target first: crosscheck check TARGET --json FILE" in err


def test_the_hint_about_the_targets_place_names_the_option_that_was_used(command, target):
    _, _, err = command("check", "--junit", target(RELU))
    assert "--json" not in err


def test_the_report_is_written_also_if_nothing_is_known(command, target, tmp_path):
    code, _, _ = command("check", target("x = 1"), "--json", tmp_path / "r.json")
    assert code == 3
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["status"] == "none"
    assert {layer["status"] for layer in report["layers"].values()} == {"missing"}


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def relu_forward(x): raise NotImplementedError\n", "unfinished"),
        ("def relu_forward(x): return None\ndef relu_backward(d, c): ...\n", "unfinished"),
        ("def relu_forward(x): return 1 / 0\n", "crash"),
        (RELU, "pass"),
        (WARNING, "warning"),
        (WRONG, "wrong"),
    ],
)
def test_the_status_of_a_layer_is_in_the_json_report(command, target, source, status):
    _, out, _ = command("check", target(source), "--json")
    assert json.loads(out)["layers"]["relu"]["status"] == status


def test_markup_in_an_exception_is_shown_as_it_is(command, target):
    path = target("def relu_forward(x): raise ValueError('[bold]x[/] [/]')\n")
    _, out, _ = command("check", path, "--case", CASE)
    assert "relu_forward raises ValueError: [bold]x[/] [/] (layers.py, line 1)" in out


def test_every_kind_of_answer_can_be_reported(command, target, tmp_path):
    source = (
        "import numpy as np\n"
        "def relu_forward(x): return 'text', {}\n"
        "def relu_backward(dout, cache): return [[1], [2, 3]]\n"
        "def affine_forward(x, w, b): return np.array([{}]), None\n"
        "def affine_backward(dout, cache): return 1, 2j, np.datetime64('2020')\n"
        "def softmax_loss(x, y): return float('nan'), x\n"
    )
    xml, report = tmp_path / "r.xml", tmp_path / "r.json"
    code, _, _ = command("check", target(source), "--junit", xml, "--json", report)
    assert code == 1
    ElementTree.parse(xml)
    layers = json.loads(report.read_text())["layers"]
    wrong = {name for name, layer in layers.items() if layer["status"] == "wrong"}
    assert wrong == {"affine", "relu", "softmax_loss"}


# -- other commands ---------------------------------------------------------------------------


def test_layers_lists_the_catalogue(command):
    code, out, _ = command("layers")
    assert code == 0
    for name in ("affine", "relu", "softmax_loss"):
        assert f"\n{name}\n" in f"\n{out}"
    assert "    function   relu_backward(dout, cache) -> dx" in out


@pytest.mark.usefixtures("no_frameworks")
def test_doctor_says_what_is_there_and_what_that_allows(command, embedded):
    code, out, _ = command("doctor")
    lines = {line[:13].strip(): line[13:] for line in out.splitlines()}
    assert code == 0
    assert lines["Python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert lines["torch"] == "not installed (pip install 'crosscheck-grad[live]')"
    assert lines["bfloat16"].startswith("ml_dtypes ")
    assert lines["oracle"].startswith(f"{embedded.cases} cases, {embedded.agreed} agreed on by")
    assert lines["check"] == "works: the answers come from the embedded oracle"
    assert lines["check --live"] == (
        "cannot run: torch and jax missing (pip install 'crosscheck-grad[live]')"
    )
    assert lines["fuzz"] == f"works: hypothesis {metadata.version('hypothesis')} is there"
    assert "--html" in lines
    assert "--scheduler" in lines


@pytest.mark.parametrize("what", ["check", "init"])
def test_a_name_that_no_file_can_have_is_told(command, what):
    code, _, err = command(what, "x" * 5000 + ".py")
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be opened" in err or "There is no" in err


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_links_in_a_circle_are_told(command, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    code, _, err = command("check", tmp_path / "loop")
    assert code == 2
    assert "cannot be opened" in err or "There is no" in err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
def test_a_pipe_beside_the_target_is_not_waited_for(command, target, tmp_path):
    for name in ("crosscheck-cases.txt", "crosscheck.toml", "other.py"):
        os.mkfifo(tmp_path / name)
    assert command("check", target(RELU))[0] == 0


def test_what_is_printed_is_shown_if_asked_for(command, target):
    path = target(
        "for i in range(213): print('loading')\n"
        + WRONG.replace("dout.copy()", "print('called') or dout.copy()")
    )
    _, out, _ = command("check", path, "--show-output")
    assert "\nPrinted when it was imported:\nloading\n… 212 more times\n" in out
    assert "\nrelu printed:\ncalled\n… " in out
    assert "loading" not in command("check", path)[1]


@pytest.mark.usefixtures("no_frameworks")
def test_doctor_says_what_is_missing_for_fuzz_and_notebooks(command, monkeypatch):
    version = metadata.version

    def without(package):
        if package in ("hypothesis", "ipython", "Jinja2", "distributed"):
            raise metadata.PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(metadata, "version", without)
    _, out, _ = command("doctor")
    lines = {line[:13].strip(): line[13:] for line in out.splitlines()}
    assert lines["fuzz"] == "cannot run: hypothesis missing (pip install 'crosscheck-grad[fuzz]')"
    assert lines["--html"] == "cannot run: Jinja2 missing (pip install 'crosscheck-grad[grade]')"
    assert lines["--scheduler"] == (
        "cannot run: distributed missing (pip install 'crosscheck-grad[cluster]')"
    )
    assert lines["%crosscheck"] == (
        "for notebooks only: IPython is not installed (pip install jupyter)"
    )


def test_the_version_is_crosschecks(command):
    assert command("--version") == (0, f"crosscheck {crosscheck.__version__}\n", "")


def test_help_names_the_exit_codes(command):
    code, out, _ = command("--help")
    assert code == 0
    assert "3 no known layer in the target" in " ".join(out.split())


# -- as a process -----------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "expected"), [(RELU, 0), (WRONG, 1), ("x = 1", 3), ("(", 2)])
def test_the_exit_code_is_that_of_the_process(python, target, source, expected):
    done = python("-m", "crosscheck", "check", target(source))
    assert done.returncode == expected
    assert "Traceback" not in done.stderr + done.stdout


def test_json_of_a_process_is_nothing_but_json(python, target):
    done = python("-m", "crosscheck", "check", target("print('hello')\n" + RELU), "--json")
    assert json.loads(done.stdout)["status"] == "pass"
    assert done.stderr == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_any_encoding_will_do(python, target, encoding):
    source = "def relu_forward(x): raise ValueError('\\udc80 é ✓')\n"
    done = python(
        "-m", "crosscheck", "check", target(source), PYTHONIOENCODING=f"{encoding}:strict"
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="pipes are POSIX's")
@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["table", "json"])
def test_a_reader_that_went_away_is_no_verdict(target, arguments):
    path = target(RELU)
    read, write = os.pipe()
    os.close(read)
    root = str(Path(crosscheck.__file__).parents[1])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "crosscheck", "check", path, *arguments],
        stdout=write,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
        text=True,
        check=False,
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode not in {0, 1, 3}


def test_main_takes_its_arguments_from_the_command_line(monkeypatch, capsys, target):
    monkeypatch.setattr(sys, "argv", ["crosscheck", "check", target(WRONG), "--case", CASE])
    assert main() == 1
    assert "dx is wrong" in capsys.readouterr().out


def test_a_fault_of_our_own_is_one_line_and_2(command, monkeypatch):
    def broken(*arguments, **keywords):
        raise RuntimeError("a fault")

    monkeypatch.setattr("crosscheck.commands.check.check", broken)
    code, _, err = command("check")
    assert code == 2
    assert err.startswith("crosscheck: something went wrong in crosscheck itself: RuntimeError: ")
    assert "Traceback" not in err


def test_a_report_that_standard_output_does_not_take_is_2(python):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    code = (
        "import subprocess, sys\n"
        "command = [sys.executable, '-m', 'crosscheck', 'layers']\n"
        "sys.exit(subprocess.run(command, stdout=open('/dev/full', 'w')).returncode)"
    )
    done = python("-c", code)
    assert done.returncode == 2
    assert done.stderr.startswith("crosscheck: The output cannot be written: ")
    assert "Traceback" not in done.stderr
