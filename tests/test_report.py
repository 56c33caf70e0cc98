"""The projections of a report: JSON as a contract, JUnit, and what a person reads."""

import json
import math
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from crosscheck.case import Case
from crosscheck.examination import CaseResult
from crosscheck.finding import WARNING, WRONG, Diagnosis, Finding
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue
from crosscheck.oracle import Power, Provenance
from crosscheck.report.catalogue import as_markdown, show_catalogue
from crosscheck.report.html.given import NOTHING
from crosscheck.report.html.submission import submission_view
from crosscheck.report.json import to_dict, to_json
from crosscheck.report.junit import to_junit
from crosscheck.report.output import collapsed, show_output
from crosscheck.report.record import LayerReport, Report
from crosscheck.report.terminal import as_text, show
from crosscheck.theirs import Theirs
from crosscheck.worker.session import Notes

PROVENANCE = Provenance("embedded", "2.13.0", "0.10.2", "2.4.6", "Linux", "2026-01-02T03:04:05")
SMALL, LARGE = "relu/float32/normal/s7/0", "relu/float64/ties/s5x2x3/0"
HOSTILE = "[bold]not bold[/] [/] [link=x] \x1b[31m \x00 \x07 ]]> <&> \ud800 é"


def _finding(
    kind="value", severity=WRONG, quantity="dx", case=SMALL, message="dx is wrong", **more
):
    return Finding(kind, severity, quantity, case, message, Case.parse(case).size, **more)


EVIDENCE = {
    "index": (1, 2),
    "got": 1.25,
    "expected": 1.5,
    "allowed": 1e-6,
    "elements": 3,
    "of": 7,
    "location": "layers.py:12",
}


def _result(*findings, case=SMALL, worst=0.5, floor=0.0, exact=False, untested=0):
    return CaseResult(Case.parse(case), findings, worst, Power(floor, exact, untested))


def _report(*results, strict=False, target="layers.py", layers=None, **changes):
    layers = {"relu": LayerReport("relu", results)} | (layers or {})
    report = Report(target, layers, PROVENANCE, 250, 256, 0.25, strict)
    return replace(report, **changes)


def _shown(report, width=120):
    text = StringIO()
    show(report, Console(width=width, file=text, highlight=False))
    return text.getvalue()


# -- what a report amounts to -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([], "pass"),
        ([_finding("dtype", WARNING)], "warning"),
        ([_finding()], "wrong"),
        ([_finding(), _finding("dtype", WARNING)], "wrong"),
        ([_finding("crash")], "crash"),
        ([_finding("crash"), _finding("alias", WARNING)], "crash"),
        ([_finding("crash"), _finding()], "wrong"),
        ([_finding("unfinished", WARNING)], "unfinished"),
        ([_finding("unfinished", WARNING), _finding()], "wrong"),
        ([_finding("timeout")], "crash"),
        ([_finding("died"), _finding("crash")], "crash"),
        ([_finding("signature", WARNING)], "unjudged"),
        ([_finding("missing", WARNING), _finding("dtype", WARNING)], "unjudged"),
        ([_finding("missing", WARNING), _finding("unfinished", WARNING)], "unfinished"),
    ],
)
def test_a_layers_status_is_its_worst_finding(findings, status):
    assert LayerReport("relu", [_result(), _result(*findings)]).status == status


def test_a_layer_that_is_not_there_is_missing():
    assert LayerReport("relu").status == "missing"


@pytest.mark.parametrize(
    ("findings", "status", "code", "strict_code"),
    [
        ([], "pass", 0, 0),
        ([_finding("dtype", WARNING)], "warning", 0, 1),
        ([_finding("unfinished", WARNING)], "warning", 0, 1),
        ([_finding("crash")], "wrong", 1, 1),
        ([_finding()], "wrong", 1, 1),
    ],
)
def test_a_reports_status_and_exit_code(findings, status, code, strict_code):
    result = _result(*findings)
    assert (_report(result).status, _report(result).exit_code) == (status, code)
    assert _report(result, strict=True).exit_code == strict_code


def test_a_report_without_any_known_layer_is_none():
    assert (_report().status, _report().exit_code) == ("none", 3)


def test_a_missing_layer_changes_nothing():
    report = _report(_result(), layers={"affine": LayerReport("affine")})
    assert (report.status, report.exit_code) == ("pass", 0)


def test_findings_come_wrong_first_and_smallest_case_first():
    large, small = _finding(case=LARGE), _finding()
    warning = _finding("dtype", WARNING)
    layer = LayerReport("relu", [_result(warning, large, case=LARGE), _result(small)])
    assert layer.findings == [small, large, warning]


def test_cases_are_counted_not_findings():
    report = _report(_result(_finding(), _finding(), _finding("dtype", WARNING)), _result())
    assert (report.count(WRONG), report.count(WARNING)) == (1, 1)


# -- JSON: the contract -----------------------------------------------------------------------


def test_the_json_report_tells_each_cases_floor_and_tier():
    other = SMALL.replace("/normal/", "/ties/")
    report = _report(_result(floor=0.0, exact=True), _result(case=other, floor=float("inf")))
    relu = _json(report)["layers"]["relu"]
    assert relu["floors"] == {SMALL: 0.0, other: "inf"}
    assert relu["exact"] == 1


@pytest.mark.parametrize(("floor", "said"), [(3e-7, "3.0e-07"), (0.0, "0, it is exact")])
def test_a_case_by_itself_says_what_it_can_see(floor, said):
    line = f"The smallest relative error that this case can see: {said}."
    assert line in _shown(_report(_result(floor=floor))).splitlines()
    both = _shown(_report(_result(floor=floor), _result(floor=floor)))
    assert "The smallest relative error" not in both


def _json(report):
    return json.loads(to_json(report))


def test_the_json_report_has_exactly_these_keys():
    report = _json(_report(_result(_finding(**EVIDENCE))))
    assert set(report) == {
        "schema", "target", "oracle", "status", "strict", "left_out", "layers", "seconds",
        "shimmed", "outdated", "unread", "absent", "read_with",
    }  # fmt: skip
    assert set(report["oracle"]) == {"source", "torch", "jax", "recorded"}
    assert set(report["layers"]["relu"]) == {
        "layer", "status", "cases", "wrong", "warnings", "exact", "underpowered", "theirs",
        "untested_elements",
        "dtypes", "findings", "floors", "errors", "skipped", "conventions", "blame", "hints",
        "snippet", "output", "instead", "quantities", "gradients", "unsuited", "forward_calls",
        "consistent", "maps", "source",
    }  # fmt: skip
    assert set(report["layers"]["relu"]["findings"][0]) == {
        "kind", "severity", "quantity", "case", "message", "index", "got", "expected", "allowed",
        "elements", "of", "location",
    }  # fmt: skip


def test_the_json_report_says_what_was_found():
    report = _json(
        _report(
            _result(_finding(**EVIDENCE), floor=0.2, untested=4),
            _result(_finding("dtype", WARNING), case=LARGE),
            _result(),
            layers={"affine": LayerReport("affine")},
            left_out={"bfloat16": "ml_dtypes is not installed"},
        )
    )
    assert report["schema"] == "crosscheck-report/1"
    assert report["target"] == "layers.py"
    assert report["oracle"] == {
        "source": "embedded",
        "torch": "2.13.0",
        "jax": "0.10.2",
        "recorded": "2026-01-02T03:04:05",
    }
    assert report["status"] == "wrong"
    assert report["strict"] is False
    assert report["left_out"] == {"bfloat16": "ml_dtypes is not installed"}
    assert report["seconds"] == 0.25
    relu, affine = report["layers"]["relu"], report["layers"]["affine"]
    assert (relu["layer"], affine["layer"]) == ("relu", "affine")
    counts = {k: relu[k] for k in ("cases", "wrong", "warnings", "underpowered")}
    assert counts == {"cases": 3, "wrong": 1, "warnings": 1, "underpowered": 1}
    assert relu["untested_elements"] == 4
    assert (affine["status"], affine["cases"], affine["findings"]) == ("missing", 0, [])
    assert relu["findings"][0] == EVIDENCE | {
        "kind": "value",
        "severity": "wrong",
        "quantity": "dx",
        "case": SMALL,
        "message": "dx is wrong",
        "index": [1, 2],
    }


def test_what_is_not_known_of_a_finding_is_left_out():
    finding = _finding("crash", quantity="", message="relu_forward raises ValueError")
    (written,) = _json(_report(_result(finding)))["layers"]["relu"]["findings"]
    assert written == {
        "kind": "crash",
        "severity": "wrong",
        "quantity": "",
        "case": SMALL,
        "message": "relu_forward raises ValueError",
    }


def test_zeros_are_known():
    zeros = {"got": 0.0, "expected": 0.0, "allowed": 0.0, "elements": 0, "of": 0, "index": ()}
    (written,) = _json(_report(_result(_finding(**zeros))))["layers"]["relu"]["findings"]
    assert {k: written[k] for k in zeros} == zeros | {"index": []}


@pytest.mark.parametrize(
    ("value", "text"), [(math.nan, "NaN"), (math.inf, "inf"), (-math.inf, "-inf")]
)
def test_numbers_that_json_cannot_hold_are_strings(value, text):
    finding = _finding(**EVIDENCE | {"got": value})
    text_of_all = to_json(_report(_result(finding)))
    refuse = {"parse_constant": lambda name: pytest.fail(f"{name} is no JSON")}
    report = json.loads(text_of_all, **refuse)
    assert report["layers"]["relu"]["findings"][0]["got"] == text


def test_the_json_report_is_ascii_and_ends_in_a_newline():
    text = to_json(_report(_result(_finding(message=HOSTILE))))
    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text)["layers"]["relu"]["findings"][0]["message"] == HOSTILE


# -- JUnit ------------------------------------------------------------------------------------


def _junit(report):
    return ElementTree.fromstring(to_junit(report).split("?>", 1)[1])


def test_junit_has_a_suite_per_layer_and_a_test_per_case():
    root = _junit(_report(_result(_finding()), _result(case=LARGE)))
    (suite,) = root.findall("testsuite")
    assert root.tag == "testsuites"
    assert suite.attrib == {"name": "relu", "tests": "2", "failures": "1"}
    assert [c.get("name") for c in suite] == [SMALL, LARGE]
    assert {c.get("classname") for c in suite} == {"crosscheck.relu"}


def test_what_is_wrong_is_a_junit_failure():
    (failure,) = _junit(_report(_result(_finding(message="dx is off")))).iter("failure")
    assert failure.get("message") == "dx is off"
    assert failure.text == (f"value: dx is off\n    severity wrong (value)\n    case     {SMALL}")


def _explained(text="dx is twice too large", **more):
    """Two cases of one mistake, and a warning, with all that explains it."""
    code = f"print(dx)  # {text}\n"
    diagnosis = Diagnosis(text, {"dx": [text], "out": ["never"]}, code, ("value", "dx"))
    results = (
        _result(_finding(message=text, **EVIDENCE), _finding("dtype", WARNING, message=text)),
        _result(_finding(message=text, case=LARGE), case=LARGE),
    )
    layers = {"relu": LayerReport("relu", results, diagnosis=diagnosis)}
    return _report(layers=layers, **more)


def test_a_junit_failure_has_its_evidence_and_what_explains_it():
    first, second = (f.text for f in _junit(_explained()).iter("failure"))
    assert first == (
        "value: dx is twice too large\n"
        "    where    dx[1, 2], the worst of 3\n"
        "    got      1.25\n"
        "    expected 1.5  ± 1e-06 allowed\n"
        "    severity wrong (value)\n"
        "    code     layers.py:12\n"
        f"    case     {SMALL}\n"
        "    hint     dx is twice too large\n"
        "    blame    dx is twice too large\n"
        "    see it   paste this into Python:\n\nprint(dx)  # dx is twice too large\n"
    )
    assert "hint     dx is twice too large" in second
    assert "never" not in first + second
    assert "see it" not in second  # it is the same


def test_nothing_explains_a_junit_warning():
    text = next(_junit(_explained(strict=True)).iter("failure")).text
    assert text.count("hint  ") == 1
    assert "\ndtype: dx is twice too large\n" in text


def test_all_that_is_theirs_in_junit_is_text():
    root = _junit(_explained(HOSTILE, strict=True))
    text = next(root.iter("failure")).text
    assert text.count("]]> <&>") == 5
    assert not {"\x00", "\x07", "\x1b", "\ud800"} & set(text)
    named = _report(layers={HOSTILE: LayerReport(HOSTILE, [_result(_finding())])})
    assert "]]>" in _junit(named).findall("testsuite")[-1].get("name")


def test_a_warning_is_a_junit_failure_only_if_strict():
    result = _result(_finding("dtype", WARNING, message="dx is promoted"))
    relaxed, strict = _junit(_report(result)), _junit(_report(result, strict=True))
    assert [e.text for e in relaxed.iter("system-out")] == ["warning: dtype: dx is promoted"]
    assert not list(relaxed.iter("failure"))
    assert [e.get("message") for e in strict.iter("failure")] == ["dx is promoted"]


def test_a_missing_layer_has_no_junit_suite():
    assert not list(_junit(_report()).iter("testsuite"))


@given(text=st.text(), severity=st.sampled_from([WRONG, WARNING]))
def test_any_exception_text_makes_well_formed_junit(text, severity):
    root = _junit(_report(_result(_finding("crash", severity, message=text + HOSTILE))))
    assert len(list(root.iter("testcase"))) == 1
    to_junit(_report(_result())).encode("utf-8")


def test_junit_is_text_that_utf8_can_hold():
    text = to_junit(_report(_result(_finding(message=HOSTILE)), target="ü\ud800\x01.py"))
    ElementTree.fromstring(text.encode("utf-8"))


# -- terminal ---------------------------------------------------------------------------------


def test_the_terminal_shows_a_table_of_layers_and_dtypes():
    text = _shown(
        _report(
            _result(_finding(), worst=123.0),
            _result(case=LARGE, worst=0.41, floor=0.5),
            layers={"affine": LayerReport("affine")},
        )
    )
    rows = {tuple(line.split()[:2]): line.split() for line in text.splitlines() if line.strip()}
    assert rows["layer", "cases"][5:] == ["float32", "float64", "findings"]
    assert rows["relu", "2"][2:] == ["1", "1.2e+02", "×", "41%", "✗", "value"]
    assert "Not in the target: affine." in text.splitlines()


def test_the_terminal_shows_a_finding_in_full():
    text = _shown(_report(_result(_finding(**EVIDENCE))))
    for line in (
        "✗ relu: dx is wrong",
        "    where    dx[1, 2], the worst of 3",
        "    got      1.25",
        "    expected 1.5  ± 1e-06 allowed",
        "    code     layers.py:12",
        f"    repeat   crosscheck check layers.py --case {SMALL}",
    ):
        assert line in text.splitlines()


def test_the_terminal_says_what_the_oracle_is():
    assert _shown(_report(_result())).splitlines()[-1] == (
        "Oracle: embedded, recorded 2026-01-02; torch 2.13.0 and jax 0.10.2 agreed on 250 of 256 "
        "cases."
    )


def test_the_table_is_never_cut():
    head = next(li for li in _shown(_report(_result()), width=20).splitlines() if "layer " in li)
    assert head.split() == ["layer", "cases", "exact", "no", "evidence", "float32", "findings"]


def test_long_lines_are_not_broken():
    text = _shown(_report(_result(_finding(message="word " * 60))), width=40)
    assert "✗ relu: " + "word " * 59 + "word" in text


def test_the_smallest_case_is_shown_and_the_others_are_summed_up():
    text = _shown(_report(_result(_finding(case=LARGE), case=LARGE), _result(_finding())))
    assert text.count("✗ relu: dx is wrong") == 1
    assert f"    repeat   crosscheck check layers.py --case {SMALL}" in text.splitlines()
    assert "    also in  1 other case: float64; ties" in text.splitlines()


def test_findings_of_other_kinds_and_quantities_are_shown_apart():
    findings = [_finding(), _finding(quantity="out", message="out is wrong"), _finding("shape")]
    text = _shown(_report(_result(*findings)))
    assert text.count("✗ relu: ") == 3


def test_an_infinite_error_has_a_sign():
    assert " ∞ " in _shown(_report(_result(_finding(), worst=math.inf)))


def test_code_below_the_current_folder_is_named_from_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    below = _finding(**EVIDENCE | {"location": str(tmp_path / "layers.py") + ":3"})
    assert "    code     layers.py:3\n" in as_text(below)
    elsewhere = _finding(**EVIDENCE | {"location": str(tmp_path) + "x/layers.py:3"})
    assert f"    code     {tmp_path}x/layers.py:3\n" in as_text(elsewhere)


def test_a_batch_of_no_examples_is_the_last_to_be_shown():
    empty = "relu/float32/empty/s0x7/0"
    layer = LayerReport("relu", [_result(_finding(case=empty), case=empty), _result(_finding())])
    assert [f.case for f in layer.findings] == [SMALL, empty]


def test_a_warning_has_another_mark():
    text = _shown(_report(_result(_finding("dtype", WARNING, message="dx is promoted"))))
    assert "! relu: dx is promoted" in text.splitlines()


@pytest.mark.parametrize(
    ("results", "line"),
    [
        ([_result()], "1 layer, 1 case in 0.2 s: nothing wrong."),
        ([_result(_finding())], "1 layer, 1 case in 0.2 s: wrong in 1."),
        (
            [_result(_finding("dtype", WARNING)), _result()],
            "1 layer, 2 cases in 0.2 s: nothing wrong, warnings in 1.",
        ),
        (
            [_result(_finding("dtype", WARNING), _finding()), _result()],
            "1 layer, 2 cases in 0.2 s: wrong in 1, warnings in 1.",
        ),
        (
            [_result(_finding("unfinished", WARNING))],
            "1 layer, 1 case in 0.2 s: nothing wrong, warnings in 1, 1 layer is unfinished.",
        ),
    ],
)
def test_the_terminal_ends_in_a_summary(results, line):
    assert line in _shown(_report(*results)).splitlines()


def test_cases_that_are_no_evidence_are_admitted():
    text = _shown(_report(_result(floor=0.5, untested=7), _result(floor=0.1)))
    assert (
        "No evidence: 1 case could not see an error of 10 %; not tested: 7 elements beyond what "
        "the dtype can promise."
    ) in text.splitlines()
    assert "No evidence:" not in _shown(_report(_result()))


def test_dtypes_left_out_are_said():
    text = _shown(_report(_result(), left_out={"bfloat16": "It needs ml_dtypes."}))
    assert "Left out: bfloat16. It needs ml_dtypes." in text.splitlines()


def test_a_target_without_known_layers_is_told_the_names():
    text = _shown(_report(layers={"softmax_loss": LayerReport("softmax_loss")}))
    assert "none of these: relu_forward, relu_backward, softmax_loss. crosscheck layers" in text


def test_markup_in_an_exception_is_shown_as_it_is():
    message = "relu_forward raises ValueError: [bold]x[/] [/] [red]"
    text = _shown(_report(_result(_finding("crash", message=message, location="[/]a.py:1"))))
    assert f"✗ relu: {message}" in text.splitlines()
    assert "    code     [/]a.py:1" in text.splitlines()


@pytest.mark.parametrize("target", ["[red]layers.py", "a[/]b.py", "[bold]"])
def test_markup_in_a_targets_name_is_shown_as_it_is(target):
    assert f"crosscheck {target}" in _shown(_report(_result(), target=target)).splitlines()


def test_markup_in_why_a_dtype_is_left_out_is_shown_as_it_is():
    text = _shown(_report(_result(), left_out={"bfloat16": "pip install x[/]"}))
    assert "Left out: bfloat16. pip install x[/]" in text.splitlines()


def test_the_command_that_repeats_a_case_is_quoted_for_a_shell():
    text = _shown(_report(_result(_finding()), target="my layers.py"))
    assert f"    repeat   crosscheck check 'my layers.py' --case {SMALL}" in text.splitlines()


def test_the_command_that_repeats_a_case_judged_live_asks_for_live():
    live = replace(PROVENANCE, source="live")
    text = _shown(_report(_result(_finding()), provenance=live, oracle_option="--live"))
    (line,) = (line for line in text.splitlines() if line.startswith("    repeat"))
    assert "--live" in line


def test_escape_sequences_in_an_exception_do_not_reach_the_terminal():
    text = _shown(_report(_result(_finding("crash", message="\x1b[2J\x1b]0;title\x07"))))
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("got", "expected", "shown"),
    [
        (1.0, 2.0, ("1", "2")),
        (1.0000001, 1.0, ("1.0000001", "1")),
        (np.nextafter(1.0, 2.0), 1.0, ("1.0000000000000002", "1.0")),
        (math.nan, 1.0, ("nan", "1")),
    ],
)
def test_numbers_are_shown_with_as_many_digits_as_tell_them_apart(got, expected, shown):
    text = as_text(_finding(**EVIDENCE | {"got": float(got), "expected": expected}))
    assert f"    got      {shown[0]}\n" in text
    assert f"    expected {shown[1]}  ±" in text


def test_a_finding_as_plain_text_begins_with_its_message():
    lines = as_text(_finding(**EVIDENCE)).splitlines()
    assert lines[0] == "dx is wrong"
    assert lines[1] == "    where    dx[1, 2], the worst of 3"


def test_a_scalar_has_no_place():
    assert "where" not in as_text(_finding(**EVIDENCE | {"index": ()}))


def test_a_finding_without_evidence_shows_none():
    text = as_text(_finding("crash"))
    assert "got" not in text
    assert "expected" not in text


# -- of a real check --------------------------------------------------------------------------


def test_a_real_check_gives_all_three(candidate, embedded):
    wrong = candidate("relu", relu_backward=lambda dout, cache: dout.copy())
    case = Case.parse(SMALL)
    report = _report(*check_cases(wrong, [case], embedded))
    assert _json(report)["layers"]["relu"]["findings"][0]["quantity"] == "dx"
    assert len(list(_junit(report).iter("failure"))) == 1
    assert "✗ relu: dx is wrong at " in _shown(report)


def test_the_markdown_catalogue_has_a_row_for_each_layer():
    head, _, *rows = as_markdown().splitlines()
    assert head == "| layer | functions | also found as |"
    assert [row.split("`")[1] for row in rows] == list(catalogue())
    assert (
        "| `relu` | `relu_forward(x) -> (out, cache)`<br>`relu_backward(dout, cache) -> dx` | |"
        in rows
    )
    [batchnorm] = (row for row in rows if row.startswith("| `batchnorm` |"))
    assert batchnorm.endswith("| `batchnorm_backward_alt` |")


def test_the_readme_lists_the_layers_that_there_are():
    """If this fails: crosscheck layers --markdown, into the README."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    table = readme.split("<!-- layers: crosscheck layers --markdown -->\n")[1]
    assert table.split("<!-- end of layers -->")[0] == as_markdown()


def test_the_catalogue_names_layers_functions_and_conventions():
    text = StringIO()
    show_catalogue(Console(width=120, file=text, highlight=False))
    shown = text.getvalue()
    assert "function   affine_backward(dout, cache) -> (dx, dw, db)" in shown
    assert "also       conv_forward_naive, conv_backward_naive" in shown
    assert "options    stride, pad" in shown
    assert "out = x·w + b" in shown
    assert "dx = (softmax(x) - onehot(y)) / N" in shown
    assert "the slope at NaN is 1 in torch and 0 in JAX" in shown
    assert "x (N, *d), w (|d|, M), b (M)" in shown


# -- what explains it, and what is told beside ---------------------------------------------------

DIAGNOSED = Diagnosis(
    "The forward is right.", {"dx": ["dx is twice as large."]}, "print(dx)\n", ("value", "dx")
)


def _diagnosed():
    found = _report(_result(_finding(**EVIDENCE)))
    layer = replace(found.layers["relu"], diagnosis=DIAGNOSED, skipped=3, output="hello\n")
    return replace(found, layers={"relu": replace(layer, conventions=("read as in dlfs1",))})


def test_a_diagnosis_stands_with_its_finding():
    out = _shown(_diagnosed())
    assert "    hint     dx is twice as large.\n" in out
    assert "    blame    The forward is right.\n" in out
    assert "\nprint(dx)\n" in out  # not indented: it is to be copied


def test_it_says_what_the_code_calls_the_element():
    found = _report(_result(_finding(**EVIDENCE)))
    diagnosis = Diagnosis(theirs={"dx": Theirs("layer.dLdA", (1, 0))})
    layer = replace(found.layers["relu"], diagnosis=diagnosis)
    found = replace(found, layers={"relu": layer})
    told = "    where    dx[1, 2], the worst of 3\n    called   layer.dLdA[2, 1] in your code\n"
    assert told in _shown(found)
    entry = json.loads(to_json(found))["layers"]["relu"]
    assert entry["theirs"] == {"dx": {"name": "layer.dLdA", "axes": [1, 0]}}
    (problem,) = submission_view("", {"layers": {"relu": entry}}, NOTHING).layers[0].problems
    assert dict(problem.evidence)["called"] == "layer.dLdA[2, 1] in the code"


def test_a_hint_of_another_quantity_is_not_shown():
    found = _report(_result(_finding(**EVIDENCE)))
    layer = replace(found.layers["relu"], diagnosis=Diagnosis(hints={"dw": ["dw is 0."]}))
    assert "hint" not in _shown(replace(found, layers={"relu": layer}))


def test_what_was_not_run_and_how_it_was_read_are_told():
    out = _shown(_diagnosed())
    assert "relu: 3 cases not run, for want of time." in out
    assert "relu: read as in dlfs1." in out


@pytest.mark.parametrize(
    ("kind", "why"),
    [("died", ": the process had ended"), ("timeout", ": a case before them did not end")],
)
def test_a_lost_process_is_no_want_of_time(kind, why):
    found = _report(_result(_finding(kind)))
    layer = replace(found.layers["relu"], skipped=45)
    out = _shown(replace(found, layers={"relu": layer}))
    assert f"relu: 45 cases not run{why}.\n" in out
    page = submission_view("", to_dict(replace(found, layers={"relu": layer})), NOTHING)
    assert page.layers[0].notes == [f"45 cases not run{why}."]


def test_the_json_report_holds_all_that():
    layer = _json(_diagnosed())["layers"]["relu"]
    assert layer["blame"] == "The forward is right."
    assert layer["hints"] == {"dx": ["dx is twice as large."]}
    assert layer["snippet"] == "print(dx)\n"
    assert (layer["skipped"], layer["output"]) == (3, "hello\n")
    assert layer["conventions"] == ["read as in dlfs1"]


def test_notes_on_the_target_are_told_and_warn():
    notes = Notes(
        ("matplotlib (not installed)",), ("a.py: no",), ("b.py, line 3: np.float is gone",)
    )
    report = replace(_report(_result()), notes=notes)
    out = _shown(report)
    assert "Shimmed, for it is not here: matplotlib (not installed)." in out
    assert "! a.py: no." in out
    assert "! b.py, line 3: np.float is gone." in out
    assert (report.status, report.exit_code) == ("warning", 0)
    assert replace(report, strict=True).exit_code == 1
    assert _json(report)["shimmed"] == ["matplotlib (not installed)"]
    assert (_json(report)["unread"], _json(report)["outdated"]) == (
        ["a.py: no"],
        [notes.outdated[0]],
    )


def test_a_stand_in_alone_is_no_warning():
    report = replace(_report(_result()), notes=Notes(shimmed=("h5py (not installed)",)))
    assert report.status == "pass"


def test_what_was_printed_is_shown_under_a_title():
    text = StringIO()
    show_output("relu printed:", "hello [bold]\x1b[31m\n", Console(file=text))
    show_output("tanh printed:", "\n", Console(file=text))
    assert text.getvalue() == "\nrelu printed:\nhello [bold]\ufffd[31m\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a\nb\na", "a\nb\na"),
        ("a\na", "a\na"),
        ("a\n" * 213 + "b", "a\n… 212 more times\nb"),
        ("a\r\na\r\na\r", "a\n… 2 more times"),
        ("x\n" + "a\nb\n" * 3 + "c", "x\na\nb\n… these 2 lines 2 more times\nc"),
        ("a\nb\nc\na\nb\nc", "a\nb\nc\n… these 3 lines 1 more time"),
    ],
)
def test_what_is_printed_again_and_again_is_shown_once(text, shown):
    assert collapsed(text) == shown


def test_the_plainest_case_comes_before_a_smaller_one():
    tiny = "relu/float32/kinks/s3/0"
    text = _shown(_report(_result(_finding(case=tiny), case=tiny), _result(_finding())))
    assert f"    repeat   crosscheck check layers.py --case {SMALL}" in text.splitlines()


def test_without_a_target_the_case_is_named():
    text = _shown(_report(_result(_finding()), target=""))
    assert f"    case     {SMALL}" in text.splitlines()
    assert "repeat" not in text


def test_a_hint_that_says_the_same_of_another_quantity_is_shown_once():
    found = _report(
        _result(_finding(quantity="dx"), _finding(quantity="dw", message="dw is wrong"))
    )
    same = {q: [f"{q} is twice as large."] for q in ("dx", "dw")}
    layer = replace(found.layers["relu"], diagnosis=Diagnosis(hints=same))
    assert _shown(replace(found, layers={"relu": layer})).count("hint") == 1
    other = {"dx": ["dx is twice as large."], "dw": ["dw is 0."]}
    layer = replace(found.layers["relu"], diagnosis=Diagnosis(hints=other))
    assert _shown(replace(found, layers={"relu": layer})).count("hint") == 2


def test_a_snippet_stands_with_the_finding_that_it_shows():
    findings = _finding("shape", message="dx has shape (3,)"), _finding()
    layer = replace(_report(_result(*findings)).layers["relu"], diagnosis=DIAGNOSED)
    out = _shown(replace(_report(_result()), layers={"relu": layer}))
    assert out.index("dx has shape (3,)") < out.index("dx is wrong") < out.index("print(dx)")


def test_what_is_not_finished_has_no_error_to_show():
    out = _shown(_report(_result(_finding("unfinished", WARNING), worst=0.0)))
    assert "0%" not in out


def test_a_target_without_layers_is_told_how_to_map_its_own():
    out = _shown(replace(_report(), layers={"relu": LayerReport("relu")}))
    assert "The target defines none of these: relu_forward, relu_backward." in out
    assert "crosscheck init TARGET writes a crosscheck.toml" in out


def test_where_there_is_a_crosscheck_toml_no_other_is_advised():
    notes = Notes(read_with="Read with crosscheck.toml.")
    out = _shown(replace(_report(), layers={"relu": LayerReport("relu")}, notes=notes))
    assert "Say so in crosscheck.toml: docs/crosscheck-toml.md has how." in out
    assert "crosscheck init" not in out


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    path = tmp_path / "empty.py"
    for content, empty in (("\n", True), ("x = 1\n", False)):
        path.write_text(content)
        out = _shown(replace(_report(target=str(path)), layers={"relu": LayerReport("relu")}))
        assert (f"{path} is empty.\n" in out) is empty
        assert ("crosscheck init" in out) is not empty


def test_a_snippet_says_where_python_finds_the_file(tmp_path, monkeypatch):
    folder = tmp_path / "hw" / "pack"
    folder.mkdir(parents=True)
    (folder / "linear.py").write_text("")
    found = _finding(location=f"{folder / 'linear.py'}:3")
    monkeypatch.chdir(tmp_path)

    def said(code):
        diagnosis = replace(DIAGNOSED, snippet=code)
        layer = replace(_report(_result(found)).layers["relu"], diagnosis=diagnosis)
        return _shown(replace(_report(), layers={"relu": layer}))

    code = "from linear import Linear\n"
    assert f"paste this into Python, started in {Path('hw', 'pack')}:\n" in said(code)
    assert "paste this into Python:\n" in said("# Linear: your own\n")
    (folder / "__init__.py").write_text("")
    code = "from pack.linear import Linear\n"
    assert "paste this into Python, started in hw:\n" in said(code)
    monkeypatch.chdir(tmp_path / "hw")
    assert "paste this into Python:\n" in said(code)


def test_what_could_not_be_read_is_told_of_a_target_without_layers():
    notes = Notes(unread=("a.ipynb, cell 3: invalid syntax",))
    out = _shown(replace(_report(), layers={"relu": LayerReport("relu")}, notes=notes))
    assert "! a.ipynb, cell 3: invalid syntax." in out


def test_what_could_not_be_read_is_counted():
    out = _shown(replace(_report(_result()), notes=Notes(unread=("a.py: no",))))
    assert "nothing wrong, 1 part not read." in out


def test_a_layer_that_no_case_suits_is_told_of():
    layer = LayerReport("adam:Adam.update", conventions=("not judged",))
    out = _shown(
        replace(_report(), layers={"adam:Adam.update": layer, "adam": LayerReport("adam")})
    )
    assert "adam:Adam.update: not judged." in out


def _unanswered(*findings, answered=()):
    result = replace(_result(*findings), answered=frozenset(answered))
    return LayerReport("relu", [result]).quantities


def test_what_was_not_answered_never_passes():
    assert _unanswered() == {"out": "unjudged", "dx": "unjudged"}
    assert _unanswered(answered=["out"]) == {"out": "pass", "dx": "unjudged"}
    assert _unanswered(answered=["out", "dx"]) == {"out": "pass", "dx": "pass"}


def test_a_crash_is_about_all_that_it_leaves_unanswered():
    crash = replace(_finding(), kind="crash", quantity="")
    assert _unanswered(crash, answered=["out"]) == {"out": "pass", "dx": "wrong"}
    assert _unanswered(crash) == {"out": "wrong", "dx": "wrong"}


def test_what_is_unfinished_is_not_wrong_because_its_forward_is():
    out = replace(_finding(), quantity="out")
    stub = replace(_finding(), kind="unfinished", severity=WARNING, quantity="")
    assert _unanswered(out, stub, answered=["out"])["dx"] == "unfinished"
