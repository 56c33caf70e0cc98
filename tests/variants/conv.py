"""Right convolutions."""

import numpy as np

from impl_numpy import conv_backward, conv_forward
from impl_numpy.precision import widened
from variants import variant

# --- conv ---


def _padded(x, pad):
    """Widened, with zeros around it."""
    return np.pad(widened(x), ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _size(x, w, stride, pad):
    return [(x.shape[a] + 2 * pad - w.shape[a]) // stride + 1 for a in (2, 3)]


def _cut(dpadded, x, pad):
    return dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]].astype(x.dtype)


@variant("conv", "the course's naive solution: four loops")
def conv_four_loops():
    def forward(x, w, b, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        padded, height, width = _padded(x, pad), *w.shape[2:]
        out = np.zeros((len(x), len(w), *_size(x, w, stride, pad)), x.dtype)
        for n, f, i, j in np.ndindex(out.shape):
            top, left = i * stride, j * stride
            window = padded[n, :, top : top + height, left : left + width]
            out[n, f, i, j] = np.sum(window * widened(w)[f]) + widened(b)[f]
        return out, (x, w, b, conv_param)

    def backward(dout, cache):
        x, w, b, conv_param = cache
        stride, pad = conv_param["stride"], conv_param["pad"]
        padded, upstream, height, width = _padded(x, pad), widened(dout), *w.shape[2:]
        dpadded, dw, db = np.zeros_like(padded), np.zeros_like(widened(w)), np.zeros(len(w))
        for n, f, i, j in np.ndindex(dout.shape):
            top, left = i * stride, j * stride
            window = np.s_[n, :, top : top + height, left : left + width]
            dw[f] += padded[window] * upstream[n, f, i, j]
            dpadded[window] += widened(w)[f] * upstream[n, f, i, j]
            db[f] += upstream[n, f, i, j]
        return _cut(dpadded, x, pad), dw.astype(w.dtype), db.astype(b.dtype)

    return forward, backward


@variant("conv", "im2col by fancy indices, col2im by np.add.at, as in the course's fast layers")
def conv_im2col():
    def indices(x, w, stride, pad):
        channels, height, width = w.shape[1:]
        rows, columns = _size(x, w, stride, pad)
        k, i, j = (a.reshape(-1, 1) for a in np.indices((channels, height, width)))
        p, q = (stride * a.reshape(1, -1) for a in np.indices((rows, columns)))
        return k, i + p, j + q

    def forward(x, w, b, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        columns = _padded(x, pad)[(slice(None), *indices(x, w, stride, pad))]
        matrix = columns.transpose(1, 2, 0).reshape(w[0].size, columns.shape[2] * len(x))
        out = widened(w).reshape(len(w), -1) @ matrix + widened(b).reshape(-1, 1)
        out = out.reshape(len(w), *_size(x, w, stride, pad), len(x)).transpose(3, 0, 1, 2)
        return out.astype(x.dtype), (x, w, b, stride, pad, matrix)

    def backward(dout, cache):
        x, w, b, stride, pad, matrix = cache
        upstream = widened(dout).transpose(1, 2, 3, 0).reshape(len(w), matrix.shape[1])
        dw = (upstream @ matrix.T).reshape(w.shape)
        dmatrix = widened(w).reshape(len(w), -1).T @ upstream
        dcolumns = dmatrix.reshape(w[0].size, dout.shape[2] * dout.shape[3], len(x))
        dpadded = np.zeros_like(_padded(x, pad))
        places = slice(None), *indices(x, w, stride, pad)
        np.add.at(dpadded, places, dcolumns.transpose(2, 0, 1))
        db = widened(dout).sum(axis=(0, 2, 3))
        return _cut(dpadded, x, pad), dw.astype(w.dtype), db.astype(b.dtype)

    return forward, backward


@variant("conv", "one product of matrices for each element of the filter")
def conv_by_taps():
    def taps(padded, w, size, stride):
        for i, j in np.ndindex(w.shape[2:]):
            rows, columns = (stride * n for n in size)
            yield i, j, padded[:, :, i : i + rows : stride, j : j + columns : stride]

    def forward(x, w, b, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        padded, size = _padded(x, pad), _size(x, w, stride, pad)
        out = np.zeros((len(x), len(w), *size), padded.dtype)
        for i, j, seen in taps(padded, w, size, stride):
            out += np.einsum("fc,ncpq->nfpq", widened(w)[:, :, i, j], seen)
        out += widened(b)[:, None, None]
        return out.astype(x.dtype), (x, w, b, stride, pad)

    def backward(dout, cache):
        x, w, b, stride, pad = cache
        padded, upstream = _padded(x, pad), widened(dout)
        dpadded, dw = np.zeros_like(padded), np.zeros_like(widened(w))
        dtaps = taps(dpadded, w, dout.shape[2:], stride)
        for (i, j, seen), (_, _, dseen) in zip(
            taps(padded, w, dout.shape[2:], stride), dtaps, strict=True
        ):
            dw[:, :, i, j] = np.einsum("nfpq,ncpq->fc", upstream, seen)
            np.add(dseen, np.einsum("fc,nfpq->ncpq", widened(w)[:, :, i, j], upstream), out=dseen)
        db = np.einsum("nfpq->f", upstream)
        return _cut(dpadded, x, pad), dw.astype(w.dtype), db.astype(b.dtype)

    return forward, backward


@variant("conv", "dx is a convolution with the flipped filters, of dout spread out by the stride")
def conv_transposed():
    def backward(dout, cache):
        x, w, _, stride, pad = cache
        height, width = w.shape[2:]
        spread = np.zeros(
            (
                len(dout),
                len(w),
                x.shape[2] + 2 * pad + height - 1,
                x.shape[3] + 2 * pad + width - 1,
            ),
            dout.dtype,
        )
        rows, columns = (stride * n for n in dout.shape[2:])
        spread[
            :, :, height - 1 : height - 1 + rows : stride, width - 1 : width - 1 + columns : stride
        ] = dout
        flipped, nothing = w[:, :, ::-1, ::-1].swapaxes(0, 1), np.zeros(w.shape[1], w.dtype)
        dpadded = conv_forward(spread, flipped, nothing, {"stride": 1, "pad": 0})[0]
        return _cut(dpadded, x, pad), *conv_backward(dout, cache)[1:]

    return conv_forward, backward


@variant("conv", "everything in float64, one example after the other, cast back")
def conv_in_float64():
    def forward(x, w, b, conv_param):
        wide = [a.astype(np.float64) for a in (x, w, b)]
        rows = [conv_forward(row[None], *wide[1:], conv_param)[0] for row in wide[0]]
        out = np.concatenate([*rows, conv_forward(wide[0][:0], *wide[1:], conv_param)[0]])
        return out.astype(x.dtype), (x.dtype, conv_forward(*wide, conv_param)[1])

    def backward(dout, cache):
        dtype, wide = cache
        return tuple(d.astype(dtype) for d in conv_backward(dout.astype(np.float64), wide))

    return forward, backward
