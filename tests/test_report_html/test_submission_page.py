"""The page of one submission: what it says, and that it says nothing else."""

import base64
import builtins
import hashlib
import json
import re

import pytest

pytest.importorskip("jinja2")

from crosscheck.errors import MissingPackageError
from crosscheck.report.html import Facts, Points, engine, submission_page
from test_report_html.classroom import class_of, judged, missing, report_of
from test_report_html.skeleton import Skeleton


def page(layers, facts=Facts(), name="Ada", **links):  # noqa: B008
    return submission_page(name, report_of(layers), facts, **links)


@pytest.fixture(scope="module")
def wrong():
    return Skeleton(page({"affine": judged("affine", "affine_mean_dw"), "relu": judged("relu")}))


def test_says_what_was_checked_and_by_which_answers(wrong):
    assert "Checked 2 layers in 120 cases: wrong in" in wrong.words
    assert "file; torch 2.13.0, jax 0.10.2; recorded 2026-09-01" in wrong.words


def test_a_right_submission_is_never_called_all_right():
    text = Skeleton(page({"relu": judged("relu")})).words.lower()
    assert "nothing wrong was found" in text
    assert "passed" not in text
    assert "correct" not in text


def test_a_target_that_is_called_as_the_page_is_no_news():
    assert "Target layers.py" in Skeleton(page({"relu": judged("relu")})).words
    assert "Target" not in Skeleton(page({"relu": judged("relu")}, name="layers.py")).words


def test_how_it_was_read_stands_before_what_was_found():
    entry = judged("affine", "affine_mean_dw") | {"conventions": ["weights are (out, in)"]}
    text = Skeleton(page({"affine": entry})).words
    assert text.index("weights are (out, in).") < text.index("wrong · value")


def test_a_picture_says_what_the_code_calls_it():
    entry = judged("affine", "affine_mean_dw")
    theirs = {"dw": {"name": "layer.dLdW", "axes": [1, 0]}}
    text = Skeleton(page({"affine": entry | {"theirs": theirs}})).words
    assert "layer.dLdW, its axes turned" in text


def test_finding_blame_and_hint_stand_in_words(wrong):
    assert "dw is wrong at" in wrong.words
    assert "affine_backward, or what the forward keeps for it, is wrong: dw." in wrong.words
    assert "Hint dw is the correct gradient times exactly 1/N" in wrong.words


def test_each_quantity_has_its_own_status(wrong):
    assert re.search(r"✓ out nothing wrong ✓ dx nothing wrong ✗ dw wrong ✓ db", wrong.words)


def test_stored_rows_are_shown_in_the_order_of_the_layer():
    entry = judged("affine", "affine_mean_dw")
    entry = {n: v for n, v in entry.items() if n not in ("errors", "floors")}
    stored = json.loads(json.dumps(entry, sort_keys=True))
    assert page({"affine": stored}) == page({"affine": entry})
    assert "Largest error" not in page({"affine": stored})


def test_the_named_line_is_marked_and_said(wrong):
    assert "def affine_backward(dout, cache): (a finding names this line)" in wrong.words


def test_the_line_that_an_exception_names_comes_before_the_functions_first():
    entry = judged("relu", "crash")
    found = {**entry["findings"][0], "message": "relu_forward raises E: no (layers.py, line 6)"}
    source = {"relu_forward": {"file": "/x/layers.py", "line": 5, "text": "def f(x):\n    raise E"}}
    entry = {**entry, "findings": [{**found, "location": "layers.py:5"}], "source": source}
    text = Skeleton(page({"relu": entry})).words
    assert "raise E (a finding names this line)" in text
    assert "def f(x): (a finding" not in text


def test_findings_after_the_first_of_their_kind_are_folded():
    shown = page({"rnn_step": judged("rnn_step", "rnn_step_no_slope")})
    assert shown.count('<article class="problem') == 1
    assert shown.count('<details class="problem') == 4


def test_an_error_carried_forward_is_said():
    entry = {**judged("affine", "affine_fortran_reshape"), "consistent": True}
    assert "right for the forward as it was written" in page({"affine": entry})


def test_points_flags_isolation_and_neighbours_are_shown():
    flag = {"kind": "numerical-gradient", "message": "calls itself", "where": "layers.py:3"}
    facts = Facts("landlock", "", [flag], Points(7.5, 10, {"relu": (7.5, 10)}), 2.25)
    shown = page({"relu": judged("relu")}, facts, home="../class.html", after=("Bob", "bob.html"))
    text = Skeleton(shown).words
    for part in ("7.50 of 10.00 points", "numerical-gradient calls itself layers.py:3", "landlock"):
        assert part in text
    assert {"../class.html", "bob.html"} <= set(Skeleton(shown).all_of("href"))


def test_what_could_not_be_judged_says_why():
    text = Skeleton(submission_page("Ada", {}, Facts(error="There is no Python file."))).words
    assert "It could not be judged There is no Python file." in text
    assert "No layer was judged." in text


def test_missing_layers_are_listed_in_words():
    text = Skeleton(page({"relu": judged("relu"), "conv": missing()})).words
    assert "Not in the submission: conv" in text


def test_a_missing_layer_that_is_worth_points_has_a_row():
    facts = Facts(points=Points(1, 3, {"relu": (1, 1), "conv": (0, 2)}))
    text = Skeleton(page({"relu": judged("relu"), "conv": missing()}, facts)).words
    assert "conv – not there 0.00 / 2.00" in text
    assert "Not in the submission" not in text


def test_the_snippet_can_be_copied_from_its_own_text(wrong):
    (target,) = wrong.all_of("data-copy")
    assert target in wrong.all_of("id")


def test_every_link_within_the_page_has_its_target(wrong):
    inside = {href[1:] for href in wrong.all_of("href") if href.startswith("#")}
    assert {"main", "layer-affine"} <= inside
    assert inside <= set(wrong.all_of("id"))
    assert len(set(wrong.all_of("id"))) == len(wrong.all_of("id"))


def test_every_label_points_at_something(wrong):
    assert set(wrong.all_of("aria-labelledby")) <= set(wrong.all_of("id"))


def test_what_printed_is_shown_and_kept_short():
    entry = {**judged("relu"), "output": "step 1\n" * 3}
    assert "What it printed" in Skeleton(page({"relu": entry})).words


def test_the_policy_allows_this_style_and_this_script_and_no_more():
    shown = page({"relu": judged("relu")})
    policy = re.search(r'Security-Policy" content="([^"]*)"', shown)[1].replace("&#39;", "'")
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", shown, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_the_page_names_nothing_outside():
    for name, report, facts in list(class_of())[:12]:
        shown = Skeleton(submission_page(name, report, facts, home="../class.html"))
        assert {tag for tag, _, _ in shown.values} & {"link", "img", "iframe", "object"} == set()
        assert all(re.fullmatch(r"#[\w-]+|\.\./class\.html", h) for h in shown.all_of("href"))
        assert not shown.all_of("style")


def test_the_same_report_makes_the_same_page():
    (name, report, facts), *_ = class_of()
    assert submission_page(name, report, facts) == submission_page(name, report, facts)


def test_without_jinja_the_message_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments, **options):
        if name.split(".")[0] == "jinja2":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **options)

    engine._environment.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingPackageError, match=r"pip install 'crosscheck-grad\[grade\]'"):
        submission_page("Ada", report_of({}))


def test_importing_the_pages_does_not_import_jinja(python):
    code = "import sys, crosscheck.report.html; assert 'jinja2' not in sys.modules"
    assert python("-c", code).returncode == 0
