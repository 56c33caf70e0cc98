"""Points: partial credit, exact sums, and nothing full that was not wholly answered."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.config.record import Grading
from crosscheck.grading.score import score, shown
from crosscheck.layers import catalogue

STATUSES = ("pass", "warning", "wrong", "unfinished", "unjudged", "missing")
ALL_RIGHT = dict.fromkeys(("out", "dx", "dw", "db"), "pass")


def entry(quantities=ALL_RIGHT, *, cases=51, skipped=0, consistent=False, findings=()):
    return {
        "status": "pass",
        "cases": cases,
        "skipped": skipped,
        "quantities": quantities,
        "gradients": ["dx", "dw", "db"],
        "consistent": consistent,
        "findings": findings,
    }


def points(entries, rules=None, expected=()):
    found = score(entries, rules or Grading(), expected)
    return {n: (s.earned, s.possible) for n, s in found.layers.items()}


def test_a_layer_is_worth_one_point_if_nothing_is_said():
    assert points({"affine": entry()}) == {"affine": (1, 1)}


def test_the_forward_is_one_half_and_the_gradients_share_the_other():
    half = entry(ALL_RIGHT | {"dx": "wrong", "dw": "wrong", "db": "wrong"})
    assert points({"affine": half}) == {"affine": (Fraction(1, 2), 1)}
    one_wrong = entry(ALL_RIGHT | {"dw": "wrong"})
    assert points({"affine": one_wrong}) == {"affine": (Fraction(5, 6), 1)}


def test_a_layer_without_gradients_is_all_forward():
    assert points({"sgd": entry({"next_w": "pass"})}) == {"sgd": (1, 1)}


def test_points_for_each_quantity_are_taken_as_they_stand():
    rules = Grading({"affine": {"out": 2.0, "dw": 0.1}})
    found = score({"affine": entry(ALL_RIGHT | {"out": "wrong", "dx": "wrong"})}, rules)
    assert (found.earned, found.possible) == (Fraction(1, 10), Fraction(21, 10))
    assert found.layers["affine"].quantities["out"] == (0, 2)


def test_once_points_are_given_no_other_layer_counts():
    found = points({"affine": entry(), "relu": entry()}, Grading({"affine": 5.0}))
    assert found == {"affine": (5, 5), "relu": (0, 0)}


def test_what_is_missing_counts_and_earns_nothing():
    assert points({}, Grading({"affine": 5.0})) == {"affine": (0, 5)}
    assert points({}, expected=["affine", "conv_fast"]) == {"affine": (0, 1), "conv": (0, 1)}
    missing = {"status": "missing", "cases": 0, "skipped": 0, "quantities": {}, "findings": []}
    assert points({"affine": missing}) == {"affine": (0, 1)}


def test_a_backward_right_for_its_own_wrong_forward_earns_only_where_that_is_carried():
    wrong = entry(dict.fromkeys(ALL_RIGHT, "wrong"), consistent=True)
    assert points({"affine": wrong}) == {"affine": (0, 1)}
    assert points({"affine": wrong}, Grading(carried=True)) == {"affine": (Fraction(1, 2), 1)}
    inconsistent = entry(dict.fromkeys(ALL_RIGHT, "wrong"))
    assert points({"affine": inconsistent}, Grading(carried=True)) == {"affine": (0, 1)}
    unfinished = entry(dict.fromkeys(ALL_RIGHT, "unfinished"), consistent=True)
    assert points({"affine": unfinished}, Grading(carried=True)) == {"affine": (0, 1)}


def test_a_warning_costs_nothing_unless_that_is_said():
    warned = entry(ALL_RIGHT | {"out": "warning"})
    assert points({"affine": warned}) == {"affine": (1, 1)}
    tenth = Grading(warnings=0.1)
    assert points({"affine": warned}, tenth) == {"affine": (Fraction(19, 20), 1)}


def test_a_warning_about_no_quantity_costs_once_in_each():
    overwritten = {"severity": "warning", "quantity": ""}
    warned = entry(ALL_RIGHT | {"out": "warning"}, findings=[overwritten])
    assert points({"affine": warned}, Grading(warnings=0.1)) == {"affine": (Fraction(9, 10), 1)}


def test_a_layer_with_a_case_that_was_not_answered_is_never_full():
    found = score({"affine": entry(cases=9999, skipped=1)}, Grading())
    assert not found.layers["affine"].is_full
    assert shown(found.earned, found.possible) == "0.99"
    assert points({"affine": entry(cases=0, skipped=5)}) == {"affine": (0, 1)}


def test_versions_of_a_layer_share_its_points():
    both = {"conv_naive": entry(), "conv_fast": entry(dict.fromkeys(ALL_RIGHT, "wrong"))}
    half = Fraction(5, 2)
    shared = {"conv_naive": (half, half), "conv_fast": (0, half)}
    assert points(both, Grading({"conv": 5.0})) == shared
    assert points({"conv_naive": entry()}, Grading({"conv": 5.0})) == {"conv_naive": (5, 5)}


def test_versions_that_share_points_are_named_with_them():
    both = {"conv_naive": entry(), "conv_fast": entry(), "affine": entry()}
    shared = score(both, Grading({"conv": 5.0, "affine": 1.0})).shared
    assert shared == {"conv": (["conv_naive", "conv_fast"], 5)}
    assert score(both, Grading({"conv_fast": 2.0, "conv": 3.0})).shared == {}


def test_a_version_that_is_named_has_points_of_its_own_and_the_others_none():
    both = {"conv_naive": entry(), "conv_fast": entry()}
    assert points(both, Grading({"conv_fast": 2.0})) == {"conv_fast": (2, 2), "conv_naive": (0, 0)}
    named = Grading({"conv_fast": 2.0, "conv": 3.0})
    assert points(both, named) == {"conv_fast": (2, 2), "conv_naive": (3, 3)}
    assert points({"conv_fast": entry()}, named) == {"conv_fast": (2, 2), "conv": (0, 3)}


def test_a_version_that_no_catalogue_knows_is_of_the_layer_that_it_was_judged_as():
    vectorized = {"affine_vec": entry() | {"layer": "affine"}}
    assert points(vectorized, expected=["affine"]) == {"affine_vec": (1, 1)}
    assert points(vectorized, Grading({"affine": 5.0})) == {"affine_vec": (5, 5)}
    both = vectorized | {"affine": entry()}
    assert score(both, Grading()).shared == {"affine": (["affine_vec", "affine"], 1)}


def test_no_name_makes_a_layer_another_one():
    named = {"affine_relu_vec": entry() | {"layer": "affine"}}
    found = points(named, expected=["affine", "affine_relu"])
    assert found == {"affine_relu_vec": (1, 1), "affine_relu": (0, 1)}


def test_what_a_course_calls_a_layer_is_that_layer():
    assert points({"affine:Linear": entry()}, Grading({"affine": 4.0})) == {"affine:Linear": (4, 4)}


def test_points_are_shown_rounded_half_up_and_never_up_to_all():
    assert shown(Fraction(1, 200), Fraction(1)) == "0.01"
    assert shown(Fraction(5, 6), Fraction(1)) == "0.83"
    assert shown(Fraction(999, 1000), Fraction(1)) == "0.99"
    assert shown(Fraction(10), Fraction(10)) == "10.00"


names = st.sampled_from([*catalogue(), "conv_naive", "conv_fast", "affine:Linear"])
rulings = st.builds(
    Grading,
    st.dictionaries(names, st.floats(0, 100), max_size=4),
    st.booleans(),
    st.floats(0, 1),
)


@st.composite
def entries_of(draw):
    found = {}
    for name in draw(st.lists(names, unique=True, max_size=4)):
        own = "conv" if name.startswith("conv_") and name not in catalogue() else name
        layer = catalogue()[own.partition(":")[0]]
        quantities = {q: draw(st.sampled_from(STATUSES)) for q in layer.quantities}
        found[name] = entry(
            quantities,
            cases=draw(st.integers(0, 9)),
            skipped=draw(st.integers(0, 9)),
            consistent=draw(st.booleans()),
        )
        found[name]["gradients"] = list(layer.gradients)
    return found


@given(entries_of(), rulings)
def test_nobody_earns_less_than_nothing_or_more_than_is_possible(entries, rules):
    found = score(entries, rules)
    for layer in found.layers.values():
        for earned, possible in ((layer.earned, layer.possible), *layer.quantities.values()):
            assert 0 <= earned <= possible


@given(entries_of(), rulings, st.data())
def test_one_more_right_quantity_never_earns_less(entries, rules, data):
    if not entries:
        return
    name = data.draw(st.sampled_from(sorted(entries)))
    quantity = data.draw(st.sampled_from(sorted(entries[name]["quantities"])))
    mended = entries[name] | {"quantities": entries[name]["quantities"] | {quantity: "pass"}}
    assert score(entries | {name: mended}, rules).earned >= score(entries, rules).earned


@given(st.sampled_from(sorted(catalogue())), st.floats(0, 1e6))
def test_the_parts_of_a_number_add_up_to_it_exactly(name, worth):
    assert score({}, Grading({name: worth})).possible == Fraction(repr(worth))


@pytest.mark.parametrize("handed_in", [["conv"], ["conv_naive"], ["conv_naive", "conv_fast"], []])
def test_what_is_possible_does_not_depend_on_what_is_handed_in(handed_in):
    entries = {name: entry() for name in handed_in}
    assert score(entries, Grading(), ["conv", "affine"]).possible == 2
    assert score(entries, Grading({"conv": 3.0, "affine": 1.0})).possible == 4
