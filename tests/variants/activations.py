"""Right smooth activations, and right leaky rectified linear units."""

import math

import numpy as np

from impl_numpy import (
    gelu_backward,
    gelu_forward,
    gelu_tanh_backward,
    gelu_tanh_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    silu_backward,
    tanh_backward,
    tanh_forward,
)
from impl_numpy.precision import widened
from impl_numpy.sigmoid import sigmoid
from variants import register, variant


def _elementwise(name, layer, about, function, slope, **more):
    """Register an activation by its function and its derivative, both of x."""

    def forward(x):
        return np.asarray(function(widened(x))).astype(x.dtype), x

    def backward(dout, cache):
        return np.asarray(widened(dout) * slope(widened(cache))).astype(dout.dtype)

    register(name, layer, about, (forward, backward), **more)


def _of_output(name, layer, about, function, slope, **more):
    """Register an activation by its function of x, and its derivative as a function of out."""

    def forward(x):
        out = np.asarray(function(widened(x)))
        return out.astype(x.dtype), out

    def backward(dout, cache):
        return np.asarray(widened(dout) * slope(cache)).astype(dout.dtype)

    register(name, layer, about, (forward, backward), **more)


def _in_python(function):
    """Element by element, in Python floats."""
    return np.vectorize(lambda value: function(float(value)), otypes=[np.float64])


# --- sigmoid ---


def _plain_sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _masked_sigmoid(x):
    """As the course's rnn_layers.py has it."""
    positive, z, top = x >= 0, np.zeros_like(x), np.ones_like(x)
    z[positive] = np.exp(-x[positive])
    z[~positive] = np.exp(x[~positive])
    top[~positive] = z[~positive]
    return top / (1 + z)


def _python_sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(max(x, -800)) / (1 + math.exp(x))


def _from_sigmoid(out):
    return out * (1 - out)


_of_output("sigmoid_plain", "sigmoid", "as the formula says", _plain_sigmoid, _from_sigmoid)
_of_output(
    "sigmoid_by_tanh",
    "sigmoid",
    "(1 + tanh(x/2)) / 2",
    lambda x: (1 + np.tanh(x / 2)) / 2,
    _from_sigmoid,
)
_of_output(
    "sigmoid_masked",
    "sigmoid",
    "the course's own: one formula for each sign; out is the cache",
    lambda x: _masked_sigmoid(np.atleast_1d(x)).reshape(x.shape),
    _from_sigmoid,
)
_of_output(
    "sigmoid_clipped",
    "sigmoid",
    "x is cut off where the sigmoid is 0 or 1 anyway",
    lambda x: _plain_sigmoid(np.clip(x, -700, 700)),
    _from_sigmoid,
    warnings=["nonfinite"],  # exp(-700) in float64, where the sigmoid of -∞ is 0
)
_of_output(
    "sigmoid_by_logaddexp",
    "sigmoid",
    "exp(-log(1 + exp(-x))); the slope is out - out²",
    lambda x: np.exp(-np.logaddexp(np.zeros_like(x), -x)),
    lambda out: out - out**2,
)
_elementwise(
    "sigmoid_loop",
    "sigmoid",
    "a loop over Python floats",
    _in_python(_python_sigmoid),
    lambda x: _in_python(_python_sigmoid)(x) * _in_python(_python_sigmoid)(-x),
)


@variant("sigmoid", "the slope is taken from out as it was returned, rounded to the narrow dtype")
def sigmoid_narrow_cache():
    def forward(x):
        out, _ = sigmoid_forward(x)
        return out, out.copy()

    def backward(dout, cache):
        return np.asarray(dout * cache * (1 - cache)).astype(dout.dtype)

    return forward, backward


@variant("sigmoid", "the cache can be used only once")
def sigmoid_single_use_cache():
    def forward(x):
        return sigmoid_forward(x)[0], [x]

    def backward(dout, cache):
        return sigmoid_backward(dout, cache.pop())

    return forward, backward


# --- tanh ---

_of_output("tanh_numpy", "tanh", "np.tanh, 1 - out²", np.tanh, lambda out: 1 - out**2)
_of_output(
    "tanh_by_sigmoid",
    "tanh",
    "2 / (1 + exp(-2x)) - 1; (1 - out)·(1 + out)",
    lambda x: 2 / (1 + np.exp(-2 * x)) - 1,
    lambda out: (1 - out) * (1 + out),
)
_elementwise(
    "tanh_by_expm1",
    "tanh",
    "a quotient with expm1, and 1 / cosh²",
    lambda x: np.copysign(-np.expm1(-2 * np.abs(x)) / (1 + np.exp(-2 * np.abs(x))), x),
    lambda x: 1 / np.cosh(x) ** 2,
)
_elementwise(
    "tanh_by_decay",
    "tanh",
    "a quotient of exp(-2|x|), and 4 / (exp(x) + exp(-x))²",
    lambda x: np.sign(x) * (1 - np.exp(-2 * np.abs(x))) / (1 + np.exp(-2 * np.abs(x))),
    lambda x: 4 / (np.exp(x) + np.exp(-x)) ** 2,
)
_elementwise(
    "tanh_loop",
    "tanh",
    "a loop over Python floats",
    _in_python(math.tanh),
    lambda x: 1 - _in_python(math.tanh)(x) ** 2,
)


@variant("tanh", "everything in float64, which is returned", warnings=["dtype"])
def tanh_promoted():
    def forward(x):
        return np.asarray(tanh_forward(x.astype(np.float64))[0]), x

    def backward(dout, cache):
        return np.asarray(tanh_backward(dout.astype(np.float64), cache.astype(np.float64)))

    return forward, backward


# --- gelu ---


def _density(x):
    return np.exp(-(x**2) / 2) / (2 * math.pi) ** 0.5


def _half_of_one_plus_erf(x):
    return 0.5 * (1 + _in_python(math.erf)(x / 2**0.5))


def _half_of_erfc(x):
    return 0.5 * _in_python(math.erfc)(-x / 2**0.5)


for _name, _about, _distribution in (
    ("gelu_by_erf", "x·(1 + erf(x/√2)) / 2", _half_of_one_plus_erf),
    ("gelu_by_erfc", "x·erfc(-x/√2) / 2", _half_of_erfc),
):
    _elementwise(
        _name,
        "gelu",
        _about,
        lambda x, distribution=_distribution: x * distribution(x),
        lambda x, distribution=_distribution: distribution(x) + x * _density(x),
    )


@variant("gelu", "the slope is out/x + x·φ(x), and 1/2 at 0")
def gelu_slope_from_out():
    def backward(dout, cache):
        x = cache.astype(np.float64)
        with np.errstate(all="ignore"):
            slope = gelu_forward(x)[0] / x + x * _density(x)
        slope = np.where(x == 0, 0.5, slope)
        # At ±∞ the quotient is ∞/∞.
        by_formula = gelu_backward(np.ones_like(x), x)
        return (dout * np.where(np.isfinite(x), slope, by_formula)).astype(dout.dtype)

    return gelu_forward, backward


def _plain_tanh_form(x):
    return 0.5 * x * (1 + np.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)))


def _plain_tanh_slope(x):
    scale = (2 / math.pi) ** 0.5
    t = np.tanh(scale * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * scale * (1 + 3 * 0.044715 * x**2)


register(
    "gelu_approximated",
    "gelu",
    "the approximation by tanh, under the plain name as in JAX",
    (gelu_tanh_forward, gelu_tanh_backward),
    warnings=["convention"],
)
_elementwise(
    "gelu_approximated_plainly",
    "gelu",
    "the approximation by tanh, written as in its paper",
    _plain_tanh_form,
    _plain_tanh_slope,
    warnings=["convention"],
)

# --- gelu_tanh ---

_elementwise(
    "gelu_tanh_plain",
    "gelu_tanh",
    "written as in the paper",
    _plain_tanh_form,
    _plain_tanh_slope,
)


def _power_form(x):
    """exp(2u) kept below overflow."""
    return np.exp(np.minimum((8 / math.pi) ** 0.5 * (x + 0.044715 * x**3), 80))


_elementwise(
    "gelu_tanh_by_exp",
    "gelu_tanh",
    "1 - 1/(1 + exp(2u)) for (1 + tanh u)/2",
    lambda x: x * (1 - 1 / (1 + _power_form(x))),
    lambda x: (
        (1 - 1 / (1 + _power_form(x)))
        + x
        * (_power_form(x) / (1 + _power_form(x)) ** 2)
        * (8 / math.pi) ** 0.5
        * (1 + 0.134145 * x * x)
    ),
    warnings=["nonfinite"],  # at -∞, because x² is not cut off
)
_elementwise(
    "gelu_tanh_loop",
    "gelu_tanh",
    "a loop over Python floats",
    _in_python(_plain_tanh_form),
    _in_python(_plain_tanh_slope),
)

# --- silu ---

_elementwise(
    "silu_quotient",
    "silu",
    "x / (1 + exp(-x)), and σ + out·(1 - σ)",
    lambda x: x / (1 + np.exp(-x)),
    lambda x: _plain_sigmoid(x) + x * _plain_sigmoid(x) * (1 - _plain_sigmoid(x)),
)
_elementwise(
    "silu_factored",
    "silu",
    "σ·(1 + x·(1 - σ))",
    lambda x: x * _plain_sigmoid(x),
    lambda x: _plain_sigmoid(x) * (1 + x * (1 - _plain_sigmoid(x))),
)
_elementwise(
    "silu_by_tanh",
    "silu",
    "h + h·tanh h with h = x/2; out + σ·(1 - out)",
    lambda x: x / 2 + x / 2 * np.tanh(x / 2),
    lambda x: x * sigmoid(x) + sigmoid(x) * (1 - x * sigmoid(x)),
)


@variant("silu", "out and the sigmoid are the cache")
def silu_cached():
    def forward(x):
        values = widened(x)
        gate = sigmoid(values)
        out = values * gate
        return np.asarray(out).astype(x.dtype), (out, gate)

    def backward(dout, cache):
        out, gate = cache
        return np.asarray(widened(dout) * (gate + out * (1 - gate))).astype(dout.dtype)

    return forward, backward


@variant("silu", "everything in float64, cast back")
def silu_in_float64():
    def forward(x):
        wide = x.astype(np.float64)
        return np.asarray(wide * _plain_sigmoid(wide)).astype(x.dtype), wide

    def backward(dout, cache):
        return np.asarray(silu_backward(dout.astype(np.float64), cache)).astype(dout.dtype)

    return forward, backward


# --- leaky_relu ---


@variant("leaky_relu", "the larger of x and α·x; the slope at 0 is 1, as in JAX")
def leaky_relu_maximum():
    def forward(x, alpha):
        return np.asarray(np.maximum(x, x * x.dtype.type(alpha))), (x, alpha)

    def backward(dout, cache):
        x, alpha = cache
        return np.where(x >= 0, dout, dout * dout.dtype.type(alpha))

    return forward, backward


@variant("leaky_relu", "the positive part and α times the negative part")
def leaky_relu_two_parts():
    def forward(x, alpha):
        values = widened(x)
        out = np.maximum(values, 0) + alpha * np.minimum(values, 0)
        return np.asarray(out).astype(x.dtype), (x, alpha)

    return forward, leaky_relu_backward


@variant("leaky_relu", "scaled in a copy where x < 0, which NaN is not", warnings=["nonfinite"])
def leaky_relu_masked_copy():
    def forward(x, alpha):
        out = x.copy()
        out[x < 0] *= x.dtype.type(alpha)
        return out, (x, alpha)

    def backward(dout, cache):
        x, alpha = cache
        dx = dout.copy()
        dx[x < 0] *= dout.dtype.type(alpha)
        return dx

    return forward, backward


@variant("leaky_relu", "the slopes are the cache")
def leaky_relu_cached_slopes():
    def forward(x, alpha):
        slope = np.where(x > 0, x.dtype.type(1), x.dtype.type(alpha))
        return np.asarray(x * slope), slope

    def backward(dout, cache):
        return np.asarray(dout * cache)

    return forward, backward


@variant("leaky_relu", "a loop over the elements")
def leaky_relu_loop():
    def slope(value, alpha):
        return 1 if value > 0 else alpha

    def forward(x, alpha):
        out = np.empty(x.shape, x.dtype)
        for index in np.ndindex(x.shape):
            out[index] = float(x[index]) * slope(x[index], alpha)
        return out, (x, alpha)

    def backward(dout, cache):
        x, alpha = cache
        dx = np.empty(dout.shape, dout.dtype)
        for index in np.ndindex(dout.shape):
            dx[index] = float(dout[index]) * slope(x[index], alpha)
        return dx

    return forward, backward


@variant("leaky_relu", "as max(x, α·x): the mean slope at 0", warnings=["convention"])
def leaky_relu_mean_at_zero():
    def backward(dout, cache):
        x, alpha = cache
        slope = np.where(x > 0, 1.0, np.where(x == 0, (1 + alpha) / 2, alpha))
        return (dout * slope).astype(dout.dtype)

    return leaky_relu_forward, backward
