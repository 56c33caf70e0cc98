"""Our own layers: dtype in, dtype out; nothing touched, nothing shared, any memory layout."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

import impl_numpy
from crosscheck.dtypes import FORMATS
from crosscheck.layers import catalogue
from crosscheck.scenario import by_name

DTYPES = {name: f.dtype for name, f in FORMATS.items()}
LAYOUTS = ["normal", "fortran", "transposed", "negative", "broadcast"]
RNG = np.random.RandomState(7)
ARRAYS = {
    "x": RNG.randn(5, 2, 3),
    "w": RNG.randn(6, 7),
    "b": RNG.randn(7),
    "dout": RNG.randn(5, 7),
    "scores": RNG.randn(5, 7),
}
LABELS = np.array([0, 6, 3, 3, 1])


def _arrays(dtype, layout="normal"):
    lay_out = by_name()[layout].layout
    return {n: lay_out(a.astype(DTYPES[dtype])) for n, a in ARRAYS.items()}


def _run(a):
    """Everything of impl_numpy on these arrays: what is returned, by name."""
    out, cache = impl_numpy.affine_forward(a["x"], a["w"], a["b"])
    dx, dw, db = impl_numpy.affine_backward(a["dout"], cache)
    positive, relu_cache = impl_numpy.relu_forward(a["x"])
    loss, dscores = impl_numpy.softmax_loss(a["scores"], LABELS)
    return {
        "out": out,
        "dx": dx,
        "dw": dw,
        "db": db,
        "relu": positive,
        "drelu": impl_numpy.relu_backward(a["x"], relu_cache),
        "loss": loss,
        "dscores": dscores,
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_dtype_that_goes_in_comes_out(dtype):
    assert {r.dtype.name for r in _run(_arrays(dtype)).values()} == {dtype}


@pytest.mark.parametrize("dtype", DTYPES)
def test_shapes_are_those_of_the_course(dtype):
    shapes = {name: r.shape for name, r in _run(_arrays(dtype)).items()}
    assert shapes == {
        "out": (5, 7),
        "dx": (5, 2, 3),
        "dw": (6, 7),
        "db": (7,),
        "relu": (5, 2, 3),
        "drelu": (5, 2, 3),
        "loss": (),
        "dscores": (5, 7),
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_input_is_touched(dtype):
    given, untouched = _arrays(dtype), _arrays(dtype)
    labels = LABELS.copy()
    _run(given)
    for name, array in given.items():
        np.testing.assert_array_equal(array, untouched[name])
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("dtype", DTYPES)
def test_read_only_inputs_are_enough(dtype):
    given = _arrays(dtype)
    for array in given.values():
        array.flags.writeable = False
    assert len(_run(given)) == 8


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_returned_shares_memory_with_what_went_in(dtype, layout):
    given = _arrays(dtype, layout)
    returned = _run(given)
    for name, result in returned.items():
        for array in given.values():
            assert not np.may_share_memory(result, array), name


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_memory_layout_changes_nothing_but_rounding(dtype, layout):
    given = _arrays(dtype, layout)
    plain = _run({name: np.array(array, order="C") for name, array in given.items()})
    for name, result in _run(given).items():
        np.testing.assert_allclose(result, plain[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_the_caches_are_those_of_the_course():
    a = _arrays("float32")
    _, cache = impl_numpy.affine_forward(a["x"], a["w"], a["b"])
    assert all(kept is given for kept, given in zip(cache, (a["x"], a["w"], a["b"]), strict=True))
    assert impl_numpy.relu_forward(a["x"])[1] is a["x"]


def test_affine_is_what_its_formula_says():
    a = _arrays("float64")
    r, rows = _run(a), a["x"].reshape(5, 6)
    np.testing.assert_allclose(r["out"], rows @ a["w"] + a["b"])
    np.testing.assert_allclose(r["dx"].reshape(5, 6), a["dout"] @ a["w"].T)
    np.testing.assert_allclose(r["dw"], rows.T @ a["dout"])
    np.testing.assert_allclose(r["db"], a["dout"].sum(axis=0))


def test_relu_is_what_its_formula_says():
    x, dout = np.array([-1.0, -0.0, 0.0, 2.0, np.nan]), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    out, cache = impl_numpy.relu_forward(x)
    np.testing.assert_array_equal(out, [0, 0, 0, 2, np.nan])
    np.testing.assert_array_equal(impl_numpy.relu_backward(dout, cache), [0, 0, 0, 4, 0])


def test_softmax_loss_of_equal_scores_is_the_logarithm_of_their_number():
    loss, dx = impl_numpy.softmax_loss(np.zeros((2, 4)), np.array([0, 3]))
    assert loss == pytest.approx(np.log(4))
    np.testing.assert_allclose(dx, [[-0.375, 0.125, 0.125, 0.125], [0.125, 0.125, 0.125, -0.375]])


def test_the_gradient_of_the_loss_sums_to_zero_in_each_row():
    dx = impl_numpy.softmax_loss(ARRAYS["scores"], LABELS)[1]
    np.testing.assert_allclose(dx.sum(axis=1), 0, atol=1e-16)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_of_no_examples_works(dtype):
    a = {n: v[:0] if n in {"x", "dout", "scores"} else v for n, v in _arrays(dtype).items()}
    out, cache = impl_numpy.affine_forward(a["x"], a["w"], a["b"])
    dx, dw, db = impl_numpy.affine_backward(a["dout"], cache)
    assert (out.shape, dx.shape) == ((0, 7), (0, 2, 3))
    assert not dw.astype(np.float64).any()
    assert not db.astype(np.float64).any()
    out, cache = impl_numpy.relu_forward(a["x"])
    assert impl_numpy.relu_backward(out, cache).shape == (0, 2, 3)
    with np.errstate(invalid="ignore"):
        loss, dscores = impl_numpy.softmax_loss(a["scores"], LABELS[:0])
    assert np.isnan(np.float64(loss))
    assert (dscores.shape, dscores.dtype, loss.dtype) == ((0, 7), DTYPES[dtype], DTYPES[dtype])


# -- the two faults of the version that circulates --------------------------------------------


@pytest.mark.parametrize(("dtype", "score"), [("float32", 110), ("float64", 800)])
def test_the_loss_of_a_probability_that_underflows_is_finite(dtype, score):
    scores = np.array([[0, score]], dtype)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        loss, dx = impl_numpy.softmax_loss(scores, np.array([0]))
    assert loss == score
    np.testing.assert_array_equal(dx, [[-1, 1]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_loss_of_enormous_scores_is_finite(dtype):
    scores = np.array([[1000, -1000, 0]]).astype(DTYPES[dtype])
    loss, _ = impl_numpy.softmax_loss(scores, np.array([1]))
    assert float(loss) == 2000


def test_relu_backward_keeps_float32():
    dx = impl_numpy.relu_backward(np.ones(3, np.float32), np.ones(3, np.float32))
    assert dx.dtype == np.float32


# -- the candidate does not know its judge ----------------------------------------------------


def test_impl_numpy_imports_nothing_but_numpy_the_standard_library_and_itself():
    sources = list(Path(impl_numpy.__file__).parent.glob("*.py"))
    assert len(sources) >= 4
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            found = {n.split(".")[0] for n in names}
            assert found <= {"numpy", "impl_numpy", *sys.stdlib_module_names}, source


def test_impl_numpy_has_every_function_of_every_layer_under_its_own_name():
    """Also where a file has the name of its function: softmax_loss."""
    for layer in catalogue().values():
        for name in layer.functions:
            found = getattr(impl_numpy, name)
            assert callable(found), name
            assert found.__module__.startswith("impl_numpy."), name


def test_importing_impl_numpy_does_not_import_crosscheck(python):
    done = python(
        "-c", "import sys, impl_numpy; print([m for m in sys.modules if 'crosscheck' in m])"
    )
    assert done.stdout.strip() == "[]", done.stderr
