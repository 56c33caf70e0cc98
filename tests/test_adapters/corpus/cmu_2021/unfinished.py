"""As the homeworks were handed out to 2021."""

import numpy as np


class Activation(object):
    def __init__(self):
        self.state = None

    def __call__(self, x):
        return self.forward(x)


class Sigmoid(Activation):
    def forward(self, x):
        # Might we need to store something before returning?
        return NotImplemented

    def derivative(self):
        return NotImplemented


class Tanh(Activation):
    def forward(self, x):
        raise NotImplementedError

    def derivative(self):
        raise NotImplementedError


class ReLU(Activation):
    def forward(self, x):
        raise NotImplementedError

    def derivative(self):
        raise NotImplementedError


class SoftmaxCrossEntropy(object):
    def __init__(self):
        self.logits = None
        self.labels = None

    def forward(self, x, y):
        self.logits = x
        self.labels = y
        raise NotImplementedError

    def derivative(self):
        raise NotImplementedError


class Linear:
    def __init__(self, in_feature, out_feature, weight_init_fn, bias_init_fn):
        self.W = weight_init_fn(in_feature, out_feature)
        self.b = bias_init_fn(out_feature)
        # TODO: complete these
        self.dW = None
        self.db = None

    def forward(self, x):
        raise NotImplementedError

    def backward(self, delta):
        raise NotImplementedError


class BatchNorm(object):
    def __init__(self, in_feature, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8
        self.gamma = np.ones((1, in_feature))
        self.dgamma = np.zeros((1, in_feature))
        self.beta = np.zeros((1, in_feature))
        self.dbeta = np.zeros((1, in_feature))
        self.running_mean = np.zeros((1, in_feature))
        self.running_var = np.ones((1, in_feature))

    def forward(self, x, eval=False):
        self.x = x
        if eval:
            # ???
            pass
        # self.mean = # ???
        # self.var = # ???
        raise NotImplementedError

    def backward(self, delta):
        raise NotImplementedError


class Conv1D:
    def __init__(
        self, in_channel, out_channel, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.W = weight_init_fn(out_channel, in_channel, kernel_size)
        self.b = bias_init_fn(out_channel)
        self.dW = np.zeros(self.W.shape)
        self.db = np.zeros(self.b.shape)

    def forward(self, x):
        raise NotImplementedError

    def backward(self, delta):
        raise NotImplementedError


class Conv2D:
    def __init__(
        self, in_channel, out_channel, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.W = weight_init_fn(out_channel, in_channel, kernel_size, kernel_size)
        self.b = bias_init_fn(out_channel)
        self.dW = np.zeros(self.W.shape)
        self.db = np.zeros(self.b.shape)

    def forward(self, x):
        raise NotImplementedError

    def backward(self, delta):
        raise NotImplementedError


class MaxPoolLayer:
    def __init__(self, kernel, stride):
        self.kernel = kernel
        self.stride = stride

    def forward(self, x):
        raise NotImplementedError

    def backward(self, delta):
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

    def forward(self, x, h):
        raise NotImplementedError

    def backward(self, delta, h, h_prev_l, h_prev_t):
        raise NotImplementedError


class GRUCell(object):
    def __init__(self, in_dim, hidden_dim):
        self.d = in_dim
        self.h = hidden_dim

    def init_weights(self, Wrx, Wzx, Wnx, Wrh, Wzh, Wnh, bir, biz, bin, bhr, bhz, bhn):
        self.Wrx = Wrx

    def forward(self, x, h):
        self.x = x
        self.hidden = h
        # self.r = ...
        # return h_t
        raise NotImplementedError

    def backward(self, delta):
        # return dx, dh
        raise NotImplementedError
