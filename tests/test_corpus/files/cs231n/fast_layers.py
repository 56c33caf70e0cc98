from __future__ import print_function

import numpy as np

try:
    from .im2col_cython import col2im_cython, im2col_cython
    from .im2col_cython import col2im_6d_cython
except ImportError:
    print("=" * 20)
    print("You will need to compile a Cython extension: python setup.py build_ext --inplace")
    print("=" * 20)

from .im2col import *


def conv_forward_im2col(x, w, b, conv_param):
    N, C, H, W = x.shape
    num_filters, _, filter_height, filter_width = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]

    assert (W + 2 * pad - filter_width) % stride == 0, "width does not work"
    assert (H + 2 * pad - filter_height) % stride == 0, "height does not work"

    out_height = (H + 2 * pad - filter_height) // stride + 1
    out_width = (W + 2 * pad - filter_width) // stride + 1
    x_cols = im2col_cython(x, filter_height, filter_width, pad, stride)
    res = w.reshape((num_filters, -1)).dot(x_cols) + b.reshape(-1, 1)
    out = res.reshape(num_filters, out_height, out_width, N).transpose(3, 0, 1, 2)
    return out, (x, w, b, conv_param, x_cols)


def conv_backward_im2col(dout, cache):
    x, w, b, conv_param, x_cols = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    num_filters, _, filter_height, filter_width = w.shape
    db = np.sum(dout, axis=(0, 2, 3))
    flat = dout.transpose(1, 2, 3, 0).reshape(num_filters, -1)
    dw = flat.dot(x_cols.T).reshape(w.shape)
    dx_cols = w.reshape(num_filters, -1).T.dot(flat)
    dx = col2im_cython(dx_cols, *x.shape, filter_height, filter_width, pad, stride)
    return dx, dw, db


def conv_forward_strides(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    p = pad
    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    H += 2 * pad
    W += 2 * pad
    out_h = (H - HH) // stride + 1
    out_w = (W - WW) // stride + 1
    shape = (C, HH, WW, N, out_h, out_w)
    strides = x.itemsize * np.array((H * W, W, 1, C * H * W, stride * W, stride))
    windows = np.lib.stride_tricks.as_strided(x_padded, shape=shape, strides=strides)
    x_cols = np.ascontiguousarray(windows).reshape(C * HH * WW, N * out_h * out_w)
    res = w.reshape(F, -1).dot(x_cols) + b.reshape(-1, 1)
    out = np.ascontiguousarray(res.reshape(F, N, out_h, out_w).transpose(1, 0, 2, 3))
    return out, (x, w, b, conv_param, x_cols)


def conv_backward_strides(dout, cache):
    x, w, b, conv_param, x_cols = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, out_h, out_w = dout.shape
    db = np.sum(dout, axis=(0, 2, 3))
    flat = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw = flat.dot(x_cols.T).reshape(w.shape)
    dx_cols = w.reshape(F, -1).T.dot(flat).reshape(C, HH, WW, N, out_h, out_w)
    dx = col2im_6d_cython(dx_cols, N, C, H, W, HH, WW, pad, stride)
    return dx, dw, db


conv_forward_fast = conv_forward_strides
conv_backward_fast = conv_backward_strides


def max_pool_forward_fast(x, pool_param):
    N, C, H, W = x.shape
    pool_height, pool_width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    same_size = pool_height == pool_width == stride
    tiles = H % pool_height == 0 and W % pool_width == 0
    if same_size and tiles:
        out, reshape_cache = max_pool_forward_reshape(x, pool_param)
        cache = ("reshape", reshape_cache)
    else:
        out, im2col_cache = max_pool_forward_im2col(x, pool_param)
        cache = ("im2col", im2col_cache)
    return out, cache


def max_pool_backward_fast(dout, cache):
    method, real_cache = cache
    if method == "reshape":
        return max_pool_backward_reshape(dout, real_cache)
    elif method == "im2col":
        return max_pool_backward_im2col(dout, real_cache)
    else:
        raise ValueError('Unrecognized method "%s"' % method)


def max_pool_forward_reshape(x, pool_param):
    N, C, H, W = x.shape
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    assert height == width == pool_param["stride"], "Invalid pool params"
    assert H % height == 0
    assert W % height == 0
    x_reshaped = x.reshape(N, C, H // height, height, W // width, width)
    out = x_reshaped.max(axis=3).max(axis=4)
    return out, (x, x_reshaped, out)


def max_pool_backward_reshape(dout, cache):
    """Splits the gradient among maxima that tie."""
    x, x_reshaped, out = cache
    mask = x_reshaped == out[:, :, :, None, :, None]
    dx = np.zeros_like(x_reshaped)
    upstream = np.broadcast_to(dout[:, :, :, None, :, None], dx.shape)
    dx[mask] = upstream[mask]
    dx /= np.sum(mask, axis=(3, 5), keepdims=True)
    return dx.reshape(x.shape)


def max_pool_forward_im2col(x, pool_param):
    N, C, H, W = x.shape
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    assert (H - height) % stride == 0, "Invalid height"
    assert (W - width) % stride == 0, "Invalid width"
    out_height, out_width = (H - height) // stride + 1, (W - width) // stride + 1
    x_cols = im2col_indices(x.reshape(N * C, 1, H, W), height, width, padding=0, stride=stride)
    best = np.argmax(x_cols, axis=0)
    out = x_cols[best, np.arange(x_cols.shape[1])]
    out = out.reshape(out_height, out_width, N, C).transpose(2, 3, 0, 1)
    return out, (x, x_cols, best, pool_param)


def max_pool_backward_im2col(dout, cache):
    x, x_cols, best, pool_param = cache
    N, C, H, W = x.shape
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    dx_cols = np.zeros_like(x_cols)
    dx_cols[best, np.arange(dx_cols.shape[1])] = dout.transpose(2, 3, 0, 1).flatten()
    dx = col2im_indices(
        dx_cols, (N * C, 1, H, W), height, width, padding=0, stride=pool_param["stride"]
    )
    return dx.reshape(x.shape)
