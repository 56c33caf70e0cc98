"""A case is rebuilt exactly from its id, and the catalogue's cases are the ones wanted."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.errors import SelectionError
from crosscheck.layers import catalogue, layer_named

EVERY = [case for layer in catalogue().values() for case in cases(layer)]
NORMAL = "affine/float32/normal/N5-d2x3-M7/0"


def _points(layer):
    return [p.dims for p in layer_named(layer).points]


def _sizes(dims):
    return list(chain.from_iterable(s if isinstance(s, tuple) else (s,) for s in dims.values()))


# -- ids --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_a_case_is_rebuilt_exactly_from_its_id(case):
    again = Case.parse(case.id)
    assert again == case
    assert again.id == case.id


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
        ("affine", "afine", "There is no layer 'afine'. The layers are: affine, relu,"),
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


@pytest.mark.parametrize("case", [c for c in EVERY if c.scenario.values_of], ids=lambda c: c.id)
def test_layouts_and_labels_share_values_and_oracle_with_their_plain_form(case):
    plain = case.plain
    assert plain.scenario.name == case.scenario.values_of
    assert case.values_id == plain.values_id == plain.id != case.id
    assert case.draw().checksum == plain.draw().checksum


@pytest.mark.parametrize("case", [c for c in EVERY if not c.scenario.values_of][::17])
def test_any_other_case_is_its_own_plain_form(case):
    assert case.plain is case
    assert case.values_id == case.id


def test_what_is_shared_is_in_the_catalogue_itself():
    ids = {case.id for case in EVERY}
    assert {case.values_id for case in EVERY} <= ids


def test_every_other_change_draws_other_values():
    drawn = {}
    for case in EVERY:
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


@pytest.mark.parametrize("case", EVERY[::7], ids=lambda case: case.id)
def test_arrays_have_the_shapes_of_their_inputs_and_quantities(case):
    drawn = case.draw()
    for i in case.layer.inputs:
        assert drawn.inputs[i.name].shape == i.shape_at(case.dims)
    for (name, cotangent), output in zip(drawn.cotangents.items(), case.layer.outputs, strict=True):
        assert cotangent.shape == output.shape_at(case.dims)
        assert name == f"d{output.name}"


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
            assert dout.size < 2 or len(np.unique(dout.astype(np.float64))) > 1, case.id


def test_the_cotangent_of_a_loss_is_one():
    assert Case.parse("softmax_loss/float32/normal/N5-C7/0").draw().cotangents["dloss"] == 1


def test_labels_use_every_class_somewhere_and_none_outside():
    drawn = [
        c.draw().inputs["y"] for c in cases(layer_named("softmax_loss"), ["float32"], ["normal"])
    ]
    small = [y for y, dims in zip(drawn, _points("softmax_loss"), strict=False) if dims["C"] < 10]
    assert all((y >= 0).all() for y in drawn)
    assert len(np.unique(np.concatenate(small))) > 3


# -- what the catalogue covers ----------------------------------------------------------------


@pytest.mark.parametrize("layer", catalogue())
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


@pytest.mark.parametrize("layer", catalogue())
@pytest.mark.parametrize("dtype", FORMATS)
def test_every_layer_has_every_scenario_in_every_dtype(layer, dtype):
    wanted = {"normal", "empty", "positive", "integers", "kinks", "ties", "equal-rows", "large"}
    wanted |= {"near-overflow", "tiny", "nan", "inf", "fortran", "transposed", "negative"}
    found = {c.scenario.name for c in cases(layer_named(layer), [dtype])}
    assert wanted | {"repeated", "broadcast"} <= found


@pytest.mark.parametrize("layer", catalogue())
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
