"""GitHub: Markdown and workflow commands that no submission can write."""

from crosscheck.report.github import commands, plain, summary

FINDING = {
    "kind": "crash",
    "severity": "wrong",
    "quantity": "",
    "case": "relu/float32/normal/s7/0",
    "message": "relu_forward raises ValueError: 50% of\n::error::a, b: c",
    "location": "src/a,b:c.py:12",
}
ENTRY = {"status": "crash", "cases": 3, "skipped": 0, "findings": [FINDING]}
SHOWN = {"": ("0.50", "2.00"), "relu": ("0.50", "2.00")}
CLOSING = {"report": {"oracle": {"torch": "2.13.0", "jax": "0.10.2"}}, "error": ""}


def test_an_annotation_is_one_line_however_it_is_written():
    assert commands({"relu": ENTRY}, "full", "hw1/") == [
        "::error file=hw1/src/a%2Cb%3Ac.py,line=12,title=crosscheck%3A relu::"
        "relu_forward raises ValueError: 50%25 of ::error::a, b: c"
    ]


def test_a_warning_is_a_warning_and_the_level_none_tells_nothing():
    warning = ENTRY | {"findings": [FINDING | {"severity": "warning", "location": "a.py:1"}]}
    assert commands({"relu": warning}, "quantity") == [
        "::warning file=a.py,line=1,title=crosscheck%3A relu::it raises an exception"
    ]
    assert commands({"relu": ENTRY}, "none") == []


def test_no_more_annotations_than_are_shown():
    findings = [FINDING | {"quantity": f"d{i}"} for i in range(15)]
    assert len(commands({"relu": ENTRY | {"findings": findings}}, "full")) == 10


def test_the_summary_has_points_and_what_was_checked():
    text = summary("alice", {"relu": ENTRY}, CLOSING, SHOWN)
    assert text.splitlines()[:3] == [
        "## alice: 0.50 of 2.00 points",
        "",
        "The answers are those of torch 2.13.0 and jax 0.10.2.",
    ]
    assert "| relu | 0.50 / 2.00 | Checked: 3 cases of relu: something is wrong.<br>" in text


def test_nothing_that_a_submission_says_is_markup():
    assert plain("<img src=x>|`a`[b](c)\n# d @e http://f") == (
        r"\<img src=x\>\|\`a\`\[b\](c) \# d \@e http\://f"
    )
    text = summary("<b>|x", {}, CLOSING | {"error": "</td> **no**"}, {"": ("0.00", "1.00")})
    assert text.splitlines()[0] == r"## \<b\>\|x: 0.00 of 1.00 points"
    assert r"It could not be judged: \</td\> \*\*no\*\*" in text


def test_what_would_be_no_markup_stands_as_it_is():
    text = "torch 2.13.0+cpu: x = -1, (a-b) is f's; affine_relu: affine:Linear!"
    assert plain(text) == text
    assert plain("__init__ _a_ a__b") == r"\_\_init\_\_ \_a\_ a\_\_b"
    assert plain("www.a.b :smile: $x$ ~y~") == r"www\.a.b \:smile: \$x\$ \~y\~"


def test_a_summary_is_never_longer_than_github_takes():
    many = {f"l{i}": ENTRY for i in range(9000)}
    text = summary("a", many, CLOSING, {"": ("0", "1")} | dict.fromkeys(many, ("0", "1")))
    assert len(text.encode()) < 1 << 20
    assert text.endswith("The rest is left out: GitHub takes no more.\n")
