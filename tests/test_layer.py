"""A layer's record: shapes from symbols, and the names that follow from its inputs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.layer import Input, Layer, Output, shape_at
from crosscheck.layers import catalogue, layer_named
from crosscheck.scenario import by_name

SIZES = st.integers(0, 9)


def _layer(**changes):
    parts = {
        "name": "scale",
        "formula": "out = x·s",
        "inputs": (Input("x", "N C"), Input("s", "C"), Input("y", "N", below="C")),
        "outputs": (Output("out", "N C"), Output("norm", "")),
        "points": (),
        "torch": print,
        "jax": (print,),
    }
    return Layer(**(parts | changes))


@pytest.mark.parametrize(
    ("symbols", "shape"),
    [
        ("N *d", (5, 2, 3)),
        ("|d| M", (6, 7)),
        ("M", (7,)),
        ("", ()),
        ("*d N *d", (2, 3, 5, 2, 3)),
    ],
)
def test_symbols_stand_for_shapes(symbols, shape):
    assert shape_at(symbols, {"N": 5, "d": (2, 3), "M": 7}) == shape


def test_no_dimensions_are_flattened_to_one():
    assert shape_at("|d| *d", {"d": ()}) == (1,)


@given(n=SIZES, d=st.lists(SIZES, max_size=4).map(tuple))
def test_flattening_keeps_the_number_of_elements(n, d):
    size = 1
    for length in d:
        size *= length
    assert shape_at("N *d", {"N": n, "d": d}) == (n, *d)
    assert shape_at("N |d|", {"N": n, "d": d}) == (n, size)


def test_labels_are_not_differentiated():
    layer = _layer()
    assert [i.name for i in layer.differentiated] == ["x", "s"]
    assert layer.gradients == ("dx", "ds")


def test_outputs_are_judged_before_gradients():
    assert _layer().quantities == ("out", "norm", "dx", "ds")


def test_every_quantity_has_the_shape_of_its_output_or_input():
    assert _layer().shapes({"N": 2, "C": 3}) == {
        "out": (2, 3),
        "norm": (),
        "dx": (2, 3),
        "ds": (3,),
    }


def test_a_layer_is_a_pair_of_functions_and_a_loss_is_one():
    assert _layer().functions == ("scale_forward", "scale_backward")
    assert _layer(loss=True).functions == ("scale",)


def test_layers_are_compared_by_identity():
    layer = _layer()
    assert layer == layer  # noqa: PLR0124 - what is compared is the layer with itself
    assert layer != _layer()
    assert len({layer, layer, _layer()}) == 2


def test_the_catalogue_holds_the_courses_three_layers_under_their_names():
    found = catalogue()
    assert {"affine", "relu", "softmax_loss"} <= set(found)
    assert all(layer.name == name for name, layer in found.items())
    assert layer_named("relu") is found["relu"]


@pytest.mark.parametrize(
    ("name", "functions", "quantities"),
    [
        ("affine", ("affine_forward", "affine_backward"), ("out", "dx", "dw", "db")),
        ("relu", ("relu_forward", "relu_backward"), ("out", "dx")),
        ("softmax_loss", ("softmax_loss",), ("loss", "dx")),
    ],
)
def test_layers_have_the_courses_names(name, functions, quantities):
    assert layer_named(name).functions == functions
    assert layer_named(name).quantities == quantities


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_every_convention_and_defect_names_what_exists(layer):
    known = set(by_name(*layer.scenarios))
    assert {s for point in layer.points for s in point.scenarios or ()} <= known
    for declared in (*layer.conventions, *layer.defects):
        assert declared.quantity in layer.quantities
        assert set(getattr(declared, "scenarios", ())) <= known
        assert declared.reason
