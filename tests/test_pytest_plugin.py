"""crosscheck in pytest: one item per case, and its own words when one fails."""

import os
from functools import partial
from pathlib import Path

import pytest

import crosscheck
from crosscheck.case import cases
from crosscheck.layers import layer_named

GOOD = (
    "from impl_numpy import affine_forward, affine_backward, relu_forward, relu_backward, "
    "softmax_loss\n"
)
WRONG = GOOD + "def relu_backward(dout, cache): return dout.copy()\n"
PROMOTES = GOOD + "def relu_backward(dout, cache): return dout * (cache > 0).astype(int)\n"
TEST = """
import crosscheck
import layers

@crosscheck.parametrize("relu")
def test_relu(case):
    case.check(layers.relu_forward, layers.relu_backward)
"""


@pytest.fixture
def session(pytester, runs):
    """``session(*arguments)`` runs pytest in an empty folder, with the plugin."""
    return partial(runs, pytester.runpytest_inprocess)


@pytest.fixture
def session_apart(pytester, runs):
    """The same in a process of its own: it has its own warnings, and its own imports."""
    return partial(runs, pytester.runpytest_subprocess)


@pytest.fixture
def runs(pytester, monkeypatch):
    paths = [
        str(Path(crosscheck.__file__).parents[1]),
        *filter(None, [os.environ.get("PYTHONPATH")]),
    ]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    # Installed or not, it is loaded once.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeini("[pytest]\n")

    def run(how, *arguments, layers=GOOD, test=""):
        pytester.makepyfile(layers=layers)
        if test:
            pytester.makepyfile(test_layers=test)
        return how("-p", "crosscheck.pytest_plugin", "-p", "no:cacheprovider", *arguments)

    return run


def _count(*scenarios):
    return len(list(cases(layer_named("relu"), ["float32", "float64"], scenarios)))


# -- @crosscheck.parametrize ------------------------------------------------------------------


def test_a_right_layer_passes_every_case(session):
    result = session(test=TEST)
    result.assert_outcomes(passed=_count())
    assert result.ret == 0


def test_items_have_the_cases_ids(session):
    result = session("--collect-only", "-q", test=TEST)
    assert "test_layers.py::test_relu[relu/float32/normal/s5x2x3/0]" in result.outlines
    assert "test_layers.py::test_relu[relu/float64/kinks/s5x2x3/0]" in result.outlines


def test_cases_are_selected_by_a_part_of_their_id(session):
    session("-k", "kinks", test=TEST).assert_outcomes(passed=2, deselected=_count() - 2)


def test_dtypes_may_be_named(session):
    test = TEST.replace('"relu"', '"relu", dtypes=["float16", "bfloat16"]')
    session("-k", "ties", test=test).assert_outcomes(
        passed=2, deselected=len(list(cases(layer_named("relu"), ["float16", "bfloat16"]))) - 2
    )


def test_a_failure_shows_crosschecks_message_and_nothing_of_its_inside(session):
    result = session("-k", "float32 and normal and s7", layers=WRONG, test=TEST)
    result.assert_outcomes(failed=1, deselected=_count() - 1)
    text = result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            "dx is wrong at * of 7 elements",
            "    where    dx[[]*[]], the worst of *",
            "    got *",
            "    expected * allowed",
            "    case     relu/float32/normal/s7/0",
        ]
    )
    for internal in ("pytest_plugin.py", "check_case", "_verdict", "Traceback", "crosscheck/"):
        assert internal not in text


def test_a_loss_is_one_function(session):
    test = TEST.replace("relu_forward, layers.relu_backward", "softmax_loss").replace(
        '"relu"', '"softmax_loss"'
    )
    assert session("-k", "float32 and ties", test=test).parseoutcomes()["passed"] == 1


def test_the_wrong_number_of_functions_is_told_which_are_wanted(session):
    test = TEST.replace(", layers.relu_backward", "")
    result = session("-k", "float32 and ties", test=test)
    result.stdout.fnmatch_lines(
        ["*TypeError: check takes relu_forward and relu_backward: 2, not 1"]
    )


def test_an_unknown_layer_is_told_the_names(session):
    result = session(test=TEST.replace('"relu"', '"rellu"'))
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*There is no layer 'rellu'. Did you mean relu*"])


def test_a_warning_is_a_warning(session_apart):
    result = session_apart("-k", "float32 and normal and s7", layers=PROMOTES, test=TEST)
    result.assert_outcomes(passed=1, warnings=1, deselected=_count() - 1)
    result.stdout.fnmatch_lines(["*CrosscheckWarning: dx is promoted to float64*s7/0)"])


def test_a_warning_fails_a_strict_check(session):
    test = TEST.replace("relu_backward)", "relu_backward, strict=True)")
    result = session("-k", "float32 and normal and s7", layers=PROMOTES, test=test)
    result.assert_outcomes(failed=1, deselected=_count() - 1)
    result.stdout.fnmatch_lines(["dx is promoted to float64: *"])


def test_an_unfinished_layer_fails(session):
    layers = GOOD + "def relu_backward(dout, cache): raise NotImplementedError\n"
    result = session("-k", "float32 and normal and s7", layers=layers, test=TEST)
    result.assert_outcomes(failed=1, deselected=_count() - 1)
    result.stdout.fnmatch_lines(["relu_backward raises NotImplementedError (layers.py, line 2)"])


NO_ML_DTYPES = "import sys\nsys.modules['ml_dtypes'] = None\n"


def test_without_ml_dtypes_a_bfloat16_case_is_skipped(session_apart, pytester):
    pytester.makeconftest(NO_ML_DTYPES)
    test = TEST.replace('"relu"', '"relu", dtypes=["bfloat16"]')
    result = session_apart("-k", "ties", "-rs", test=test)
    assert result.parseoutcomes().get("skipped") == 1
    result.stdout.fnmatch_lines(["*bfloat16 needs the package ml_dtypes, which is not installed.*"])


# -- pytest --crosscheck TARGET ---------------------------------------------------------------


def test_a_target_is_checked_without_writing_a_test(session):
    result = session("--crosscheck", "layers.py")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] > 100
    assert result.ret == 0


def test_a_targets_items_have_the_cases_ids(session):
    result = session("--crosscheck", "layers.py", "--collect-only", "-q")
    ids = "\n".join(result.outlines)
    for case_id in ("affine/float32/normal/N5-d2x3-M7/0", "softmax_loss/float64/ties/N5-C7/0"):
        assert case_id in ids
    assert "float16" not in ids


def test_a_targets_cases_are_selected_by_a_part_of_their_id(session):
    result = session("--crosscheck", "layers.py", "-k", "relu and kinks")
    assert result.parseoutcomes()["passed"] == 2
    assert result.ret == 0


def test_a_wrong_target_fails_with_crosschecks_message(session):
    result = session("--crosscheck", "layers.py", "-k", "relu and float32 and s7", layers=WRONG)
    assert result.parseoutcomes()["failed"] == 1
    assert result.ret == 1
    result.stdout.fnmatch_lines(["dx is wrong at * of 7 elements", "    case     relu/*/s7/0"])
    for internal in ("pytest_plugin.py", "check_case", "_verdict", "Traceback"):
        assert internal not in result.stdout.str()


def test_a_targets_warnings_fail_only_strictly(session_apart):
    arguments = ("--crosscheck", "layers.py", "-k", "relu and float32 and s7")
    assert session_apart(*arguments, layers=PROMOTES).parseoutcomes()["warnings"] == 1
    result = session_apart(*arguments, "--crosscheck-strict", layers=PROMOTES)
    assert result.parseoutcomes()["failed"] == 1


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("missing.py", "ERROR: crosscheck: There is no file or folder missing.py."),
        ("no_module", "ERROR: crosscheck: There is no module, file or folder 'no_module'. *"),
        ("broken.py", "ERROR: crosscheck: *broken.py, line 1: *"),
        ("empty.py", "ERROR: crosscheck: empty.py defines no layer that crosscheck knows."),
    ],
)
def test_a_target_that_cannot_be_checked_is_a_usage_error(session, pytester, target, message):
    pytester.makepyfile(broken="def f(:", empty="")
    result = session("--crosscheck", target)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_several_targets_are_all_checked(session, pytester):
    pytester.makepyfile(other="from impl_numpy import softmax_loss")
    result = session("--crosscheck", "layers.py", "--crosscheck", "other.py", "-k", "ties")
    assert result.parseoutcomes()["passed"] == 6 + 2


def test_tests_of_the_folder_run_too(session):
    result = session("--crosscheck", "layers.py", "-k", "ties or plain", test="def test_plain(): 0")
    assert result.parseoutcomes()["passed"] == 6 + 1


def test_bfloat16_is_skipped_for_our_own_target_without_ml_dtypes(session_apart, pytester):
    pytester.makeconftest(NO_ML_DTYPES)
    result = session_apart("--crosscheck", "impl_numpy", "-k", "::relu/ and ties")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["skipped"]) == (3, 1)


# -- whoever does not use it ------------------------------------------------------------------


def test_a_session_that_does_not_use_it_loads_nothing_of_it(session_apart):
    test = (
        "import sys\n"
        "def test_loaded():\n"
        "    loaded = [m for m in sys.modules if m.startswith('crosscheck')]\n"
        "    assert sorted(loaded) == ['crosscheck', 'crosscheck.pytest_plugin']\n"
        "    assert not {'numpy', 'torch', 'jax', 'rich'} & set(sys.modules)\n"
    )
    session_apart(test=test).assert_outcomes(passed=1)


RELU_CLASS = """
class Relu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout
"""


def test_code_of_another_course_is_read_as_it_is(session_apart):
    result = session_apart("--crosscheck", "layers.py", "-k", "normal", layers=RELU_CLASS)
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] > 5
    assert "failed" not in outcomes


def test_what_takes_other_arguments_is_skipped(session):
    other = "def relu_forward(x, alpha): return x, x"
    result = session("--crosscheck", "layers.py", "-rs", "-k", "normal", layers=other)
    result.stdout.fnmatch_lines(
        ["*relu_forward takes (x, alpha), and is called as relu_forward(x*"]
    )
    assert "failed" not in result.parseoutcomes()
