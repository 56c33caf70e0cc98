"""Classifiers in the style of UCLA's nndl, not begun. Written for this test."""

import numpy as np


class Softmax:
    def __init__(self, dims=[10, 3073]):
        self.W = np.random.normal(size=dims) * 0.0001

    def loss(self, X, y):
        loss = 0.0
        pass
        return loss

    def loss_and_grad(self, X, y):
        loss = 0.0
        grad = np.zeros_like(self.W)
        pass
        return loss, grad

    def fast_loss_and_grad(self, X, y):
        loss = 0.0
        grad = np.zeros(self.W.shape)
        pass
        return loss, grad


class SVM(object):
    def __init__(self, dims=[10, 3073]):
        self.W = np.random.normal(size=dims)

    def loss_and_grad(self, X, y):
        loss = 0.0
        grad = np.zeros_like(self.W)
        return loss, grad

    def fast_loss_and_grad(self, X, y):
        pass


class LinearSVM(object):
    def __init__(self):
        self.W = None

    def train(self, X, y):
        pass

    def predict(self, X):
        return np.zeros(X.shape[0])

    def loss(self, X_batch, y_batch, reg):
        pass


class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(hidden_size, input_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(output_size, hidden_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        scores = None
        if y is None:
            return scores
        loss = None
        grads = {}
        return loss, grads


class FullyConnectedNet(object):
    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout=0,
        use_batchnorm=False,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.params = {}

    def loss(self, X, y=None):
        scores = None
        loss, grads = 0.0, {}
        return loss, grads
