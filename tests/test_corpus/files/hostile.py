"""Each function does one thing that nobody should, and the ones between are right."""

import os
import sys
import time

import numpy as np


def affine_forward(x, w, b):
    """An endless loop."""
    out = x.reshape(len(x), -1) @ w + b
    while out.size >= 0:
        out = out + 0
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)


def softmax_loss(x, y):
    sys.exit("not today")


def svm_loss(x, y):
    os._exit(0)


def word_embedding_forward(x, W):
    """Sixteen gigabytes of ones."""
    return np.ones((1 << 31,))[x] + W[x], (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


def temporal_affine_forward(x, w, b):
    """Megabytes of prints."""
    for _ in range(20):
        print("shape of x: " + "=" * 10_000)
    return x @ w + b, (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, np.einsum("ntd,ntm->dm", x, dout), dout.sum(axis=(0, 1))


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    """Endless recursion."""
    return rnn_step_backward(dnext_h, cache)


def max_pool_forward_naive(x, pool_param):
    """Asks for a password."""
    return input("password: "), x


def max_pool_backward_naive(dout, cache):
    return dout


def sgd(w, dw, config=None):
    return w - config["learning_rate"] * dw, config


def sigmoid_forward(x):
    """Right, but too slow for all cases."""
    time.sleep(0.2)
    out = (1 + np.tanh(x / 2)) / 2
    return out, out


def sigmoid_backward(dout, cache):
    return dout * cache * (1 - cache)
