"""The package for Gradescope: complete, reproducible, and always with a result."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rich

import crosscheck
from crosscheck.autograder.wheel import REQUIRES, wheel
from crosscheck.config.toml import loads

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Gradescope's machines run Ubuntu")

RIGHT = (
    "import numpy as np\n"
    "def relu_forward(x): return np.maximum(0, x), x\n"
    "def relu_backward(dout, cache): return dout * (cache > 0)\n"
)
SUBMISSIONS = {
    "right": (RIGHT, 3.0),
    "wrong": (RIGHT.replace("dout * (cache > 0)", "dout"), 1.0),
    "crashing": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", 0.0),
    "spying": (RIGHT.replace("return np", "open(SECRET).read(); return np"), 0.0),
    "empty": ("", 0.0),
}


@pytest.fixture
def package(tmp_path, command):
    """``package(…)`` is the zip file that those options make."""

    def make(*options, name="autograder.zip"):
        path = tmp_path / name
        config = tmp_path / "crosscheck.toml"
        config.write_text("[layers.relu]\npoints = { out = 1, dx = 2 }\n", encoding="utf-8")
        code, _, said = command(
            "autograder", "--target", "gradescope", "-o", path, "--config", config, *options
        )
        assert code == 0, said
        return path

    return make


def test_nothing_but_a_zip_file_is_written(tmp_path, command):
    path = tmp_path / "foo.tar"
    code, _, said = command("autograder", "--target", "gradescope", "-o", path)
    assert (code, path.exists()) == (2, False)
    assert "foo.tar would be no zip file by its name, and Gradescope takes nothing else" in said


def test_without_points_it_says_that_every_layer_counts(tmp_path, command, package):
    told = "Nobody said which layers count: each that crosscheck has answers for counts 1"
    path, config = package(), tmp_path / "crosscheck.toml"
    options = ("autograder", "--target", "gradescope", "-o", path)
    assert told in command(*options)[1]
    assert told not in command(*options, "--config", config)[1]


def modes(path):
    with zipfile.ZipFile(path) as archive:
        return {i.filename: stat.filemode(i.external_attr >> 16) for i in archive.infolist()}


def script(path, name="run_autograder"):
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def test_the_package_has_all_that_is_needed_in_the_right_modes(package):
    assert modes(package()) == {
        "setup.sh": "-rwxr-xr-x",
        "run_autograder": "-rwxr-xr-x",
        "not_graded.json": "-rw-r--r--",
        "crosscheck.toml": "-rw-------",
        f"crosscheck_grad-{crosscheck.__version__}-py3-none-any.whl": "-rw-r--r--",
    }


def test_the_same_contents_make_the_same_bytes(package):
    assert package(name="a.zip").read_bytes() == package(name="b.zip").read_bytes()


def test_hidden_answers_are_packed_and_need_a_level_that_confines(package, embedded_copy):
    path = package("--oracle", embedded_copy)
    assert modes(path)["hidden.oracle"] == "-rw-------"
    assert "--require-isolation landlock" in script(path)
    assert '--oracle "$source/hidden.oracle"' in script(path)
    anyhow = package("--oracle", embedded_copy, "--require-isolation", "any")
    assert "--require-isolation" not in script(anyhow)


@pytest.fixture
def embedded_copy(tmp_path):
    from crosscheck.oracle_file import EMBEDDED

    return shutil.copy(EMBEDDED, tmp_path / "mine.oracle")


def test_options_are_quoted_for_the_shell(package):
    text = script(package("--file", "my layers; rm -rf ~.py", "--hints", "full"))
    assert "--file 'my layers; rm -rf ~.py'" in text
    assert "--hints full --visibility visible" in text
    assert "@@" not in text


def test_what_cannot_be_graded_with_is_told_at_once(tmp_path, command):
    bad = tmp_path / "bad.toml"
    bad.write_text("point = 1\n", encoding="utf-8")
    code, _, said = command(
        "autograder", "--target", "gradescope", "-o", tmp_path / "a.zip", "--config", bad
    )
    assert code == 2
    assert "bad.toml, line 1, point: there is no such key." in said
    assert not (tmp_path / "a.zip").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path, command):
    path = tmp_path / "no" / "a.zip"
    code, _, said = command("autograder", "--target", "gradescope", "-o", path)
    assert code == 2
    assert f"Cannot write {path}: No such file or directory." in said


def test_the_wheel_needs_what_the_project_needs():
    project = Path(crosscheck.__file__).parents[1] / "pyproject.toml"
    if not project.is_file():
        pytest.skip("installed: there is no pyproject.toml")
    needed = loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    assert tuple(needed) == REQUIRES


def test_the_wheel_lists_its_files():
    _, content = wheel()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        record = archive.read(names[-1]).decode().splitlines()
    assert [line.split(",")[0] for line in record] == names
    assert {"crosscheck/embedded.oracle", "impl_numpy/__init__.py"} <= {*names}
    assert not [name for name in names if "__pycache__" in name]


@pytest.fixture(scope="module")
def autograder(tmp_path_factory):
    """A folder like Gradescope's ``/autograder``, set up once."""
    from crosscheck.autograder.package import gradescope_package

    root = tmp_path_factory.mktemp("autograder")
    config = b"[layers.relu]\npoints = { out = 1, dx = 2 }\n"
    zipped = gradescope_package(None, config, hints="full", visibility="visible", isolation="")
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        archive.extractall(root / "source")
    for name in ("setup.sh", "run_autograder"):
        (root / "source" / name).chmod(0o755)  # which Python's own unzip drops
    done = _run(root, "setup.sh", PIP_NO_DEPS="1", PIP_NO_INDEX="1")
    assert done.returncode == 0, done.stderr
    return root


def _run(root, name, **more):
    """With this Python, and what crosscheck needs from where it is installed here."""
    packages = {str(Path(m.__file__).parents[1]) for m in (np, rich)}
    environment = os.environ | {"AUTOGRADER_ROOT": str(root), "PYTHONPATH": ""} | more
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if name == "run_autograder":
        environment["PYTHONPATH"] = os.pathsep.join(packages)
    return subprocess.run(
        [root / "source" / name], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.once
@pytest.mark.parametrize("name", SUBMISSIONS)
def test_every_submission_gets_a_result(autograder, name):
    text, points = SUBMISSIONS[name]
    folder = autograder / "submission"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if text:
        secret = f"SECRET = {str(autograder / 'source/crosscheck.toml')!r}\n"
        (folder / "layers.py").write_text(secret + text, encoding="utf-8")
    done = _run(autograder, "run_autograder")
    assert done.returncode == 0, done.stderr
    found = json.loads((autograder / "results/results.json").read_text(encoding="utf-8"))
    assert found["score"] == points, found["output"]
    assert "does not lie with it" not in found["output"]
    if name == "spying":
        assert "PermissionError" in found["tests"][0]["output"]


@pytest.mark.once
def test_there_is_a_result_even_if_crosscheck_is_broken(autograder):
    (autograder / "submission").mkdir(exist_ok=True)
    python = autograder / "crosscheck/bin/python"
    python.rename(python.with_name("gone"))
    try:
        done = _run(autograder, "run_autograder")
    finally:
        python.with_name("gone").rename(python)
    assert done.returncode == 0
    found = json.loads((autograder / "results/results.json").read_text(encoding="utf-8"))
    assert found["score"] == 0
    assert "does not lie with it" in found["output"]
