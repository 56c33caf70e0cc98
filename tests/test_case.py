"""A case is rebuilt exactly from its id, and the catalogue's cases are the ones wanted."""

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscheck.calling import Loss
from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.errors import SelectionError
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.layers import catalogue, layer_named, module_of
from crosscheck.scenario import FORMS, at_exponent, by_name, positive

EVERY = [case for layer in catalogue().values() for case in cases(layer)]
LAYERS = pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
NORMAL = "affine/float32/normal/N5-d2x3-M7/0"


def _points(layer):
    return [p.dims for p in layer_named(layer).points]


def _sizes(dims):
    return list(chain.from_iterable(s if isinstance(s, tuple) else (s,) for s in dims.values()))


# -- ids --------------------------------------------------------------------------------------


@LAYERS
def test_every_case_is_rebuilt_exactly_from_its_id(layer):
    for case in cases(layer):
        again = Case.parse(case.id)
        assert again == case
        assert again.id == case.id
        assert again.options == case.options


def test_ids_are_unique():
    ids = [case.id for case in EVERY]
    assert len(set(ids)) == len(ids)
    assert len(ids) > 300


def test_an_id_is_readable():
    case = Case.parse(NORMAL)
    assert case.layer is layer_named("affine")
    assert case.format is FORMATS["float32"]
    assert case.scenario.name == "normal"
    assert case.dims == {"N": 5, "d": (2, 3), "M": 7}
    assert case.seed == 0
    assert Case.parse("relu/float64/normal/s/0").dims == {"s": ()}


@given(
    n=st.integers(0, 10**6),
    d=st.lists(st.integers(0, 10**4), max_size=5).map(tuple),
    m=st.integers(0, 10**6),
    seed=st.integers(0, 10**12),
    dtype=st.sampled_from(list(FORMATS)),
)
def test_any_dims_and_seed_survive_the_id(n, d, m, seed, dtype):
    case = Case(
        layer_named("affine"),
        FORMATS[dtype],
        Case.parse(NORMAL).scenario,
        {"N": n, "d": d, "M": m},
        seed,
    )
    assert Case.parse(case.id) == case


def _some_dims(data, layer):
    """Dims as the layer's own are: of the same names and kinds."""
    few = st.integers(0, 10**6)

    def sized(size):
        if isinstance(size, tuple):
            return st.lists(few, max_size=5).map(tuple)
        # With all its digits and no exponent: ids hold no more than 18 of them.
        return st.floats(0, 10**6).map(lambda x: round(x, 18)) if isinstance(size, float) else few

    return {n: data.draw(sized(size), n) for n, size in layer.points[0].dims.items()}


@LAYERS
@given(data=st.data(), seed=st.integers(0, 10**12), dtype=st.sampled_from(list(FORMATS)))
@settings(max_examples=10)
def test_any_sizes_and_options_survive_the_id(layer, data, seed, dtype):
    dims = _some_dims(data, layer)
    case = Case(layer, FORMATS[dtype], by_name()["normal"], dims, seed)
    again = Case.parse(case.id)
    assert again == case
    assert [type(size) for size in again.dims.values()] == [type(s) for s in dims.values()]


CONV = "conv/float32/normal/N2-C3-H7-W5-F5-HH3-WW3-stride=2-pad=1/0"
BATCHNORM = "batchnorm/float64/normal/N7-D5-momentum=0.7-eps={}/0"


def test_an_id_says_options_with_their_values():
    assert Case.parse(CONV).options == {"stride": 2, "pad": 1}
    assert Case.parse(BATCHNORM.format("0.001")).options == {"momentum": 0.7, "eps": 0.001}


def test_options_are_no_exponentials():
    case = Case.parse(BATCHNORM.format("0.00000001"))
    assert case.options["eps"] == 1e-8
    assert case.id == BATCHNORM.format("0.00000001")


@pytest.mark.parametrize("eps", ["1", "1e-05", "-0.1", ".5", "0.", "nan", "0.1x2", ""])
def test_an_option_that_is_no_such_number_is_refused_with_an_example(eps):
    with pytest.raises(SelectionError) as refused:
        Case.parse(BATCHNORM.format(eps))
    example = next(cases(layer_named("batchnorm"))).id.split("/")[3]
    assert str(refused.value).endswith(f"are not dims of batchnorm. They look like {example}.")
    assert "-momentum=0." in example


@pytest.mark.parametrize("stride", ["stride=2.0", "stride=2x2", "step=2", "pad=1-stride=2"])
def test_another_option_is_refused(stride):
    with pytest.raises(SelectionError, match="are not dims of conv"):
        Case.parse(CONV.replace("stride=2", stride))


@pytest.mark.parametrize(
    "text",
    ["", "affine", "affine/float32/normal/N5-d2x3-M7", NORMAL + "/0", NORMAL[:-1] + "-1",
     NORMAL[:-1] + "one", NORMAL[:-1]],
)  # fmt: skip
def test_what_is_not_a_case_id_is_refused_with_an_example(text):
    with pytest.raises(SelectionError) as refused:
        Case.parse(text)
    assert str(refused.value) == (
        f"{text!r} is not a case id. One looks like this: affine/float32/normal/N5-d2x3-M7/0"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("affine", "afine", "There is no layer 'afine'. Did you mean affine"),
        ("float32", "f4", "There is no dtype 'f4'. The dtypes are: float16, bfloat16, float32,"),
        ("normal", "usual", "affine has no scenario 'usual'. Its scenarios are: normal, empty,"),
        ("N5-", "", "'d2x3-M7' are not dims of affine. They look like N5-d2x3-M7."),
        ("N5", "Q5", "'Q5-d2x3-M7' are not dims of affine. They look like N5-d2x3-M7."),
        ("N5", "N5x2", "'N5x2-d2x3-M7' are not dims of affine."),
        ("N5-d2x3", "d2x3-N5", "'d2x3-N5-M7' are not dims of affine."),
        ("N5", "N", "'N-d2x3-M7' are not dims of affine."),
    ],
)
def test_the_part_of_an_id_that_is_not_understood_is_named(old, new, message):
    with pytest.raises(SelectionError) as refused:
        Case.parse(NORMAL.replace(old, new))
    assert message in str(refused.value)


@pytest.mark.parametrize("dims", ["N5-d2x3-M7-!!", "N5--d2x3-M7", "N5-N6-d2x3-M7", "N5-d2x3-M7-"])
def test_dims_with_anything_more_in_them_are_refused(dims):
    with pytest.raises(SelectionError, match="are not dims of affine"):
        Case.parse(NORMAL.replace("N5-d2x3-M7", dims))


@pytest.mark.parametrize("seed", ["²", "9" * 5000], ids=["superscript", "huge"])
def test_a_seed_that_is_no_number_is_refused(seed):
    with pytest.raises(SelectionError):
        Case.parse(NORMAL[:-1] + seed)


def test_a_scenario_of_one_layer_is_none_of_another():
    with pytest.raises(SelectionError, match="affine has no scenario 'underflow'"):
        Case.parse(NORMAL.replace("normal", "underflow"))


# -- shared values ----------------------------------------------------------------------------


@LAYERS
def test_layouts_and_labels_share_values_and_oracle_with_their_plain_form(layer):
    for case in cases(layer, ["float32"]):
        plain = case.plain
        if case.scenario.values_of:
            assert plain.scenario.name == case.scenario.values_of
            assert case.values_id == plain.values_id == plain.id != case.id
            assert case.draw().checksum == plain.draw().checksum
        else:
            assert plain is case
            assert case.values_id == case.id


def test_what_is_shared_is_in_the_catalogue_itself():
    ids = {case.id for case in EVERY}
    assert {case.values_id for case in EVERY} <= ids


def test_every_other_change_draws_other_values():
    drawn = {}
    for case in EVERY:
        if case.scenario.name != "empty":  # nothing is like nothing
            drawn.setdefault(case.draw().checksum, set()).add(case.values_id)
    assert [ids for ids in drawn.values() if len(ids) > 1] == []


# -- arrays -----------------------------------------------------------------------------------


def test_masters_are_read_only_and_in_the_cases_dtype():
    for dtype in FORMATS:
        drawn = Case.parse(f"softmax_loss/{dtype}/normal/N5-C7/0").draw()
        assert drawn.inputs["x"].dtype == FORMATS[dtype].dtype
        assert drawn.inputs["y"].dtype == np.int64
        for array in (*drawn.inputs.values(), *drawn.cotangents.values()):
            assert not array.flags.writeable
            assert array.flags.c_contiguous


def test_a_master_cannot_be_overwritten():
    x = Case.parse(NORMAL).draw().inputs["x"]
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 0


def test_presented_arrays_are_fresh_copies():
    case = Case.parse(NORMAL)
    masters = case.draw().inputs
    one, two = case.present(masters), case.present(masters)
    one["x"][...] = 0
    np.testing.assert_array_equal(two["x"], masters["x"])
    assert not np.may_share_memory(two["x"], masters["x"])


def test_a_scalar_input_is_presented_as_a_fresh_copy():
    case = Case.parse("relu/float32/normal/s/0")
    masters = case.draw().inputs
    shown = case.present(masters)["x"]
    shown[...] = 7
    assert masters["x"] != 7


@LAYERS
def test_arrays_have_the_shapes_of_their_inputs_and_quantities(layer):
    for case in cases(layer, ["float32"]):
        drawn = case.draw()
        for i in layer.inputs:
            assert drawn.inputs[i.name].shape == i.shape_at(case.sizes)
        for (name, cotangent), o in zip(drawn.cotangents.items(), layer.upstream, strict=True):
            assert cotangent.shape == o.shape_at(case.sizes)
            assert name == f"d{o.name}"


def test_drawing_twice_gives_the_same():
    one, two = Case.parse(NORMAL).draw(), Case.parse(NORMAL).draw()
    assert one.checksum == two.checksum
    for name, array in one.inputs.items():
        np.testing.assert_array_equal(array, two.inputs[name])


def test_other_seeds_draw_other_values():
    drawn = {Case.parse(NORMAL[:-1] + str(seed)).draw().checksum for seed in range(20)}
    assert len(drawn) == 20


def test_a_checksum_tells_signed_zeros_apart():
    def checksum(fill):
        case = Case.parse(NORMAL)
        return replace(case, scenario=replace(case.scenario, fill=fill)).draw().checksum

    positive = checksum(lambda bits, shape, fmt: np.zeros(shape))
    assert positive != checksum(lambda bits, shape, fmt: -np.zeros(shape))
    assert positive == checksum(lambda bits, shape, fmt: np.zeros(shape))


def test_the_cotangent_is_drawn_and_never_all_ones():
    for case in EVERY:
        if case.layer.loss or case.scenario.rest.__name__ == "integers":
            continue
        for dout in case.draw().cotangents.values():
            row = dout[:1] if case.scenario.repeats else dout
            assert row.size < 2 or len(np.unique(row.astype(np.float64))) > 1, case.id


def test_the_cotangent_of_a_loss_is_one():
    assert Case.parse("softmax_loss/float32/normal/N5-C7/0").draw().cotangents["dloss"] == 1


def test_labels_use_every_class_somewhere_and_none_outside():
    drawn = [
        c.draw().inputs["y"] for c in cases(layer_named("softmax_loss"), ["float32"], ["normal"])
    ]
    small = [y for y, dims in zip(drawn, _points("softmax_loss"), strict=False) if dims["C"] < 10]
    assert all((y >= 0).all() for y in drawn)
    assert len(np.unique(np.concatenate(small))) > 3


# -- fills ------------------------------------------------------------------------------------


def _filled(value):
    return lambda bits, shape, fmt: np.full(shape, value)


def _mask(bits, shape, fmt):
    return bits.below(2, shape) == 1


def _case_of(*inputs, scenario="normal", dtype="float32", **changes):
    """A case of a layer of these inputs, in a scenario changed like this."""
    layer = Layer(
        "f", "", inputs, (Output("out", "N"),), (Point({"N": 7, "D": 5}),), torch=print, jax=()
    )
    changed = replace(by_name()[scenario], **changes)
    return Case(layer, FORMATS[dtype], changed, layer.points[0].dims, 0)


X, W, V = Input("x", "N D"), Input("w", "D"), Input("v", "D")
FIRST, REST = {"fill": _filled(2.0)}, {"rest": _filled(3.0)}


def _values(case):
    drawn = case.draw()
    return {n: a.flat[0] for n, a in (drawn.inputs | drawn.cotangents).items()}


def test_the_first_input_is_filled_in_one_way_and_all_else_in_another():
    assert _values(_case_of(X, W, V, **FIRST, **REST)) == {"x": 2, "w": 3, "v": 3, "dout": 3}


def test_an_input_may_have_a_fill_of_its_own():
    own = replace(W, fill=_filled(9.0))
    assert _values(_case_of(X, own, V, **FIRST, **REST)) == {"x": 2, "w": 9, "v": 3, "dout": 3}


def test_the_scenario_s_fill_goes_to_the_first_input_without_one_of_its_own():
    own = replace(X, fill=_filled(9.0))
    assert _values(_case_of(own, W, V, **FIRST, **REST)) == {"x": 9, "w": 2, "v": 3, "dout": 3}


def test_labels_take_no_fill_from_the_others():
    labels = Input("y", "N", below="D")
    values = _values(_case_of(labels, X, W, **FIRST, **REST))
    assert (values["x"], values["w"]) == (2, 3)


def test_a_scenario_s_fill_of_one_input_goes_before_the_input_s_own():
    own = replace(W, fill=_filled(9.0))
    case = _case_of(X, own, V, **FIRST, **REST, fills={"w": _filled(8.0)})
    assert _values(case) == {"x": 2, "w": 8, "v": 3, "dout": 3}


def test_fills_change_nothing_of_the_other_inputs():
    plain, own = _case_of(X, W), _case_of(X, replace(W, fill=positive))
    np.testing.assert_array_equal(plain.draw().inputs["x"], own.draw().inputs["x"])
    np.testing.assert_array_equal(plain.draw().cotangents["dout"], own.draw().cotangents["dout"])
    assert (own.draw().inputs["w"] > 0).all()


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_mask_is_drawn_and_presented_as_booleans(dtype):
    for layout in ("normal", "fortran", "negative", "broadcast"):
        case = _case_of(
            X, Input("m", "N D", constant=True, fill=_mask), scenario=layout, dtype=dtype
        )
        drawn = case.draw()
        mask = drawn.inputs["m"]
        assert (mask.dtype, mask.flags.writeable) == (bool, False)
        assert set(mask.flat) == {True, False}
        assert drawn.inputs["x"].dtype == case.format.dtype
        shown = case.present(drawn.inputs)["m"]
        np.testing.assert_array_equal(shown, mask)
        assert (shown.dtype, shown.flags.writeable) == (bool, True)
        assert not np.may_share_memory(shown, mask)


def test_a_checksum_tells_masks_apart():
    def checksum(value):
        mask = Input("m", "N D", constant=True, fill=lambda b, s, f: np.full(s, value))
        return _case_of(X, mask).draw().checksum

    assert checksum(True) != checksum(False)
    assert checksum(True) == checksum(True)


@pytest.mark.parametrize("scenario", ["repeated", "broadcast"])
def test_where_rows_repeat_they_do_in_every_array_whatever_fills_it(scenario):
    own = replace(X, name="own", fill=at_exponent(lambda f: 3))
    mask = Input("m", "N D", constant=True, fill=_mask)
    case = _case_of(X, own, mask, W, scenario=scenario)
    drawn = case.draw()
    for array in (*drawn.inputs.values(), *drawn.cotangents.values()):
        assert array.size > 1
        np.testing.assert_array_equal(array, np.broadcast_to(array[:1], array.shape))
    assert ((np.abs(drawn.inputs["own"]) >= 8) & (np.abs(drawn.inputs["own"]) < 16)).all()
    assert len(np.unique(drawn.inputs["x"][0])) == 5


def test_the_sizes_of_a_case_are_its_dims_and_what_follows_from_them():
    case = Case.parse(CONV)
    assert (case.sizes["Ho"], case.sizes["Wo"]) == (4, 3)
    assert "Ho" not in case.id
    assert case.size == 2 * 3 * 7 * 5 + 5 * 3 * 3 * 3 + 5


def test_only_outputs_that_have_a_cotangent_are_given_one():
    case = Case.parse(BATCHNORM.format("0.001"))
    assert list(case.draw().cotangents) == ["dout"]
    assert not Case.parse("batchnorm_test" + case.id.removeprefix("batchnorm")).draw().cotangents


def test_a_loss_is_differentiated_as_it_stands_also_where_rows_repeat():
    layer = Layer(
        "f", "", (X,), (Output("scores", "N", constant=True), Output("loss", "")),
        (Point({"N": 7, "D": 5}),), torch=print, jax=(), calling=Loss(),
    )  # fmt: skip
    case = Case(layer, FORMATS["float32"], by_name()["repeated"], layer.points[0].dims, 0)
    assert {n: a.tolist() for n, a in case.draw().cotangents.items()} == {"dloss": 1.0}


# -- what the catalogue covers ----------------------------------------------------------------


def _families():
    """The layers by the file that they are in."""
    found = {}
    for layer in catalogue().values():
        found.setdefault(module_of(layer.name).__name__, []).append(layer)
    return found


@pytest.mark.parametrize("layers", _families().values(), ids=_families())
def test_no_two_sizes_are_the_same_in_a_whole_family(layers):
    """Else a transposition hides, and a mean over the wrong axis."""
    told_apart = {}
    for layer in layers:
        for dims in _points(layer.name):
            sizes = {n: size for n, size in dims.items() if n not in layer.options}
            for one, other in combinations(sizes, 2):
                differ = sizes[one] != sizes[other] and not {0, 1} & {sizes[one], sizes[other]}
                told_apart[one, other] = told_apart.get((one, other), False) or differ
    assert [pair for pair, apart in told_apart.items() if not apart] == []


@pytest.mark.parametrize("layer", ["affine", "relu", "softmax_loss"])
def test_dims_are_distinct_primes_or_one_or_nothing(layer):
    for dims in _points(layer):
        primes = [s for s in _sizes(dims) if s > 1]
        assert all(all(p % q for q in range(2, int(p**0.5) + 1)) for p in primes), dims
        assert len(set(primes)) == len(primes), dims


@pytest.mark.parametrize("dim", ["N", "d", "M"])
def test_each_dim_of_affine_is_one_somewhere_alone(dim):
    alone = [
        d for d in _points("affine") if d[dim] in {1, (1,)} and sum(s == 1 for s in _sizes(d)) == 1
    ]
    assert alone


@pytest.mark.parametrize("dim", ["N", "C"])
def test_each_dim_of_softmax_loss_is_one_somewhere(dim):
    assert any(d[dim] == 1 for d in _points("softmax_loss"))


def test_x_has_from_two_to_five_dimensions_in_affine():
    assert {1 + len(d["d"]) for d in _points("affine")} == {2, 3, 4, 5}


def test_relu_takes_from_no_to_five_dimensions():
    assert {len(d["s"]) for d in _points("relu")} == {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("layer", ["affine", "softmax_loss"])
def test_one_reduction_is_wide(layer):
    assert any(size >= 4096 for dims in _points(layer) for size in _sizes(dims))


@LAYERS
def test_every_layer_is_asked_for_normal_values_at_its_main_point_in_every_dtype(layer):
    """There it is asked again after other data, too."""
    for dtype in FORMATS:
        found = list(cases(layer, [dtype], ["normal"]))
        assert any(case.dims == layer.points[0].dims for case in found)
        assert len({case.values_id for case in found}) >= 2


@pytest.mark.parametrize("layers", _families().values(), ids=_families())
def test_every_family_of_layers_is_asked_in_other_layouts(layers):
    """But for a broadcast form: some are given memory to write into."""
    found = {case.scenario.name for layer in layers for case in cases(layer, ["float32"])}
    assert set(FORMS) - {"repeated", "broadcast"} <= found


@pytest.mark.parametrize("layer", ["affine", "relu", "softmax_loss"])
@pytest.mark.parametrize("dtype", FORMATS)
def test_where_all_that_apply_are_wanted_every_scenario_is_there(layer, dtype):
    wanted = {"normal", "empty", "positive", "integers", "kinks", "ties", "equal-rows", "large"}
    wanted |= {"near-overflow", "tiny", "nan", "inf", "fortran", "transposed", "negative"}
    found = {c.scenario.name for c in cases(layer_named(layer), [dtype])}
    assert wanted | {"repeated", "broadcast"} <= found


@pytest.mark.parametrize("layer", ["affine", "relu", "softmax_loss"])
def test_there_are_several_seeds_and_one_batch_of_no_examples(layer):
    found = list(cases(layer_named(layer), ["float32"]))
    assert {c.seed for c in found} >= {0, 1, 2}
    empty = [c for c in found if c.scenario.name == "empty"]
    assert len(empty) == 1
    assert 0 in _sizes(empty[0].dims)


def test_labels_come_in_every_integer_dtype():
    integers = {f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)}
    shown = {
        case.present(case.draw().inputs)["y"].dtype.name
        for case in cases(layer_named("softmax_loss"), ["float32"])
    }
    assert shown == integers


def test_layers_without_labels_have_no_cases_for_their_dtypes():
    assert not [c for c in cases(layer_named("relu")) if c.scenario.labels != "int64"]


# -- selecting --------------------------------------------------------------------------------


def test_cases_are_those_of_the_dtypes_scenarios_and_seeds_asked_for():
    found = list(cases(layer_named("relu"), ["float64"], ["kinks", "ties"], [3, 4]))
    assert {(c.format.name, c.scenario.name, c.seed) for c in found} == {
        ("float64", scenario, seed) for scenario in ("kinks", "ties") for seed in (3, 4)
    }


def test_only_normal_values_are_drawn_with_several_seeds_unless_asked():
    seeds = {}
    for case in cases(layer_named("relu"), ["float32"]):
        seeds.setdefault(case.scenario.name, set()).add(case.seed)
    assert seeds.pop("normal") == {0, 1, 2}
    assert all(s == {0} for s in seeds.values())


def test_an_unknown_dtype_is_refused():
    with pytest.raises(SelectionError, match="There is no dtype 'float8'"):
        list(cases(layer_named("relu"), ["float8"]))


def test_the_size_of_a_case_counts_the_numbers_that_go_in():
    assert Case.parse(NORMAL).size == 5 * 6 + 6 * 7 + 7
    assert Case.parse("relu/float32/normal/s/0").size == 1
