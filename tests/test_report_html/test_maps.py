"""Error maps: a rectangle for each element, and the same in words."""

import math

import pytest

from crosscheck.report.html.maps import error_map, level_of


def drawn(misfit, shape=None):
    shape = shape or [len(misfit), len(misfit[0])]
    return error_map("dw", {"case": "c", "shape": shape, "misfit": misfit})


@pytest.mark.parametrize(
    ("misfit", "level"),
    [(0, "a"), (0.5, "a"), (1, "b"), (1.01, "d"), (11, "e"), (1e4, "f"), (math.inf, "n")],
)
def test_what_is_allowed_and_what_is_not_are_drawn_apart(misfit, level):
    assert level_of(misfit) == level
    assert level_of(math.nan) == "n"


def test_each_element_says_its_place_and_its_error():
    titles = [r.title for r in drawn([[0.2, 3], ["NaN", "inf"]]).rects]
    assert titles == [
        "dw[0, 0]: 0.2 × what is allowed",
        "dw[0, 1]: 3 × what is allowed",
        "dw[1, 0]: NaN",
        "dw[1, 1]: infinite, or nothing is allowed",
    ]


def test_right_elements_are_smaller_than_wrong_ones():
    right, wrong = drawn([[0.9, 1.1]]).rects
    assert right.width < wrong.width


@pytest.mark.parametrize(
    ("misfit", "words"),
    [
        ([[2.0, 3.0]], "Every element is wrong; the largest error is 3 × what is allowed."),
        ([[5e17]], "Its only element is wrong; the largest error is 5·10¹⁷ × what is allowed."),
        ([[0.1, 0.2]], "No element of dw is wrong in this case."),
        (
            [[0, 0], [9, 9], [0, 0]],
            "2 of 6 elements are wrong: dw[1, :]; the largest error is "
            "9 × what is allowed.",
        ),
        (
            [[0, 9], [0, 9], [0, 9]],
            "3 of 6 elements are wrong: dw[:, 1]; the largest error "
            "is 9 × what is allowed.",
        ),
        ([[0, "NaN"], [0, 0]],
         "1 of 4 elements are wrong; 1 cannot be measured: NaN, infinite, or nothing is allowed."),
    ],
)  # fmt: skip
def test_the_words_say_what_the_picture_shows(misfit, words):
    assert drawn(misfit).words == words


def test_elements_of_a_vector_are_named():
    words = drawn([[0.0, 7.0, 0.0, 7.0]], [4]).words
    assert words.startswith("2 of 4 elements are wrong: dw[1], dw[3];")


def test_a_reduced_map_does_not_claim_places():
    assert drawn([[2.0, 0]], [200, 300]).rects[0].title.startswith("part 1 of 1 down, 1 of 2 ")


def test_an_array_of_many_axes_is_drawn_as_tiles():
    four = drawn([[float(i)] * 2 for i in range(12)], [2, 2, 3, 2])
    assert (four.width, four.height) == ((2 + 1 + 2) * 12, (3 + 1 + 3) * 12)
    assert four.rects[-1].title.startswith("dw[1, 1, 2, 1]:")


def test_a_large_map_is_drawn_in_runs():
    large = drawn([[0.1] * 60 + [9.0] * 4] * 64)
    assert len(large.rects) == 128
    assert large.rects[1].title == "dw[0, 60] to [0, 63]: 9 × what is allowed"


@pytest.mark.parametrize("misfit", [[], [[]], [[1], [1, 2]]])
def test_what_is_no_table_is_not_drawn(misfit):
    assert error_map("dw", {"case": "", "shape": [], "misfit": misfit}) is None
