"""Nothing that a submission says becomes markup: not its name, code, output or exceptions."""

import pytest

pytest.importorskip("jinja2")

from hypothesis import given, settings
from hypothesis import strategies as st

from crosscheck.report.html import (
    ClassView,
    Facts,
    class_entry,
    class_page,
    page_file,
    submission_page,
)
from crosscheck.report.html.words import anchor
from test_report_html.classroom import judged, report_of
from test_report_html.skeleton import Skeleton

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "</style><img src=x onerror='window.pwned = 1'>",
    "</script><script>window.pwned = 1</script>",
    '" onmouseover="window.pwned = 1" x="',
    "' autofocus onfocus='window.pwned = 1",
    "javascript:window.pwned=1",
    "</title></textarea></pre></svg><svg onload=window.pwned=1>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "&lt;script&gt;&#60;script&#62;&quot;",
    "<!-- --><![CDATA[ ]]><?xml?>",
    "gnp.\u202efdp.exe\u2066\u2069",
    "a\x00b\x1b[31mred\x07\ud800\ufeff\u200b",
    "name\nwith\tbreaks\r\n",
    "é" * 300 + "\u0300" * 50,
]


def hostile_report(text):
    """A report that has this text wherever a submission can put any."""
    entry = judged("affine", "affine_mean_dw")
    finding = {**entry["findings"][0], "message": f"raises E: {text}", "location": f"{text}:1"}
    source = {f"f{text}": {"file": text, "line": 1, "text": f"def f(): # {text!a}"}}
    entry = {
        **entry,
        "findings": [{**finding, "case": f"c{text}"}],
        "hints": {"dw": [f"dw is {text}"]},
        "blame": f"b{text}",
        "snippet": f"print({text!r})",
        "output": f"o{text}",
        "conventions": [f"c{text}"],
        "source": source,
        "maps": {"dw": {"case": f"m{text}", "shape": [1, 1], "misfit": [["inf"]]}},
    }
    report = report_of({f"x{text}": entry}, target=f"t{text}")
    return {**report, "unread": [f"u{text}"], "shimmed": [f"s{text}"], "left_out": {"d": text}}


def pages(text):
    """Both pages with this text, and no other difference."""
    flag = {"kind": f"k{text}", "message": f"m{text}", "where": f"w{text}"}
    facts = Facts(f"i{text}", f"e{text}", [flag], seconds=1.0)
    report, name = hostile_report(text), f"n{text}"
    entry = class_entry(name, report, facts, href=page_file(name))
    links = {"home": "class.html", "before": (name, page_file(name))}
    return (
        submission_page(name, report, facts, **links),
        class_page(ClassView(f"T{text}", [entry], {f"l{text}": f"v{text}"})),
    )


PLAIN = [Skeleton(page).tags for page in pages("plain")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    for page, plain in zip(pages(text), PLAIN, strict=True):
        assert Skeleton(page).tags == plain


@given(st.text(max_size=40))
@settings(max_examples=60)
def test_no_text_changes_what_a_page_is_made_of(text):
    for page, plain in zip(pages(text), PLAIN, strict=True):
        assert Skeleton(page).tags == plain


@pytest.mark.parametrize("text", HOSTILE)
def test_no_control_or_direction_character_reaches_a_page(text):
    for page in pages(text):
        bad = [c for c in page if not (c.isprintable() or c in "\n\t")]
        assert bad == []
        page.encode()  # no lone surrogate


@pytest.mark.parametrize("text", HOSTILE)
def test_addresses_are_made_of_harmless_characters(text):
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.#")
    assert set(page_file(text)) | set(anchor(text)) <= allowed
    for page in pages(text):
        assert all(set(href) <= allowed for href in Skeleton(page).all_of("href"))


def test_names_that_look_alike_have_pages_of_their_own():
    names = ["Ada", "ada", "a d a", "ad\u0430", "ada\n", "../ada", "", "😀", "ada/../ada", "CON"]
    files = [page_file(name) for name in names]
    assert len({f.lower() for f in files}) == len(names)
    assert all("/" not in f and not f.startswith(".") and len(f) < 120 for f in files)
    assert len(page_file("x" * 5000)) < 120


def test_code_that_turns_the_direction_of_text_is_pointed_out():
    source = {"f": {"file": "layers.py", "line": 1, "text": "def f(): # \u202e } \u2066"}}
    entry = {**judged("affine", "affine_mean_dw"), "source": source}
    assert "it may run otherwise than it reads" in submission_page("Ada", report_of({"a": entry}))


def test_endless_messages_are_cut():
    entry = {**judged("relu", "crash"), "blame": ""}
    finding = {**entry["findings"][0], "message": "x" * 1_000_000}
    page = submission_page("Ada", report_of({"relu": {**entry, "findings": [finding]}}))
    assert len(page) < 60_000
    assert "… (1,000,000 characters)" in page
