"""References judge only if they agree: what they disagree on must be declared, and is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.errors import DescriptionError
from crosscheck.layer import Defect, Dispute, Input, Layer, Output, Point
from crosscheck.layers import catalogue
from crosscheck.scenario import by_name, positive

pytestmark = pytest.mark.live


def compute(case):
    from crosscheck.agreement import compute

    return compute(case)


def case_of(layer, scenario="normal", dtype="float32"):
    return Case(layer, FORMATS[dtype], by_name()[scenario], layer.points[0].dims, 0)


def elementwise(name, torch, *jax, size=5, **declared):
    """A layer of one array, ``out`` of the same shape as ``x``."""
    return Layer(
        name, "", (Input("x", "s"),), (Output("out", "s"),), (Point({"s": size}),), torch, jax,
        **declared,
    )  # fmt: skip


def torch_abs(x):
    return x.abs()


def jax_abs(x):
    import jax.numpy as jnp

    return jnp.abs(x)


def doubled(x):
    return x + x


def tripled(x):
    return x + x + x


MANY_SEEDS = 1000  # a defect may show in few of them; the search ends at the first
SLOPE = "the slope of abs at 0 is 0 in torch and 1 in JAX"


def test_references_that_agree_give_both_votes():
    oracle = compute(case_of(elementwise("doubled", doubled, doubled)))
    assert oracle.votes == ("torch", "jax")
    assert oracle.expected["dx"].other is None


@pytest.mark.parametrize("dtype", list(FORMATS))
def test_references_that_differ_undeclared_are_an_error_of_the_description(dtype):
    with pytest.raises(DescriptionError, match="error of the layer's description") as caught:
        compute(case_of(elementwise("wrong", doubled, tripled), dtype=dtype))
    assert "out[0] is" in str(caught.value)
    assert "in torch and" in str(caught.value)


def test_a_convention_that_is_not_declared_is_an_error():
    with pytest.raises(DescriptionError, match="declare a Dispute or a Defect"):
        compute(case_of(elementwise("abs", torch_abs, jax_abs, size=40), "kinks"))


def test_a_declared_convention_accepts_either_answer():
    convention = Dispute("dx", SLOPE, ("kinks",))
    layer = elementwise("abs", torch_abs, jax_abs, size=40, conventions=(convention,))
    oracle = compute(case_of(layer, "kinks"))
    dx, fmt = oracle.expected["dx"], FORMATS["float32"]
    assert dx.other is not None
    assert not (dx.misfit(dx.value, fmt) > 1).any()
    assert not (dx.misfit(dx.other, fmt) > 1).any()
    assert (dx.misfit(dx.value + 0.5, fmt) > 1).all()


def torch_softmax(x):
    return x.softmax(0)


def jax_softmax(x):
    from jax.nn import softmax

    return softmax(x)


# JAX differentiates a quotient through 1/b², and b·b overflows float16 above 255.9: over 1,024
# equal scores its gradient of softmax is wrong by its own size.
OVERFLOW = Defect("jax", "dx", ("float16",), ("equal-rows",), "b·b overflows in the quotient rule")


def even_scores(**declared):
    layer = elementwise("softmax", torch_softmax, jax_softmax, size=1024, **declared)
    rows = replace(
        by_name()["equal-rows"], fill=lambda bits, shape, fmt: np.zeros(shape), rest=positive
    )
    return replace(case_of(layer, "equal-rows", "float16"), scenario=rows)


def test_a_framework_that_is_wrong_in_the_dtype_is_an_error_if_undeclared():
    with pytest.raises(DescriptionError, match="in jax in float16 and"):
        compute(even_scores())


def test_a_declared_defect_costs_the_framework_its_vote_and_nothing_else():
    oracle = compute(even_scores(defects=(OVERFLOW,)))
    assert oracle.votes == ("torch",)
    assert oracle.expected["dx"].other is None


def test_a_defect_declared_for_another_dtype_does_not_count():
    with pytest.raises(DescriptionError, match="in jax in float16 and"):
        compute(even_scores(defects=(replace(OVERFLOW, dtypes=("bfloat16",)),)))


def two_pass(x):
    import jax.numpy as jnp

    return jnp.square(x - x.mean()).mean(keepdims=True) + 0.0 * x


def one_pass(x):
    import jax.numpy as jnp

    return jnp.square(x).mean(keepdims=True) - jnp.square(x.mean()) + 0.0 * x


def torch_variance(x):
    return x.var(correction=0) + 0.0 * x


def test_of_several_accepted_formulas_the_larger_bound_counts():
    two, one, both = (
        compute(case_of(elementwise("variance", torch_variance, *formulas), "large")).expected[
            "out"
        ]
        for formulas in ((two_pass,), (one_pass,), (two_pass, one_pass))
    )
    assert (one.bound != two.bound).all()
    assert np.array_equal(both.bound, np.maximum(one.bound, two.bound))


# -- options, constants, masks ----------------------------------------------------------------


def masked(x, mask, *, factor):
    return x * mask * factor, x + x


def masked_layer(*, differentiated=True):
    return Layer(
        "masked", "",
        (
            Input("x", "s", constant=not differentiated),
            Input("mask", "s", constant=True, fill=lambda bits, s, fmt: bits.below(2, s) == 1),
        ),
        (Output("out", "s"), Output("twice", "s", constant=True)),
        (Point({"s": 20, "factor": 3.0}),), masked, (masked,), options=("factor",),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", list(FORMATS))
def test_a_mask_an_option_and_a_constant_output_have_their_answers(dtype):
    case = case_of(masked_layer(), dtype=dtype)
    drawn, expected = case.draw(), compute(case).expected
    x, mask = (drawn.inputs[n].astype(np.float64) for n in ("x", "mask"))
    assert list(expected) == ["out", "twice", "dx"]
    np.testing.assert_array_equal(expected["out"].value, x * mask * 3)
    np.testing.assert_array_equal(expected["twice"].value, x + x)
    dout = drawn.cotangents["dout"].astype(np.float64)
    np.testing.assert_array_equal(expected["dx"].value, dout * 3 * mask)
    assert not expected["out"].bound[mask == 0].any()


def test_what_cannot_be_differentiated_has_outputs_alone():
    oracle = compute(case_of(masked_layer(differentiated=False)))
    assert list(oracle.expected) == ["out", "twice"]
    assert oracle.votes == ("torch", "jax")


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_every_declared_difference_of_the_frameworks_is_still_there(layer):
    """If this fails, a framework has changed sides: mend the declaration."""
    for c in layer.conventions:
        if isinstance(c, Dispute):
            shown = [
                compute(case).expected[c.quantity].other is not None
                for case in cases(layer, ["float32", "float64"], c.scenarios)
            ]
            assert any(shown), f"{layer.name}: no longer so: {c.reason}"


@pytest.mark.parametrize("layer", catalogue().values(), ids=lambda layer: layer.name)
def test_every_declared_defect_is_still_there(layer):
    """If this fails, a framework has been mended: take the declaration out."""
    for d in layer.defects:
        found = cases(layer, d.dtypes, d.scenarios, range(MANY_SEEDS))
        # Long sums first: what a framework does badly shows there, in the first few.
        found = sorted(found, key=lambda case: (case.seed, -case.size))
        seen = any(d.framework not in compute(case).votes for case in found)
        assert seen, f"{layer.name}: no longer so: {d.reason}"
