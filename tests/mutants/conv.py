"""Wrong convolutions."""

import numpy as np

from impl_numpy import conv_backward, conv_forward
from mutants import hinted, warning, wrong

# --- conv, forward ---


def _padded(x, pad, **how):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), **how)


def _conv(x, w, b, conv_param, padded=None, stride=None):
    """conv_forward with another padded x or stride, and yet the right cache."""
    cache = conv_forward(x, w, b, conv_param)[1]
    padded = _padded(x, conv_param["pad"]) if padded is None else padded
    param = {"stride": stride or conv_param["stride"], "pad": 0}
    return conv_forward(padded, w, b, param)[0], cache


@wrong("conv_forward", "value", "out", "the filters are flipped: a convolution as in mathematics")
@hinted("with w flipped in both directions")
def conv_flipped(x, w, b, conv_param):
    cache = conv_forward(x, w, b, conv_param)[1]
    return conv_forward(x, w[:, :, ::-1, ::-1], b, conv_param)[0], cache


@wrong("conv_forward", "value", "out", "the bias is forgotten")
@hinted("lacks the bias")
def conv_no_bias(x, w, b, conv_param):
    cache = conv_forward(x, w, b, conv_param)[1]
    return conv_forward(x, w, np.zeros_like(b), conv_param)[0], cache


@wrong("conv_forward", "value", "out", "the bias is added for every channel of the input")
@hinted("has the bias C times")
def conv_bias_per_channel(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    return out + (w.shape[1] - 1) * b[:, None, None], cache


@wrong("conv_forward", "crash", "", "the bias is added along the last axis")
def conv_bias_along_width(x, w, b, conv_param):
    out, cache = conv_forward(x, w, np.zeros_like(b), conv_param)
    return out + b, cache


@wrong("conv_forward", "value", "out", "padded with the values at the edge, not with zeros")
@hinted("padded with the values at the edge, not with zeros")
def conv_padded_with_edge(x, w, b, conv_param):
    return _conv(x, w, b, conv_param, _padded(x, conv_param["pad"], mode="edge"))


@wrong("conv_forward", "shape", "out", "padded along the height only")
def conv_padded_height_only(x, w, b, conv_param):
    pad = conv_param["pad"]
    flat = np.pad(x, ((0, 0), (0, 0), (pad, pad), (0, 0)))
    fitting = flat[..., : flat.shape[3] - (flat.shape[3] - w.shape[3]) % conv_param["stride"]]
    return (
        _conv(x, w, b, conv_param, fitting) if fitting.size else conv_forward(x, w, b, conv_param)
    )


@wrong("conv_forward", "value", "out", "all of the padding is at the end")
@hinted("all of the padding is at the end")
def conv_padded_at_end(x, w, b, conv_param):
    both = (0, 2 * conv_param["pad"])
    return _conv(x, w, b, conv_param, np.pad(x, ((0, 0), (0, 0), both, both)))


@wrong("conv_forward", "value", "out", "the windows move by 1, whatever the stride")
@hinted("the windows move by 1, whatever the stride")
def conv_ignores_stride(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    every = _conv(x, w, b, conv_param, stride=1)[0]
    return every[:, :, : out.shape[2], : out.shape[3]], cache


@wrong("conv_forward", "shape", "out", "the width of the output follows from the filter's height")
def conv_height_for_width(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    room = x.shape[3] + 2 * conv_param["pad"] - w.shape[2]
    return out[..., : max(room // conv_param["stride"] + 1, 1)].copy(), cache


@wrong("conv_forward", "shape", "out", "the height of the output follows from the width of x")
@hinted("that is its size if W stands where H should")
def conv_width_for_height(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    stride, room = conv_param["stride"], x.shape[3] + 2 * conv_param["pad"] - w.shape[2]
    return np.resize(out, (*out.shape[:2], max(room // stride + 1, 0), out.shape[3])), cache


@wrong("conv_forward", "shape", "out", "the padding is left out of the size of the output")
@hinted("that is its size if pad is left out of it")
def conv_unpadded_size(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    rows, columns = (
        max((n - k) // conv_param["stride"] + 1, 0)
        for n, k in zip(x.shape[2:], w.shape[2:], strict=True)
    )
    return out[:, :, :rows, :columns].copy(), cache


@wrong("conv_forward", "value", "out", "the filters' height and width are swapped by a reshape")
@hinted("with height and width of w swapped, its shape kept")
def conv_turned_filters(x, w, b, conv_param):
    cache = conv_forward(x, w, b, conv_param)[1]
    return conv_forward(x, w.swapaxes(2, 3).reshape(w.shape), b, conv_param)[0], cache


@wrong("conv_forward", "value", "out", "w is flattened channels last, the patches channels first")
@hinted("w is flattened channels last, but the patches channels first")
def conv_channels_last(x, w, b, conv_param):
    cache = conv_forward(x, w, b, conv_param)[1]
    refitted = w.transpose(0, 2, 3, 1).reshape(w.shape)
    return conv_forward(x, refitted, b, conv_param)[0], cache


@wrong("conv_forward", "value", "out", "the matrix of outputs gets its shape without a transpose")
@hinted("with its axes in the order (1, 0, 2, 3), then reshaped to fit")
def conv_untransposed_output(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    return out.transpose(1, 0, 2, 3).reshape(out.shape), cache


@wrong("conv_forward", "value", "out", "only the first channel is looked at")
@hinted("only the first channel is looked at")
def conv_first_channel(x, w, b, conv_param):
    cache = conv_forward(x, w, b, conv_param)[1]
    return conv_forward(x[:, :1], w[:, :1], b, conv_param)[0], cache


@wrong("conv_forward", "crash", "", "the output's size is a float, as / is not // in Python 3")
def conv_float_size(x, w, b, conv_param):
    height = 1 + (x.shape[2] + 2 * conv_param["pad"] - w.shape[2]) / conv_param["stride"]
    return np.zeros((len(x), len(w), height, height)), (x, w, b, conv_param)


@warning("conv_forward", "dtype", "out", "the output buffer np.zeros(shape) is float64")
def conv_float64_buffer(x, w, b, conv_param):
    computed, cache = conv_forward(x, w, b, conv_param)
    out = np.zeros(computed.shape)
    out[...] = computed
    return out, cache


@wrong(
    "conv_forward",
    "value",
    "out",
    "the sum over a window is kept in bfloat16",
    dtypes=("bfloat16",),
)
def conv_bfloat16_accumulator(x, w, b, conv_param):
    computed, cache = conv_forward(x, w, b, conv_param)
    out, padded, stride = np.zeros_like(computed), _padded(x, conv_param["pad"]), cache[3]
    rows, columns = (stride * size for size in out.shape[2:])
    for c, i, j in np.ndindex(w.shape[1:]):
        seen = padded[:, c, i : i + rows : stride, j : j + columns : stride]
        out += w[:, c, i, j, None, None] * seen[:, None]
    return out + b[:, None, None], cache


# --- conv, backward ---


def _of_padded(dout, cache):
    """dx of padded x, dw, db."""
    x, w, b, stride, pad = cache
    return conv_backward(dout, (_padded(x, pad), w, b, stride, 0))


@wrong("conv_backward", "shape", "dx", "the padding is cut off by pad:-pad, which is empty at 0")
@hinted("it is empty, as what [pad:-pad] cuts out if pad is 0")
def conv_empty_slice(dout, cache):
    dpadded, dw, db = _of_padded(dout, cache)
    pad = cache[4]
    return dpadded[:, :, pad:-pad, pad:-pad], dw, db


@wrong("conv_backward", "shape", "dx", "the padding is not cut off")
@hinted("its inside is right, the border of padding is still on it")
def conv_uncut_dx(dout, cache):
    return _of_padded(dout, cache)


@wrong("conv_backward", "value", "dx", "the padding is cut off at the end only")
@hinted("the padding of dx is cut off at its end only")
def conv_dx_cut_at_end(dout, cache):
    dpadded, dw, db = _of_padded(dout, cache)
    return dpadded[:, :, : cache[0].shape[2], : cache[0].shape[3]].copy(), dw, db


@wrong("conv_backward", "value", "dx", "windows that overlap assign dx where they should add")
@hinted("windows that overlap assign dx where they should add")
def conv_assigns_dx(dout, cache):
    (x, w, _, stride, pad), (_, dw, db) = cache, conv_backward(dout, cache)
    dpadded = _padded(np.zeros_like(x), pad)
    for i, j in np.ndindex(dout.shape[2:]):
        window = np.s_[
            ..., i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]
        ]
        dpadded[window] = np.tensordot(dout[:, :, i, j], w, 1)
    return dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], dw, db


@wrong("conv_backward", "value", "dx", "the loop over filters assigns dx, too")
@hinted("every filter and window assigns dx where it should add: the last filter is left")
def conv_assigns_dx_of_filters(dout, cache):
    x, w, *rest = cache
    last = conv_assigns_dx(dout[:, -1:], (x, w[-1:], *rest))
    return last[0], *conv_backward(dout, cache)[1:]


@wrong("conv_backward", "value", "dw", "the loop over windows assigns dw where it should add")
@hinted("every window assigns dw where it should add: the last one is left")
def conv_assigns_dw(dout, cache):
    last = np.zeros_like(dout)
    last[-1:, :, -1:, -1:] = dout[-1:, :, -1:, -1:]
    dx, _, db = conv_backward(dout, cache)
    return dx, conv_backward(last, cache)[1], db


@wrong("conv_backward", "shape", "dx", "the padding is cut off at the start only")
@hinted("the padding of dx is cut off at its start only")
def conv_dx_cut_at_start(dout, cache):
    dpadded, dw, db = _of_padded(dout, cache)
    return dpadded[:, :, cache[4] :, cache[4] :].copy(), dw, db


@wrong("conv_backward", "shape", "dx", "pad:-pad is empty at 0, and dx is averaged over the batch")
@hinted("times exactly 1/N", "it is empty, as what [pad:-pad] cuts out if pad is 0")
def conv_mean_dx_empty_slice(dout, cache):
    dx, dw, db = conv_empty_slice(dout, cache)
    return dx / dx.dtype.type(max(len(dout), 1)), dw, db


@wrong("conv_backward", "shape", "dx", "the padding is not cut off, and dx has the wrong sign")
@hinted("has the wrong sign", "on each side, is still on it")
def conv_negative_uncut_dx(dout, cache):
    dx, dw, db = _of_padded(dout, cache)
    return -dx, dw, db


@wrong("conv_backward", "value", "dx", "dout is correlated with w where it should be convolved")
@hinted("with w flipped in both directions")
def conv_unflipped_dx(dout, cache):
    x, w, *rest = cache
    flipped = conv_backward(dout, (x, w[:, :, ::-1, ::-1], *rest))
    return flipped[0], *conv_backward(dout, cache)[1:]


@wrong("conv_backward", "value", "dx", "the windows move by 1 in dx, whatever the stride")
@hinted("the windows move by 1 in dx, whatever the stride")
def conv_dx_ignores_stride(dout, cache):
    x, w, b, _, pad = cache
    rows, columns = (n + k - 1 for n, k in zip(dout.shape[2:], w.shape[2:], strict=True))
    corner = np.zeros((*x.shape[:2], rows, columns), x.dtype)
    dpadded = _padded(np.zeros_like(x), pad)
    dpadded[:, :, :rows, :columns] = conv_backward(dout, (corner, w, b, 1, 0))[0]
    dx = dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return dx, *conv_backward(dout, cache)[1:]


@wrong("conv_backward", "value", "dw", "the loop over examples assigns dw where it should add")
@hinted("the last example alone counts: perhaps = stands where += should")
def conv_last_example_dw(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    if len(dout):
        dw = conv_backward(dout[-1:], (cache[0][-1:], *cache[1:]))[1]
    return dx, dw, db


@wrong("conv_backward", "value", "dw", "dw is divided by N")
@hinted("times exactly 1/N")
def conv_mean_dw(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx, dw / dw.dtype.type(max(len(dout), 1)), db


@wrong("conv_backward", "value", "dw", "the axes of the filters are swapped in dw, then refitted")
@hinted("with its axes in the order (0, 1, 3, 2), then reshaped to fit")
def conv_swapped_dw(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx, dw.swapaxes(2, 3).reshape(dw.shape), db


@wrong("conv_backward", "shape", "dw", "dw has the channels before the filters")
@hinted("with its axes in the order (1, 0, 2, 3)")
def conv_channels_first_dw(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx, dw.swapaxes(0, 1).copy(), db


@wrong("conv_backward", "value", "dw", "dw is of x without its padding, shifted to fit")
@hinted("all of the padding is at the end")
def conv_unpadded_dw(dout, cache):
    x, w, b, stride, pad = cache
    behind = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    dx, _, db = conv_backward(dout, cache)
    return dx, conv_backward(dout, (behind, w, b, stride, 0))[1], db


@wrong("conv_backward", "shape", "db", "db is not summed over the examples")
@hinted("summed over axis 0 it is right")
def conv_db_per_example(dout, cache):
    return *conv_backward(dout, cache)[:2], dout.sum(axis=(2, 3))


@wrong("conv_backward", "shape", "db", "db is summed over the filters, not the examples")
@hinted("is the sum of dout over axis 1 and 2 and 3")
def conv_db_wrong_axes(dout, cache):
    return *conv_backward(dout, cache)[:2], dout.sum(axis=(1, 2, 3))


@wrong("conv_backward", "value", "db", "db is the mean over the batch and all places")
@hinted("times exactly 1/(N·Ho·Wo)")
def conv_mean_db(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx, dw, db / db.dtype.type(max(dout[:, 0].size, 1))


@warning("conv_backward", "shape", "db", "db keeps the summed axes: (1, F, 1, 1)")
def conv_keepdims_db(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx, dw, db[None, :, None, None]


@warning("conv_backward", "dtype", "dx", "dx is added up in np.zeros(shape), which is float64")
def conv_float64_dx(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return np.zeros(dx.shape) + dx, dw, db


def _keeps_padded_x(x, w, b, conv_param):
    out, (_, *rest) = conv_forward(x, w, b, conv_param)
    return out, (_padded(x, conv_param["pad"]), *rest)


@warning(
    "conv_backward",
    "mutation",
    "cache[0]",
    "padded x, from the cache, is overwritten with its own gradient",
    also={"conv_forward": _keeps_padded_x},
)
def conv_reuses_padded_x(dout, cache):
    padded, w, b, stride, pad = cache
    dpadded, dw, db = conv_backward(dout, (padded, w, b, stride, 0))
    padded[...] = dpadded
    height, width = (n - pad for n in padded.shape[2:])
    return padded[:, :, pad:height, pad:width].copy(), dw, db


_last = {}


def _keeps_x_outside(x, w, b, conv_param):
    _last["x"] = x
    return conv_forward(x, w, b, conv_param)


@wrong(
    "conv_backward",
    "state",
    "dw",
    "x is kept in a global, not in the cache",
    also={"conv_forward": _keeps_x_outside},
)
def conv_global_x(dout, cache):
    return conv_backward(dout, (_last["x"], *cache[1:]))
