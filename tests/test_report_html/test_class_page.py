"""The page of a class: every submission and every cause is on it, and it stays small."""

import random

import pytest

pytest.importorskip("jinja2")

from crosscheck.report.html import ClassView, Facts, Points, class_entry, class_page, page_file
from crosscheck.report.html.words import anchor, percent
from test_report_html.classroom import ASSIGNMENT, NAMES, class_of, judged, missing, report_of
from test_report_html.skeleton import Skeleton


def entry(name, layers, facts=Facts()):  # noqa: B008
    return class_entry(name, report_of(layers), facts, href=page_file(name))


def shown(*entries, **more):
    return Skeleton(class_page(ClassView("Assignment 2", entries, **more)))


def points(got, of=10, **more):
    return Facts(points=Points(got, of), **more)


RIGHT, WRONG = {"affine": judged("affine")}, {"affine": judged("affine", "affine_mean_dw")}


@pytest.fixture(scope="module")
def whole():
    students = list(class_of())
    entries = [class_entry(n, r, f, href=page_file(n)) for n, r, f in students]
    return Skeleton(class_page(ClassView("Assignment 2", entries, {"Oracle": "sha256 3f9a"})))


def test_every_student_is_in_the_table_with_a_link(whole):
    assert {page_file(name) for name in NAMES} <= set(whole.all_of("href"))
    assert all(name in whole.words for name in NAMES)


def test_the_header_says_by_what_it_was_judged(whole):
    for part in ("40 submissions, 10 layers. 3 could not be judged.", "torch 2.13.0, jax 0.10.2",
                 "Isolation landlock", "Oracle sha256 3f9a"):  # fmt: skip
        assert part in whole.words


def test_a_class_of_different_isolation_says_how_many_of_each():
    facts = [Facts("landlock"), Facts("landlock"), Facts("process")]
    text = shown(*(entry(str(i), RIGHT, f) for i, f in enumerate(facts))).words
    assert "landlock (2); process (1)" in text


def test_a_cell_says_its_status_and_what_is_wrong_in_words():
    text = shown(entry("Ada", WRONG), entry("Bob", RIGHT)).words
    assert "partly wrong: dw" in text
    assert "nothing wrong" in text


def test_layers_that_nobody_wrote_are_no_column():
    both = {**RIGHT, "conv": missing()}
    assert "conv" not in shown(entry("Ada", both)).words
    written = {**RIGHT, "conv": judged("conv")}
    assert "not there" in shown(entry("Ada", both), entry("Bob", written)).words


def test_a_layer_that_all_lose_points_by_is_a_column():
    both = {**RIGHT, "conv": missing()}
    facts = Facts(points=Points(1, 3, {"affine": (1, 1), "conv": (0, 2)}))
    text = shown(entry("Ada", both, facts), entry("Bob", both, facts)).words
    assert "conv" in text
    assert "not there" in text
    version = Facts(points=Points(3, 3, {"affine": (1, 1), "conv_fast": (2, 2)}))
    fast = {**RIGHT, "conv_fast": judged("conv")}
    page = shown(entry("Ada", both, facts), entry("Bob", fast, version))
    assert page.all_of("data-to") == ["layer-affine", "layer-conv", "layer-conv_fast"]


def test_versions_that_nobody_has_side_by_side_are_one_column():
    linear = {"affine:Linear": judged("affine", "affine_mean_dw")}
    page = shown(entry("Ada", RIGHT), entry("Bob", linear))
    assert "2 submissions, 1 layer." in page.words
    assert "affine:Linear dw is the right value" in page.words  # the cause of one of them
    assert page.all_of("data-to") == [anchor("affine"), anchor("affine:Linear")]  # head, Bob's cell
    both = shown(entry("Ada", RIGHT), entry("Bob", {**RIGHT, **linear}))
    assert "2 submissions, 2 layers." in both.words
    named = shown(entry("Ada", RIGHT), entry("Bob", linear), layers=["affine:Linear"])
    assert "2 submissions, 1 layer." in named.words
    assert "partly wrong: dw" in named.words


def test_a_version_with_points_of_its_own_has_a_column_of_its_own():
    linear = {"affine:Linear": judged("affine")}
    ada, bob = (
        Facts(points=Points(3, 8, {"affine": (a, 5), "affine:Linear": (b, 3)}, {"affine:Linear"}))
        for a, b in ((5, 0), (0, 3))
    )
    page = shown(entry("Ada", RIGHT, ada), entry("Bob", linear, bob))
    assert page.all_of("data-to") == [anchor("affine"), anchor("affine:Linear")]
    assert page.words.count("not there") >= 2


def test_percentages_are_rounded_but_never_up_to_all():
    of = [percent(part, whole) for part, whole in ((4, 6), (1, 3), (999, 1000), (6, 6), (0, 0))]
    assert of == [67, 33, 99, 100, 0]


def test_the_layers_asked_for_are_the_columns():
    text = shown(entry("Ada", {**RIGHT, "relu": judged("relu")}), layers=["relu"]).words
    assert "affine" not in text


def test_the_same_mistake_is_counted_once_for_each_submission():
    text = shown(*(entry(name, WRONG) for name in "abc"), entry("d", RIGHT)).words
    assert "3 submissions affine dw is the right value times exactly 1/N." in text


def test_all_members_of_a_cluster_are_named_or_counted():
    text = shown(*(entry(f"s{i}", WRONG) for i in range(45))).words
    assert "45 submissions" in text
    assert "and 5 more" in text


def test_points_are_spread_over_their_range():
    text = shown(*(entry(str(p), RIGHT, points(p)) for p in (0, 5, 9, 10, 10))).words
    assert "Median 9 of 10; the middle half from 5 to 10." in text
    assert "2 submissions with all, 1 with none." in text
    assert "9.5 to 10 2" in text


def test_without_points_the_layers_are_counted():
    text = shown(entry("Ada", RIGHT), entry("Bob", WRONG)).words
    assert "Layers right" in text
    assert "Median 0.5 of 1." in text
    assert "Layers right Submissions 0 1 1 1" in text


def test_the_slowest_come_first():
    seconds = {"Ada": 0.5, "Bob": 7.25, "Eve": None}
    page = shown(*(entry(n, RIGHT, Facts(seconds=s)) for n, s in seconds.items()))
    assert "Bob 7.2 s Ada 0.5 s" in page.words


def test_the_flagged_and_the_unjudged_say_why():
    flag = {"kind": "forward-calls", "message": "84 calls", "where": "layers.py:12"}
    text = shown(
        entry("Ada", RIGHT, Facts(flags=[flag])), entry("Eve", {}, Facts(error="no file at all"))
    ).words
    assert "Ada forward-calls 84 calls layers.py:12" in text
    assert "Eve no file at all" in text


def test_a_kind_of_flag_stands_once_beside_a_name():
    flags = [{"kind": "few-cases", "message": f"{n} cases left out"} for n in (3, 4, 5)]
    text = shown(entry("Ada", RIGHT, Facts(flags=flags))).words
    assert text.count("few-cases") == 1 + 3  # in the table, and with what each says


def test_why_one_could_not_be_judged_is_said_once():
    flag = {"kind": "infrastructure", "message": "no worker starts"}
    left = {"kind": "left-out", "message": "big.bin was left out"}
    facts = Facts(error="no worker starts", flags=[flag, left])
    text = shown(entry("Eve", {}, facts)).words
    assert text.count("no worker starts") == 1
    assert "To look at (1)" in text


def test_what_took_no_time_to_speak_of_is_not_said_to_take_none():
    text = shown(entry("Ada", RIGHT, Facts(seconds=0.02))).words
    assert "Ada under 0.1 s" in text


def test_what_has_to_be_known_of_the_points_stands_before_them():
    text = shown(entry("Ada", RIGHT, points(1)), notice="58 layers count.").words
    assert 0 < text.index("58 layers count.") < text.index("Median")


def test_an_empty_class_has_a_page():
    assert "0 submissions, 0 layers." in shown().words


def test_the_page_needs_nothing_from_outside(whole):
    assert all(not h.startswith(("http", "//", "data:")) for h in whole.all_of("href"))
    assert not whole.all_of("src")
    assert not whole.all_of("style")


def test_headers_have_a_scope_and_tables_a_caption(whole):
    tags = [tag for tag, _ in whole.tags]
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in names for tag, names in whole.tags if tag == "th")


def test_a_thousand_submissions_of_twenty_layers_stay_below_3_mb(monkeypatch):
    chance = random.Random(1)
    names = [f"{chance.choice(NAMES)} {i}" for i in range(1000)]
    students = class_of(names, ASSIGNMENT)
    entries = []
    for name, report, facts in students:
        doubled = {f"{n}{more}": e for more in ("", "_2") for n, e in report["layers"].items()}
        entries.append(
            class_entry(name, {**report, "layers": doubled}, facts, href=page_file(name))
        )
    size = len(class_page(ClassView("Assignment 2", entries)).encode())
    assert 1_000_000 < size < 3_000_000
