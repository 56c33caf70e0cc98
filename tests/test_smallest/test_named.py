"""What a student's own code calls a quantity, also where its axes stand in another order."""

from pathlib import Path

import numpy as np
import pytest
import test_adapters

from crosscheck.case import Case
from crosscheck.finding import Finding
from crosscheck.oracle_file import EMBEDDED
from crosscheck.run import check
from crosscheck.selection import Selection
from crosscheck.smallest.named import _read, named
from crosscheck.theirs import Theirs
from crosscheck.worker.session import Session

PLACE = {"text": "layer.dLdW", "axes": [1, 0], "factor": "N", "around": "{}"}


@pytest.mark.parametrize(
    ("theirs", "index", "place"),
    [
        (Theirs("layer.dLdW", (1, 0)), (0, 3), "layer.dLdW[3, 0]"),
        (Theirs("layer.dLdW", (0, 1)), (0, 3), "layer.dLdW[0, 3]"),
        (Theirs("dW", (2, 0, 1)), (7, 8, 9), "dW[8, 9, 7]"),
        (Theirs("layer.dLdb"), (3,), "layer.dLdb"),
        (Theirs("loss"), (), "loss"),
    ],
)
def test_an_element_of_ours_has_a_place_in_theirs(theirs, index, place):
    assert theirs.place(index) == place


def test_the_place_is_where_numpy_finds_the_element():
    array = np.arange(24).reshape(2, 3, 4)
    theirs = Theirs("array", (2, 0, 1))
    ours = array.transpose(theirs.axes)
    for index in np.ndindex(ours.shape):
        assert eval(theirs.place(index), {"array": array}) == ours[index]


def test_a_layout_that_is_another_is_named_without_an_index():
    assert _read({"place": PLACE}, (5, 2), (2, 5)) == Theirs("layer.dLdW", (1, 0))
    assert _read({"place": PLACE}, (5, 2), (10,)) == Theirs("layer.dLdW")
    assert _read({"place": PLACE | {"axes": []}}, (), ()) == Theirs("layer.dLdW")


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"place": None},
        {"place": {}},
        {"place": PLACE | {"around": "np.mean({})"}},
        {"place": PLACE | {"text": "<b>dw</b>"}},
        {"place": PLACE | {"text": "dw is right"}},
        {"place": PLACE | {"text": "d" * 81}},
        {"place": PLACE | {"text": "returned"}},
        {"place": PLACE | {"text": "dw2"}},
        {"place": PLACE | {"text": ["dw"]}},
        {"place": PLACE | {"axes": "10"}},
        {"place": PLACE | {"axes": [True, 0]}},
        {"place": PLACE | {"axes": None}},
    ],
)
def test_a_process_that_says_something_else_gives_no_name(told):
    assert _read(told, (5, 2), (2, 5)) is None


def test_a_key_of_a_dict_is_a_name():
    place = PLACE | {"text": 'layer.grads["weight"]'}
    assert _read({"place": place}, (5, 2), (2, 5)) == Theirs('layer.grads["weight"]', (1, 0))


def test_axes_that_are_none_are_not_followed():
    for axes in ([0, 0], [0, 7], [-1, 0], [0]):
        assert _read({"place": PLACE | {"axes": axes}}, (5, 2), (2, 5)) == Theirs("layer.dLdW")


def test_code_by_our_own_names_has_no_other_ones(candidate):
    case = Case.parse("affine/float64/normal/N5-d2x3-M7/0")
    finding = Finding("value", "wrong", "dw", case.id, "dw is wrong", index=(0, 1))
    assert named(candidate("affine"), [finding]) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("course", "old", "new", "theirs"),
    [
        (
            "cmu_2023",
            "self.dLdW = flat_dLdZ.T @ flat_A",
            "self.dLdW = 2 * flat_dLdZ.T @ flat_A",
            {"dw": Theirs("layer.dLdW", (1, 0))},
        ),
        (
            "cmu_2021",
            "np.dot(delta, self.W.T)",
            "np.dot(delta, self.W.T) * 2",
            {},
        ),
    ],
)
def test_what_is_wrong_is_called_as_the_student_calls_it(
    tmp_path, course, old, new, theirs, monkeypatch
):
    asked = []
    ask = Session.ask
    monkeypatch.setattr(
        Session, "ask", lambda self, *a: asked.append(a[0]["case"]) or ask(self, *a)
    )
    right = (Path(test_adapters.__file__).parent / "corpus" / course / "right.py").read_text(
        "utf-8"
    )
    assert old in right
    (tmp_path / "linear.py").write_text(right.replace(old, new), encoding="utf-8")
    report = check(str(tmp_path / "linear.py"), Selection(("affine",), seeds=(1,)), oracle=EMBEDDED)
    assert report.layers["affine:Linear"].diagnosis.theirs == theirs
    seeds = {Case.parse(case).seed for case in asked}  # which are nobody's business over there
    assert seeds == {0}
