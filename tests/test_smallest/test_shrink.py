"""The smallest failing case: really failing, tiny, and with nothing in it but what matters."""

from types import SimpleNamespace

import numpy as np
import pytest
from mutants import MUTANTS
from variants import VARIANTS

import impl_numpy
from crosscheck.candidate import Candidate
from crosscheck.case import Case, cases
from crosscheck.finding import WARNING, WRONG, Finding
from crosscheck.judging import check_case, check_cases
from crosscheck.layers import layer_named
from crosscheck.local import LocalOracles
from crosscheck.smallest.shrink import shrunk

pytestmark = pytest.mark.slow

MUTANTS_BY_NAME = {m.name: m for m in MUTANTS}


@pytest.fixture
def smallest(embedded):
    """``smallest("affine_mean_dw")`` is that mutant's smallest failing case; other candidates can
    be given with the kind and the quantity of their finding.
    """

    def shrink(mutant, kind="", quantity="", scenario=(), **limits):
        if isinstance(mutant, str):
            found = MUTANTS_BY_NAME[mutant]
            kind, quantity = found.kind, found.quantity
            candidate = Candidate(layer_named(found.layer), found.functions)
        else:
            candidate = mutant
        fixed = [c for c in cases(candidate.layer, ("float64",), scenario) if embedded.holds(c)]
        findings = [f for r in check_cases(candidate, fixed, embedded) for f in r.findings]
        wanted = (WRONG, kind, quantity)
        first = next(f for f in findings if (f.severity, f.kind, f.quantity) == wanted)
        return shrunk(candidate, first, **limits)

    return shrink


def dims(smallest):
    return smallest.case.id.split("/")[3]


@pytest.mark.parametrize(
    ("mutant", "expected"),
    [
        ("affine_no_bias", "N1-d1-M1"),
        ("affine_double_dx", "N1-d1-M1"),
        ("affine_mean_dw", "N2-d1-M1"),
        ("affine_skips_first", "N1-d1-M1"),
        ("affine_fortran_reshape", "N1-d2x2-M1"),
        ("affine_refitted_dw", "N1-d2-M2"),
        ("temporal_affine_mean_dw", "N1-T2-D1-M1"),
        ("softmax_summed_dx", "N2-C2"),
        ("layernorm_unbiased", "N1-D2-eps=0.1"),
        ("batchnorm_mean_dbeta", "N2-D1-momentum=0.6-eps=0.3"),
        ("conv_mean_dw", "N2-C1-H1-W1-F1-HH1-WW1-stride=1-pad=0"),
        ("conv_bias_per_channel", "N1-C2-H1-W1-F1-HH1-WW1-stride=1-pad=0"),
        ("conv_unpadded_dw", "N1-C1-H1-W1-F1-HH1-WW1-stride=1-pad=1"),
        ("max_pool_to_minimum", "N1-C1-H1-W2-pool_height=1-pool_width=2-stride=1"),
        ("rnn_mean_db", "N1-T2-D1-H1"),
        ("lstm_step_no_f", "N1-D1-H1"),
        ("gelu_one_term", "s1"),
        ("mse_loss_summed_dx", "s2"),
        ("attention_scaled_late", "N1-T1-S2-E2-M1"),
        ("adamw_forgets", "T2-s1-learning_rate=0.1-beta1=0.6-beta2=0.7-epsilon=0.2-"
         "weight_decay=0.4"),
        ("fully_connected_net_unpenalized_last", "N1-d1-A1-B2-C2-reg=0.3"),
    ],
)  # fmt: skip
def test_the_sizes_are_as_small_as_the_mistake_allows(mutant, expected, smallest):
    assert dims(smallest(mutant)) == expected


def test_the_values_are_as_simple_as_the_mistake_allows(smallest):
    found = smallest("affine_double_dx")
    arrays = {**found.drawn.inputs, **found.drawn.cotangents}
    assert {name: a.tolist() for name, a in arrays.items()} == {
        "x": [[0.0]],
        "w": [[1.0]],
        "b": [0.0],
        "dout": [[1.0]],
    }
    assert (found.quantity, found.index) == ("dx", (0, 0))
    assert (found.got.tolist(), found.expected.tolist()) == ([[2.0]], [[1.0]])


def test_ones_everywhere_are_simpler_than_ones_here_and_there(smallest):
    found = smallest("affine_mean_dw")
    assert found.drawn.inputs["x"].tolist() == found.drawn.cotangents["dout"].tolist() == [[1], [1]]
    assert (found.got.tolist(), found.expected.tolist()) == ([[1.0]], [[2.0]])


def test_large_numbers_stay_where_only_they_overflow(smallest):
    found = smallest("softmax_shifted_by_batch")
    assert found.finding.kind == "nonfinite"
    assert sorted(set(found.drawn.inputs["x"].ravel())) == [0.0, 1000.0]
    assert found.sure


def test_sizes_at_which_nothing_has_a_gradient_are_too_small(smallest):
    """Of one example, batch norm has none; and torch refuses it."""
    found = smallest("batchnorm_keeps_running")
    assert dims(found).startswith("N2-D1-")


def test_labels_are_the_first_ones(smallest):
    assert smallest("softmax_summed_dx").drawn.inputs["y"].tolist() == [0, 0]


def test_a_mask_keeps_what_its_fill_promises(smallest):
    mask = smallest("attention_masked_tiny").drawn.inputs["mask"]
    assert mask.any(axis=-1).all()
    assert not mask.all()


def test_a_variance_stays_positive(smallest):
    for mutant in ("batchnorm_test_over_variance", "batchnorm_keeps_running"):
        assert (smallest(mutant).drawn.inputs["running_var"] > 0).all()


def _lost_where_tied(dout, cache):
    """The gradient is lost wherever another element of x has the same value."""
    dx, x = impl_numpy.max_pool_backward(dout, cache), cache[0]
    return dx * ((x[..., np.newaxis] == x.ravel()).sum(axis=-1) == 1)


def test_a_mistake_at_ties_alone_keeps_its_tie(candidate, smallest):
    found = smallest(candidate("max_pool", max_pool_backward=_lost_where_tied), "value", "dx")
    x = found.drawn.inputs["x"]
    assert found.sure  # the layer says what else is accepted at ties
    assert x.size <= 4
    assert len(np.unique(x)) < x.size
    assert set(np.abs(x).ravel()) <= {0, 1, 2, 3}


def test_a_mistake_that_needs_two_examples_keeps_two(candidate, smallest):
    def forward(x, w, b):
        out, cache = impl_numpy.affine_forward(x, w, b)
        out[1:] += b
        return out, cache

    found = smallest(candidate("affine", affine_forward=forward), "value", "out")
    assert dims(found) == "N2-d1-M1"
    assert (found.got.ravel().tolist(), found.expected.ravel().tolist()) == ([1, 2], [1, 1])


def test_a_mistake_that_needs_a_rectangle_keeps_one(candidate, smallest):
    def backward(dout, cache):
        x, _ = cache
        dx = impl_numpy.max_pool_backward(dout, cache)
        return dx if x.shape[2] == x.shape[3] else 2 * dx

    found = smallest(candidate("max_pool", max_pool_backward=backward), "value", "dx")
    assert sorted(found.drawn.inputs["x"].shape) == [1, 1, 1, 2]


def test_what_is_said_is_so(smallest):
    """Run again and judged again, each of these arrays alone."""
    for name in ("conv_mean_dw", "softmax_summed_dx", "lstm_step_no_f", "layernorm_unbiased"):
        found, mutant = smallest(name), MUTANTS_BY_NAME[name]
        candidate = Candidate(found.case.layer, mutant.functions)
        for drawn in (found.drawn, found.case.draw()):
            oracle = LocalOracles().oracle_for(found.case, drawn)
            findings = check_case(candidate, found.case, oracle, drawn).findings
            assert found.quantity in {f.quantity for f in findings if f.severity == WRONG}
        again = candidate.trial(found.case, found.drawn).results[found.quantity]
        np.testing.assert_array_equal(again, found.got)
        assert np.abs(np.subtract(found.got, found.expected)).max() > 1e-3


def test_the_same_each_time(smallest):
    one, other = (smallest("spatial_groupnorm_gamma_last") for _ in range(2))
    assert one.case.id == other.case.id
    assert one.drawn.checksum == other.drawn.checksum


@pytest.mark.parametrize(
    ("mutant", "kind"),
    [
        ("affine_index_error", "crash"),
        ("affine_two_values", "arity"),
        ("affine_transposed_dw", "shape"),
        ("affine_object_db", "dtype"),
    ],
)
def test_what_is_no_value_is_shrunk_too(mutant, kind, smallest):
    found = smallest(mutant)
    assert found.finding.kind == kind
    assert found.case.size <= 11
    assert not any(a.any() for a in found.drawn.inputs.values())


def test_a_crash_is_the_same_only_if_it_is_raised_at_the_same_place(candidate, smallest):
    def backward(dout, cache):
        if len(dout) == 1:
            raise ValueError("another one")
        raise ValueError("this one")

    found = smallest(candidate("affine", affine_backward=backward), "crash", "")
    assert dims(found).startswith("N2-" if "this one" in found.finding.message else "N1-")


def test_an_error_as_small_as_roundings_of_float32_is_still_shown(smallest):
    found = smallest("sigmoid_float32_detour")
    assert dims(found) == "s1"
    assert 0 < abs(found.got - found.expected) < 1e-6


def test_rounding_errors_are_never_taken_for_the_mistake(candidate, smallest):
    """Off by a half at N = 2 and more, by a rounding error at N = 1."""

    def forward(x):
        out, cache = impl_numpy.softmax_forward(x)
        return out * (1.5 if len(x) > 1 else 1 + 1e-8), cache

    assert dims(smallest(candidate("softmax", softmax_forward=forward), "value", "out")) == "N2-C2"


@pytest.mark.parametrize("mutant", ["affine_memo_by_shape", "affine_accumulates_dw"])
def test_what_comes_from_earlier_calls_is_no_case(mutant, smallest):
    assert smallest(mutant) is None


def test_where_the_frameworks_differ_there_is_no_case(smallest):
    assert smallest("leaky_relu_slope_zero_at_zero") is None


@pytest.mark.parametrize("mutant", ["affine_global_x", "dropout_keeps_half"])
def test_what_no_small_case_can_show_has_none(mutant, smallest):
    assert smallest(mutant) is None


def test_a_warning_has_no_smallest_case(candidate):
    found = Finding("dtype", WARNING, "out", "relu/float64/normal/s7/0", "out is promoted")
    assert shrunk(candidate("relu"), found) is None


def test_sizes_that_a_candidate_does_not_claim_are_left_out(smallest):
    mutant = MUTANTS_BY_NAME["affine_no_bias"]
    some = Candidate(
        layer_named("affine"), mutant.functions, only=lambda N, M, **_: N > 1 and M == 5
    )
    assert dims(smallest(some, "value", "out")) == "N2-d1-M5"


def test_a_case_of_another_form_is_shrunk_in_its_plainest_one(candidate):
    wrong = MUTANTS_BY_NAME["affine_no_bias"].functions
    found = Finding("value", WRONG, "out", "affine/float32/fortran/N5-d2x3-M7/0", "out is wrong")
    assert shrunk(candidate("affine", **wrong), found).case.id == "affine/float64/normal/N1-d1-M1/0"


def test_right_functions_have_no_smallest_case(candidate):
    """Not even where a finding says so."""
    for layer in ("affine", "softmax_loss", "conv", "adam", "two_layer_net", "dropout"):
        case = next(cases(layer_named(layer), ("float64",)))
        for quantity in case.layer.quantities:
            found = Finding("value", WRONG, quantity, case.id, f"{quantity} is wrong")
            assert shrunk(candidate(layer), found) is None


@pytest.mark.parametrize("variant", VARIANTS[::9], ids=lambda v: v.name)
def test_right_variants_have_no_smallest_case(variant):
    layer = layer_named(variant.layer)
    right = Candidate(layer, variant.functions)
    for case in list(cases(layer, ("float64",)))[::5]:
        for quantity in layer.quantities:
            found = Finding("value", WRONG, quantity, case.id, f"{quantity} is wrong")
            assert shrunk(right, found) is None, case.id


def test_numpys_random_state_is_left_as_it_was(candidate, smallest):
    def forward(x, param):
        np.random.seed(param["seed"])
        mask = np.random.rand(*x.shape) < param["p"]
        return x * mask, (mask, param["p"])

    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    found = Finding(
        "value", WRONG, "out", "dropout/float64/normal/s7x11-p=0.8-seed=231/0", "out is wrong"
    )
    smallest_one = shrunk(candidate("dropout", dropout_forward=forward), found)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    kept = smallest_one.got != 0
    assert kept.any()
    np.testing.assert_array_equal(smallest_one.expected[~kept], 0)


def test_it_ends_in_time(candidate, monkeypatch):
    calls = []
    clock = SimpleNamespace(monotonic=lambda: 0.01 * len(calls))
    for module in ("shrink", "failure"):
        monkeypatch.setattr(f"crosscheck.smallest.{module}.time", clock)

    def forward(x):
        calls.append(x)
        return np.zeros_like(x), x

    found = Finding("value", WRONG, "out", "relu/float64/normal/s2x3x5x7/0", "out is wrong")
    slow = candidate("relu", relu_forward=forward)
    assert shrunk(slow, found, seconds=0.05) is not None
    in_time = len(calls)
    assert shrunk(slow, found, seconds=10.0) is not None
    assert in_time < 10 < len(calls) - in_time


def test_it_ends_after_so_many_runs(candidate):
    calls = []

    def forward(x):
        calls.append(x)
        return np.zeros_like(x), x

    found = Finding("value", WRONG, "out", "relu/float64/normal/s2x3x5x7/0", "out is wrong")
    assert shrunk(candidate("relu", relu_forward=forward), found, runs=20) is not None
    assert len(calls) <= 30  # each judged run may be one or two


def test_a_case_that_is_not_there_is_no_case(candidate):
    conv = "conv/float64/normal/N1-C1-H2-W2-F1-HH1-WW1-stride=3-pad=0/0"
    assert Case.parse(conv).exists
    assert shrunk(candidate("conv"), Finding("value", WRONG, "out", conv, "out is wrong")) is None
