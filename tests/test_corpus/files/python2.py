"""Written in 2015: Python 3 can read it, but half of what it uses is gone."""

from past.builtins import xrange
from cs231n.im2col_cython import im2col_cython, col2im_cython
import cPickle as pickle
import matplotlib.pyplot as plt
import numpy as np

plt.rcParams["figure.figsize"] = (10.0, 8.0)


def affine_forward(x, w, b):
    D = np.product(x.shape[1:])
    out = x.reshape((x.shape[0], D)).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    D = reduce(lambda m, n: m * n, x.shape[1:])
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape((x.shape[0], D)).T.dot(dout)
    db = np.zeros(b.shape, dtype=np.float)
    for i in xrange(dout.shape[0]):
        db += dout[i]
    return dx, dw, db


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    dx = np.array(dout, copy=True)
    dx[cache <= 0] = 0
    return dx


def conv_forward_naive(x, w, b, conv_param):
    """A size by /, which was a whole number."""
    pad, stride = conv_param["pad"], conv_param["stride"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.lib.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), "constant")
    H_out = (H + 2 * pad - HH) / stride + 1
    W_out = (W + 2 * pad - WW) / stride + 1
    out = np.zeros((N, F, H_out, W_out))
    for i in xrange(H_out):
        for j in xrange(W_out):
            window = x_pad[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            for f in xrange(F):
                out[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    raise NotImplementedError


def max_pool_forward_naive(x, pool_param):
    """A size by /, made whole by hand."""
    HH, WW, stride = [pool_param[k] for k in ("pool_height", "pool_width", "stride")]
    N, C, H, W = x.shape
    H_out, W_out = int((H - HH) / stride) + 1, int((W - WW) / stride) + 1
    out = np.zeros((N, C, H_out, W_out))
    for i in xrange(H_out):
        for j in xrange(W_out):
            rows = slice(i * stride, i * stride + HH)
            columns = slice(j * stride, j * stride + WW)
            out[:, :, i, j] = np.amax(x[:, :, rows, columns], axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HH, WW, stride = [pool_param[k] for k in ("pool_height", "pool_width", "stride")]
    dx = np.zeros_like(x)
    for i in xrange(dout.shape[2]):
        for j in xrange(dout.shape[3]):
            rows = slice(i * stride, i * stride + HH)
            columns = slice(j * stride, j * stride + WW)
            window = x[:, :, rows, columns]
            best = window == np.amax(window, axis=(2, 3), keepdims=True)
            dx[:, :, rows, columns] += best * dout[:, :, i : i + 1, j : j + 1]
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    """A dict asked as Python 2 did."""
    if bn_param.has_key("eps"):
        eps = bn_param["eps"]
    return x, None


def batchnorm_backward(dout, cache):
    return None, None, None


def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes, num_train = W.shape[1], X.shape[0]
    loss = 0.0
    for i in xrange(num_train):
        scores = X[i].dot(W)
        for j in xrange(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += 0.5 * reg * np.sum(W * W)
    dW += reg * W
    return loss, dW


def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
