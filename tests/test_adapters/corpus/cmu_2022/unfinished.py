"""As the homeworks were handed out in 2022."""

import numpy as np


class Sigmoid:
    """Forward and backward are to be written."""


class Tanh:
    def forward(self, Z):
        self.A = None  # TODO
        return self.A

    def backward(self):
        dAdZ = None  # TODO
        return dAdZ


class ReLU:
    def forward(self, Z):
        self.A = np.maximum(Z, 0)
        return self.A

    def backward(self):
        dAdZ = None  # TODO
        return dAdZ


class MSELoss:
    def forward(self, A, Y):
        self.A = A
        self.Y = Y
        N = None  # TODO
        C = None  # TODO
        se = None  # TODO
        sse = None  # TODO
        mse = None  # TODO
        return mse

    def backward(self):
        dLdA = None
        return dLdA


class CrossEntropyLoss:
    def forward(self, A, Y):
        self.A = A
        self.Y = Y
        N = None  # TODO
        self.softmax = None  # TODO
        sum_crossentropy = None  # TODO
        L = sum_crossentropy / N
        return L

    def backward(self):
        dLdA = None  # TODO
        return dLdA


class Linear:
    def __init__(self, in_features, out_features, debug=False):
        self.W = np.zeros((out_features, in_features), dtype="f")
        self.b = np.zeros((out_features, 1), dtype="f")
        self.dLdW = np.zeros((out_features, in_features), dtype="f")
        self.dLdb = np.zeros((out_features, 1), dtype="f")

    def forward(self, A):
        self.A = A
        self.N = None  # TODO
        self.Ones = np.ones((self.N, 1), dtype="f")
        Z = None  # TODO
        return Z

    def backward(self, dLdZ):
        dLdA = None  # TODO
        dLdW = None  # TODO
        dLdb = None  # TODO
        self.dLdW = dLdW / self.N
        self.dLdb = dLdb / self.N
        return dLdA


class BatchNorm1d:
    def __init__(self, num_features, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8
        self.BW = np.ones((1, num_features))
        self.Bb = np.zeros((1, num_features))
        self.dLdBW = np.zeros((1, num_features))
        self.dLdBb = np.zeros((1, num_features))
        self.running_M = np.zeros((1, num_features))
        self.running_V = np.ones((1, num_features))

    def forward(self, Z, eval=False):
        self.Z = Z
        self.N = None  # TODO
        self.M = None  # TODO
        self.V = None  # TODO
        if not eval:
            self.NZ = None  # TODO
            self.BZ = None  # TODO
            self.running_M = None  # TODO
            self.running_V = None  # TODO
        else:
            self.NZ = None  # TODO
            self.BZ = None  # TODO
        return self.BZ

    def backward(self, dLdBZ):
        self.dLdBW = None  # TODO
        self.dLdBb = None  # TODO
        dLdZ = None  # TODO
        return dLdZ


class Conv2d_stride1:
    def __init__(
        self, in_channels, out_channels, kernel_size, weight_init_fn=None, bias_init_fn=None
    ):
        self.W = weight_init_fn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = bias_init_fn(out_channels)
        self.dLdW = np.zeros(self.W.shape)
        self.dLdb = np.zeros(self.b.shape)

    def forward(self, A):
        self.A = A
        Z = None  # TODO
        return Z

    def backward(self, dLdZ):
        self.dLdW = None  # TODO
        self.dLdb = None  # TODO
        dLdA = None  # TODO
        return dLdA


class Conv2d:
    def __init__(
        self, in_channels, out_channels, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.stride = stride
        self.conv2d_stride1 = None  # TODO
        self.downsample2d = None  # TODO

    def forward(self, A):
        Z = None  # TODO
        return Z

    def backward(self, dLdZ):
        dLdA = None  # TODO
        return dLdA


class MaxPool2d_stride1:
    def __init__(self, kernel):
        self.kernel = kernel

    def forward(self, A):
        raise NotImplementedError

    def backward(self, dLdZ):
        raise NotImplementedError


class MeanPool2d:
    def __init__(self, kernel, stride):
        self.kernel = kernel
        self.stride = stride
        self.meanpool2d_stride1 = None  # TODO
        self.downsample2d = None  # TODO

    def forward(self, A):
        raise NotImplementedError

    def backward(self, dLdZ):
        raise NotImplementedError


class RNNCell(object):
    def __init__(self, input_size, hidden_size):
        h, d = hidden_size, input_size
        self.activation = Tanh()
        self.dW_ih = np.zeros((h, d))
        self.dW_hh = np.zeros((h, h))
        self.db_ih = np.zeros(h)
        self.db_hh = np.zeros(h)

    def init_weights(self, W_ih, W_hh, b_ih, b_hh):
        self.W_ih, self.W_hh, self.b_ih, self.b_hh = W_ih, W_hh, b_ih, b_hh

    def forward(self, x, h_prev_t):
        # h_t = ...
        # return h_t
        raise NotImplementedError

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        batch_size = delta.shape[0]
        dz = None  # TODO
        self.dW_ih += None  # TODO
        raise NotImplementedError


class SGD:
    def __init__(self, model, lr=0.1, momentum=0):
        self.l = model.layers
        self.L = len(model.layers)
        self.lr = lr
        self.mu = momentum
        self.v_W = [np.zeros(self.l[i].W.shape, dtype="f") for i in range(self.L)]
        self.v_b = [np.zeros(self.l[i].b.shape, dtype="f") for i in range(self.L)]

    def step(self):
        for i in range(self.L):
            if self.mu == 0:
                self.l[i].W = None  # TODO: of self.l[i].dLdW
                self.l[i].b = None  # TODO: of self.l[i].dLdb
            else:
                self.v_W[i] = None  # TODO
                self.v_b[i] = None  # TODO
                self.l[i].W = self.l[i].W - self.lr * None  # TODO: of self.l[i].dLdW
