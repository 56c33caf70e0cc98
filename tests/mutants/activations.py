"""Wrong smooth activations, and wrong leaky rectified linear units."""

import numpy as np

from impl_numpy import (
    gelu_backward,
    gelu_forward,
    gelu_tanh_backward,
    gelu_tanh_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    sigmoid_backward,
    silu_backward,
    silu_forward,
    tanh_backward,
    tanh_forward,
)
from impl_numpy.normal_cdf import normal_cdf, normal_pdf
from impl_numpy.sigmoid import sigmoid
from mutants import hinted, warning, wrong

# --- sigmoid, forward ---


@wrong("sigmoid_forward", "value", "out", "the minus before x is forgotten")
@hinted("the minus before x is forgotten")
def sigmoid_without_minus(x):
    return sigmoid(-x), x


@wrong("sigmoid_forward", "nonfinite", "out", "exp(x) / (1 + exp(x)) is inf / inf at large x")
@hinted("exp(x) / (1 + exp(x)) is computed, which is inf / inf at large x")
def sigmoid_inf_over_inf(x):
    return np.exp(x) / (1 + np.exp(x)), x


@wrong("sigmoid_forward", "value", "out", "x is cut off at 10, where the sigmoid is not yet 1")
@hinted("x is cut off at -10 and 10")
def sigmoid_cut_off(x):
    return sigmoid(np.clip(x, -10, 10)), x


@wrong("sigmoid_forward", "value", "out", "(1 + tanh x) / 2, with x where x/2 should be")
@hinted("x stands where x/2 should, in (1 + tanh(x/2))/2")
def sigmoid_twice_as_steep(x):
    return sigmoid(x + x), x


@wrong("sigmoid_forward", "value", "out", "the piecewise linear hard sigmoid is computed")
@hinted("the piecewise linear 'hard' sigmoid is computed")
def sigmoid_hard(x):
    return np.clip(x * x.dtype.type(0.2) + x.dtype.type(0.5), 0, 1), x


@wrong("sigmoid_forward", "value", "out", "values take a detour through float32")
@hinted("is right to about 7 digits only")
def sigmoid_float32_detour(x):
    return sigmoid(x.astype(np.float32)).astype(x.dtype), x


@warning("sigmoid_forward", "mutation", "x", "x is negated in place")
def sigmoid_negates_x(x):
    out = sigmoid(x)
    np.negative(x, out=x)
    return out, np.negative(x)


@warning("sigmoid_forward", "scalar", "", "the mask x < 0 is assigned to, which a scalar has not")
def sigmoid_masked_assignment(x):
    decay = np.exp(-np.abs(x))
    out = 1 / (1 + decay)
    out[x < 0] *= decay[x < 0]
    return out, x


# --- sigmoid, backward ---


@wrong("sigmoid_backward", "value", "dx", "the cache is x, but used as if it were out")
@hinted("x itself is taken for σ(x) in σ·(1 - σ)")
def sigmoid_slope_of_x(dout, cache):
    return dout * cache * (1 - cache)


@wrong(
    "sigmoid_backward",
    "value",
    "dx",
    "the cache is out, and the sigmoid of it is taken again",
    also={"sigmoid_forward": lambda x: (sigmoid(x), sigmoid(x))},
)
@hinted("the sigmoid is taken once more, of out")
def sigmoid_taken_twice(dout, cache):
    return sigmoid_backward(dout, cache)


@wrong("sigmoid_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def sigmoid_local_gradient(dout, cache):
    return sigmoid_backward(np.ones_like(dout), cache)


@wrong("sigmoid_backward", "value", "dx", "the factor 1 - out is forgotten")
@hinted("the factor 1 - σ(x) is left out of the slope")
def sigmoid_one_factor(dout, cache):
    return dout * sigmoid(cache)


@wrong("sigmoid_backward", "value", "dx", "1 + out for 1 - out")
@hinted("the slope has 1 + σ(x) for 1 - σ(x)")
def sigmoid_plus_for_minus(dout, cache):
    return dout * sigmoid(cache) * (1 + sigmoid(cache))


@wrong("sigmoid_backward", "value", "dx", "the upstream gradient goes through the sigmoid")
@hinted("the slope is taken at dout, not at x")
def sigmoid_of_dout(dout, cache):
    return sigmoid(dout) * (1 - sigmoid(dout)) * dout


@wrong("sigmoid_backward", "value", "dx", "dx has the wrong sign: d exp(-x) is -exp(-x)")
@hinted("has the wrong sign")
def sigmoid_negative_dx(dout, cache):
    return -sigmoid_backward(dout, cache)


@wrong("sigmoid_backward", "nonfinite", "dx", "exp(-x) / (1 + exp(-x))² is inf / inf")
@hinted("exp(-x) / (1 + exp(-x))² is computed, which is inf / inf")
def sigmoid_slope_inf_over_inf(dout, cache):
    return dout * np.exp(-cache) / (1 + np.exp(-cache)) ** 2


@warning("sigmoid_backward", "mutation", "dout", "dout is multiplied in place")
def sigmoid_overwrites_dout(dout, cache):
    dx = sigmoid_backward(dout, cache)
    dout *= 0
    return dx


@wrong("sigmoid_backward", "value", "dx", "the factor out is forgotten")
@hinted("the factor σ(x) is left out of the slope σ·(1 - σ)")
def sigmoid_other_factor(dout, cache):
    return dout * (1 - sigmoid(cache))


@wrong("sigmoid_backward", "value", "dx", "the slope is that of tanh, 1 - out²")
@hinted("the slope is 1 - σ(x)², which is that of tanh")
def sigmoid_tanh_slope(dout, cache):
    return dout * (1 - sigmoid(cache) ** 2)


# --- tanh ---


@wrong("tanh_forward", "nonfinite", "out", "the quotient of exponentials is inf / inf at large x")
@hinted("(exp(x) - exp(-x)) / (exp(x) + exp(-x)) is computed, which is inf / inf at large x")
def tanh_inf_over_inf(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), x


@wrong("tanh_forward", "value", "out", "2·σ(x) - 1: x where 2x should be")
@hinted("x stands where 2x should, in 2·σ(2x) - 1")
def tanh_half_as_steep(x):
    return tanh_forward(x * x.dtype.type(0.5))[0], x


@wrong("tanh_forward", "value", "out", "the sigmoid is not stretched to (-1, 1)")
@hinted("σ(2x) is not stretched to the range from -1 to 1")
def tanh_unstretched(x):
    return sigmoid(x + x), x


@wrong("tanh_forward", "value", "out", "values take a detour through float16")
@hinted("is right to about 3 digits only")
def tanh_float16_detour(x):
    return np.tanh(x.astype(np.float16)).astype(x.dtype), x


@wrong("tanh_backward", "value", "dx", "1 - x², as if the cache were out")
@hinted("x itself is taken for tanh(x) in 1 - tanh²")
def tanh_slope_of_x(dout, cache):
    return dout * (1 - cache**2)


@wrong("tanh_backward", "value", "dx", "1 - out, not squared")
@hinted("the slope is 1 - tanh(x), not squared")
def tanh_unsquared(dout, cache):
    return dout * (1 - np.tanh(cache))


@wrong("tanh_backward", "value", "dx", "(1 - out)²: all is squared")
@hinted("the slope is (1 - tanh(x))², the square of all")
def tanh_all_squared(dout, cache):
    return dout * (1 - np.tanh(cache)) ** 2


@wrong("tanh_backward", "value", "dx", "(1 - x)²: all is squared, and the cache is no output")
@hinted("the slope is (1 - x)², not 1 - tanh(x)²")
def tanh_all_squared_of_x(dout, cache):
    return dout * (1 - cache) ** 2


@wrong("tanh_backward", "value", "dx", "out·(1 - out), which is the sigmoid's slope")
@hinted("the slope is that of the sigmoid, out·(1 - out)")
def tanh_sigmoid_slope(dout, cache):
    return dout * np.tanh(cache) * (1 - np.tanh(cache))


@wrong("tanh_backward", "value", "dx", "1 + out² for 1 - out²")
@hinted("the slope has 1 + tanh² for 1 - tanh²")
def tanh_plus_for_minus(dout, cache):
    return dout * (1 + np.tanh(cache) ** 2)


@wrong("tanh_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def tanh_local_gradient(dout, cache):
    return tanh_backward(np.ones_like(dout), cache)


@wrong("tanh_backward", "value", "dx", "1 - (dout·out)²: the bracket closes too late")
@hinted("dout is inside the square: 1 - (dout·tanh)²")
def tanh_misplaced_bracket(dout, cache):
    return 1 - (dout * np.tanh(cache)) ** 2


@warning(
    "tanh_backward",
    "mutation",
    "cache[0]",
    "out is squared in place in the cache",
    also={"tanh_forward": lambda x: (np.tanh(x), np.tanh(x))},
)
def tanh_squares_cache(dout, cache):
    cache *= cache
    return dout * (1 - cache)


@warning("tanh_backward", "alias", "dx", "dx is written over dout")
def tanh_dx_in_dout(dout, cache):
    dout *= 1 - np.tanh(cache) ** 2
    return dout


# --- gelu ---


@wrong("gelu_forward", "value", "out", "erf(x), without √2")
@hinted("erf is taken of x, not of x/√2")
def gelu_without_root(x):
    return x * normal_cdf(x * x.dtype.type(2**0.5)), x


@wrong("gelu_forward", "value", "out", "1 + erf, not halved")
@hinted("times exactly 2")
def gelu_unhalved(x):
    out, cache = gelu_forward(x)
    return out + out, cache


@wrong("gelu_forward", "value", "out", "x·σ(1.702·x), the crudest approximation")
@hinted("x·σ(1.702·x) is computed, the crudest approximation")
def gelu_by_sigmoid(x):
    return x * sigmoid(x * x.dtype.type(1.702)), x


@wrong("gelu_forward", "value", "out", "x is not multiplied in: the distribution function alone")
@hinted("x is not multiplied in: Φ(x) alone")
def gelu_without_x(x):
    return normal_cdf(x), x


def _erf_of_seven_digits(x):
    """Abramowitz and Stegun, formula 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    powers = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    series = sum(a * t ** (n + 1) for n, a in enumerate(powers))
    return np.sign(x) * (1 - series * np.exp(-np.minimum(x * x, 700)))


@wrong("gelu_forward", "value", "out", "erf is approximated to seven digits")
def gelu_seven_digits(x):
    half, root = x.dtype.type(0.5), x.dtype.type(2**-0.5)
    return (half * x * (1 + _erf_of_seven_digits(x * root))).astype(x.dtype), x


@wrong("gelu_backward", "value", "dx", "the term x·φ(x) is forgotten")
@hinted("the product rule is forgotten: Φ(x) alone")
def gelu_one_term(dout, cache):
    return dout * normal_cdf(cache)


@wrong("gelu_backward", "value", "dx", "Φ + φ: x is forgotten")
@hinted("x is left out of the slope: Φ + φ")
def gelu_density_without_x(dout, cache):
    return dout * (normal_cdf(cache) + normal_pdf(cache))


@wrong("gelu_backward", "value", "dx", "the density lacks 1/√(2π)")
@hinted("the density lacks its factor 1/√(2π)")
def gelu_unscaled_density(dout, cache):
    density = normal_pdf(cache) * cache.dtype.type((2 * np.pi) ** 0.5)
    return dout * (normal_cdf(cache) + cache * density)


@wrong("gelu_backward", "value", "dx", "exp(-x²) for exp(-x²/2)")
@hinted("the density has exp(-x²) for exp(-x²/2)")
def gelu_narrow_density(dout, cache):
    density = normal_pdf(cache * cache.dtype.type(2**0.5))
    return dout * (normal_cdf(cache) + cache * density)


@wrong("gelu_backward", "value", "dx", "the slope of relu")
@hinted("the slope is that of relu")
def gelu_relu_slope(dout, cache):
    return dout * (cache > 0)


@wrong("gelu_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def gelu_local_gradient(dout, cache):
    return gelu_backward(np.ones_like(dout), cache)


@wrong("gelu_backward", "value", "dx", "the slope is the other form's, that of tanh")
@hinted("the slope is that of the form with tanh")
def gelu_mixed_forms(dout, cache):
    return gelu_tanh_backward(dout, cache)


# --- gelu_tanh ---


def _tanh_form(x, cubic=0.044715, scale=(2 / np.pi) ** 0.5):
    u = x.dtype.type(scale) * (x + x.dtype.type(cubic) * x**3)
    return x * x.dtype.type(0.5) * (1 + np.tanh(u))


@wrong("gelu_tanh_forward", "value", "out", "0.044715 is mistyped as 0.44715")
@hinted("0.044715 is mistyped as 0.44715")
def gelu_tanh_mistyped(x):
    return _tanh_form(x, cubic=0.44715), x


@wrong("gelu_tanh_forward", "value", "out", "the constant is rounded: 0.0447")
@hinted("0.044715 is rounded to 0.0447")
def gelu_tanh_rounded_constant(x):
    return _tanh_form(x, cubic=0.0447), x


@wrong("gelu_tanh_forward", "value", "out", "2/π without its root")
@hinted("2/π stands for its root")
def gelu_tanh_without_root(x):
    return _tanh_form(x, scale=2 / np.pi), x


@wrong("gelu_tanh_forward", "value", "out", "the exact form, under the approximation's name")
@hinted("the exact form is computed, with erf")
def gelu_tanh_exact(x):
    return gelu_forward(x)[0], x


@wrong("gelu_tanh_forward", "nonfinite", "out", "tanh as a quotient of exponentials: inf / inf")
@hinted("tanh is computed as a quotient of exponentials, which is inf / inf at large x")
def gelu_tanh_inf_over_inf(x):
    power = np.exp(x.dtype.type((8 / np.pi) ** 0.5) * (x + x.dtype.type(0.044715) * x**3))
    return x * power / (power + 1), x


def _tanh_form_slope(dout, x, inner):
    """dout·((1 + t)/2 + x/2·(1 - t²)·inner(x))."""
    t = np.tanh(np.sqrt(x.dtype.type(2 / np.pi)) * (x + x.dtype.type(0.044715) * x**3))
    return dout * ((1 + t) / 2 + x / 2 * (1 - t * t) * inner(x).astype(x.dtype))


@wrong("gelu_tanh_backward", "value", "dx", "the chain rule stops at tanh: u' is forgotten")
@hinted("the chain rule stops at tanh: u' is left out")
def gelu_tanh_no_chain(dout, cache):
    return _tanh_form_slope(dout, cache, np.ones_like)


@wrong("gelu_tanh_backward", "value", "dx", "the derivative of x³ is taken to be x²")
@hinted("the slope of x³ is taken to be x²")
def gelu_tanh_third_of_cubic(dout, cache):
    return _tanh_form_slope(dout, cache, lambda x: (2 / np.pi) ** 0.5 * (1 + 0.044715 * x**2))


@wrong("gelu_tanh_backward", "value", "dx", "the root of 2/π is forgotten in u'")
@hinted("√(2/π) is left out of u'")
def gelu_tanh_unscaled_chain(dout, cache):
    return _tanh_form_slope(dout, cache, lambda x: 1 + 3 * 0.044715 * x**2)


@wrong("gelu_tanh_backward", "value", "dx", "the term with tanh' is forgotten")
@hinted("the term with the slope of tanh is left out")
def gelu_tanh_one_term(dout, cache):
    return _tanh_form_slope(dout, cache, np.zeros_like)


@wrong("gelu_tanh_backward", "value", "dx", "the slope of the exact form")
@hinted("the slope is that of the exact form")
def gelu_tanh_exact_slope(dout, cache):
    return gelu_backward(dout, cache)


@wrong("gelu_tanh_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def gelu_tanh_local_gradient(dout, cache):
    return gelu_tanh_backward(np.ones_like(dout), cache)


@warning("gelu_tanh_forward", "dtype", "out", "√(2/π) is a NumPy float64, which promotes")
def gelu_tanh_promoted(x):
    return gelu_tanh_forward(x)[0] * np.float64(1), x


# --- silu ---


@wrong("silu_forward", "value", "out", "x is not multiplied in: the sigmoid alone")
@hinted("x is not multiplied in: σ(x) alone")
def silu_without_x(x):
    return sigmoid(x), x


@wrong("silu_forward", "value", "out", "x / (1 + exp(x)): the minus is forgotten")
@hinted("the minus before x is forgotten: x / (1 + exp(x))")
def silu_without_minus(x):
    return x * sigmoid(-x), x


@wrong("silu_forward", "value", "out", "swish with β = 1.702")
@hinted("σ is of 1.702·x, not of x")
def silu_other_beta(x):
    return x * sigmoid(x * x.dtype.type(1.702)), x


@wrong("silu_forward", "nonfinite", "out", "x·exp(x) / (1 + exp(x)) is inf / inf at large x")
@hinted("x·exp(x) / (1 + exp(x)) is computed, which is inf / inf at large x")
def silu_inf_over_inf(x):
    return x * np.exp(x) / (1 + np.exp(x)), x


@wrong("silu_forward", "value", "out", "the piecewise hard swish is computed")
@hinted("the piecewise 'hard' swish is computed")
def silu_hard(x):
    return x * np.clip(x + 3, 0, 6) / 6, x


@wrong("silu_backward", "value", "dx", "the product rule is forgotten: σ(x) alone")
@hinted("the product rule is forgotten: σ(x) alone")
def silu_one_term(dout, cache):
    return dout * sigmoid(cache)


@wrong("silu_backward", "value", "dx", "the product rule is forgotten: x·σ'(x) alone")
@hinted("the product rule is forgotten: x·σ'(x) alone")
def silu_other_term(dout, cache):
    return dout * cache * sigmoid(cache) * sigmoid(-cache)


@wrong("silu_backward", "value", "dx", "x is forgotten: σ + σ·(1 - σ)")
@hinted("x is left out of the slope: σ + σ·(1 - σ)")
def silu_slope_without_x(dout, cache):
    return dout * sigmoid(cache) * (1 + sigmoid(-cache))


@wrong("silu_backward", "value", "dx", "σ + out·(1 - out): out for σ")
@hinted("out stands for σ(x) in the slope: σ + out·(1 - out)")
def silu_out_for_sigmoid(dout, cache):
    out = silu_forward(cache)[0]
    return dout * (sigmoid(cache) + out * (1 - out))


@wrong("silu_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def silu_local_gradient(dout, cache):
    return silu_backward(np.ones_like(dout), cache)


@wrong(
    "silu_backward",
    "value",
    "dx",
    "the cache is out, but used as if it were x",
    also={"silu_forward": lambda x: (silu_forward(x)[0], silu_forward(x)[0])},
)
@hinted("out is taken for x")
def silu_slope_of_out(dout, cache):
    return silu_backward(dout, cache)


@warning("silu_backward", "mutation", "dout", "dout is multiplied in place")
def silu_overwrites_dout(dout, cache):
    dout *= sigmoid(cache) * (1 + cache * sigmoid(-cache))
    return dout.copy()


# --- leaky_relu, forward ---


@wrong("leaky_relu_forward", "value", "out", "α is ignored: always 0.01")
@hinted("with alpha = 0.01")
def leaky_relu_fixed_alpha(x, alpha):
    return leaky_relu_forward(x, 0.01)[0], (x, alpha)


@wrong("leaky_relu_forward", "value", "out", "α is ignored: plain relu")
@hinted("with alpha = 0")
def leaky_relu_plain(x, alpha):
    return np.maximum(x, x.dtype.type(0)), (x, alpha)


@wrong("leaky_relu_forward", "value", "out", "the two sides are swapped")
@hinted("the two sides are swapped")
def leaky_relu_swapped(x, alpha):
    return np.where(x > 0, x * x.dtype.type(alpha), x), (x, alpha)


@wrong("leaky_relu_forward", "value", "out", "the smaller of x and α·x is taken")
@hinted("the smaller of x and alpha·x is taken")
def leaky_relu_minimum(x, alpha):
    return np.minimum(x, x * x.dtype.type(alpha)), (x, alpha)


@wrong("leaky_relu_forward", "value", "out", "-α·x for negative x")
@hinted("with -alpha for alpha")
def leaky_relu_negative_alpha(x, alpha):
    return np.where(x > 0, x, x * x.dtype.type(-alpha)), (x, alpha)


@wrong("leaky_relu_forward", "value", "out", "the constant α for negative x")
@hinted("alpha itself is returned for negative x")
def leaky_relu_constant(x, alpha):
    return np.where(x > 0, x, x.dtype.type(alpha)), (x, alpha)


@warning("leaky_relu_forward", "mutation", "x", "the negative elements of x are scaled in place")
def leaky_relu_in_place(x, alpha):
    kept = x.copy()
    x *= np.where(x > 0, x.dtype.type(1), x.dtype.type(alpha))
    return x.copy(), (kept, alpha)


# --- leaky_relu, backward ---


@wrong("leaky_relu_backward", "value", "dx", "the slope of plain relu")
@hinted("with alpha = 0")
def leaky_relu_plain_slope(dout, cache):
    return dout * (cache[0] > 0)


@wrong("leaky_relu_backward", "value", "dx", "α for α·dout")
@hinted("alpha stands for alpha·dout where x is negative")
def leaky_relu_slope_without_dout(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, dout.dtype.type(alpha))


@wrong("leaky_relu_backward", "value", "dx", "α·x for α·dout")
@hinted("x stands for dout where x is negative")
def leaky_relu_slope_times_x(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, x * x.dtype.type(alpha))


@wrong("leaky_relu_backward", "value", "dx", "dout passes through where x is negative")
@hinted("is dout, as it was passed in")
def leaky_relu_passes_dout(dout, cache):
    return dout.copy()


@wrong("leaky_relu_backward", "value", "dx", "the mask is taken from dout, not from x")
@hinted("the mask is taken from dout, not from x")
def leaky_relu_mask_of_dout(dout, cache):
    return leaky_relu_backward(dout, (dout, cache[1]))


@wrong("leaky_relu_backward", "value", "dx", "the slopes are kept as integers: α becomes 0")
@hinted("with alpha = 0")
def leaky_relu_integer_slope(dout, cache):
    slope = np.ones(dout.shape, np.int8)
    slope[cache[0] < 0] = cache[1]
    return dout * slope


@wrong("leaky_relu_backward", "value", "dx", "the slope at 0 is 0, which is no subgradient")
@hinted("the slope at 0 is 0")
def leaky_relu_slope_zero_at_zero(dout, cache):
    x, alpha = cache
    return dout * (x > 0) + dout * dout.dtype.type(alpha) * (x < 0)


@warning("leaky_relu_backward", "convention", "dx", "the slope at 0 is the mean of both")
def leaky_relu_mean_slope(dout, cache):
    x, alpha = cache
    mean = dout.dtype.type((1 + alpha) / 2)
    return np.where(x == 0, dout * mean, leaky_relu_backward(dout, cache))


@warning("leaky_relu_backward", "dtype", "dx", "the slopes lie in np.ones(shape): float64")
def leaky_relu_float64_slope(dout, cache):
    slope = np.ones(dout.shape)
    slope[~(cache[0] > 0)] = cache[1]
    return dout * slope


@warning("leaky_relu_backward", "mutation", "dout", "dout is scaled in place")
def leaky_relu_overwrites_dout(dout, cache):
    dout[...] = leaky_relu_backward(dout, cache)
    return dout.copy()
