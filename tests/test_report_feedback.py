"""What students are told: enough to go on, and nothing with which to cheat."""

import json
import re

import pytest
from mutants import MUTANTS

from crosscheck.report.feedback import LEVELS, feedback, harmless, remarks, sharing
from crosscheck.report.json import to_dict
from crosscheck.run import check_functions
from crosscheck.selection import Selection

SEED = "918273645"
# Of every kind that says most: values, NaN, shapes, exceptions, hints with factors.
SOME = ("affine_mean_dw", "affine_unflattened", "softmax_unshifted", "layernorm_eps_outside_root")


def entry_of(mutant):
    """Its layer's entry, as if it were judged with a hidden seed."""
    selection = Selection((mutant.layer,), mutant.dtypes[:1])
    report = to_dict(check_functions(mutant.functions, selection))
    text = json.dumps(report["layers"])
    layers = json.loads(re.sub(r'/\d+"', f'/{SEED}"', text))
    return next((name, e) for name, e in layers.items() if e["status"] != "missing")


def secrets(entry):
    """Every way in which an expected or allowed number may be printed."""
    for f in entry["findings"]:
        for field in ("expected", "allowed"):
            number = f.get(field)
            if isinstance(number, float) and number not in (0, 1, -1):
                for digits in (4, 5, 6, 8, 12, 17):
                    printed = f"{number:.{digits}g}"
                    if len(printed.strip("-0.")) > 3:  # 0.5 is a factor in many a hint
                        yield printed


def assert_tells_no_secret(entry, text):
    numbers = set(re.findall(r"[-+]?\d*\.?\d+(?:e[-+]?\d+)?", text))
    assert not numbers & set(secrets(entry))
    assert SEED not in text
    assert not any(f["case"] in text for f in entry["findings"])
    assert "np.array" not in text


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.name in SOME], ids=lambda m: m.name)
def test_no_level_tells_a_secret(mutant):
    name, entry = entry_of(mutant)
    assert list(secrets(entry)) or not any("expected" in f for f in entry["findings"])
    for level in LEVELS:
        assert_tells_no_secret(entry, feedback(name, entry, level))


@pytest.mark.once
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_no_mutant_makes_it_tell_a_secret(mutant):
    if "bfloat16" in mutant.dtypes:
        pytest.importorskip("ml_dtypes")
    name, entry = entry_of(mutant)
    assert_tells_no_secret(entry, feedback(name, entry, "full"))


def finding(kind="value", message="dw is wrong at 5 of 5 elements", quantity="dw", **more):
    found = {"kind": kind, "severity": "wrong", "quantity": quantity, "message": message}
    case = f"affine/float64/normal/N5-d2x3-M7/{SEED}"
    return found | {"case": case, "location": "layers.py:9"} | more


def entry(*findings, **more):
    return {
        "status": "wrong",
        "cases": 51,
        "skipped": 0,
        "dtypes": ["float32", "float64"],
        "quantities": {"out": "pass", "dw": "wrong"},
        "findings": list(findings),
        "blame": "The forward is right; affine_backward is wrong: dw.",
        "hints": {"dw": ["dw is the correct gradient times exactly 1/N"]},
        "snippet": "dw = np.array([[0.25]])",
        "output": "what the code printed",
    } | more


CHECKED = "Checked: 51 cases of affine in float32 and float64: something is wrong."
MORE = (
    "On your own computer, numbers and a smallest example are shown: "
    "crosscheck check FILE --layer affine"
)


def test_each_level_tells_more_than_the_one_before():
    e = entry(finding(), finding(), finding("nonfinite", "dx is nan", "dx"))
    assert feedback("affine", e, "none") == CHECKED
    assert feedback("affine", e, "quantity").splitlines() == [
        CHECKED,
        "Wrong: dw: wrong values, in 2 cases",
        "Wrong: dx: NaN or infinite where it must not be, in 1 case",
        MORE,
    ]
    assert feedback("affine", e, "full").splitlines() == [
        CHECKED,
        "Wrong: dw is wrong at 5 of 5 elements, in 2 cases (layers.py:9)",
        "Wrong: dx is nan, in 1 case (layers.py:9)",
        "The forward is right; affine_backward is wrong: dw.",
        "Hint: dw is the correct gradient times exactly 1/N",
        MORE,
    ]


def test_only_the_highest_level_says_what_the_code_calls_it():
    e = entry(finding(), theirs={"dw": {"name": "layer.dLdW", "axes": [1, 0]}})
    assert "In your code, dw is layer.dLdW.\n" in feedback("affine", e, "full")
    assert "dLdW" not in feedback("affine", e, "quantity")


def test_it_says_what_was_checked_and_never_that_all_is_well():
    e = entry(status="pass", blame="", hints={})
    told = feedback("affine", e, "full")
    assert told == CHECKED.replace("something is wrong", "nothing wrong was found")


def test_what_is_missing_or_unanswered_is_said():
    missing = {"status": "missing", "cases": 0}
    assert feedback("affine", missing, "full") == "affine was not found in what you handed in."
    told = feedback("affine", entry(skipped=3), "none")
    assert told.splitlines()[1] == "3 more cases got no answer: these points are missing."


def test_the_finite_number_that_was_expected_is_left_out():
    said = harmless("dx is nan at [0, 1] where 0.340112 is expected")
    assert said == "dx is nan at [0, 1] where it must be finite"
    said = harmless("dx is inf where -1e-05 is expected, though not in other cases")
    assert said == "dx is inf where it must be finite, though not in other cases"


def test_an_exception_carries_no_numbers_out_of_the_arrays():
    said = harmless("f raises ValueError: [[ 0.25 -1.5e-3]\n [1e5 2.]] 12345678 (a.py, line 12)")
    assert not re.search(r"25|1\.5|1e5|12345678", said)
    shapes = "f raises ValueError: shapes (3,5) and (4,6) not aligned: 5 (dim 1) != 4 (dim 0)"
    assert harmless(shapes) == shapes


def test_what_a_submission_says_is_cut_and_cannot_steer_a_terminal():
    assert harmless("\x1b[31m" + "a" * 999) == "\ufffd[31m" + "a" * 295 + " …"


def test_what_could_not_be_read_is_told_but_not_to_those_who_are_told_nothing():
    report = {"left_out": {"bfloat16": "ml_dtypes is not there."}, "unread": ["cell 3: bad"]}
    left_out = "bfloat16 was left out: ml_dtypes is not there."
    assert remarks(report, "none") == [left_out]
    assert remarks(report, "quantity") == [left_out, "Not read: cell 3: bad"]


def test_versions_that_share_points_are_told():
    assert sharing({"conv": (["conv_naive", "conv_fast"], "5.00")}) == [
        "2 versions of conv share 5.00 points: conv_naive, conv_fast. "
        "Of several files, --file of crosscheck grade picks one."
    ]
