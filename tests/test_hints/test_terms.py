"""A layer's terms: right as they stand, and wrong by each slip."""

from dataclasses import replace

import numpy as np
import pytest

from crosscheck.case import cases
from crosscheck.hints.memory import CaseKey
from crosscheck.hints.slip import Slip
from crosscheck.hints.terms import slips, summed, wide
from crosscheck.layers import catalogue
from crosscheck.local import LocalOracles

DECLARED = [layer for layer in catalogue().values() if layer.terms]
# Dropout draws its own mask: there is no formula of what comes out.
NONE = {"dropout", "dropout_test", "fully_connected_net_dropout"}


def scenarios_of(layer):
    return {c.scenario.name: c.scenario for c in cases(layer, ("float64",))}.values()


def small_cases(layer):
    return [
        case
        for case in cases(layer, ("float64",), ("normal",))
        if 0 < case.size <= 3000 and case.exists
    ]


def test_all_layers_but_dropout_declare_terms():
    assert set(catalogue()) - {layer.name for layer in DECLARED} == NONE


@pytest.mark.parametrize("layer", DECLARED, ids=lambda layer: layer.name)
def test_terms_sum_to_what_is_expected_of_every_quantity(layer):
    for case in small_cases(layer):
        drawn, oracle = case.draw(), LocalOracles().oracle(case)
        inputs, cotangents = wide(drawn.inputs), wide(drawn.cotangents)
        with np.errstate(all="ignore"):
            terms = layer.terms(Slip(), inputs, cotangents, **case.options)
        assert set(terms) == set(layer.quantities)
        for quantity, expected in oracle.expected.items():
            total = summed(terms[quantity])
            assert total.shape == expected.value.shape, (case.id, quantity)
            assert (expected.misfit(total, case.format) <= 1).all(), (case.id, quantity)


STRESSED = [layer for layer in DECLARED if any(s.stress for s in scenarios_of(layer))]


@pytest.mark.parametrize("layer", STRESSED, ids=lambda layer: layer.name)
def test_terms_are_as_finite_as_what_is_expected_of_large_values(layer):
    """NaN that comes of the terms' own form would prove any slip."""
    for case in cases(layer, ("float64",)):
        if case.scenario.stress and case.exists:
            drawn, oracle = case.draw(), LocalOracles().oracle(case)
            with np.errstate(all="ignore"):
                inputs, cotangents = wide(drawn.inputs), wide(drawn.cotangents)
                terms = layer.terms(Slip(), inputs, cotangents, **case.options)
                for quantity, expected in oracle.expected.items():
                    finite = np.isfinite(expected.value)
                    assert (np.isfinite(summed(terms[quantity])) >= finite).all(), case.id


def test_a_slip_is_wrong_in_the_one_run_that_tries_it():
    layer = catalogue()["rmsnorm"]
    case = small_cases(layer)[0]
    drawn, expected = case.draw(), LocalOracles().oracle(case).expected
    found = slips(CaseKey(case, drawn))["eps is added outside the root"]
    x, eps = drawn.inputs["x"], case.options["eps"]
    rms = np.sqrt((x**2).mean(axis=1, keepdims=True)) + eps
    np.testing.assert_allclose(found["out"], drawn.inputs["gamma"] * x / rms)
    assert (expected["out"].misfit(found["out"], case.format) > 1).any()


def test_a_slip_that_does_not_fit_the_shapes_explains_nothing():
    def terms(slip, inputs, cotangents):
        return {"out": slip(1.0, {"never": lambda: np.zeros(2) + np.zeros(3)})}

    case = small_cases(catalogue()["relu"])[0]
    broken = replace(case, layer=replace(case.layer, name="broken", terms=terms))
    assert slips(CaseKey(broken, case.draw())) == {"never": {}}


def test_all_alternatives_of_a_slip_are_noted_and_go_together():
    asked = Slip("b")
    assert [asked(1, {"a": 2}), asked(3, {"b": 4}), asked(5, {"b": lambda: 6})] == [1, 4, 6]
    assert list(asked.names) == ["a", "b"]
