"""Nobody chooses what he is asked: cases are left out as a form of an adapter leaves them out, and
few of them are enough only where somebody said so.
"""

import os
from pathlib import Path

import pytest

from crosscheck.grading.job import done
from crosscheck.grading.plan import plan
from crosscheck.grading.score import score
from crosscheck.grading.submissions import read
from crosscheck.grading.task import graded
from crosscheck.selection import Selection

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="workers are forked on Linux")
CORPUS = Path(__file__).parents[1] / "test_adapters" / "corpus"
HONEST = (Path(__file__).parents[1] / "test_sandbox/attacks/_honest.py").read_text("utf-8")


@pytest.fixture
def judged(tmp_path):
    """``judged(text, *layers)``: the entries of a submission, its points and its flags."""

    def judge(text, *layers, adapter="", config="", scenarios=()):
        path = tmp_path / "layers.py"
        path.write_text(text, encoding="utf-8")
        toml = tmp_path / "crosscheck.toml"
        toml.write_text(config, encoding="utf-8")
        selection = Selection(layers, scenarios=scenarios)
        made = plan(None, toml if config else None, selection, adapter=adapter)
        *rows, last = done(read(path, "eve"), made, graded).rows
        entries = {row["name"]: row["layer"] for row in rows}
        points = score(entries, made.configuration().grading, layers)
        told = [f["message"] for f in last["closing"]["flags"] if f["kind"] == "few-cases"]
        return entries, points, told

    return judge


# Right at one size, and wrong at all others.
ONCE = f"""
{HONEST}

import sys

right, right_back = affine_forward, affine_backward

def is_asked(x, w):
    return (len(x), *w.shape) == (3, 1, 5)

def affine_forward(x, w, b):
    out, cache = right(x, w, b)
    return (out if is_asked(x, w) else out + 1), cache

def affine_backward(dout, cache):
    found = right_back(dout, cache)
    return found if is_asked(*cache[:2]) else tuple(2 * d + 1 for d in found)
"""
# What says which cases suit a candidate, and how it is told of, says what it is told to say.
CLAIMS = """
serve = sys.modules["crosscheck.worker.serve"]
candidate = sys.modules["crosscheck.candidate"]
listed = serve._listed

def claimed(c):
    claim = {"adapted": True, "form": FORM, "called": CALLED}
    return listed(c) | (claim if c.layer.name == "affine" else {})

candidate.Candidate.suits = lambda self, case: "/N3-d1-M5" in case.seedless
serve._listed = claimed
"""
NAMES, LINEAR = ("affine_forward", "affine_backward"), ("Linear.forward", "Linear.backward")


def _claiming(form, called=NAMES, text=ONCE):
    return text + CLAIMS.replace("FORM", form).replace("CALLED", str(called))


def test_a_worker_that_leaves_out_what_it_likes_is_asked_everything(judged):
    entries, points, told = judged(_claiming("None"), "affine", "relu", scenarios=("normal",))
    assert (entries["affine"]["status"], entries["affine"]["unsuited"]) == ("wrong", 0)
    assert points.layers["affine"].earned == 0
    assert entries["relu"]["status"] == "pass"
    assert points.layers["relu"].is_full
    assert told == []


@pytest.mark.parametrize(
    "form",
    [
        '["cmu_2021", 12]',
        '["cmu_2021", 9999]',
        '["cmu_2021", -1]',
        '["nobody", 0]',
        '["cs231n", 0]',
    ],
)
def test_a_form_of_another_layer_is_no_answer(judged, form):
    for adapter in ("", "dlfs1"):
        options = {"adapter": adapter, "scenarios": ("normal",)}
        _, points, _ = judged(_claiming(form), "affine", **options)
        assert points.earned == 0


def test_a_form_that_leaves_out_most_earns_nothing_unless_it_is_expected(judged):
    """The form is one that there is: of float32 alone, and of batches that are not empty."""
    honest = _claiming('["cmu_2021", 52]', LINEAR, f"import sys\n{HONEST}")
    entries, points, told = judged(honest, "affine")
    [entry] = entries.values()
    assert (entry["status"], points.earned) == ("unjudged", 0)
    assert set(entry["quantities"].values()) == {"unjudged"}
    [finding] = entry["findings"]
    left, whole = entry["unsuited"], entry["unsuited"] + entry["cases"]
    assert left > whole / 2
    assert finding["message"] == (
        f"affine leaves no choice for {left} of {whole} cases: it is not judged. "
        "Ask your instructor how this code is to be read"
    )
    assert told == [
        f"affine: it leaves no choice for {left} of {whole} cases, and is not judged. If such code "
        "is expected, say so by --adapter or a crosscheck.toml"
    ]


def test_a_family_is_no_answer_where_the_instructor_names_another_reading(judged):
    for form, earned in (("None", 1), ('["cmu_2021", 53]', 0)):
        honest = _claiming(form, NAMES if earned else LINEAR, f"import sys\n{HONEST}")
        _, points, _ = judged(honest, "affine", adapter="cs231n", scenarios=("normal",))
        assert points.earned == earned


def test_points_alone_say_nothing_of_how_code_is_read(judged):
    text = (CORPUS / "dlfs1" / "right.py").read_text("utf-8")
    _, points, told = judged(text, "batchnorm", config="[points]\nbatchnorm = 1\n")
    assert points.earned == 0
    assert len(told) == 1


def test_a_family_that_leaves_out_most_has_its_points_where_it_is_expected(judged):
    text = (CORPUS / "dlfs1" / "right.py").read_text("utf-8")
    entries, points, told = judged(text, "batchnorm", adapter="dlfs1")
    [entry] = entries.values()
    assert entry["unsuited"] > entry["cases"] > 0
    assert points.layers.popitem()[1].is_full
    assert len(told) == 1
    assert told[0].endswith("and was judged on the others only")


@pytest.mark.parametrize("family", sorted(p.name for p in CORPUS.iterdir() if p.name != "homemade"))
def test_every_family_has_its_points_where_it_is_named(judged, family):
    text = (CORPUS / family / "right.py").read_text("utf-8")
    entries, points, _ = judged(text, adapter=family)
    there = {name for name, entry in entries.items() if entry["status"] != "missing"}
    assert there
    assert [name for name in there if not points.layers[name].is_full] == []
