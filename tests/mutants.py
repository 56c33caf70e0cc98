"""Layers that are wrong on purpose, as data: each must be caught, and for the right reason.

A mutant replaces one function of impl_numpy (two where its mistake needs both) and is right
everywhere else, so what is found can only be about its one mistake.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

import impl_numpy
from impl_numpy import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)

COURSE_DTYPES = ("float32", "float64")
FUNCTIONS = {
    "affine": ("affine_forward", "affine_backward"),
    "relu": ("relu_forward", "relu_backward"),
    "softmax_loss": ("softmax_loss",),
}


@dataclass(frozen=True)
class Mutant:
    """A wrong candidate, and the finding that must say so: its severity, kind and quantity."""

    name: str
    layer: str
    about: str
    severity: str
    kind: str
    quantity: str
    functions: Mapping[str, Callable]
    dtypes: tuple[str, ...] = COURSE_DTYPES


MUTANTS: list[Mutant] = []


def _mutant(severity, function, kind, quantity, about, *, dtypes=COURSE_DTYPES, also=None):
    """Register what it decorates as ``function``; ``also``: other functions by name."""
    layer = next(layer for layer, names in FUNCTIONS.items() if function in names)

    def register(replacement):
        functions = {name: getattr(impl_numpy, name) for name in FUNCTIONS[layer]}
        functions |= {function: replacement, **(also or {})}
        name = replacement.__name__
        MUTANTS.append(Mutant(name, layer, about, severity, kind, quantity, functions, dtypes))
        return replacement

    return register


wrong = functools.partial(_mutant, "wrong")
warning = functools.partial(_mutant, "warning")


# --- affine, forward ---


@wrong("affine_forward", "value", "out", "the bias is forgotten")
def affine_no_bias(x, w, b):
    return affine_forward(x, w, np.zeros_like(b))


@wrong("affine_forward", "value", "out", "the bias is added twice")
def affine_bias_twice(x, w, b):
    return affine_forward(x, w, b + b)[0], (x, w, b)


@wrong("affine_forward", "value", "out", "x is flattened in Fortran order")
def affine_fortran_reshape(x, w, b):
    return x.reshape(len(x), len(w), order="F") @ w + b, (x, w, b)


@warning("affine_forward", "layout", "out", "x is flattened in the order of its memory")
def affine_memory_order(x, w, b):
    return x.ravel(order="K").reshape(len(x), len(w)) @ w + b, (x, w, b)


@warning("affine_forward", "empty", "", "reshape(N, -1) cannot guess a length at N = 0")
def affine_guessed_length(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


@wrong("affine_forward", "shape", "out", "x is not flattened")
def affine_unflattened(x, w, b):
    if x.ndim == 2:
        return affine_forward(x, w, b)
    return np.tensordot(x, w[: x.shape[-1]], 1) + b, (x, w, b)


@wrong("affine_forward", "value", "out", "float64 takes a detour through float32")
def affine_float32_detour(x, w, b):
    narrow = (a.astype(np.float32) for a in (x, w, b))
    return affine_forward(*narrow)[0].astype(x.dtype), (x, w, b)


@wrong("affine_forward", "value", "out", "float32 is returned for float64")
def affine_returns_float32(x, w, b):
    return affine_forward(x, w, b)[0].astype(np.float32), (x, w, b)


def _summed_narrowly(x, w, b):
    rows, out = x.reshape(len(x), len(w)), np.zeros((len(x), len(b)), x.dtype)
    for d in range(len(w)):
        out += rows[:, d, None] * w[d]
    return out + b, (x, w, b)


@wrong("affine_forward", "value", "out", "the sum is accumulated in float16", dtypes=("float16",))
def affine_float16_accumulator(x, w, b):
    return _summed_narrowly(x, w, b)


@wrong("affine_forward", "value", "out", "the sum is kept in bfloat16", dtypes=("bfloat16",))
def affine_bfloat16_accumulator(x, w, b):
    return _summed_narrowly(x, w, b)


@wrong("affine_forward", "arity", "", "the cache is not returned")
def affine_no_cache(x, w, b):
    return affine_forward(x, w, b)[0]


@wrong("affine_forward", "dtype", "out", "the cache and the output are swapped")
def affine_cache_first(x, w, b):
    return affine_forward(x, w, b)[::-1]


@warning("affine_forward", "unfinished", "out", "the forward is not written yet")
def affine_none_none(x, w, b):
    return None, None


_buffers = {}


@wrong("affine_forward", "state", "out", "every call writes to the same output buffer")
def affine_reused_buffer(x, w, b):
    out, cache = affine_forward(x, w, b)
    buffer = _buffers.setdefault((out.shape, out.dtype), out)
    buffer[...] = out
    return buffer, cache


_remembered = {}


@wrong("affine_forward", "value", "out", "answers are remembered by the shapes of the inputs")
def affine_memo_by_shape(x, w, b):
    key = x.shape, w.shape, x.dtype
    if key not in _remembered:
        _remembered[key] = affine_forward(x, w, b)[0]
    return _remembered[key].copy(), (x, w, b)


_last = {}


def _keeps_x_outside(x, w, b):
    _last["x"] = x
    return affine_forward(x, w, b)


@wrong(
    "affine_backward",
    "state",
    "dw",
    "x is kept in a global, not in the cache",
    also={"affine_forward": _keeps_x_outside},
)
def affine_global_x(dout, cache):
    return affine_backward(dout, (_last["x"], *cache[1:]))


# --- affine, backward ---


@wrong("affine_backward", "value", "dw", "dw is zero")
def affine_zero_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, np.zeros_like(dw), db


@wrong("affine_backward", "value", "dx", "all gradients are zero")
def affine_zero_gradients(dout, cache):
    return tuple(np.zeros_like(a) for a in cache)


@wrong("affine_backward", "value", "dx", "dx has the wrong sign")
def affine_negative_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return -dx, dw, db


@wrong("affine_backward", "value", "dw", "dw is divided by N")
def affine_mean_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw / dw.dtype.type(len(dout)), db


@wrong("affine_backward", "value", "db", "db is the mean over the batch, not the sum")
def affine_mean_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.mean(axis=0)


@wrong("affine_backward", "value", "dx", "dx is doubled")
def affine_double_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx + dx, dw, db


@wrong("affine_backward", "shape", "dw", "dw is transposed")
def affine_transposed_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw.T, db


@wrong("affine_backward", "value", "dw", "dw is transposed, then reshaped so that it fits")
def affine_refitted_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw.T.reshape(dw.shape), db


@wrong("affine_backward", "shape", "dw", "x is not flattened before dw")
def affine_unflattened_dw(dout, cache):
    dx, _, db = affine_backward(dout, cache)
    return dx, cache[0].T @ dout, db


@wrong("affine_backward", "value", "dw", "the loop over examples assigns dw where it should add")
def affine_last_example_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    for row, upstream in zip(cache[0].reshape(len(dout), len(dw)), dout, strict=True):
        dw = np.outer(row, upstream)
    return dx, dw, db


@wrong("affine_backward", "value", "dw", "the first example is left out of dw")
def affine_skips_first(dout, cache):
    dx, _, db = affine_backward(dout, cache)
    x, w, b = cache
    return dx, affine_backward(dout[1:], (x[1:], w, b))[1], db


_sums = {}


@wrong("affine_backward", "value", "dw", "dw goes on adding up from call to call")
def affine_accumulates_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    key = dout.shape, dw.shape, dw.dtype
    _sums[key] = _sums.get(key, 0) + dw
    return dx, _sums[key].copy(), db


@wrong("affine_backward", "value", "dw", "dw takes a detour through float32")
def affine_float32_dw(dout, cache):
    dx, _, db = affine_backward(dout, cache)
    x, w, b = cache
    narrow = affine_backward(dout.astype(np.float32), (x.astype(np.float32), w, b))[1]
    return dx, narrow.astype(w.dtype), db


@warning("affine_backward", "layout", "dw", "reshape(order='A') follows the memory of x")
def affine_memory_order_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, cache[0].reshape(len(dout), len(dw), order="A").T @ dout, db


@wrong("affine_backward", "shape", "db", "db is not summed over the batch")
def affine_unsummed_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.copy()


@wrong("affine_backward", "shape", "db", "db is summed over the features, not the batch")
def affine_wrong_axis_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.sum(axis=1)


@wrong("affine_backward", "shape", "db", "db is summed over everything")
def affine_scalar_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.sum()


@warning("affine_backward", "shape", "db", "db keeps the summed axis: (1, M)")
def affine_keepdims_db(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw, db[None]


@warning("affine_backward", "dtype", "db", "db is summed into np.zeros(M), which is float64")
def affine_float64_db(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    total = np.zeros(db.shape)
    for row in dout:
        total += row
    return dx, dw, total


@wrong("affine_backward", "shape", "dx", "dx is not given back the shape of x")
def affine_flat_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx.reshape(len(dout), len(dw)), dw, db


@wrong("affine_backward", "value", "dx", "dx gets the shape of x in Fortran order")
def affine_fortran_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx.reshape(len(dout), len(dw)).reshape(dx.shape, order="F"), dw, db


@wrong("affine_backward", "shape", "dx", "dw is returned before dx")
def affine_swapped(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dw, dx, db


@warning("affine_backward", "mutation", "w", "the weights are updated in place")
def affine_updates_weights(dout, cache):
    gradients = affine_backward(dout, cache)
    w = cache[1]
    w -= gradients[1]
    return gradients


@wrong("affine_backward", "crash", "", "w is not transposed in dx")
def affine_untransposed_w(dout, cache):
    x, w, _ = cache
    return (dout @ w).reshape(x.shape), *affine_backward(dout, cache)[1:]


@wrong("affine_backward", "crash", "", "the loop runs one example too far")
def affine_index_error(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    for n in range(len(dout) + 1):
        dx[n] = dx[n]
    return dx, dw, db


@wrong("affine_backward", "arity", "", "db is not returned")
def affine_two_values(dout, cache):
    return affine_backward(dout, cache)[:2]


@wrong("affine_backward", "arity", "", "the cache is returned along with the gradients")
def affine_four_values(dout, cache):
    return [*affine_backward(dout, cache), cache]


@wrong("affine_backward", "value", "dw", "dw is truncated to integers")
def affine_integer_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw.astype(np.int64), db


@wrong("affine_backward", "dtype", "db", "db is an array of objects")
def affine_object_db(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw, db.astype(object)


@warning("affine_backward", "unfinished", "db", "db is not written yet")
def affine_no_db(dout, cache):
    return *affine_backward(dout, cache)[:2], None


# --- relu, forward ---


@wrong("relu_forward", "value", "out", "negative inputs leak through")
def relu_leaky(x):
    return np.where(x > 0, x, x * x.dtype.type(0.01)), x


@wrong("relu_forward", "value", "out", "the absolute value is taken")
def relu_absolute(x):
    return np.abs(x), x


@wrong("relu_forward", "value", "out", "the output is cut off at 6")
def relu_cut_off(x):
    return np.clip(x, 0, 6), x


@wrong("relu_forward", "value", "out", "the output is the mask, not x under it")
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
def relu_float16_detour(x):
    return relu_forward(x)[0].astype(np.float16).astype(x.dtype), x


@wrong("relu_forward", "shape", "out", "the output is flat")
def relu_flat(x):
    return relu_forward(x)[0].ravel(), x


@warning("relu_forward", "unfinished", "", "the forward raises NotImplementedError")
def relu_not_implemented(x):
    raise NotImplementedError("relu_forward")


# --- relu, backward ---


@wrong("relu_backward", "value", "dx", "dout is passed through")
def relu_passes_dout(dout, cache):
    return dout.copy()


@wrong("relu_backward", "value", "dx", "the mask is taken from dout, not from x")
def relu_mask_of_dout(dout, cache):
    return relu_backward(dout, dout)


@wrong("relu_backward", "value", "dx", "the mask is inverted")
def relu_inverted_mask(dout, cache):
    return relu_backward(dout, -cache)


@wrong("relu_backward", "value", "dx", "dout is not multiplied in")
def relu_local_gradient(dout, cache):
    return (cache > 0).astype(dout.dtype)


@wrong("relu_backward", "value", "dx", "dout is multiplied by relu(x), not by its slope")
def relu_times_output(dout, cache):
    return dout * np.maximum(cache, cache.dtype.type(0))


@wrong("relu_backward", "value", "dx", "inputs up to 1e-6 are taken as negative")
def relu_threshold(dout, cache):
    return dout * (cache > 1e-6)


@wrong("relu_backward", "value", "dx", "the mask is taken after truncation to integers")
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
def relu_slope_two_at_zero(dout, cache):
    return relu_backward(dout, cache) + (dout + dout) * (cache == 0)


@warning("relu_backward", "dtype", "dx", "the mask is an integer array: float32 becomes float64")
def relu_integer_mask(dout, cache):
    return dout * np.where(cache > 0, 1, 0)


@wrong("relu_backward", "value", "dx", "the gradient buffer is boolean")
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
def relu_slope_by_division(dout, cache):
    return dout * (relu_forward(cache)[0] / cache)


# --- softmax_loss: the loss ---


def _softmax(x):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _onehot(x, y):
    return (np.arange(x.shape[1]) == y[:, None]).astype(x.dtype)


def _mean(losses):
    """The mean, without NumPy's complaint about an empty batch."""
    return losses.sum() / losses.dtype.type(len(losses))


@wrong("softmax_loss", "value", "loss", "the loss is summed, not averaged")
def softmax_summed_loss(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * loss.dtype.type(len(x)), dx


@wrong("softmax_loss", "value", "loss", "the loss is divided by N twice")
def softmax_loss_divided_twice(x, y):
    loss, dx = softmax_loss(x, y)
    return loss / loss.dtype.type(len(x)), dx


@wrong("softmax_loss", "value", "loss", "the loss is divided by C, not by N")
def softmax_loss_over_classes(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * loss.dtype.type(len(x) / x.shape[1]), dx


@wrong("softmax_loss", "value", "loss", "the loss has the wrong sign")
def softmax_negative_loss(x, y):
    loss, dx = softmax_loss(x, y)
    return -loss, dx


@wrong("softmax_loss", "value", "loss", "the logarithm is to base 2")
def softmax_log2(x, y):
    loss, dx = softmax_loss(x, y)
    return loss / loss.dtype.type(np.log(2)), dx


@warning("softmax_loss", "convention", "loss", "1e-8 is added inside the logarithm")
def softmax_eps_in_log(x, y):
    p = _softmax(x)[np.arange(len(x)), y]
    return _mean(-np.log(p + p.dtype.type(1e-8))), softmax_loss(x, y)[1]


@wrong("softmax_loss", "value", "loss", "the last row is left out of the loss")
def softmax_drops_row(x, y):
    loss, dx = softmax_loss(x, y)
    rows = max(len(x) - 1, 1)
    kept = softmax_loss(x[:rows], y[:rows])[0] * loss.dtype.type(rows / max(len(x), 1))
    return kept, dx


@wrong("softmax_loss", "value", "loss", "the loss is read at the largest score, not at the label")
def softmax_loss_of_best(x, y):
    return softmax_loss(x, x.argmax(axis=1))[0], softmax_loss(x, y)[1]


@warning("softmax_loss", "overflow", "loss", "log of a probability that has underflowed is -inf")
def softmax_log_of_underflow(x, y):
    p = _softmax(x)
    dx = p.copy()
    dx[np.arange(len(x)), y] -= 1
    return _mean(-np.log(p[np.arange(len(x)), y])), dx / x.dtype.type(len(x))


@wrong("softmax_loss", "nonfinite", "dx", "the maximum is not subtracted: exp overflows")
def softmax_unshifted(x, y):
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    loss = _mean(-np.log(p[np.arange(len(x)), y]))
    return loss, (p - _onehot(x, y)) / x.dtype.type(len(x))


@wrong("softmax_loss", "nonfinite", "dx", "the largest score of the whole batch is subtracted")
def softmax_shifted_by_batch(x, y):
    return softmax_unshifted(x - x.max(initial=-np.inf), y)


@wrong("softmax_loss", "value", "loss", "the maximum is taken over the batch, not the classes")
def softmax_wrong_max_axis(x, y):
    return softmax_loss(x - x.max(axis=0, initial=0, keepdims=True), y)


@warning("softmax_loss", "dtype", "loss", "the loss is a Python float")
def softmax_float_loss(x, y):
    loss, dx = softmax_loss(x, y)
    return float(loss), dx


@warning("softmax_loss", "shape", "loss", "the loss has shape (1,)")
def softmax_loss_of_shape_one(x, y):
    loss, dx = softmax_loss(x, y)
    return np.array([loss]), dx


@wrong("softmax_loss", "shape", "loss", "the losses are not averaged at all")
def softmax_loss_per_row(x, y):
    losses = [softmax_loss(x[n : n + 1], y[n : n + 1])[0] for n in range(len(x))]
    return np.array(losses, x.dtype), softmax_loss(x, y)[1]


@warning("softmax_loss", "empty", "loss", "the loss of an empty batch is 0")
def softmax_zero_if_empty(x, y):
    loss, dx = softmax_loss(x, y)
    return loss if len(x) else x.dtype.type(0), dx


@warning("softmax_loss", "empty", "", "a Python division by N fails at N = 0")
def softmax_zero_division(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * x.dtype.type(len(x) * (1 / len(x))), dx


# --- softmax_loss: the gradient ---


@wrong("softmax_loss", "value", "dx", "dx is not divided by N")
def softmax_summed_dx(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx * dx.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "dx is divided by N·C, as np.mean would")
def softmax_dx_over_size(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx / dx.dtype.type(x.shape[1])


@wrong("softmax_loss", "value", "dx", "1 is not subtracted at the label")
def softmax_forgets_label(x, y):
    return softmax_loss(x, y)[0], _softmax(x) / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "1 is subtracted only after the division by N")
def softmax_label_after_mean(x, y):
    return softmax_loss(x, y)[0], _softmax(x) / x.dtype.type(len(x)) - _onehot(x, y)


@wrong("softmax_loss", "value", "dx", "1 is subtracted in the whole column of each label")
def softmax_label_columns(x, y):
    dx = _softmax(x)
    dx[:, y] -= 1
    return softmax_loss(x, y)[0], dx / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "dx has the wrong sign")
def softmax_negative_dx(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, -dx


@wrong("softmax_loss", "value", "dx", "the probabilities are normalized over the batch")
def softmax_wrong_sum_axis(x, y):
    dx = (_softmax(x.T).T if len(x) else x) - _onehot(x, y)
    return softmax_loss(x, y)[0], dx / x.dtype.type(len(x))


@wrong("softmax_loss", "value", "dx", "dx is zero in the first row")
def softmax_skips_row(x, y):
    loss, dx = softmax_loss(x, y)
    dx[:1] = 0
    return loss, dx


@wrong("softmax_loss", "value", "dx", "dx takes a detour through float32")
def softmax_float32_dx(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx.astype(np.float32).astype(x.dtype)


@warning("softmax_loss", "dtype", "dx", "np.eye is float64, and so is what it is subtracted from")
def softmax_eye(x, y):
    dx = (_softmax(x) - np.eye(x.shape[1])[y]) / x.dtype.type(len(x))
    return softmax_loss(x, y)[0], dx


# --- softmax_loss: labels, crashes, side effects ---


@wrong("softmax_loss", "value", "loss", "labels count from 1")
def softmax_labels_from_one(x, y):
    return softmax_loss(x, (y.astype(np.int64) - 1) % x.shape[1])


@warning("softmax_loss", "labels", "", "labels count from the end, which wraps around if unsigned")
def softmax_unsigned_labels(x, y):
    return softmax_loss(x, y - x.shape[1])


@warning("softmax_loss", "labels", "", "int64 positions plus uint64 labels are float64: no index")
def softmax_flat_index(x, y):
    at = np.arange(len(x)) * x.shape[1] + y
    p = _softmax(x).ravel()
    p[at] -= 1
    return softmax_loss(x, y)[0], p.reshape(x.shape) / x.dtype.type(len(x))


@wrong("softmax_loss", "crash", "", "the sum over the classes drops its axis: no broadcasting")
def softmax_no_keepdims(x, y):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1)
    return softmax_loss(x, y)[0], (p - _onehot(x, y)) / x.dtype.type(len(x))


@wrong("softmax_loss", "crash", "", "squeeze drops the batch axis at N = 1")
def softmax_squeezed(x, y):
    p = np.squeeze(_softmax(x))
    p[np.arange(len(x)), y] -= 1
    return softmax_loss(x, y)[0], p.reshape(x.shape) / x.dtype.type(len(x))


@wrong("softmax_loss", "shape", "loss", "dx is returned before the loss")
def softmax_swapped(x, y):
    return softmax_loss(x, y)[::-1]


@wrong("softmax_loss", "arity", "", "only the loss is returned")
def softmax_only_loss(x, y):
    return softmax_loss(x, y)[0]


@warning("softmax_loss", "unfinished", "dx", "the gradient is not written yet")
def softmax_no_gradient(x, y):
    return softmax_loss(x, y)[0], None


@warning("softmax_loss", "mutation", "x", "the maximum is subtracted from x in place")
def softmax_overwrites_x(x, y):
    answer = softmax_loss(x, y)
    x -= x.max(axis=1, keepdims=True)
    return answer


@warning("softmax_loss", "mutation", "y", "the labels are made flat indices in place")
def softmax_overwrites_y(x, y):
    answer = softmax_loss(x, y)
    y += (np.arange(len(x)) * x.shape[1]).astype(y.dtype)
    return answer


@warning("softmax_loss", "alias", "dx", "dx is written into the memory of x")
def softmax_dx_in_x(x, y):
    loss, x[...] = softmax_loss(x, y)
    return loss, x


@wrong("softmax_loss", "value", "dx", "answers are remembered by the shape of the scores")
def softmax_memo_by_shape(x, y):
    key = "softmax", x.shape, x.dtype
    if key not in _remembered:
        _remembered[key] = softmax_loss(x, y)
    loss, dx = _remembered[key]
    return loss, dx.copy()


_buffers = {}


def _reused(name, like):
    """The same memory every time, by name, shape and dtype."""
    key = name, like.shape, like.dtype
    return _buffers.setdefault(key, np.empty_like(like))


@wrong("affine_backward", "state", "dw", "dw is written into a buffer that the next call reuses")
def affine_reused_gradient(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    buffer = _reused("dw", dw)
    buffer[...] = dw
    return dx, buffer, db


@wrong("softmax_loss", "state", "dx", "dx is written into a buffer that the next call reuses")
def softmax_reused_gradient(x, y):
    loss, dx = softmax_loss(x, y)
    buffer = _reused("dx", dx)
    buffer[...] = dx
    return loss, buffer


@warning("softmax_loss", "labels", "dx", "flat positions in the labels' own dtype overflow a byte")
def softmax_narrow_flat_index(x, y):
    at = (np.arange(len(x)) * x.shape[1]).astype(y.dtype) + y
    loss, _ = softmax_loss(x, y)
    p = _softmax(x).ravel()
    p[at] -= 1
    return loss, p.reshape(x.shape) / x.dtype.type(len(x))
