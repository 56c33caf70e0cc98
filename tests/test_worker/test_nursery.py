"""Workers that are forked from a parent: as good as others, soon there, and gone when they are."""

import re
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from crosscheck.case import Case, Question, masters
from crosscheck.errors import CrosscheckError
from crosscheck.layers import layer_named
from crosscheck.sandbox import LEVELS, PROCESS, unavailable
from crosscheck.worker.remote import opened_apart
from crosscheck.worker.session import Session, Workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")

CASES = [Case.parse(f"relu/float64/normal/s3x11/{seed}") for seed in range(4)]
QUESTIONS = [Question(case, case.draw()) for case in CASES]
SOURCE = """
import os, time
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, x):
    return dout * (x > 0)
"""


class Forked(Workers):
    """Those of one nursery."""

    def __init__(self, nursery, folder, questions=QUESTIONS):
        self.nursery, self.folder = nursery, folder
        nursery.hold(questions)
        self.held = {(q.case.id, q.other is not None): i for i, q in enumerate(questions)}
        self.arrays = {id(drawn): i for i, (_, drawn) in enumerate(masters(questions))}

    def new(self):
        return self.nursery.child([self.folder])


@pytest.fixture(scope="module", params=LEVELS, ids=lambda level: level.name)
def nursery(request):
    from crosscheck.worker.nursery import Nursery

    if why := unavailable(request.param):
        pytest.skip(f"{request.param}: {why}")
    made = Nursery(request.param)
    yield made
    made.close()


def _opened(nursery, path, questions=QUESTIONS, **limits):
    workers = Forked(nursery, Path(path).parent, questions)
    return opened_apart(str(path), [layer_named("relu")], workers=workers, **limits)


_each = chain.from_iterable


def test_it_answers_the_cases_that_it_holds(nursery, target):
    with _opened(nursery, target(SOURCE)) as opened:
        [relu] = opened.candidates
        trials = [*_each(relu.trials(QUESTIONS))]
        other = Case.parse("relu/float32/normal/s2x3/7")
        single = relu.trial(other, other.draw())
    for (_, drawn, _), trial in zip(QUESTIONS, trials, strict=True):
        np.testing.assert_array_equal(trial.results["out"], np.maximum(drawn.inputs["x"], 0))
    np.testing.assert_array_equal(single.results["out"], np.maximum(other.draw().inputs["x"], 0))


def test_arrays_that_it_holds_are_not_sent_and_others_are(nursery, target, monkeypatch):
    sent = []
    send = Session.send
    monkeypatch.setattr(
        Session,
        "send",
        lambda self, request, arrays=(), **how: (
            sent.append(len(arrays)),
            send(self, request, arrays, **how),
        )[1],
    )
    (case, drawn, _), (_, other, _) = QUESTIONS[:2]
    negated = replace(drawn, inputs={"x": -drawn.inputs["x"]})
    with _opened(nursery, target(SOURCE)) as opened:
        [relu] = opened.candidates
        trial = relu.trial(case, drawn, other)
        third = relu.trial(case, negated)
    assert sent == [0, 2]  # x and dout
    for answer, given in ((trial, drawn), (trial.again, drawn), (third, negated)):
        np.testing.assert_array_equal(answer.results["out"], np.maximum(given.inputs["x"], 0))


def test_what_it_holds_is_asked_around_other_data_where_that_is_wanted(nursery, target):
    keeping = """
import numpy as np
last = []
def relu_forward(x):
    last[:] = [x]
    return np.maximum(x, 0), None
def relu_backward(dout, cache):
    return dout * (last[0] > 0)
"""
    (case, drawn, _), (_, other, _) = QUESTIONS[:2]
    questions = [QUESTIONS[0], Question(case, drawn, other), *QUESTIONS[1:]]
    with _opened(nursery, target(keeping), questions) as opened:
        trials = [*_each(opened.candidates[0].trials(questions))]
    assert [bool(t.again) for t in trials] == [False, True, False, False, False]
    first, again = trials[1].each
    dout = drawn.cotangents["dout"]
    np.testing.assert_array_equal(first.results["dx"], dout * (drawn.inputs["x"] > 0))
    np.testing.assert_array_equal(again.results["dx"], dout * (other.inputs["x"] > 0))


def test_nothing_of_one_is_left_in_the_next(nursery, target):
    spoiling = SOURCE + "\nnp.maximum = 3\nos.environ['SPOILT'] = '1'\n"
    with _opened(nursery, target(spoiling)) as opened:
        assert next(_each(opened.candidates[0].trials(QUESTIONS))).failure.kind == "crash"
    spoilt = SOURCE.replace("return np.m", "assert 'SPOILT' not in os.environ; return np.m")
    with _opened(nursery, target(spoilt)) as opened:
        assert all(t.failure is None for t in _each(opened.candidates[0].trials(QUESTIONS)))


def test_an_endless_loop_is_ended_with_its_line_and_the_next_is_there(nursery, target):
    loop = SOURCE.replace("    return np.maximum(x, 0), x", "    while True:\n        pass")
    with _opened(nursery, target(loop), time_limit=1.0) as opened:
        trials = [*_each(opened.candidates[0].trials(QUESTIONS))]
    assert [t.failure.kind for t in trials] == ["timeout"]
    assert re.search(r"\(layers.py, line [56]\)", str(trials[0].failure))
    with _opened(nursery, target(SOURCE)) as opened:
        assert next(_each(opened.candidates[0].trials(QUESTIONS))).failure is None


def test_leaving_early_ends_what_it_would_still_answer(nursery, target):
    counting = """
import time
import numpy as np
calls = []
def relu_forward(x):
    time.sleep(0.05)  # too slow to be answered with others
    calls.append(x)
    return np.full_like(x, len(calls)), x
"""
    with _opened(nursery, target(counting)) as opened:
        [relu] = opened.candidates
        trials = relu.trials(QUESTIONS)
        [first, *_] = next(trials)
        trials.close()
        again = relu.trial(*QUESTIONS[0])
    for trial in (first, again):  # not behind the other three
        np.testing.assert_array_equal(trial.results["out"], np.ones((3, 11)))


def test_who_is_lost_around_other_data_still_answers_the_rest(nursery, target):
    (case, drawn, _), (_, other, _) = QUESTIONS[:2]
    first = float(other.inputs["x"][0, 0])
    source = SOURCE.replace(
        "    return np.m",
        f"""
    if last and last[-1] != x[0, 0] == {first!r}:
        os._exit(3)
    last[:] = [x[0, 0]]
    return np.m""",
    ).replace("def relu_forward", "last = []\ndef relu_forward")
    questions = [QUESTIONS[0], Question(case, drawn, other), *QUESTIONS[2:]]
    with _opened(nursery, target(source), questions) as opened:
        trials = [*_each(opened.candidates[0].trials(questions))]
    assert [t.failure and t.failure.kind for t in trials] == [None, "died", None, None]


def test_one_that_ends_itself_is_told(nursery, target):
    dying = SOURCE.replace("    return np.maximum(x, 0), x", "    os._exit(3)")
    with _opened(nursery, target(dying)) as opened:
        [trial] = _each(opened.candidates[0].trials(QUESTIONS))
    assert str(trial.failure) == "ended the process (exit code 3)"


@pytest.mark.parametrize(
    ("what", "kind"), [("while True: pass", "timeout"), ("os._exit(3)", "died")]
)
def test_of_quick_cases_the_one_to_blame_is_named_and_those_before_are_answered(
    nursery, target, what, kind
):
    third = float(QUESTIONS[2][1].inputs["x"][0, 0])
    failing = SOURCE.replace(
        "    return np.m", f"    if x[0, 0] == {third!r}:\n        {what}\n    return np.m"
    )
    with _opened(nursery, target(failing), time_limit=1.0) as opened:
        trials = [*_each(opened.candidates[0].trials(QUESTIONS))]
    assert [t.failure and t.failure.kind for t in trials] == [None, None, kind]
    for (_, drawn, _), trial in zip(QUESTIONS[:2], trials[:2], strict=True):
        np.testing.assert_array_equal(trial.results["out"], np.maximum(drawn.inputs["x"], 0))


@pytest.mark.parametrize("lie", [-1, 3, 4, 1 << 60])
def test_who_lies_about_its_place_gains_nothing(nursery, target, lie):
    """It may say where it was, and then it is asked again: what it does not answer is not right."""
    third = float(QUESTIONS[2][1].inputs["x"][0, 0])
    lying = SOURCE.replace(
        "    return np.m",
        f"""
    if x[0, 0] == {third!r}:
        os.pwrite(3, ({lie}).to_bytes(8, "little", signed=True), 0)
        os._exit(3)
    return np.m""",
    )
    with _opened(nursery, target(lying)) as opened:
        trials = [*_each(opened.candidates[0].trials(QUESTIONS))]
    assert trials[-1].failure.kind == "died"
    assert all(t.failure is None for t in trials[:-1])
    assert len(trials) <= 3


def test_secrets_in_the_environment_are_not_its_business(tmp_path, target, monkeypatch):
    from crosscheck.worker.nursery import Nursery

    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    telling = SOURCE.replace("return np.maximum(x, 0), x", "raise KeyError(dict(os.environ))")
    made = Nursery(PROCESS)
    with _opened(made, target(telling)) as opened:
        failure = next(_each(opened.candidates[0].trials(QUESTIONS))).failure
    made.close()
    assert "KeyError" in str(failure)
    assert "SECRET_TOKEN" not in str(failure)


def test_a_parent_that_is_gone_is_a_clear_message(tmp_path):
    from crosscheck.worker.nursery import Nursery

    made = Nursery(PROCESS)
    made.end()
    with pytest.raises(CrosscheckError) as error:
        made.child([tmp_path])
    made.close()
    assert str(error.value).startswith("The process that starts workers does not answer: ")
