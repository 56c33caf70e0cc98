"""Wrong rectified linear units."""

import numpy as np

from impl_numpy import relu_backward, relu_forward
from mutants import hinted, warning, wrong

# --- relu, forward ---


@wrong("relu_forward", "value", "out", "negative inputs leak through")
@hinted("negative inputs leak through, times 0.01")
def relu_leaky(x):
    return np.where(x > 0, x, x * x.dtype.type(0.01)), x


@wrong("relu_forward", "value", "out", "the absolute value is taken")
@hinted("wrong only where x < 0: there it is -x")
def relu_absolute(x):
    return np.abs(x), x


@wrong("relu_forward", "value", "out", "the output is cut off at 6")
@hinted("the output is cut off at 6")
def relu_cut_off(x):
    return np.clip(x, 0, 6), x


@wrong("relu_forward", "value", "out", "the output is the mask, not x under it")
@hinted("the output is the mask, not x under it")
def relu_step(x):
    return (x > 0).astype(x.dtype), x


@warning("relu_forward", "nonfinite", "out", "NaN is swallowed")
def relu_swallows_nan(x):
    return np.fmax(x, x.dtype.type(0)), x


@warning("relu_forward", "dtype", "out", "the output buffer np.zeros(shape) is float64")
def relu_float64_buffer(x):
    out = np.zeros(x.shape)
    out[...] = relu_forward(x)[0]
    return out, x


@warning("relu_forward", "mutation", "x", "x is overwritten with the output")
def relu_in_place(x):
    x[x < 0] = 0
    return x.copy(), x


@warning("relu_forward", "alias", "out", "the output is x itself if nothing is negative")
def relu_returns_x(x):
    return (relu_forward(x)[0] if (x < 0).any() else x), x


@wrong("relu_forward", "value", "out", "values take a detour through float16")
@hinted("is right to about 3 digits only")
def relu_float16_detour(x):
    return relu_forward(x)[0].astype(np.float16).astype(x.dtype), x


@wrong("relu_forward", "shape", "out", "the output is flat")
@hinted("it lacks a reshape")
def relu_flat(x):
    return relu_forward(x)[0].ravel(), x


@warning("relu_forward", "unfinished", "", "the forward raises NotImplementedError")
def relu_not_implemented(x):
    raise NotImplementedError("relu_forward")


# --- relu, backward ---


@wrong("relu_backward", "value", "dx", "dout is passed through")
@hinted("is dout, as it was passed in")
def relu_passes_dout(dout, cache):
    return dout.copy()


@wrong("relu_backward", "value", "dx", "the mask is taken from dout, not from x")
@hinted("the mask is taken from dout, not from x")
def relu_mask_of_dout(dout, cache):
    return relu_backward(dout, dout)


@wrong("relu_backward", "value", "dx", "the mask is inverted")
@hinted("the mask is inverted")
def relu_inverted_mask(dout, cache):
    return relu_backward(dout, -cache)


@wrong("relu_backward", "value", "dx", "dout is not multiplied in")
@hinted("dout is not multiplied in")
def relu_local_gradient(dout, cache):
    return (cache > 0).astype(dout.dtype)


@wrong("relu_backward", "value", "dx", "dout is multiplied by relu(x), not by its slope")
@hinted("relu(x) is multiplied in, not its slope")
def relu_times_output(dout, cache):
    return dout * np.maximum(cache, cache.dtype.type(0))


@wrong("relu_backward", "value", "dx", "inputs up to 1e-6 are taken as negative")
@hinted("inputs up to 1e-6 count as negative")
def relu_threshold(dout, cache):
    return dout * (cache > 1e-6)


@wrong("relu_backward", "value", "dx", "the mask is taken after truncation to integers")
@hinted("x is truncated to integers before it is compared with 0")
def relu_truncated_mask(dout, cache):
    return dout * (cache.astype(np.int64) > 0)


@warning("relu_backward", "convention", "dx", "the slope at 0 is 1")
def relu_slope_one_at_zero(dout, cache):
    return dout * (cache >= 0)


@warning("relu_backward", "convention", "dx", "the slope at 0 is 1/2")
def relu_slope_half_at_zero(dout, cache):
    half = dout.dtype.type(0.5)
    return relu_backward(dout, cache) + half * dout * (cache == 0)


@wrong("relu_backward", "value", "dx", "the slope at 0 is 2, which is no subgradient")
@hinted("the slope at 0 is 2")
def relu_slope_two_at_zero(dout, cache):
    return relu_backward(dout, cache) + (dout + dout) * (cache == 0)


@warning("relu_backward", "dtype", "dx", "the mask is an integer array: float32 becomes float64")
def relu_integer_mask(dout, cache):
    return dout * np.where(cache > 0, 1, 0)


@wrong("relu_backward", "value", "dx", "the gradient buffer is boolean")
@hinted("the gradient is kept in an array of truth values")
def relu_boolean_buffer(dout, cache):
    dx = np.zeros(cache.shape, bool)
    dx[...] = relu_backward(dout, cache)
    return dx


@warning("relu_backward", "mutation", "dout", "dout is overwritten with dx")
def relu_overwrites_dout(dout, cache):
    dout[cache <= 0] = 0
    return dout.copy()


@warning("relu_backward", "mutation", "x", "x, which is the cache, is overwritten with the mask")
def relu_overwrites_x(dout, cache):
    cache[...] = cache > 0
    return dout * cache


@warning(
    "relu_backward",
    "mutation",
    "cache[0]",
    "the mask in the cache is overwritten with dx",
    also={"relu_forward": lambda x: (relu_forward(x)[0], (x > 0).astype(x.dtype))},
)
def relu_overwrites_cache(dout, cache):
    cache *= dout
    return cache.copy()


@warning("relu_backward", "alias", "dx", "dx is dout itself if every input is positive")
def relu_returns_dout(dout, cache):
    return dout if (cache > 0).all() else relu_backward(dout, cache)


_last = {}


@wrong(
    "relu_backward",
    "state",
    "dx",
    "the mask is kept in a global, not in the cache",
    also={"relu_forward": lambda x: (_last.update(mask=x > 0), relu_forward(x))[1]},
)
def relu_global_mask(dout, cache):
    return dout * _last["mask"]


@warning("relu_backward", "unfinished", "", "nothing is returned")
def relu_returns_none(dout, cache):
    relu_backward(dout, cache)


@wrong("relu_backward", "arity", "", "dx is returned twice")
def relu_two_values(dout, cache):
    dx = relu_backward(dout, cache)
    return dx, dx


@wrong("relu_backward", "arity", "", "dx is returned as a tuple of one")
def relu_tuple_of_one(dout, cache):
    return (relu_backward(dout, cache),)


@wrong("relu_backward", "dtype", "dx", "a string is returned")
def relu_returns_text(dout, cache):
    return "dx"


@wrong("relu_backward", "nonfinite", "dx", "the slope is computed as relu(x)/x: NaN at 0")
@hinted("the slope is computed as relu(x)/x, which is 0/0 at 0")
def relu_slope_by_division(dout, cache):
    return dout * (relu_forward(cache)[0] / cache)
