"""Which cases are smaller, and which are cases at all."""

import pytest

from crosscheck.case import Case, cases
from crosscheck.layers import catalogue
from crosscheck.smallest.sizes import fits, smaller_cases, unseen_sizes


def _dims(case_id, name):
    return [c.dims[name] for c in smaller_cases(Case.parse(case_id))]


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_every_fixed_case_of_examples_fits(layer):
    for case in cases(layer, ("float64",)):
        assert fits(case) or case.scenario.name == "empty", case.id


@pytest.mark.parametrize(
    ("case_id", "why"),
    [
        ("max_pool/float64/normal/N1-C1-H4-W2-pool_height=2-pool_width=2-stride=3/0", "remainder"),
        ("conv/float64/normal/N1-C1-H2-W2-F1-HH1-WW1-stride=3-pad=0/0", "remainder"),
        ("conv/float64/normal/N1-C1-H2-W2-F1-HH1-WW1-stride=0-pad=0/0", "stride 0"),
        ("three_layer_conv_net/float64/normal/N1-Ch1-H3-W2-F1-K1-M1-C2-reg=0.3/0", "odd height"),
        ("conv_relu/float64/normal/N1-C1-H3-W3-F2-HH1-WW2-stride=1-pad=1/0", "padding alone"),
        ("dropout/float64/normal/s3-p=1.0-seed=1/0", "no probability"),
    ],
)
def test_what_correct_code_may_refuse_does_not_fit(case_id, why):
    assert not fits(Case.parse(case_id)), why


def test_each_size_becomes_smaller_the_least_first():
    found = [(c.dims["N"], c.dims["d"], c.dims["M"]) for c in
             smaller_cases(Case.parse("affine/float64/normal/N3-d2x3-M2/0"))]  # fmt: skip
    assert list(dict.fromkeys(found)) == [
        (1, (2, 3), 2),
        (2, (2, 3), 2),
        (3, (1,), 2),
        (3, (2,), 2),
        (3, (3,), 2),
        (3, (1, 3), 2),
        (3, (2, 1), 2),
        (3, (2, 2), 2),
        (3, (2, 3), 1),
    ]


def test_large_sizes_are_halved():
    sizes = list(dict.fromkeys(_dims("softmax/float64/normal/N307-C2/0", "N")))
    assert sizes == [1, 2, 3, 4, 5, 6, 7, 153, 76, 38, 19, 9, 307]


def test_each_size_is_drawn_a_few_times_the_own_seed_first():
    seeds = [c.seed for c in smaller_cases(Case.parse("softmax/float64/normal/N2-C1/5"))]
    assert seeds == [5, 0, 1]


def test_options_are_those_that_the_layer_itself_has():
    case_id = "layernorm/float64/normal/N1-D1-eps=0.00001/0"
    known = {p.dims["eps"] for p in catalogue()["layernorm"].points}
    assert set(_dims(case_id, "eps")) < known
    assert 0.1 in _dims(case_id, "eps")
    pool = "max_pool/float64/normal/N1-C1-H2-W2-pool_height=2-pool_width=2-stride=2/0"
    assert min(_dims(pool, "pool_height") + _dims(pool, "stride")) == 1


def test_a_probability_that_means_something_in_its_scenario_alone_stays_there():
    for scenario, known in (("normal", {1e-9, 1 - 1e-9}), ("dropout", {0.7, 0.4})):
        layer = catalogue()["fully_connected_net_dropout"]
        for case in cases(layer, ("float64",), (scenario,)):
            assert {c.dims["keep"] for c in smaller_cases(case)} <= known


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_unseen_sizes_are_those_of_no_fixed_case(layer):
    fixed = [c.dims for c in cases(layer, ("float64",))]
    unseen = unseen_sizes(next(cases(layer, ("float64",))))
    if unseen is not None:
        assert fits(unseen)
        assert unseen.dims not in fixed
