"""A layer's record: shapes from symbols, and the names that follow from its inputs."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.calling import Bundle, Loss
from crosscheck.layer import Input, Layer, Output, shape_at, spelled
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
        ("1 N 1", (1, 5, 1)),
        ("12 M", (12, 7)),
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


def test_constants_have_no_cotangent():
    layer = _layer(
        inputs=(Input("x", "N C"), Input("mean", "C", constant=True)),
        outputs=(Output("out", "N C"), Output("mean", "C", constant=True)),
    )
    assert layer.gradients == ("dx",)
    assert layer.quantities == ("out", "mean", "dx")
    assert [o.name for o in layer.upstream] == ["out"]
    assert list(layer.shapes({"N": 2, "C": 3})) == ["out", "mean", "dx"]


def test_with_nothing_to_differentiate_no_output_has_a_cotangent():
    layer = _layer(inputs=(Input("x", "N C", constant=True), Input("y", "N", below="C")))
    assert (layer.gradients, layer.upstream) == ((), ())
    assert layer.functions == ("scale_forward",)


def test_a_layer_is_a_pair_of_functions_and_a_loss_is_one():
    assert _layer().functions == ("scale_forward", "scale_backward")
    assert not _layer().loss
    assert _layer(calling=Loss()).functions == ("scale",)
    assert _layer(calling=Loss()).loss


def test_functions_begin_with_the_stem_if_there_is_one():
    assert _layer(stem="s").functions == ("s_forward", "s_backward")


def test_its_own_spelling_comes_first_and_then_all_others():
    layer = _layer(also={"scale_alt": ("scale_forward", "scale_backward_alt")})
    assert list(layer.spellings.items()) == [
        ("scale", ("scale_forward", "scale_backward")),
        ("scale_alt", ("scale_forward", "scale_backward_alt")),
    ]


def test_suffixes_spell_both_functions():
    assert spelled("conv", "naive", "fast") == {
        "conv_naive": ("conv_forward_naive", "conv_backward_naive"),
        "conv_fast": ("conv_forward_fast", "conv_backward_fast"),
    }


def test_arguments_are_all_inputs_and_then_all_options_if_not_said():
    assert _layer(options=("p", "eps")).arguments == ("x", "s", "y", "p", "eps")
    assert _layer(options=("p",), arguments=("p", "x")).arguments == ("p", "x")


def test_options_are_those_of_the_dims_that_are_named():
    dims = {"N": 2, "C": 3, "stride": 2, "eps": 0.5}
    assert _layer(options=("eps", "stride")).options_at(dims) == {"eps": 0.5, "stride": 2}
    assert _layer().options_at(dims) == {}


def test_derived_sizes_follow_from_the_dims():
    layer = _layer(
        outputs=(Output("out", "N half"),),
        derived=lambda dims: {"half": dims["C"] // dims["stride"]},
        options=("stride",),
    )
    dims = {"N": 2, "C": 6, "stride": 3}
    assert layer.sizes(dims) == {**dims, "half": 2}
    assert layer.shapes(dims)["out"] == (2, 2)


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
    assert {n for s in layer.scenarios for n in s.fills} <= {i.name for i in layer.inputs}
    for declared in (*layer.conventions, *layer.defects):
        assert declared.quantity in layer.quantities
        assert set(getattr(declared, "scenarios", ())) <= known
        assert declared.reason


LAYERS = pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)


@LAYERS
def test_every_argument_is_an_input_an_option_or_a_bundle_of_them(layer):
    held = [n for a in layer.arguments for n in (a.holds if isinstance(a, Bundle) else (a,))]
    inputs = [i.name for i in layer.inputs]
    assert set(held) <= {*inputs, *layer.options}
    assert len(set(held)) == len(held)


@LAYERS
def test_what_a_bundle_brings_back_is_an_output(layer):
    returned = {o for a in layer.arguments if isinstance(a, Bundle) for o in a.returns}
    assert returned <= {o.name for o in layer.outputs}


@LAYERS
def test_every_point_has_the_same_dims_and_every_option(layer):
    names = list(layer.points[0].dims)
    assert set(layer.options) <= set(names)
    assert layer.keep in {"", *layer.options}
    for point in layer.points:
        assert list(point.dims) == names
        assert layer.shapes(point.dims)  # every symbol has a size


@LAYERS
def test_with_an_upstream_cotangent_there_is_a_gradient_and_the_other_way_round(layer):
    assert bool(layer.upstream) == bool(layer.gradients)


def test_no_two_candidates_could_be_reported_under_one_name():
    names = [name for layer in catalogue().values() for name in layer.spellings]
    assert len(set(names)) == len(names)


def test_another_spelling_has_as_many_functions_and_one_of_its_own():
    for layer in catalogue().values():
        claimed = set(layer.functions)
        for name, functions in layer.also.items():
            assert len(functions) == len(layer.functions), name
            assert set(functions) - claimed, name
            claimed |= set(functions)


def test_no_file_takes_a_layer_from_another():
    """It takes functions and constants: a layer in two files would be described in the first."""
    homes = {}
    for name, module in sys.modules.items():
        if name.startswith("crosscheck.layers."):
            for value in vars(module).values():
                if isinstance(value, Layer):
                    homes.setdefault(value, set()).add(name)
    assert set(homes) == set(catalogue().values())
    assert [files for files in homes.values() if len(files) > 1] == []
