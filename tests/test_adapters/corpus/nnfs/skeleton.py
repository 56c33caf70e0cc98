"""Layers in the style of Neural Networks from Scratch, not begun. Written for this test."""

import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        pass

    def backward(self, dvalues):
        pass


class Layer_Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate

    def forward(self, inputs):
        self.inputs = inputs
        self.output = None

    def backward(self, dvalues):
        pass


class Activation_ReLU:
    def forward(self, inputs):
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        pass


class Activation_Softmax:
    def forward(self, inputs):
        raise NotImplementedError

    def backward(self, dvalues):
        raise NotImplementedError


class Loss:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))


class Loss_MeanSquaredError(Loss):
    def forward(self, y_pred, y_true):
        raise NotImplementedError

    def backward(self, dvalues, y_true):
        raise NotImplementedError


class Activation_Softmax_Loss_CategoricalCrossentropy:
    def forward(self, inputs, y_true):
        pass

    def backward(self, dvalues, y_true):
        pass


class Optimizer_SGD:
    def __init__(self, learning_rate=1.0, decay=0.0, momentum=0.0):
        self.learning_rate = learning_rate
        self.momentum = momentum

    def update_params(self, layer):
        pass
