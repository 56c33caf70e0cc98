"""As the assignments are handed out."""

import numpy as np


def l2_regularization(W, reg_strength):
    # TODO
    raise Exception("Not implemented!")
    return loss, grad


def softmax_with_cross_entropy(predictions, target_index):
    # TODO
    raise Exception("Not implemented!")
    return loss, dprediction


def linear_softmax(X, W, target_index):
    predictions = np.dot(X, W)
    # TODO
    raise Exception("Not implemented!")
    return loss, dW


class Param:
    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


class ReLULayer:
    def __init__(self):
        pass

    def forward(self, X):
        raise Exception("Not implemented!")

    def backward(self, d_out):
        raise Exception("Not implemented!")
        return d_result

    def params(self):
        return {}


class FullyConnectedLayer:
    def __init__(self, n_input, n_output):
        self.W = Param(0.001 * np.random.randn(n_input, n_output))
        self.B = Param(0.001 * np.random.randn(1, n_output))
        self.X = None

    def forward(self, X):
        raise Exception("Not implemented!")

    def backward(self, d_out):
        raise Exception("Not implemented!")

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
        batch_size, height, width, channels = X.shape
        out_height = 0
        out_width = 0
        for y in range(out_height):
            for x in range(out_width):
                # TODO
                pass
        raise Exception("Not implemented!")

    def backward(self, d_out):
        batch_size, height, width, channels = X.shape
        raise Exception("Not implemented!")

    def params(self):
        return {"W": self.W, "B": self.B}


class MaxPoolingLayer:
    def __init__(self, pool_size, stride):
        self.pool_size = pool_size
        self.stride = stride
        self.X = None

    def forward(self, X):
        batch_size, height, width, channels = X.shape
        raise Exception("Not implemented!")

    def backward(self, d_out):
        batch_size, height, width, channels = self.X.shape
        raise Exception("Not implemented!")

    def params(self):
        return {}


class MomentumSGD:
    def __init__(self, momentum=0.9):
        self.momentum = momentum
        self.velocity = 0

    def update(self, w, d_w, learning_rate):
        # TODO
        raise Exception("Not implemented!")
