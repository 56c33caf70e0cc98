"""Functions that are not there, that take other arguments, or that return too few."""

import numpy as np


def affine_forward(x, w, b):
    """Right, and without a backward."""
    return x.reshape(len(x), w.shape[0]) @ w + b, (x, w, b)


def relu_forward(x):
    """Wrong, and without a backward."""
    return np.abs(x), x


def layernorm_backward(dout, cache):
    """Without a forward."""
    return dout, dout.sum(axis=0), dout.sum(axis=0)


def batchnorm_forward(x, gamma, beta):
    """Takes no bn_param."""
    return gamma * (x - x.mean(axis=0)) / x.std(axis=0) + beta, None


def batchnorm_backward(dout, cache):
    return dout, dout.sum(axis=0), dout.sum(axis=0)


def conv_forward_naive(x, w, b, stride, pad):
    """Takes its options one by one."""
    return x, (x, w, b)


def conv_backward_naive(dout, cache):
    return dout, dout, dout


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Returns no cache."""
    return np.tanh(x @ Wx + prev_h @ Wh + b)


def rnn_step_backward(dnext_h, cache):
    return dnext_h


def temporal_affine_forward(x, w, b):
    return x @ w + b, (x, w)


def temporal_affine_backward(dout, cache):
    """Returns no db."""
    x, w = cache
    return dout @ w.T, np.einsum("ntd,ntm->dm", x, dout)


def softmax_loss(x, y, W, reg):
    """Takes more than the course's."""
    return 0.0, x


def tanh_forward(x):
    return np.tanh(x), np.tanh(x)


def tanh_backward(dout, cache):
    return dout * (1 - cache**2)


class TwoLayerNet:
    """Takes other sizes."""

    def __init__(self, sizes):
        self.params = {}
        self.sizes = sizes
