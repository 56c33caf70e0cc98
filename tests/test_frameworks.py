"""Both frameworks run a reference and its derivative: NumPy in, NumPy out, nothing left behind."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest

from crosscheck.case import Case
from crosscheck.dtypes import FORMATS
from crosscheck.layer import Input, Layer, Output, Point

pytestmark = pytest.mark.live

IDS = [
    "affine/float64/normal/N5-d2x3-M7/0",
    "relu/float64/normal/s5x2x3/0",
    "softmax_loss/float64/normal/N5-C7/0",
    "conv/float64/normal/N2-C3-H7-W5-F5-HH3-WW3-stride=2-pad=1/0",
    "batchnorm/float64/normal/N7-D5-momentum=0.7-eps=0.001/0",
]
STEP = 1e-6


def frameworks():
    from crosscheck.agreement import FRAMEWORKS

    return FRAMEWORKS


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("case_id", IDS)
def test_the_gradients_are_those_of_central_differences(framework, case_id):
    case = Case.parse(case_id)
    run, drawn = frameworks()[framework], case.draw()
    results = run(case.layer, case.options, drawn.inputs, drawn.cotangents)
    [output] = (o.name for o in case.layer.upstream)
    [cotangent] = drawn.cotangents.values()
    for i in case.layer.differentiated:
        direction = np.cos(np.arange(drawn.inputs[i.name].size)).reshape(drawn.inputs[i.name].shape)

        def along(step, name=i.name, direction=direction):
            moved = dict(drawn.inputs) | {name: drawn.inputs[name] + step * direction}
            return (
                run(case.layer, case.options, moved, drawn.cotangents)[output] * cotangent
            ).sum()

        slope = (along(STEP) - along(-STEP)) / (2 * STEP)
        assert (results["d" + i.name] * direction).sum() == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("case_id", IDS)
def test_every_quantity_comes_back_in_the_case_s_dtype(framework, dtype, case_id):
    case = Case.parse(case_id.replace("float64", dtype))
    drawn = case.draw()
    results = frameworks()[framework](case.layer, case.options, drawn.inputs, drawn.cotangents)
    assert list(results) == list(case.layer.quantities)
    for name, shape in case.layer.shapes(case.dims).items():
        assert (results[name].dtype, results[name].shape) == (case.format.dtype, shape)


# -- options, constants, masks ----------------------------------------------------------------

BOTH = pytest.mark.parametrize("framework", ["torch", "jax"])


def scaled(x, w, *, factor):
    """Two outputs, of which the second depends on a constant alone."""
    return x * factor + w * 0, w + w


def masked(x, mask):
    return x * mask


OUT = (Output("out", "s"),)


def layer_of(reference, *inputs, outputs=OUT, **more):
    points = (Point({"s": 3}),)
    return Layer("f", "", inputs, outputs, points, reference, (reference,), **more)


X, MASK = Input("x", "s"), Input("mask", "s", constant=True)
ONES, TWOS = np.ones(3), np.full(3, 2.0)


@BOTH
def test_options_are_given_by_name_and_each_setting_is_a_program_of_its_own(framework):
    layer = layer_of(lambda x, *, factor: x * factor, X, options=("factor",))
    for factor in (2, 5, 2.5):
        results = frameworks()[framework](layer, {"factor": factor}, {"x": ONES}, {"dout": TWOS})
        assert {n: a.tolist() for n, a in results.items()} == {
            "out": [factor] * 3,
            "dx": [2 * factor] * 3,
        }


@BOTH
def test_constant_outputs_come_back_and_are_not_differentiated(framework):
    layer = layer_of(
        scaled, X, Input("w", "s"), options=("factor",),
        outputs=(Output("out", "s"), Output("stats", "s", constant=True)),
    )  # fmt: skip
    results = frameworks()[framework](layer, {"factor": 3}, {"x": ONES, "w": TWOS}, {"dout": TWOS})
    assert list(results) == ["out", "stats", "dx", "dw"]
    assert results["stats"].tolist() == [4, 4, 4]
    assert results["dx"].tolist() == [6, 6, 6]
    assert results["dw"].tolist() == [0, 0, 0]


@BOTH
def test_with_nothing_to_differentiate_there_are_only_outputs(framework):
    layer = layer_of(masked, Input("x", "s", constant=True), MASK)
    results = frameworks()[framework](layer, {}, {"x": TWOS, "mask": ONES > 0}, {})
    assert {n: a.tolist() for n, a in results.items()} == {"out": [2, 2, 2]}


@BOTH
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_mask_is_no_float_and_has_no_say_in_the_dtype(framework, dtype):
    kind = FORMATS[dtype].dtype
    layer = layer_of(lambda mask, x: x * mask, MASK, X)
    results = frameworks()[framework](
        layer, {}, {"mask": np.array([True, False, True]), "x": TWOS.astype(kind)},
        {"dout": ONES.astype(kind)},
    )  # fmt: skip
    assert results["out"].astype(np.float64).tolist() == [2, 0, 2]
    assert results["dx"].astype(np.float64).tolist() == [1, 0, 1]
    assert {a.dtype for a in results.values()} == {kind}


@BOTH
def test_an_input_that_no_output_depends_on_has_a_gradient_of_zeros(framework):
    layer = layer_of(lambda x, w: x + x, X, Input("w", "s"))
    results = frameworks()[framework](layer, {}, {"x": ONES, "w": ONES}, {"dout": ONES})
    assert results["dw"].tolist() == [0, 0, 0]


def narrowing(x):
    """A reference that loses its dtype on the way."""
    return x.float() if hasattr(x, "float") else x.astype(np.float32)


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_a_dtype_lost_on_the_way_is_noticed(framework):
    layer = Layer(
        "narrowing", "", (Input("x", "s"),), (Output("out", "s"),), (Point({"s": 3}),),
        narrowing, (narrowing,),
    )  # fmt: skip
    x = {"x": np.ones(3)}
    with pytest.raises((AssertionError, RuntimeError, ValueError)):
        frameworks()[framework](layer, {}, x, {"dout": np.ones(3)})


def test_float64_that_jax_makes_float32_is_noticed(monkeypatch):
    """As it would be, silently, if x64 were not switched on."""
    import jax

    case = Case.parse(IDS[0])
    drawn = case.draw()
    run = frameworks()["jax"]
    monkeypatch.setattr(jax, "enable_x64", lambda on: nullcontext())
    with pytest.raises(AssertionError, match="JAX turned out of affine into float32"):
        run(case.layer, case.options, drawn.inputs, drawn.cotangents)


def test_x64_is_on_for_our_own_computation_only():
    import jax
    import jax.numpy as jnp

    assert not jax.config.jax_enable_x64
    case = Case.parse(IDS[0])
    drawn = case.draw()
    results = frameworks()["jax"](case.layer, case.options, drawn.inputs, drawn.cotangents)
    assert results["out"].dtype == np.float64
    assert not jax.config.jax_enable_x64
    assert jnp.asarray(np.ones(3)).dtype == np.float32


def test_torch_s_grad_mode_and_the_masters_are_left_alone():
    import torch

    case = Case.parse(IDS[0])
    drawn = case.draw()
    before = {name: array.tobytes() for name, array in drawn.inputs.items()}
    with torch.no_grad():
        frameworks()["torch"](case.layer, case.options, drawn.inputs, drawn.cotangents)
        assert not torch.is_grad_enabled()
    assert {name: array.tobytes() for name, array in drawn.inputs.items()} == before


def test_the_users_compilation_cache_settings_come_back(tmp_path):
    import jax

    from crosscheck.frameworks.jax import compiled_programs_in

    before = jax.config.jax_compilation_cache_dir
    with compiled_programs_in(tmp_path):
        assert jax.config.jax_compilation_cache_dir == str(tmp_path)
    assert jax.config.jax_compilation_cache_dir == before


def test_importing_the_package_of_frameworks_imports_none():
    code = "import sys, crosscheck.frameworks; print({'torch', 'jax'} & set(sys.modules))"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "set()"


def test_jax_s_own_attention_to_nothing_is_the_mean_of_all():
    """The description says so, but cannot call it: it computes float64 in float32."""
    import jax
    import jax.numpy as jnp

    q, v = jnp.ones((1, 1, 1, 3)), jnp.arange(5.0).reshape(1, 5, 1, 1) * jnp.ones(3)
    out = jax.nn.dot_product_attention(q, jnp.ones_like(v), v, mask=jnp.zeros((1, 1, 1, 5), bool))
    assert np.asarray(out).ravel().tolist() == pytest.approx([2.0, 2.0, 2.0])
