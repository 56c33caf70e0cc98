"""Which values are simpler than others."""

import numpy as np
import pytest

from crosscheck.case import Case
from crosscheck.layers import layer_named
from crosscheck.smallest.values import changeable, jittered, ranked, simpler_values, simpler_wholes

PLAIN = layer_named("affine").inputs[0]
LABELS = layer_named("softmax_loss").inputs[1]
VARIANCE = next(i for i in layer_named("batchnorm").inputs if i.name == "running_var")


def test_zero_is_simplest_then_one():
    assert list(simpler_values(0.0, PLAIN)) == []
    assert list(simpler_values(1.0, PLAIN)) == [0.0]
    assert list(simpler_values(0.7231, None))[:3] == [0.0, 1.0, 2.0]


def test_a_number_is_rounded_last_and_keeps_its_sign():
    assert list(simpler_values(-7.371, PLAIN))[-3:] == [-7.0, -7.25, -7.4]
    assert 0.0 not in list(simpler_values(1e-9, PLAIN))[1:]


def test_what_is_not_finite_stays():
    assert list(simpler_values(np.inf, PLAIN)) == list(simpler_values(np.nan, None)) == []


def test_labels_are_counted_down():
    assert list(simpler_values(np.int64(3), LABELS)) == [0, 1, 2]


def test_a_variance_stays_positive():
    assert min(simpler_values(0.371, VARIANCE)) > 0
    assert [w.tolist() for w in simpler_wholes(np.array([0.3, 0.7]), VARIANCE)] == [[1, 1]]


def test_ranks_keep_order_signs_and_ties():
    values = np.array([-0.5, 7.25, 0.25, -0.0, 0.25, -3.0])
    [simple] = ranked(values, PLAIN)
    assert simple.tolist() == [-1, 2, 1, 0, 1, -2]
    assert np.signbit(simple[3])
    assert list(ranked(simple, PLAIN)) == []


@pytest.mark.parametrize(
    ("case_id", "names"),
    [
        ("affine/float64/normal/N1-d1-M1/0", ["x", "w", "b", "dout"]),
        ("softmax_loss/float64/normal/N1-C2/0", ["x", "y"]),
        ("temporal_softmax_loss/float64/normal/N1-T2-V2/0", ["x", "y"]),
        ("batchnorm_test/float64/normal/N1-D1-momentum=0.7-eps=0.1/0",
         ["x", "gamma", "beta", "running_mean", "running_var"]),
    ],
)  # fmt: skip
def test_masks_and_what_is_differentiated_of_a_loss_stay(case_id, names):
    assert [name for name, _ in changeable(Case.parse(case_id))] == names


def test_a_jitter_unties_and_leaves_labels_variances_and_cotangents():
    case = Case.parse("batchnorm/float64/repeated/N3-D2-momentum=0.9-eps=0.3/0")
    drawn = case.draw()
    up, down = (jittered(case, drawn, sign) for sign in (1.0, -1.0))
    x = up.inputs["x"]
    assert len(np.unique(x)) == x.size
    np.testing.assert_allclose(x, drawn.inputs["x"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(x + down.inputs["x"], 2 * drawn.inputs["x"], rtol=1e-12)
    np.testing.assert_array_equal(up.inputs["running_var"], drawn.inputs["running_var"])
    np.testing.assert_array_equal(up.cotangents["dout"], drawn.cotangents["dout"])
