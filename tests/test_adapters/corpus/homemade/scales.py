"""A library of one's own: the names and signatures of well-known courses, and other scales."""

import numpy as np


class Momentum:
    """Saito's signature; v is a decayed mean of the gradients."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def update(self, params, grads):
        for key in params:
            before = self.v.get(key, 0)
            self.v[key] = self.momentum * before + (1 - self.momentum) * grads[key]
            params[key] -= self.lr * self.v[key]


class MSELoss:
    """CMU's: SSE / (2NC), and the gradient of SSE / 2."""

    def forward(self, A, Y):
        self.A, self.Y = A, Y
        N, C = A.shape
        se = (A - Y) * (A - Y)
        sse = np.sum(se)
        return sse / (2 * N * C)

    def backward(self):
        return self.A - self.Y


def relu(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, cache):
    return dA * (cache > 0)


def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, A


def sigmoid_backward(dA, cache):
    return dA * cache * (1 - cache)


def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)


def linear_backward(dZ, cache):
    """Coursera's signature; the cost has divided by m already."""
    A_prev, W, b = cache
    dW = dZ @ A_prev.T
    db = dZ.sum(axis=1, keepdims=True)
    return W.T @ dZ, dW, db


def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = (relu if activation == "relu" else sigmoid)(Z)
    return A, (linear_cache, activation_cache)


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    back = relu_backward if activation == "relu" else sigmoid_backward
    return linear_backward(back(dA, activation_cache), linear_cache)
