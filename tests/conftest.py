"""What the tests share: candidates that differ from impl_numpy in one function, and the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

import crosscheck
import impl_numpy
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.cli import main
from crosscheck.judging import check_case
from crosscheck.layers import catalogue, layer_named
from crosscheck.oracle_file import EMBEDDED, OracleFile
from crosscheck.target import opened

pytest_plugins = ["pytester"]

# A slow machine is no failure.
settings.register_profile("crosscheck", deadline=None)
settings.load_profile("crosscheck")

# Where this crosscheck is imported from: the checkout, or site-packages in a tox environment.
ROOT = Path(crosscheck.__file__).parents[1]


@pytest.fixture(scope="session")
def embedded():
    """The oracle that ships with crosscheck."""
    return OracleFile(EMBEDDED, "embedded")


@pytest.fixture
def candidate():
    """``candidate("relu", relu_backward=wrong)`` is impl_numpy but for one function; None: it has
    no such function.
    """

    def make(layer, **replacements):
        layer = layer_named(layer)
        functions = {n: getattr(impl_numpy, n) for n in layer.functions} | replacements
        return Candidate(layer, {n: f for n, f in functions.items() if f is not None})

    return make


@pytest.fixture
def found_in():
    """``found_in(path)`` is what a target defines, by layer."""

    def find(target):
        with opened(str(target), catalogue().values()) as found:
            return {c.layer.name: c for c in found.candidates}

    return find


@pytest.fixture
def checked(candidate, embedded):
    """``checked(case_id, relu_backward=wrong)`` is what crosscheck says of it in that case."""

    def check(case_id, **replacements):
        case = Case.parse(case_id)
        made = candidate(case.layer.name, **replacements)
        return check_case(made, case, embedded.oracle(case))

    return check


@pytest.fixture
def target(tmp_path):
    """``target(source)`` is the path, as text, of a file ``layers.py`` of that source."""

    def write(source, name="layers.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def command(capsys):
    """``command("check", …)`` runs the command in this process: exit code, output, error output.

    None of its answers may be a traceback of ours.
    """

    def run(*arguments):
        try:
            code = main([str(a) for a in arguments])
        except SystemExit as stopped:  # argparse
            code = stopped.code
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return code, captured.out, captured.err

    return run


@pytest.fixture
def python(tmp_path):
    """``python("-m", "crosscheck", …)`` runs Python in an empty folder, with this crosscheck."""

    def run(*arguments, **environment):
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=300,
        )

    return run


@pytest.fixture(autouse=True)
def _forgets_targets():
    """Code under test is imported anew by each test."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("crosscheck_target_"):
            del sys.modules[name]


_COUNTED = {
    "test_mutant_is_caught_for_the_right_reason": "{} of {} mutants were caught",
    "test_variant_is_not_called_wrong": "{} of {} correct variants were not flagged",
}


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest's own: the line is the last one
def pytest_sessionfinish(session):
    """How many mutants were caught, and how many correct variants were left in peace."""
    finished = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not reporter:  # one of several processes: it is told by the one that starts them
        return finished

    def ran(*outcomes):
        return {r.nodeid for o in outcomes for r in reporter.stats.get(o, [])}

    told = []
    for test, text in _COUNTED.items():
        right, wrong = (
            {n for n in nodes if f"::{test}[" in n}
            for nodes in (ran("passed"), ran("failed", "error"))
        )
        if right | wrong:
            told.append(text.format(len(right - wrong), len(right | wrong)))
    if told:
        reporter.write_line("; ".join(told) + ".")
    return finished
