"""How values are drawn and laid out: the same everywhere, full-mantissa, and never changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.layers import catalogue
from crosscheck.scenario import FORMS, LABELS, SCENARIOS, Bits, by_name

KNOWN = by_name(*(s for layer in catalogue().values() for s in layer.scenarios))
SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)
FORMAT = st.sampled_from(list(FORMATS.values()))
DRAWN_BY = sorted(s.name for s in SCENARIOS)


def _fill(name, shape, fmt, seed="a test"):
    return KNOWN[name].fill(Bits(f"{seed}/{name}/{fmt.name}"), shape, fmt)


# -- streams never change ---------------------------------------------------------------------


def test_bits_are_those_of_philox_keyed_by_the_text():
    words = Bits("crosscheck").words((3,))
    assert [hex(w) for w in words] == [
        "0xee1a34d67f995b97",
        "0x5570021423d0705d",
        "0x38d4baa244e7ab73",
    ]
    assert Bits("crosscheck").below(10, (12,)).tolist() == [9, 3, 2, 7, 2, 9, 6, 9, 7, 5, 5, 5]


@pytest.mark.parametrize(
    ("dtype", "x", "dout"),
    [
        ("float16", ["0x1.128p+1", "-0x1.7bcp-1", "-0x1.09p-2"], ["0x1.8dcp+0", "0x1.a6cp+0"]),
        ("bfloat16", ["0x1.56p-1", "-0x1.e2p-2", "0x1.06p+0"], ["0x1.96p-5", "-0x1.9ep+0"]),
        (
            "float32",
            ["0x1.501ee4p+0", "-0x1.413148p+1", "0x1.d9efeap-3"],
            ["0x1.cc36fcp-1", "-0x1.f021d6p+0"],
        ),
        (
            "float64",
            ["0x1.202f1671b35d1p-1", "-0x1.df7bc08657517p-2", "0x1.e848335bcea5cp-1"],
            ["0x1.69315a38292d8p-2", "-0x1.28118a95d2446p-1"],
        ),
    ],
)
def test_drawn_values_are_these(dtype, x, dout):
    drawn = Case.parse(f"relu/{dtype}/normal/s7/0").draw()
    assert [float(v) for v in drawn.inputs["x"][:3]] == [float.fromhex(v) for v in x]
    assert [float(v) for v in drawn.cotangents["dout"][:2]] == [float.fromhex(v) for v in dout]


def test_drawn_labels_are_these():
    labels = Case.parse("softmax_loss/float32/normal/N5-C7/0").draw().inputs["y"]
    assert labels.tolist() == [5, 5, 6, 6, 1]


CHECKSUMS = {
    "affine/float16/normal/N5-d2x3-M7/0": "8282e594b18f1355",
    "affine/bfloat16/normal/N5-d2x3-M7/0": "6b6282199e690afe",
    "affine/float32/normal/N5-d2x3-M7/0": "208cc67552bc0c70",
    "affine/float64/normal/N5-d2x3-M7/0": "b1243b05ea7256ea",
    "affine/float16/kinks/N5-d2x3-M7/0": "38625800fede38bf",
    "affine/bfloat16/kinks/N5-d2x3-M7/0": "1d3759168fb0b629",
    "affine/float32/kinks/N5-d2x3-M7/0": "a38ffa341d4ac953",
    "affine/float64/kinks/N5-d2x3-M7/0": "9874fb146d0a8f2a",
    "affine/float16/integers/N1-d4099-M1/0": "bb3476d1ab2f03ca",
    "affine/bfloat16/integers/N1-d4099-M1/0": "899fa3cc57120754",
    "affine/float32/integers/N1-d4099-M1/0": "1f37eae5fde250f2",
    "affine/float64/integers/N1-d4099-M1/0": "5994bc50ae9c3e65",
    "relu/float16/tiny/s5x2x3/0": "f84db3193a7c8c0c",
    "relu/bfloat16/tiny/s5x2x3/0": "a3d0c71902a4fc8d",
    "relu/float32/tiny/s5x2x3/0": "82f302036edf1c2b",
    "relu/float64/tiny/s5x2x3/0": "171ce785f892b7b0",
    "relu/float16/near-overflow/s5x2x3/0": "08f0beb3c5b7d4a1",
    "relu/bfloat16/near-overflow/s5x2x3/0": "163ff1767fcd273a",
    "relu/float32/near-overflow/s5x2x3/0": "639183656372ede6",
    "relu/float64/near-overflow/s5x2x3/0": "642e06fa98713087",
    "softmax_loss/float16/ties/N5-C7/0": "871441d995ff9054",
    "softmax_loss/bfloat16/ties/N5-C7/0": "5eb7dfaa8c8fa14a",
    "softmax_loss/float32/ties/N5-C7/0": "762ea4c18bb49350",
    "softmax_loss/float64/ties/N5-C7/0": "4fedc4d9181ac88e",
    "softmax_loss/float16/normal/N5-C7/2": "dd0531115016410e",
    "softmax_loss/bfloat16/normal/N5-C7/2": "bd37f9bbaa0d8dec",
    "softmax_loss/float32/normal/N5-C7/2": "ecfcc9853350f2b5",
    "softmax_loss/float64/normal/N5-C7/2": "3e40e72d17027b24",
    "softmax_loss/float16/underflow/N5-C7/0": "020f715ba2266a63",
    "softmax_loss/bfloat16/underflow/N5-C7/0": "7b87ae99b4e66a36",
    "softmax_loss/float32/underflow/N5-C7/0": "55f79793ff854fd0",
    "softmax_loss/float64/underflow/N5-C7/0": "f867840122248154",
}


@pytest.mark.parametrize("case_id", CHECKSUMS)
def test_the_checksum_of_a_case_never_changes(case_id):
    assert Case.parse(case_id).draw().checksum == CHECKSUMS[case_id]


def test_draws_depend_on_no_process_and_no_hash_seed(python):
    ids = list(CHECKSUMS)[::5]
    program = (
        "import sys; from crosscheck.case import Case\n"
        "print(*(Case.parse(i).draw().checksum for i in sys.argv[1:]))"
    )
    for seed in ("0", "1", "4321"):
        done = python("-c", program, *ids, PYTHONHASHSEED=seed)
        assert done.stdout.split() == [CHECKSUMS[i] for i in ids], done.stderr


def test_streams_of_different_names_differ():
    assert (Bits("a").words((4,)) != Bits("b").words((4,))).all()


def test_a_stream_goes_on_where_it_was():
    whole, parts = Bits("a"), Bits("a")
    twice = np.concatenate([parts.words((3,)), parts.words((2,))])
    assert whole.words((5,)).tolist() == twice.tolist()


@given(limit=st.integers(1, 2**32 - 1), name=st.text(max_size=5))
def test_integers_are_below_their_limit(limit, name):
    drawn = Bits(name).below(limit, (20,))
    assert drawn.dtype == np.int64
    assert ((drawn >= 0) & (drawn < limit)).all()


# -- values -----------------------------------------------------------------------------------


@given(name=st.sampled_from(DRAWN_BY), shape=SHAPES, fmt=FORMAT)
def test_every_fill_is_held_exactly_by_its_format(name, shape, fmt):
    values = _fill(name, shape, fmt)
    assert values.shape == shape
    narrow = np.asarray(values).astype(fmt.dtype).astype(np.float64)
    np.testing.assert_array_equal(narrow, values)


@pytest.mark.parametrize("name", ["normal", "positive", "kinks", "large", "near-overflow", "tiny"])
@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_values_use_the_last_bit_of_the_significand(name, fmt):
    values = _fill(name, (64,), fmt)
    integers = np.abs(np.frexp(values[values != 0])[0]) * 2.0**fmt.precision
    odd = integers % 2 == 1
    assert (integers == np.rint(integers)).all()
    assert 0.2 < odd.mean() < 0.8


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_normal_values_are_spread_as_a_normal_distribution(fmt):
    values = _fill("normal", (20_000,), fmt)
    assert abs(values.mean()) < 0.05
    assert 0.9 < values.std() < 1.2
    assert 0.6 < (np.abs(values) < 1).mean() < 0.75
    assert np.abs(values).max() < 4


@given(shape=SHAPES, fmt=FORMAT)
def test_positive_values_are_positive(shape, fmt):
    assert (_fill("positive", shape, fmt) > 0).all()


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_kinks_hold_zeros_of_either_sign_and_values_beside_them(fmt):
    values = _fill("kinks", (5, 2, 3), fmt)
    zeros = values == 0
    assert (zeros & ~np.signbit(values)).any()
    assert (zeros & np.signbit(values)).any()
    assert 0.1 < zeros.mean() < 0.7


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
@pytest.mark.parametrize("dtype", FORMATS)
def test_the_kinks_that_are_checked_hold_zeros_of_either_sign(layer, dtype):
    for case in cases(layer, [dtype], ["kinks"]):
        x = case.draw().inputs[layer.inputs[0].name].astype(np.float64)
        assert (np.signbit(x) & (x == 0)).any(), case.id
        assert (~np.signbit(x) & (x == 0)).any(), case.id


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_ties_are_at_most_three_values(fmt):
    values = _fill("ties", (5, 7), fmt)
    assert len(np.unique(values)) <= 3
    assert all(len(np.unique(row)) < len(row) for row in values)


@given(fmt=FORMAT, shape=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3)))
def test_equal_rows_are_constant(fmt, shape):
    equal = _fill("equal-rows", shape, fmt)
    assert (equal == equal[:, :1, :1]).all()


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
def test_magnitudes_lie_in_their_binade(fmt):
    large, tiny, huge = (np.abs(_fill(n, (50,), fmt)) for n in ("large", "tiny", "near-overflow"))
    assert ((large >= 512) & (large < 1024)).all()
    assert ((tiny >= 2 * fmt.smallest_normal) & (tiny < 4 * fmt.smallest_normal)).all()
    assert ((huge > min(fmt.largest, 2.0**1003) / 32) & (huge < fmt.largest / 4)).all()


@given(fmt=FORMAT, shape=SHAPES)
def test_integers_are_few_enough_that_sums_are_exact(fmt, shape):
    values = _fill("integers", shape, fmt)
    assert set(np.unique(values)) <= {-1.0, 0.0, 1.0}
    if values.size:
        assert values.flat[0] == 1.0
        assert values.flat[-1] == 1.0


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 4099])
def test_of_many_integers_few_are_not_zero(fmt, size):
    values = _fill("integers", (size,), fmt)
    assert np.abs(values).sum() <= max(2 ** (fmt.precision - 2), 1)


@pytest.mark.parametrize("dtype", FORMATS)
def test_every_sum_of_the_integer_cases_of_affine_is_exact_in_any_order(dtype):
    seen = list(cases(catalogue()["affine"], [dtype], ["integers"]))
    assert any(case.dims["d"] == (4099,) for case in seen)
    for case in seen:
        drawn = case.draw()
        x, w, b = (np.abs(a.astype(np.float64)) for a in drawn.inputs.values())
        dout = np.abs(drawn.cotangents["dout"].astype(np.float64))
        rows = x.reshape(len(x), -1)
        for mass in (rows @ w + b, dout @ w.T, rows.T @ dout, dout.sum(0)):
            assert mass.max() <= 2**case.format.precision


@pytest.mark.parametrize(("name", "specials"), [("nan", [np.nan]), ("inf", [np.inf, -np.inf])])
@given(fmt=FORMAT, shape=st.tuples(st.integers(2, 5), st.integers(1, 5)))
def test_special_values_are_there_once_each(name, specials, fmt, shape):
    values = _fill(name, shape, fmt)
    found = values[~np.isfinite(values)]
    np.testing.assert_array_equal(np.sort(found), np.sort(np.array(specials)))


# -- layouts ----------------------------------------------------------------------------------

LAYOUTS = ["normal", "fortran", "transposed", "negative", "broadcast"]


@given(name=st.sampled_from(LAYOUTS), shape=st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_no_layout_changes_a_value_or_shares_memory(name, shape):
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    if name == "broadcast":
        array = np.broadcast_to(array[:1], array.shape).copy()
    laid_out = KNOWN[name].layout(array)
    assert laid_out.dtype == array.dtype
    np.testing.assert_array_equal(laid_out, array)
    assert not np.may_share_memory(laid_out, array)


def _strides(name):
    array = np.zeros((3, 5, 7), np.float32)
    return tuple(s // 4 for s in KNOWN[name].layout(array).strides)


def test_layouts_have_the_strides_they_are_named_after():
    assert _strides("normal") == (35, 7, 1)
    assert _strides("fortran") == (1, 3, 15)
    assert _strides("transposed") == (1, 21, 3)
    assert _strides("negative") == (-35, -7, -1)
    assert _strides("broadcast") == (0, 7, 1)


@pytest.mark.parametrize("name", ["fortran", "transposed", "negative", "broadcast"])
@pytest.mark.parametrize("layer", ["affine", "relu", "softmax_loss"])
def test_cases_present_the_layout_that_they_are_named_after(layer, name):
    (case,) = (c for c in cases(catalogue()[layer], ["float32"], [name]))
    shown = case.present(case.draw().inputs)
    assert not shown["x"].flags.c_contiguous
    if name == "broadcast":
        assert shown["x"].strides[0] == 0
    elif name == "negative":
        assert all(s < 0 for s in shown["x"].strides)
    else:
        assert shown["x"].strides[0] == shown["x"].itemsize


def test_scenarios_have_names_and_descriptions_of_their_own():
    assert len({s.name for s in SCENARIOS}) == len(SCENARIOS)
    assert len({s.about for s in SCENARIOS}) == len(SCENARIOS)
    assert all("/" not in s.name for s in SCENARIOS)


def test_values_are_shared_only_with_a_scenario_that_exists_and_fills_alike():
    for s in SCENARIOS:
        if s.values_of:
            of = KNOWN[s.values_of]
            assert (s.fill, s.rest, s.fills, s.repeats) == (of.fill, of.rest, of.fills, of.repeats)
            assert not KNOWN[s.values_of].values_of
            assert s.guard


def test_a_layers_own_scenario_is_known_beside_the_common_ones():
    assert {"underflow"} <= set(KNOWN) - {s.name for s in SCENARIOS}


def test_forms_and_labels_are_the_scenarios_that_share_values_and_what_they_share():
    assert {n for n in FORMS if KNOWN[n].guard == "layout"} == set(FORMS) - {"repeated"}
    assert {n for n in (*FORMS, *LABELS) if KNOWN[n].values_of} == {
        s.name for s in SCENARIOS if s.values_of
    }
