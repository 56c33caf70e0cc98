"""A library of one's own: functions by the course's names, without caches, and losses alone."""

import numpy as np


def relu_forward(x):
    return np.maximum(x, 0)


def relu_backward(dout, x):
    return dout * (x > 0)


def sigmoid_forward(x):
    s = 1 / (1 + np.exp(-x))
    return s


def sigmoid_backward(dout, s):
    return dout * s * (1 - s)


def tanh_forward(x):
    return np.tanh(x)


def tanh_backward(grad, out):
    return grad * (1 - out**2)


def affine_forward(x, w, b):
    return x.reshape(len(x), w.shape[0]) @ w + b


def affine_backward(dout, x, w, b):
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), w.shape[0]).T @ dout
    return dx, dw, dout.sum(axis=0)


def softmax_forward(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(dout, probabilities):
    p = probabilities
    return p * (dout - (dout * p).sum(axis=-1, keepdims=True))


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.tanh(x @ Wx + prev_h @ Wh + b)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
    next_c = f * prev_c + i * np.tanh(g)
    return o * np.tanh(next_c), next_c


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(x)), y].mean()


class Value:
    def __init__(self, data):
        self.data = data


def mse_loss(x, y):
    return Value(((x - y) ** 2).mean())
