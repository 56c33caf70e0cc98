"""Assignments 1 to 3, in one file."""

import numpy as np


def softmax(predictions):
    shifted = predictions - np.max(predictions, axis=-1, keepdims=True)
    exps = np.exp(shifted)
    return exps / np.sum(exps, axis=-1, keepdims=True)


def cross_entropy_loss(probs, target_index):
    picked = probs[np.arange(len(probs)), target_index]
    return -np.mean(np.log(picked))


def softmax_with_cross_entropy(predictions, target_index):
    probs = softmax(predictions)
    loss = cross_entropy_loss(probs, target_index)
    dprediction = probs.copy()
    dprediction[np.arange(len(probs)), target_index] -= 1
    return loss, dprediction / len(probs)


def l2_regularization(W, reg_strength):
    loss = reg_strength * np.sum(W * W)
    grad = 2 * reg_strength * W
    return loss, grad


def linear_softmax(X, W, target_index):
    predictions = np.dot(X, W)
    loss, dprediction = softmax_with_cross_entropy(predictions, target_index)
    dW = np.dot(X.T, dprediction)
    return loss, dW


class Param:
    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


class ReLULayer:
    def __init__(self):
        self.positive = None

    def forward(self, X):
        self.positive = X > 0
        return np.where(self.positive, X, 0)

    def backward(self, d_out):
        d_result = d_out * self.positive
        return d_result

    def params(self):
        return {}


class FullyConnectedLayer:
    def __init__(self, n_input, n_output):
        self.W = Param(0.001 * np.random.randn(n_input, n_output))
        self.B = Param(0.001 * np.random.randn(1, n_output))
        self.X = None

    def forward(self, X):
        self.X = X.copy()
        return np.dot(X, self.W.value) + self.B.value

    def backward(self, d_out):
        self.W.grad += np.dot(self.X.T, d_out)
        self.B.grad += np.sum(d_out, axis=0, keepdims=True)
        d_input = np.dot(d_out, self.W.value.T)
        return d_input

    def params(self):
        return {"W": self.W, "B": self.B}


class ConvolutionalLayer:
    def __init__(self, in_channels, out_channels, filter_size, padding):
        self.filter_size = filter_size
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.W = Param(np.random.randn(filter_size, filter_size, in_channels, out_channels))
        self.B = Param(np.zeros(out_channels))
        self.padding = padding

    def forward(self, X):
        p, k = self.padding, self.filter_size
        self.padded = np.pad(X, ((0, 0), (p, p), (p, p), (0, 0)))
        batch_size, height, width, channels = self.padded.shape
        out_height, out_width = height - k + 1, width - k + 1
        flat = self.W.value.reshape(-1, self.out_channels)
        out = np.zeros((batch_size, out_height, out_width, self.out_channels))
        for y in range(out_height):
            for x in range(out_width):
                window = self.padded[:, y : y + k, x : x + k, :]
                out[:, y, x, :] = np.dot(window.reshape(batch_size, -1), flat) + self.B.value
        return out

    def backward(self, d_out):
        p, k = self.padding, self.filter_size
        batch_size, height, width, channels = self.padded.shape
        _, out_height, out_width, out_channels = d_out.shape
        flat = self.W.value.reshape(-1, out_channels)
        d_padded = np.zeros_like(self.padded)
        for y in range(out_height):
            for x in range(out_width):
                pixel = d_out[:, y, x, :]
                window = self.padded[:, y : y + k, x : x + k, :].reshape(batch_size, -1)
                self.W.grad += np.dot(window.T, pixel).reshape(self.W.value.shape)
                self.B.grad += np.sum(pixel, axis=0)
                back = np.dot(pixel, flat.T).reshape(batch_size, k, k, channels)
                d_padded[:, y : y + k, x : x + k, :] += back
        return d_padded[:, p : height - p, p : width - p, :]

    def params(self):
        return {"W": self.W, "B": self.B}


class MaxPoolingLayer:
    def __init__(self, pool_size, stride):
        self.pool_size = pool_size
        self.stride = stride
        self.X = None

    def forward(self, X):
        self.X = X.copy()
        batch_size, height, width, channels = X.shape
        size, stride = self.pool_size, self.stride
        out_height = (height - size) // stride + 1
        out_width = (width - size) // stride + 1
        out = np.zeros((batch_size, out_height, out_width, channels))
        for y in range(out_height):
            for x in range(out_width):
                top, left = y * stride, x * stride
                window = X[:, top : top + size, left : left + size, :]
                out[:, y, x, :] = np.max(window, axis=(1, 2))
        return out

    def backward(self, d_out):
        _, out_height, out_width, _ = d_out.shape
        size, stride = self.pool_size, self.stride
        d_input = np.zeros_like(self.X)
        for y in range(out_height):
            for x in range(out_width):
                top, left = y * stride, x * stride
                window = self.X[:, top : top + size, left : left + size, :]
                highest = window == np.max(window, axis=(1, 2), keepdims=True)
                back = highest * d_out[:, y : y + 1, x : x + 1, :]
                d_input[:, top : top + size, left : left + size, :] += back
        return d_input

    def params(self):
        return {}


class Flattener:
    def __init__(self):
        self.X_shape = None

    def forward(self, X):
        self.X_shape = X.shape
        return X.reshape(X.shape[0], -1)

    def backward(self, d_out):
        return d_out.reshape(self.X_shape)

    def params(self):
        return {}


class SGD:
    def update(self, w, d_w, learning_rate):
        return w - d_w * learning_rate


class MomentumSGD:
    def __init__(self, momentum=0.9):
        self.momentum = momentum
        self.velocity = 0

    def update(self, w, d_w, learning_rate):
        self.velocity = self.momentum * self.velocity - learning_rate * d_w
        return w + self.velocity
