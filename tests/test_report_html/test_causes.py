"""The same mistake is the same cause, whatever numbers its cases had."""

import pytest

from crosscheck.report.html.causes import causes, clusters, normalised
from test_report_html.classroom import judged, missing

OVER_N = (
    "dw is the correct gradient times exactly 1/N: here that is 1/{}, as N = {}; in a case with "
    "N = 7 it is 1/7. Likely it is averaged over the batch, where the loss already is."
)


def finding(kind, quantity, message, severity="wrong"):
    return {"kind": kind, "quantity": quantity, "message": message, "severity": severity}


def entry(*findings, hints=None, status="wrong"):
    return {"status": status, "findings": findings, "hints": hints or {}}


def test_a_hint_is_the_same_whatever_its_cases():
    first, second = (normalised("dw", OVER_N.format(n, n)) for n in (3, 11))
    assert first == second
    assert first.startswith("is the right value times exactly 1/N. Likely it is averaged")


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("out has the bias C times (C = 2), and is right.", "has the bias C times, and is right."),
        ("out is cut off at 6. These cases are of the scenario large: x.", "is cut off at 6."),
        ("dx is the correct gradient times exactly p: here that is 0.8, as p = 0.8.",
         "is the right value times exactly p."),
    ],
)  # fmt: skip
def test_only_what_is_of_the_case_is_left_out(hint, said):
    assert normalised(hint.split()[0], hint) == said


def test_other_factors_stay_other_causes():
    hints = ("dw is the correct gradient times exactly 2.", "dw is the correct gradient times 1/2.")
    assert normalised("dw", hints[0]) != normalised("dw", hints[1])


def test_gradients_with_the_same_hint_are_one_cause():
    hints = {"dx": ["dx is all zeros."], "dw": ["dw is all zeros."]}
    (cause,) = causes("affine", entry(finding("value", "dx", "dx is wrong"), hints=hints))
    assert cause.quantities == ("dx", "dw")
    assert cause.text == "is all zeros."


def test_without_a_hint_kind_and_quantity_are_the_cause():
    found = [finding("value", "dw", f"dw is wrong at {n} of 9 elements") for n in (3, 4)]
    (cause,) = causes("affine", entry(*found))
    assert (cause.text, cause.quantities) == ("is wrong, for a reason not found", ("dw",))


def test_exceptions_differ_by_their_words_not_by_their_numbers_or_lines():
    shapes = "f raises E: shapes ({},) (4,) ({}.py, line {})"
    texts = (shapes.format(3, "a", 7), shapes.format(5, "b", 9), "f raises E: other")
    found = [causes("affine", entry(finding("crash", "", t), status="crash")) for t in texts]
    assert [len(c.members) for c in clusters(found)] == [2, 1]


def test_clusters_are_told_by_size_and_warnings_last():
    a = causes("affine", entry(hints={"dw": [OVER_N.format(3, 3)]}))
    b = causes("relu", entry(finding("dtype", "dx", "promoted", "warning"), status="warning"))
    found = clusters([b, [*a, *b], a, a, b, b, b])
    assert [(c.layer, c.severity, len(c.members)) for c in found] == [
        ("affine", "wrong", 3),
        ("relu", "warning", 5),
    ]


def test_quantities_of_stored_rows_are_named_in_the_order_of_the_layer():
    stored = dict(sorted(judged("rnn_step", "rnn_step_no_slope").items()))
    stored["hints"] = dict(sorted(stored["hints"].items()))
    (cause,) = causes("rnn_step", stored)
    assert cause.quantities == ("dx", "dprev_h", "dWx", "dWh", "db")


def test_every_failed_layer_has_a_cause():
    for mistake in ("affine_mean_dw", "crash", "unfinished", "affine_wrong_axis_db"):
        assert causes("affine", judged("affine", mistake))
    assert [c.severity for c in causes("affine", missing())] == ["missing"]
    assert causes("affine", judged("affine")) == []


def test_the_real_mistake_reads_as_an_instructor_would_say_it():
    (cause,) = causes("affine", judged("affine", "affine_mean_dw"))
    assert cause.quantities == ("dw",)
    assert cause.text.startswith("is the right value times exactly 1/N.")
