"""Wrong affine layers."""

import numpy as np

from impl_numpy import affine_backward, affine_forward
from mutants import hinted, warning, wrong

# --- affine, forward ---


@wrong("affine_forward", "value", "out", "the bias is forgotten")
@hinted("lacks the bias")
def affine_no_bias(x, w, b):
    return affine_forward(x, w, np.zeros_like(b))


@wrong("affine_forward", "value", "out", "the bias is added twice")
@hinted("has the bias twice")
def affine_bias_twice(x, w, b):
    return affine_forward(x, w, b + b)[0], (x, w, b)


@wrong("affine_forward", "value", "out", "x is flattened in Fortran order")
@hinted("x is flattened in Fortran order")
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
@hinted("is right to about 7 digits only")
def affine_float32_detour(x, w, b):
    narrow = (a.astype(np.float32) for a in (x, w, b))
    return affine_forward(*narrow)[0].astype(x.dtype), (x, w, b)


@wrong("affine_forward", "value", "out", "float32 is returned for float64")
@hinted("is right to about 7 digits only")
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


# --- affine, backward ---


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


@wrong("affine_backward", "value", "dw", "dw is zero")
@hinted("is 0 everywhere")
def affine_zero_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, np.zeros_like(dw), db


@wrong("affine_backward", "value", "dx", "all gradients are zero")
@hinted("is 0 everywhere")
def affine_zero_gradients(dout, cache):
    return tuple(np.zeros_like(a) for a in cache)


@wrong("affine_backward", "value", "dx", "dx has the wrong sign")
@hinted("has the wrong sign")
def affine_negative_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return -dx, dw, db


@wrong("affine_backward", "value", "dw", "dw is divided by N")
@hinted("times exactly 1/N")
def affine_mean_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw / dw.dtype.type(len(dout)), db


@wrong("affine_backward", "value", "db", "db is the mean over the batch, not the sum")
@hinted("times exactly 1/N")
def affine_mean_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.mean(axis=0)


@wrong("affine_backward", "value", "dx", "dx is doubled")
@hinted("times exactly 2")
def affine_double_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx + dx, dw, db


@wrong("affine_backward", "shape", "dw", "dw is transposed")
@hinted("is the correct one transposed")
def affine_transposed_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw.T, db


@wrong("affine_backward", "value", "dw", "dw is transposed, then reshaped so that it fits")
@hinted("is the correct one transposed, then reshaped to fit")
def affine_refitted_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw.T.reshape(dw.shape), db


@wrong("affine_backward", "shape", "dw", "x is not flattened before dw")
@hinted("x is not flattened before dw = xᵀ·dout")
def affine_unflattened_dw(dout, cache):
    dx, _, db = affine_backward(dout, cache)
    return dx, cache[0].T @ dout, db


@wrong("affine_backward", "value", "dw", "the loop over examples assigns dw where it should add")
@hinted("the last example alone counts: perhaps = stands where += should")
def affine_last_example_dw(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    for row, upstream in zip(cache[0].reshape(len(dout), len(dw)), dout, strict=True):
        dw = np.outer(row, upstream)
    return dx, dw, db


@wrong("affine_backward", "value", "dw", "the first example is left out of dw")
@hinted("the first example is left out")
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
@hinted("is right to about 7 digits only")
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
@hinted("summed over axis 0 it is right")
def affine_unsummed_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.copy()


@wrong("affine_backward", "shape", "db", "db is summed over the features, not the batch")
@hinted("is the sum of dout over axis 1")
def affine_wrong_axis_db(dout, cache):
    dx, dw, _ = affine_backward(dout, cache)
    return dx, dw, dout.sum(axis=1)


@wrong("affine_backward", "shape", "db", "db is summed over everything")
@hinted("it is the correct one, summed over M as well")
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
@hinted("it lacks a reshape")
def affine_flat_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx.reshape(len(dout), len(dw)), dw, db


@wrong("affine_backward", "value", "dx", "dx gets the shape of x in Fortran order")
@hinted("has the right values in Fortran order")
def affine_fortran_dx(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx.reshape(len(dout), len(dw)).reshape(dx.shape, order="F"), dw, db


@wrong("affine_backward", "shape", "dx", "dw is returned before dx")
@hinted("they are swapped")
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
@hinted("is the correct one without its fractions")
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


_gradients = {}


@wrong("affine_backward", "state", "dw", "dw is written into a buffer that the next call reuses")
def affine_reused_gradient(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    buffer = _gradients.setdefault((dw.shape, dw.dtype), np.empty_like(dw))
    buffer[...] = dw
    return dx, buffer, db
