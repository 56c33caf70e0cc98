"""A worker is read as an enemy: what is no answer is refused, whatever it says."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.adapters import families
from crosscheck.candidate import always
from crosscheck.case import Case, Question
from crosscheck.layers import layer_named
from crosscheck.worker import replies
from crosscheck.worker.frames import FrameError

AFFINE = layer_named("affine")
FAILURE = ["crash", "raises", "affine_backward", ""]
TRIAL = {"results": {"out": None}, "failure": FAILURE, "changed": [], "shared": []}
CASE = Case.parse("affine/float32/normal/N3-d5-M2/0")
ASKED = [Question(CASE, CASE.draw())]
AROUND = [ASKED[0]._replace(other=CASE.draw())]
LISTED = {
    "layer": "affine",
    "spelling": "",
    "called": ["affine_forward", "affine_backward"],
    "defined": {"affine_forward": "layers.py:1"},
    "conventions": [],
    "adapted": False,
    "form": None,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*TRIAL, *LISTED, "trials"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_a_trial_is_read():
    answer = {
        "trials": [
            {
                "results": {"out": None, "dx": ["a list", False]},
                "failure": ["crash", "raises", "affine_backward", ""],
                "changed": [["affine_forward", "x"]],
                "shared": [],
            }
        ]
    }
    [trial] = replies.trials(answer, [np.zeros(2)], AFFINE, ASKED)
    assert trial.results["out"].tolist() == [0, 0]
    assert trial.results["dx"].kind == "a list"
    assert (trial.failure.kind, trial.failure.function) == ("crash", "affine_backward")
    assert trial.changed == [("affine_forward", "x")]


@pytest.mark.parametrize(
    ("answer", "arrays"),
    [
        ({}, 0),
        ({"trials": {}}, 0),
        ({"trials": []}, 0),
        ({"trials": [TRIAL, TRIAL]}, 2),
        ({"trials": [TRIAL]}, 0),
        ({"trials": [TRIAL]}, 2),
        ({"trials": [TRIAL | {"results": {"verdict": None}}]}, 1),
        ({"trials": [TRIAL | {"results": {"out": ["a list"]}}]}, 0),
        ({"trials": [TRIAL | {"results": {"out": ["a list", 1]}}]}, 0),
        ({"trials": [TRIAL | {"failure": None}]}, 1),  # nothing is said of the gradients
        ({"trials": [TRIAL | {"failure": ["crash"]}]}, 1),
        ({"trials": [TRIAL | {"failure": ["crash", 1, 2, 3]}]}, 1),
        ({"trials": [TRIAL | {"changed": [["one"]]}]}, 1),
        ({"trials": [TRIAL | {"shared": "all"}]}, 1),
    ],
    ids=range(14),
)
def test_what_is_no_trial_is_refused(answer, arrays):
    with pytest.raises(FrameError):
        replies.trials(answer, [np.zeros(2)] * arrays, AFFINE, ASKED)


def test_an_array_of_each_quantity_needs_no_names():
    arrays = [np.full(1, i) for i in range(len(AFFINE.quantities))]
    [trial] = replies.trials({"trials": [{}]}, arrays, AFFINE, ASKED)
    assert list(trial.results.items()) == list(zip(AFFINE.quantities, arrays, strict=True))


@pytest.mark.parametrize("count", [0, 3, 5])
def test_without_names_there_is_an_array_of_each_quantity(count):
    with pytest.raises(FrameError):
        replies.trials({"trials": [{}]}, [np.zeros(1)] * count, AFFINE, ASKED)


def test_an_answer_around_other_data_is_read():
    again = TRIAL | {"results": {"out": None, "dx": None}}
    answer = {"trials": [TRIAL | {"again": again}]}
    [trial] = replies.trials(answer, [np.full(1, i) for i in range(3)], AFFINE, AROUND)
    assert {q: a.tolist() for q, a in trial.results.items()} == {"out": [0]}
    assert {q: a.tolist() for q, a in trial.again.results.items()} == {"out": [1], "dx": [2]}


@pytest.mark.parametrize("stands", [1, 3])
def test_an_answer_stands_for_as_many_as_it_has(stands):
    """Else answers would be kept for which nobody asks."""
    two = {"trials": [TRIAL, TRIAL], "stands": stands}
    with pytest.raises(FrameError):
        replies.trials(two, [np.zeros(1)] * 2, AFFINE, ASKED * 3)
    assert len(replies.trials({**two, "stands": 2}, [np.zeros(1)] * 2, AFFINE, ASKED * 3)) == 2


@pytest.mark.parametrize(
    ("trial", "asked", "arrays"),
    [
        (TRIAL, AROUND, 1),  # the second answer is kept back
        (TRIAL | {"again": TRIAL}, ASKED, 2),
        (TRIAL | {"again": []}, AROUND, 1),
        (TRIAL | {"again": {"results": {"out": None}}}, AROUND, 2),  # and no reason given
        (TRIAL | {"again": TRIAL | {"again": TRIAL}}, AROUND, 3),
    ],
    ids=range(5),
)
def test_nobody_is_asked_again_but_where_that_is_wanted(trial, asked, arrays):
    with pytest.raises(FrameError):
        replies.trials({"trials": [trial]}, [np.zeros(1)] * arrays, AFFINE, asked)


@pytest.mark.parametrize("stands", [0, -1, 4, 1 << 70, True, "2", None, [1]])
def test_no_answer_stands_for_more_than_was_asked(stands):
    with pytest.raises(FrameError):
        replies.stands_for({"stands": stands}, 3)


def test_an_answer_stands_for_one_question_or_for_as_many_as_it_says():
    assert replies.stands_for({}, 3) == 1
    assert replies.stands_for({"stands": 3}, 3) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"layer": "no_such"},
        {"layer": "relu"},
        {"layer": 1},
        {"called": [1]},
        {"called": [], "spelling": "affine_of_mine"},
        {"defined": []},
        {"adapted": 0},
        {"form": 1},
        {"form": ["cmu_2021"]},
        {"form": [0, "cmu_2021"]},
        {"form": ["cmu_2021", 52]},  # of functions that are called otherwise
    ],
    ids=str,
)
def test_what_is_no_candidate_is_refused(changed):
    with pytest.raises(FrameError):
        replies.listed({"candidates": [LISTED | changed]}, ["affine"])


def test_a_candidate_is_read():
    [found] = replies.listed({"candidates": [LISTED]}, ["affine"])
    assert found["layer"] is AFFINE
    assert found["called"] == ("affine_forward", "affine_backward")


def test_what_suits_a_candidate_follows_from_its_form():
    called = ["Linear.forward", "Linear.backward"]
    told = {"candidates": [LISTED | {"called": called, "form": ["cmu_2021", 52]}]}
    [found] = replies.listed(told, ["affine"])
    assert found["only"] is families()["cmu_2021"].forms[52].only
    [found] = replies.listed({"candidates": [LISTED]}, ["affine"])
    assert found["only"] is always


@given(JSON)
def test_nothing_that_json_can_say_raises_anything_else(said):
    answer = said if isinstance(said, dict) else {"trials": said, "candidates": said}
    for read in (
        lambda: replies.trials(answer, [np.zeros(1)], AFFINE, ASKED),
        lambda: replies.listed(answer, ["affine"]),
        lambda: replies.texts(answer, "conventions"),
        lambda: replies.printed(answer),
    ):
        with contextlib.suppress(FrameError):
            read()


def test_a_text_is_cut_and_a_count_is_never_negative():
    assert replies.printed({"printed": "x" * 99999, "characters": -5}) == ("x" * 16384, 0)


@pytest.mark.parametrize("quantity", ["nothing", "verdict", "dx "])
def test_a_failure_is_about_a_quantity_of_the_layer_or_none(quantity):
    failed = TRIAL | {"results": {}, "failure": ["crash", "stops", "affine_forward", quantity]}
    with pytest.raises(FrameError):
        replies.trials({"trials": [failed]}, [], AFFINE, ASKED)


@pytest.mark.parametrize(
    "spelling", ["relu", "conv_naive", "temporal_affine", "affine_relu", "affine:a b", "affine:\n"]
)
def test_nobody_is_called_as_another_layer_or_in_words(spelling):
    with pytest.raises(FrameError):
        replies.listed({"candidates": [LISTED | {"spelling": spelling}]}, ["affine"])


@pytest.mark.parametrize("spelling", ["", "affine", "affine_vectorised", "affine:Linear"])
def test_names_of_ones_own_are_taken(spelling):
    [found] = replies.listed({"candidates": [LISTED | {"spelling": spelling}]}, ["affine"])
    assert found["spelling"] == spelling


def test_nobody_has_hundreds_of_candidates():
    with pytest.raises(FrameError):
        replies.listed({"candidates": [LISTED] * 500}, ["affine"])
