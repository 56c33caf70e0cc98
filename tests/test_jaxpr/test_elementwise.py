"""Values are what JAX computes, primitive by primitive."""

from __future__ import annotations

import numpy as np
import pytest

from crosscheck.dtypes import FORMATS
from crosscheck.errors import DescriptionError
from test_jaxpr import assert_as_jax, traced

pytestmark = pytest.mark.live

X = np.array([[0.5, -1.25, 3.0], [2.0, 0.0, -0.75]])
POSITIVE = np.array([[0.5, 1.25, 3.0], [2.0, 0.125, 0.75]])
Y = np.array([[1.5, -1.25, 2.0], [-2.0, 4.0, 1.0]])
LABELS = np.array([2, 0])
PICKS = np.array([[1, 1], [0, 2]])


def programs():
    import jax
    import jax.numpy as jnp
    from jax import lax

    return {
        "add": (lambda x, y: x + y, X, Y),
        "sub": (lambda x, y: x - y, X, Y),
        "mul": (lambda x, y: x * y, X, Y),
        "div": (lambda x, y: x / y, X, Y),
        "neg": (lambda x: -x, X),
        "abs": (jnp.abs, X),
        "sign": (jnp.sign, X),
        "exp": (jnp.exp, X),
        "expm1": (jnp.expm1, X),
        "log": (jnp.log, POSITIVE),
        "log1p": (jnp.log1p, POSITIVE),
        "tanh": (jnp.tanh, X),
        "sigmoid": (jax.nn.sigmoid, X),
        "erf": (lax.erf, X),
        "sqrt": (jnp.sqrt, POSITIVE),
        "rsqrt": (lax.rsqrt, POSITIVE),
        "square": (jnp.square, X),
        "cube": (lambda x: x**3, X),
        "reciprocal square": (lambda x: x**-2, POSITIVE),
        "max": (jnp.maximum, X, Y),
        "min": (jnp.minimum, X, Y),
        "row max": (lambda x: x.max(axis=1), X),
        "row min": (lambda x: x.min(axis=0), X),
        "sum": (lambda x: x.sum(axis=(0, 1)), X),
        "sum of one row": (lambda x: x.reshape(1, 6).sum(0), X),
        "matmul": (lambda x, y: x @ y.T, X, Y),
        "outer product": (lambda x, y: jnp.tensordot(x, y, 0), X, Y),
        "batched matmul": (lambda x, y: jnp.einsum("nc,nd->ncd", x, y), X, Y),
        "batched dot": (lambda x, y: jnp.einsum("nc,nc->n", x, y), X, Y),
        "slice": (lambda x: x[::2, 1:], X),
        "concatenate": (lambda x, y: jnp.concatenate([x, y], 1), X, Y),
        "transpose": (lambda x: x.T, X),
        "reshape": (lambda x: x.reshape(3, 2), X),
        "flip": (lambda x: jnp.flip(x, 1), X),
        "broadcast": (lambda x: jnp.broadcast_to(x[None], (4, 2, 3)), X),
        "expand and squeeze": (lambda x: jnp.squeeze(lax.expand_dims(x, (1,)), 1), X),
        "where": (lambda x, y: jnp.where(x > y, x, y * 2), X, Y),
        "where not": (lambda x, y: jnp.where(~(x <= y) | (x == 0), x, y), X, Y),
        "where and": (lambda x, y: jnp.where((x < y) & (x >= -1) & (x != y), x, y), X, Y),
        "is finite": (lambda x: jnp.where(jnp.isfinite(x), x, 0.0), X),
        "mask as a number": (lambda x: (x > 0) * x, X),
        "counting": (lambda x: x * jnp.arange(3), X),
        "count of positives": (lambda x: x * (x > 0).sum(), X),
        "take along an axis": (
            lambda x, y: jnp.take_along_axis(x, y[:, None], axis=1),
            X,
            LABELS,
        ),
        "take several along an axis": (
            lambda x, y: jnp.take_along_axis(x, y, axis=1),
            X,
            PICKS,
        ),
        "rows": (lambda x, y: x[y], X, LABELS[1:]),
        "repeated rows": (lambda x, y: x[y], X, PICKS // 2),
        "columns": (lambda x, y: x[:, y], X, PICKS),
        "points": (lambda x, y: x[jnp.arange(2), y], X, LABELS),
        "clipped rows": (lambda x, y: jnp.take(x, y, axis=0, mode="clip"), X, LABELS),
        "scattered columns": (lambda x, y: jnp.zeros((2, 3)).at[:, y].add(x), X, LABELS[[0, 1, 1]]),
        "scattered points": (lambda x, y: x.at[jnp.arange(2), y].add(1.0), X, LABELS),
        "sine and cosine": (lambda x: jnp.sin(x) + jnp.cos(x), X),
        "exp2 and log2": (lambda x: jnp.exp2(x) + jnp.log2(x), POSITIVE),
        "erfc": (lax.erfc, X),
        "power": (lambda x, y: x**y, POSITIVE, Y),
        "whole powers": (lambda x, n: x**n, X, PICKS[:, [0, 1, 1]]),
        "powers of zero": (lambda x: jnp.zeros(2) ** x, POSITIVE[:, 0]),
        "first power": (lambda x: lax.integer_pow(x, 1), X),
        "floor, ceiling and rounding": (
            lambda x: jnp.floor(x) + 2 * jnp.ceil(x) + 4 * jnp.round(x),
            X,
        ),
        "rounding away from zero": (lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO), X),
        "whole numbers divided": (
            lambda x, n: x * lax.div(n - 5, 2) + lax.rem(n - 5, 2),
            X[0],
            PICKS[:, [0, 1, 1]],
        ),
        "whole numbers compared": (
            lambda x, n: x * jnp.clip(n, 1, 1) ** 2 * jnp.sign(n),
            X[:, :2],
            PICKS,
        ),
        "bits": (lambda x, n: x * ((n & 1) + (n | 4) + (n ^ 3)), X[:, :2], PICKS),
        "exclusive or": (lambda x: jnp.where((x > 0) ^ (x > 1), x, 0.0), X),
        "clamp": (lambda x: lax.clamp(-1.0, x, 2.0), X),
        "infinities": (lambda x: jnp.exp(jnp.where(x > 0, x, -jnp.inf)), X),
        "gelu": (jax.nn.gelu, X),
        "exact gelu": (lambda x: jax.nn.gelu(x, approximate=False), X),
        "softplus": (jax.nn.softplus, X),
        "logaddexp": (jnp.logaddexp, X, Y),
        "one minus a square": (lambda x: jax.vjp(jnp.tanh, x)[1](x)[0], X),
        "stop gradient": (lambda x: x - lax.stop_gradient(x.max(1, keepdims=True)), X),
        "log softmax": (jax.nn.log_softmax, X),
        "relu": (jax.nn.relu, X),
    }


NAMES = """
add
sub
mul
div
neg
abs
sign
exp
expm1
log
log1p
tanh
sigmoid
erf
sqrt
rsqrt
square
cube
reciprocal square
max
min
row max
row min
sum
sum of one row
matmul
outer product
batched matmul
batched dot
slice
concatenate
transpose
reshape
flip
broadcast
expand and squeeze
where
where not
where and
is finite
mask as a number
counting
count of positives
take along an axis
take several along an axis
rows
repeated rows
columns
points
clipped rows
scattered columns
scattered points
sine and cosine
exp2 and log2
erfc
power
whole powers
powers of zero
first power
floor, ceiling and rounding
rounding away from zero
whole numbers divided
whole numbers compared
bits
exclusive or
clamp
infinities
gelu
exact gelu
softplus
logaddexp
one minus a square
stop gradient
log softmax
relu
""".strip().split("\n")


def test_every_program_is_tried():
    assert sorted(NAMES) == sorted(programs())


@pytest.mark.parametrize("name", NAMES)
def test_the_value_is_what_jax_computes(name):
    assert_as_jax(*programs()[name])


@pytest.mark.parametrize(
    "name", ["take several along an axis", "repeated rows", "columns", "points"]
)
def test_the_derivative_of_a_gather_is_what_jax_computes(name):
    import jax

    from crosscheck.jaxpr import interpret

    function, *arrays = programs()[name]

    def gradient(x, index, cotangent):
        return jax.vjp(lambda x: function(x, index), x)[1](cotangent)[0]

    with jax.enable_x64(True):
        shape = jax.eval_shape(function, *arrays).shape
        arrays.append(np.arange(1.0, 1 + np.prod(shape)).reshape(shape))
        expected = np.asarray(jax.jit(gradient)(*arrays))
    [result] = interpret(traced(gradient, *arrays), arrays, FORMATS["float64"])
    assert np.array_equal(result.value, expected)
    assert (result.error == 0).all()


def test_an_unknown_primitive_is_named():
    import jax.numpy as jnp

    from crosscheck.jaxpr import interpret

    with pytest.raises(DescriptionError, match="no rule for the JAX primitive 'cbrt'"):
        interpret(traced(jnp.cbrt, X), [X], FORMATS["float64"])


def test_a_reference_that_narrows_its_dtype_is_refused():
    from crosscheck.jaxpr import interpret

    closed = traced(lambda x: x.astype(np.float32), X)
    with pytest.raises(DescriptionError, match="turns its own dtype into float32"):
        interpret(closed, [X], FORMATS["float64"])


def test_a_reference_that_reads_outside_an_array_is_refused():
    import jax.numpy as jnp

    from crosscheck.jaxpr import interpret

    closed = traced(lambda x, y: jnp.take_along_axis(x, y[:, None], axis=1), X, LABELS)
    with pytest.raises(DescriptionError, match="outside an array"):
        interpret(closed, [X, np.array([3, 0])], FORMATS["float64"])


def test_a_mask_at_a_tie_gets_no_tolerance():
    import jax

    from crosscheck.jaxpr import interpret

    x = np.array([0.0, -0.0, 1.0, -1.0])
    closed = traced(lambda x, g: jax.vjp(jax.nn.relu, x)[1](g)[0], x, x)
    [result] = interpret(closed, [x, np.full(4, 1 / 3)], FORMATS["float32"])
    assert np.array_equal(result.value, [0, 0, 1 / 3, 0])
    assert (result.error == 0).all()
