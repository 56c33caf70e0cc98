"""From a request to a report, in Python."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import crosscheck
from crosscheck import dtypes
from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.errors import (
    CrosscheckError,
    MissingPackageError,
    OracleFileError,
    SelectionError,
    TargetError,
)
from crosscheck.layers import layer_named
from crosscheck.oracle_file import freeze
from crosscheck.run import check
from crosscheck.selection import Selection

RELU = "from impl_numpy import relu_forward, relu_backward\n"
WRONG = RELU + "def relu_backward(dout, cache): return dout.copy()\n"
CASE = "relu/float32/normal/s7/0"


@pytest.fixture
def no_bfloat16(monkeypatch):
    """As where ml_dtypes is not installed."""
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    dtypes._numpy_dtype.cache_clear()
    yield
    dtypes._numpy_dtype.cache_clear()


def _dtypes(report):
    return {r.case.format.name for layer in report.layers.values() for r in layer.results}


@pytest.fixture(scope="module")
def everything():
    """impl_numpy, strictly judged on every case."""
    return check(strict=True)


def test_impl_numpy_passes_strictly_in_all_four_dtypes(everything):
    report = everything
    assert (report.status, report.exit_code) == ("pass", 0)
    assert _dtypes(report) == set(FORMATS)
    assert {"affine", "relu", "softmax_loss"} <= set(report.layers)
    assert report.target == "impl_numpy"


def test_any_other_target_is_checked_in_the_courses_dtypes(target):
    assert _dtypes(check(target(RELU))) == {"float32", "float64"}


def test_dtypes_asked_for_are_those_checked(target):
    report = check(target(RELU), Selection(dtypes=["float16", "bfloat16"]))
    assert _dtypes(report) == {"float16", "bfloat16"}


def test_layers_that_the_target_lacks_are_missing(target):
    report = check(target(RELU))
    statuses = {name: layer.status for name, layer in report.layers.items()}
    assert statuses["relu"] == "pass"
    assert statuses["affine"] == statuses["softmax_loss"] == "missing"
    assert report.exit_code == 0


def test_a_layer_not_asked_for_is_not_in_the_report(target):
    assert list(check(target(RELU), Selection(layers=["relu"])).layers) == ["relu"]


def test_something_wrong_is_reported(target):
    report = check(target(WRONG))
    assert (report.status, report.exit_code) == ("wrong", 1)
    assert {f.quantity for f in report.layers["relu"].findings} == {"dx"}


def test_a_target_without_known_layers_is_none(target):
    report = check(target("x = 1"))
    assert (report.status, report.exit_code) == ("none", 3)


def test_exactly_the_case_asked_for_is_run(target):
    report = check(target(RELU), Selection(case=CASE))
    assert [r.case.id for r in report.layers["relu"].results] == [CASE]
    assert list(report.layers) == ["relu"]


# -- other spellings --------------------------------------------------------------------------

ALT = "def relu_backward_alt(dout, cache): return dout.copy()\n"


SELECTED = Selection(["relu"], ["float32"])
COURSE = Selection(dtypes=["float32", "float64"])


def test_each_spelling_is_reported_under_its_own_name(target):
    layers = check(target(RELU + ALT), SELECTED).layers
    assert {name: layer.status for name, layer in layers.items()} == {
        "relu": "pass",
        "relu_alt": "wrong",
    }
    finding = layers["relu_alt"].findings[0]
    assert finding.location.endswith("layers.py:2")
    assert finding.case.startswith("relu/float32/")


def test_what_another_spelling_lacks_is_told_by_its_name(target):
    alone = target("def relu_backward_alt(dout, cache): return dout.copy()\n")
    layers = check(alone, SELECTED).layers
    assert list(layers) == ["relu_alt"]
    assert {f.message for f in layers["relu_alt"].findings} == {"relu_forward_alt is not defined"}


def test_progress_counts_the_cases_of_every_spelling(target):
    told = []
    check(target(RELU + ALT), SELECTED, progress=lambda *t: told.append(t))
    cases_each = len(list(cases(layer_named("relu"), ["float32"])))
    assert told == [
        (("relu", "relu_alt")[done // cases_each], done + 1, 2 * cases_each)
        for done in range(2 * cases_each)
    ]


# -- what is checked --------------------------------------------------------------------------


def test_scenarios_asked_for_are_those_run(target):
    report = check(target(RELU), Selection(scenarios=["kinks", "fortran"]))
    assert {r.case.scenario.name for r in report.layers["relu"].results} == {"kinks", "fortran"}


def test_what_is_asked_for_twice_is_checked_once(target):
    once = check(target(RELU), Selection(dtypes=["float32"], scenarios=["ties"], seeds=[0]))
    twice = check(target(RELU), Selection(["relu"] * 2, ["float32"] * 2, ["ties"] * 2, [0] * 2))
    ids = [[r.case.id for r in report.layers["relu"].results] for report in (once, twice)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"layers": ["rellu"]}, "There is no layer 'rellu'. Did you mean relu"),
        ({"dtypes": ["f4"]}, "There is no dtype 'f4'. The dtypes are: float16, bfloat16, "),
        ({"scenarios": ["x"]}, "There is no scenario 'x'. The scenarios are: normal, empty, "),
        ({"case": "x"}, "'x' is not a case id. One looks like this: affine/float32/"),
        (
            {"layers": ["relu"], "scenarios": ["labels-int8"]},
            "No case of relu is in labels-int8: crosscheck has no such scenario for these layers.",
        ),
    ],
)
def test_a_selection_that_selects_nothing_says_why(selection, message):
    with pytest.raises(SelectionError) as error:
        check("impl_numpy", Selection(**selection))
    assert str(error.value).startswith(message)


def test_a_seed_that_the_embedded_oracle_lacks_points_to_live(target):
    with pytest.raises(OracleFileError) as error:
        check(target(RELU), Selection(seeds=[12]))
    assert "The embedded oracle has no answer for the case relu/float32/normal/" in str(error.value)
    assert "--live (needs torch and jax)" in str(error.value)


def test_a_seed_that_the_embedded_oracle_has_is_checked(target):
    report = check(target(RELU), Selection(case="relu/float32/normal/s5x2x3/2"))
    assert [r.case.seed for r in report.layers["relu"].results] == [2]


@pytest.mark.parametrize(
    "case",
    [
        "conv/float32/normal/N2-C3-H7-W4-F5-HH13-WW2-stride=2-pad=1/0",
        "conv/float32/normal/N2-C3-H7-W4-F5-HH3-WW2-stride=0-pad=1/0",
        "dropout/float32/normal/s7x11-p=0.0-seed=1/0",
        "dropout/float32/normal/s7x11-p=2.0-seed=1/0",
    ],
)
def test_a_case_whose_sizes_or_options_do_not_fit_is_no_case(case):
    with pytest.raises(SelectionError, match=f"There is no case {case}: its sizes and options"):
        Selection(case=case).cases()


def test_answers_are_taken_from_the_file_asked_for(target, tmp_path, embedded):
    asked = list(cases(layer_named("relu"), ["float32"], ["ties"]))
    provenance = replace(embedded.provenance, torch="1.2.3")
    path = tmp_path / "own.oracle"
    freeze(path, {c.values_id: embedded.oracle(c) for c in asked}, provenance)
    selection = Selection(["relu"], ["float32"], ["ties"])
    report = check(target(RELU), selection, oracle=path)
    assert report.provenance == replace(provenance, source="file")
    assert (report.cases_known, report.agreed) == (1, 1)
    with pytest.raises(OracleFileError, match=r"own\.oracle has no answer for the case"):
        check(target(RELU), Selection(case=CASE), oracle=path)


def test_without_a_selection_a_files_own_cases_are_checked(target, tmp_path, embedded):
    held = list(cases(layer_named("relu"), ["float32"], ["normal"], [2]))[:1]
    path = tmp_path / "own.oracle"
    freeze(path, {c.values_id: embedded.oracle(c) for c in held}, embedded.provenance)
    report = check(target(RELU), oracle=path)
    # A layout has the values of another case, and so its answer.
    checked = {r.case.values_id for r in report.layers["relu"].results}
    assert checked == {held[0].values_id}


def test_a_file_without_any_of_the_cases_is_an_error(target, tmp_path, embedded):
    held = next(cases(layer_named("relu"), ["float32"]))
    path = tmp_path / "own.oracle"
    freeze(path, {held.values_id: embedded.oracle(held)}, embedded.provenance)
    with pytest.raises(OracleFileError, match="no answer to any of the cases asked for"):
        check(target(RELU), Selection(dtypes=["float64"]), oracle=path)


def test_a_missing_target_is_an_error():
    with pytest.raises(TargetError, match="There is no module, file or folder 'nothing_here'"):
        check("nothing_here")


def test_errors_are_all_of_one_kind():
    for kind in (MissingPackageError, OracleFileError, SelectionError, TargetError):
        assert issubclass(kind, CrosscheckError)
        assert kind.exit_code == 2


def test_without_ml_dtypes_bfloat16_is_left_out_and_the_report_says_so(no_bfloat16):
    report = check(selection=Selection(["relu", "softmax_loss"]))
    assert _dtypes(report) == {"float16", "float32", "float64"}
    assert "bfloat16 needs the package ml_dtypes" in report.left_out["bfloat16"]
    assert report.exit_code == 0


def test_without_ml_dtypes_bfloat16_alone_is_an_error(no_bfloat16):
    with pytest.raises(MissingPackageError, match="pip install ml_dtypes"):
        check("impl_numpy", Selection(dtypes=["bfloat16"]))


def test_progress_is_told_case_by_case(target):
    told = []
    check(target(RELU), Selection(["relu"], ["float32"]), progress=lambda *t: told.append(t))
    total = told[0][2]
    assert told == [("relu", done + 1, total) for done in range(total)]


def test_progress_goes_on_from_layer_to_layer():
    told = []
    asked = Selection(["affine", "relu"], ["float32"])
    check("impl_numpy", asked, progress=lambda *t: told.append(t))
    assert {t[0] for t in told} == {"affine", "relu"}
    assert [t[1] for t in told] == list(range(1, told[-1][2] + 1))


def test_the_public_names_are_there():
    assert crosscheck.Case is Case
    assert crosscheck.Selection is Selection
    assert all(hasattr(crosscheck, name) for name in crosscheck.__all__)
    with pytest.raises(AttributeError, match="module 'crosscheck' has no attribute 'nothing'"):
        _ = crosscheck.nothing


def test_the_public_check_is_a_function_also_the_second_time(python):
    """There is a module of that name: importing it must not take the function's place."""
    done = python(
        "-c",
        "import crosscheck\n"
        "selection = crosscheck.Selection(['relu'], ['float32'])\n"
        "for _ in range(2):\n"
        "    print(crosscheck.check('impl_numpy', selection).status)\n"
        "from crosscheck import check\n"
        "print(check('impl_numpy', selection).status)\n",
    )
    assert done.stdout.split() == ["pass"] * 3, done.stderr


def test_every_number_of_a_passing_report_is_finite_but_for_the_floor(everything):
    results = [r for layer in everything.layers.values() for r in layer.results]
    assert all(math.isfinite(r.worst) for r in results)
    assert everything.seconds > 0


# -- cases that fuzz kept ---------------------------------------------------------------------

KEPT = "relu/float64/normal/s3x5/4711"


def _keep(path, text):
    (Path(path).parent / "crosscheck-cases.txt").write_text(text)


def test_kept_cases_are_run_as_well(target):
    path = target(RELU)
    _keep(path, f"{KEPT}  # relu: dx is wrong\n")
    ran = {r.case.id for r in check(path).layers["relu"].results}
    fixed = check("impl_numpy", replace(COURSE, layers=("relu",))).layers["relu"].results
    assert ran == {r.case.id for r in fixed} | {KEPT}
    assert KEPT not in {r.case.id for r in fixed}


def test_a_kept_case_is_judged(target):
    path = target(
        "import numpy as np\n"
        "def relu_forward(x):\n    return np.maximum(x, 0) + (x.shape == (3, 5)), x\n"
        "def relu_backward(dout, x):\n    return dout * (x > 0)\n"
    )
    narrow = Selection(dtypes=["float64"])
    assert check(path, narrow).status == "pass"
    _keep(path, f"{KEPT}\n")
    assert {f.case for f in check(path, narrow).layers["relu"].findings} == {KEPT}


def test_a_kept_case_is_run_alone_by_its_id(target):
    path = target(RELU)
    _keep(path, f"{KEPT}\n")
    [result] = check(path, Selection(case=KEPT)).layers["relu"].results
    assert (result.case.id, result.findings) == (KEPT, ())


@pytest.mark.parametrize(
    "narrower", [{"layers": ["tanh"]}, {"dtypes": ["float32"]}, {"scenarios": ["normal"]}]
)
def test_what_is_not_asked_for_of_kept_cases_is_not_run(target, narrower):
    path = target(RELU)
    _keep(path, f"{KEPT}\n")
    layers = check(path, Selection(**narrower)).layers
    assert KEPT not in {r.case.id for layer in layers.values() for r in layer.results}


def test_kept_cases_that_cannot_be_read_are_one_clear_message(target):
    path = target(RELU)
    _keep(path, "relu/float64\n")
    with pytest.raises(
        SelectionError, match=r"crosscheck-cases.txt, line 1: 'relu/float64' is not"
    ):
        check(path)
