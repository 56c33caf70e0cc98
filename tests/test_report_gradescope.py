"""``results.json``: the format that Gradescope documents, in every event."""

import json

from crosscheck.config.record import Grading
from crosscheck.grading.score import score, shown
from crosscheck.report.gradescope import VISIBILITIES, not_graded, refused, results, to_json

ENTRY = {
    "status": "wrong",
    "cases": 51,
    "skipped": 0,
    "quantities": {"out": "pass", "dx": "wrong"},
    "gradients": ["dx"],
    "findings": [
        {
            "kind": "value",
            "severity": "wrong",
            "quantity": "dx",
            "case": "relu/float64/normal/s7/918273645",
            "message": "dx is wrong at 3 of 7 elements",
            "expected": 0.625,
            "location": "layers.py:9",
        }
    ],
}
CLOSING = {
    "report": {"oracle": {"torch": "2.13.0", "jax": "0.10.2"}},
    "isolation": "landlock",
    "error": "",
}
# What Gradescope's specification knows, and of which type.
TOP = {
    "score": float, "output": str, "output_format": str, "test_output_format": str,
    "test_name_format": str, "visibility": str, "stdout_visibility": str, "tests": list,
    "extra_data": dict, "execution_time": int, "leaderboard": list,
}  # fmt: skip
TEST = {
    "score": float, "max_score": float, "status": str, "name": str, "number": str, "output": str,
    "tags": list, "visibility": str, "extra_data": dict,
}  # fmt: skip


def made(layers=None, **options):
    layers = {"relu": ENTRY} if layers is None else layers
    marks = score(layers, Grading(), ["relu", "affine"])
    parts = {"": (marks.earned, marks.possible)}
    parts |= {n: (s.earned, s.possible) for n, s in marks.layers.items()}
    points = {n: (shown(e, p), shown(p, p)) for n, (e, p) in parts.items()}
    return results(layers, CLOSING, marks, points, **options)


def assert_is_to_specification(found):
    assert isinstance(found["score"], float)
    for key, value in found.items():
        assert isinstance(value, TOP[key]), key
    for test in found["tests"]:
        assert all(isinstance(value, TEST[key]) for key, value in test.items())
        assert test["status"] in ("passed", "failed")
        assert 0 <= test["score"] <= test["max_score"]
    assert {found["visibility"], found["stdout_visibility"]} <= {*VISIBILITIES}
    formats = {found[key] for key in ("output_format", "test_output_format", "test_name_format")}
    assert formats == {"text"}  # html or md could be written by a submission
    assert json.loads(to_json(found)) == found


def test_every_result_is_to_specification():
    for found in (made(), made({}), refused("it is empty."), not_graded()):
        assert_is_to_specification(found)


def test_a_test_for_each_layer_with_what_was_checked():
    found = made()
    assert (found["score"], found["output"]) == (
        0.5,
        "0.50 of 2.00 points.\nThe answers are those of torch 2.13.0 and jax 0.10.2.",
    )
    relu, affine = found["tests"]
    assert (relu["name"], relu["number"], relu["score"], relu["max_score"]) == ("relu", "1", 0.5, 1)
    assert relu["output"].splitlines()[:2] == [
        "Checked: 51 cases of relu: something is wrong.",
        "Wrong: dx: wrong values, in 1 case",
    ]
    assert relu["output"].endswith("\nPoints are missing for: dx.")
    assert affine["output"] == "affine was not found in what you handed in."


def test_the_level_and_the_visibility_are_followed():
    found = made(level="none", visibility="after_due_date")
    assert found["tests"][0]["output"] == "Checked: 51 cases of relu: something is wrong."
    assert {found["visibility"], found["tests"][0]["visibility"]} == {"after_due_date"}
    assert found["stdout_visibility"] == "hidden"


def test_no_level_tells_the_number_or_the_seed():
    for level in ("none", "quantity", "full"):
        text = to_json(made(level=level))
        assert "918273645" not in text
        assert "0.625" not in text


def test_what_could_not_be_judged_has_0_points_and_the_reason():
    found = refused("it is empty.", visibility="hidden")
    assert (found["score"], found["visibility"]) == (0, "hidden")
    assert found["output"] == (
        "Your submission could not be judged: it is empty.\nMend that, and hand in again."
    )


def test_our_own_failure_says_that_it_is_ours_whatever_the_visibility():
    found = not_graded()
    assert (found["score"], found["visibility"]) == (0, "visible")
    assert "for a reason that does not lie with it" in found["output"]
