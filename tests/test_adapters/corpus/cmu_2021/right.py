"""Homeworks 1 to 3 as they were up to 2021, in one file."""

import numpy as np


class Activation(object):
    def __init__(self):
        self.state = None

    def __call__(self, x):
        return self.forward(x)


class Sigmoid(Activation):
    def forward(self, x):
        self.state = 1 / (1 + np.exp(-x))
        return self.state

    def derivative(self):
        return self.state * (1 - self.state)


class Tanh(Activation):
    def forward(self, x):
        self.state = np.tanh(x)
        return self.state

    def derivative(self, state=None):
        if state is not None:
            return 1 - state**2
        return 1 - self.state**2


class ReLU(Activation):
    def forward(self, x):
        self.state = np.maximum(x, 0)
        return self.state

    def derivative(self):
        return np.where(self.state > 0, 1.0, 0.0)


class Criterion(object):
    def __init__(self):
        self.logits = None
        self.labels = None
        self.loss = None

    def __call__(self, x, y):
        return self.forward(x, y)


class SoftmaxCrossEntropy(Criterion):
    def forward(self, x, y):
        self.logits = x
        self.labels = y
        highest = np.max(x, axis=1, keepdims=True)
        logs = x - highest - np.log(np.sum(np.exp(x - highest), axis=1, keepdims=True))
        self.sm = np.exp(logs)
        self.loss = -np.sum(y * logs, axis=1)
        return self.loss

    def derivative(self):
        return self.sm - self.labels


class Linear:
    def __init__(self, in_feature, out_feature, weight_init_fn, bias_init_fn):
        self.W = weight_init_fn(in_feature, out_feature)
        self.b = bias_init_fn(out_feature)
        self.dW = np.zeros((in_feature, out_feature))
        self.db = np.zeros((1, out_feature))
        self.momentum_W = np.zeros((in_feature, out_feature))
        self.momentum_b = np.zeros((1, out_feature))

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, delta):
        batch_size = delta.shape[0]
        self.dW = np.dot(self.x.T, delta) / batch_size
        self.db = np.sum(delta, axis=0, keepdims=True) / batch_size
        return np.dot(delta, self.W.T)


class BatchNorm(object):
    def __init__(self, in_feature, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8
        self.x = None
        self.norm = None
        self.out = None
        self.var = np.ones((1, in_feature))
        self.mean = np.zeros((1, in_feature))
        self.gamma = np.ones((1, in_feature))
        self.dgamma = np.zeros((1, in_feature))
        self.beta = np.zeros((1, in_feature))
        self.dbeta = np.zeros((1, in_feature))
        self.running_mean = np.zeros((1, in_feature))
        self.running_var = np.ones((1, in_feature))

    def __call__(self, x, eval=False):
        return self.forward(x, eval)

    def forward(self, x, eval=False):
        self.x = x
        if eval:
            norm = (x - self.running_mean) / np.sqrt(self.running_var + self.eps)
            return self.gamma * norm + self.beta
        self.mean = np.mean(x, axis=0, keepdims=True)
        self.var = np.var(x, axis=0, keepdims=True)
        self.norm = (x - self.mean) / np.sqrt(self.var + self.eps)
        self.out = self.gamma * self.norm + self.beta
        self.running_mean = self.alpha * self.running_mean + (1 - self.alpha) * self.mean
        self.running_var = self.alpha * self.running_var + (1 - self.alpha) * self.var
        return self.out

    def backward(self, delta):
        count = delta.shape[0]
        self.dbeta = np.sum(delta, axis=0, keepdims=True)
        self.dgamma = np.sum(delta * self.norm, axis=0, keepdims=True)
        dnorm = delta * self.gamma
        centred = self.x - self.mean
        root = np.sqrt(self.var + self.eps)
        dvar = -0.5 * np.sum(dnorm * centred / root**3, axis=0, keepdims=True)
        dmean = -np.sum(dnorm / root, axis=0, keepdims=True)
        dmean = dmean - 2 / count * dvar * np.sum(centred, axis=0, keepdims=True)
        return dnorm / root + dvar * 2 / count * centred + dmean / count


class Conv1D:
    def __init__(
        self, in_channel, out_channel, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.in_channel = in_channel
        self.out_channel = out_channel
        self.kernel_size = kernel_size
        self.stride = stride
        if weight_init_fn is None:
            self.W = np.random.normal(0, 1.0, (out_channel, in_channel, kernel_size))
        else:
            self.W = weight_init_fn(out_channel, in_channel, kernel_size)
        if bias_init_fn is None:
            self.b = np.zeros(out_channel)
        else:
            self.b = bias_init_fn(out_channel)
        self.dW = np.zeros(self.W.shape)
        self.db = np.zeros(self.b.shape)

    def forward(self, x):
        self.x = x
        batch_size, _, input_size = x.shape
        output_size = (input_size - self.kernel_size) // self.stride + 1
        out = np.zeros((batch_size, self.out_channel, output_size))
        for i in range(output_size):
            start = i * self.stride
            segment = x[:, :, start : start + self.kernel_size]
            out[:, :, i] = np.tensordot(segment, self.W, ([1, 2], [1, 2])) + self.b
        return out

    def backward(self, delta):
        dx = np.zeros(self.x.shape)
        for i in range(delta.shape[2]):
            start = i * self.stride
            segment = self.x[:, :, start : start + self.kernel_size]
            self.dW += np.tensordot(delta[:, :, i], segment, (0, 0))
            dx[:, :, start : start + self.kernel_size] += np.tensordot(delta[:, :, i], self.W, 1)
        self.db += delta.sum(axis=(0, 2))
        return dx


class Conv2D:
    def __init__(
        self, in_channel, out_channel, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.in_channel = in_channel
        self.out_channel = out_channel
        self.kernel_size = kernel_size
        self.stride = stride
        if weight_init_fn is None:
            shape = (out_channel, in_channel, kernel_size, kernel_size)
            self.W = np.random.normal(0, 1.0, shape)
        else:
            self.W = weight_init_fn(out_channel, in_channel, kernel_size, kernel_size)
        if bias_init_fn is None:
            self.b = np.zeros(out_channel)
        else:
            self.b = bias_init_fn(out_channel)
        self.dW = np.zeros(self.W.shape)
        self.db = np.zeros(self.b.shape)

    def forward(self, x):
        self.x = x
        batch_size, _, width, height = x.shape
        out_width = (width - self.kernel_size) // self.stride + 1
        out_height = (height - self.kernel_size) // self.stride + 1
        out = np.zeros((batch_size, self.out_channel, out_width, out_height))
        for i in range(out_width):
            for j in range(out_height):
                segment = x[(..., *self._window(i, j))]
                out[:, :, i, j] = np.tensordot(segment, self.W, ([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, delta):
        dx = np.zeros(self.x.shape)
        for i in range(delta.shape[2]):
            for j in range(delta.shape[3]):
                window = (..., *self._window(i, j))
                self.dW += np.tensordot(delta[:, :, i, j], self.x[window], (0, 0))
                dx[window] += np.tensordot(delta[:, :, i, j], self.W, 1)
        self.db = delta.sum(axis=(0, 2, 3))
        return dx

    def _window(self, i, j):
        left, top = i * self.stride, j * self.stride
        return slice(left, left + self.kernel_size), slice(top, top + self.kernel_size)


class MaxPoolLayer:
    def __init__(self, kernel, stride):
        self.kernel = kernel
        self.stride = stride

    def forward(self, x):
        self.x = x
        batch, channels, width, height = x.shape
        out_width = (width - self.kernel) // self.stride + 1
        out_height = (height - self.kernel) // self.stride + 1
        out = np.zeros((batch, channels, out_width, out_height))
        self.places = {}
        for index in np.ndindex(out.shape):
            n, c, i, j = index
            left, top = i * self.stride, j * self.stride
            window = x[n, c, left : left + self.kernel, top : top + self.kernel]
            row, column = np.unravel_index(np.argmax(window), window.shape)
            self.places[index] = n, c, left + row, top + column
            out[index] = window[row, column]
        return out

    def backward(self, delta):
        dx = np.zeros(self.x.shape)
        for index, place in self.places.items():
            dx[place] += delta[index]
        return dx


class MeanPoolLayer:
    def __init__(self, kernel, stride):
        self.kernel = kernel
        self.stride = stride

    def forward(self, x):
        self.shape = x.shape
        batch, channels, width, height = x.shape
        out_width = (width - self.kernel) // self.stride + 1
        out_height = (height - self.kernel) // self.stride + 1
        out = np.zeros((batch, channels, out_width, out_height))
        for i in range(out_width):
            for j in range(out_height):
                left, top = i * self.stride, j * self.stride
                window = x[:, :, left : left + self.kernel, top : top + self.kernel]
                out[:, :, i, j] = np.mean(window, axis=(2, 3))
        return out

    def backward(self, delta):
        dx = np.zeros(self.shape)
        share = delta / self.kernel**2
        for i in range(delta.shape[2]):
            for j in range(delta.shape[3]):
                left, top = i * self.stride, j * self.stride
                window = np.s_[:, :, left : left + self.kernel, top : top + self.kernel]
                dx[window] += share[:, :, i : i + 1, j : j + 1]
        return dx


class RNNCell(object):
    def __init__(self, input_size, hidden_size):
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.activation = Tanh()
        h = self.hidden_size
        d = self.input_size
        self.W_ih = np.random.randn(h, d)
        self.W_hh = np.random.randn(h, h)
        self.b_ih = np.random.randn(h)
        self.b_hh = np.random.randn(h)
        self.dW_ih = np.zeros((h, d))
        self.dW_hh = np.zeros((h, h))
        self.db_ih = np.zeros(h)
        self.db_hh = np.zeros(h)

    def init_weights(self, W_ih, W_hh, b_ih, b_hh):
        self.W_ih = W_ih
        self.W_hh = W_hh
        self.b_ih = b_ih
        self.b_hh = b_hh

    def __call__(self, x, h):
        return self.forward(x, h)

    def forward(self, x, h):
        from_x = np.dot(x, self.W_ih.T) + self.b_ih
        from_h = np.dot(h, self.W_hh.T) + self.b_hh
        return self.activation(from_x + from_h)

    def backward(self, delta, h, h_prev_l, h_prev_t):
        batch_size = delta.shape[0]
        dz = self.activation.derivative(state=h) * delta
        self.dW_ih += np.dot(dz.T, h_prev_l) / batch_size
        self.dW_hh += np.dot(dz.T, h_prev_t) / batch_size
        self.db_ih += np.mean(dz, axis=0)
        self.db_hh += np.mean(dz, axis=0)
        dx = np.dot(dz, self.W_ih)
        dh = np.dot(dz, self.W_hh)
        return dx, dh


class GRUCell(object):
    def __init__(self, in_dim, hidden_dim):
        self.d = in_dim
        self.h = hidden_dim
        for gate in "rzn":
            setattr(self, f"W{gate}x", np.random.randn(self.h, self.d))
            setattr(self, f"W{gate}h", np.random.randn(self.h, self.h))
            setattr(self, f"bi{gate}", np.random.randn(self.h))
            setattr(self, f"bh{gate}", np.random.randn(self.h))
        self.r_act = Sigmoid()
        self.z_act = Sigmoid()
        self.h_act = Tanh()

    def init_weights(self, Wrx, Wzx, Wnx, Wrh, Wzh, Wnh, bir, biz, bin, bhr, bhz, bhn):
        self.Wrx, self.Wzx, self.Wnx = Wrx, Wzx, Wnx
        self.Wrh, self.Wzh, self.Wnh = Wrh, Wzh, Wnh
        self.bir, self.biz, self.bin = bir, biz, bin
        self.bhr, self.bhz, self.bhn = bhr, bhz, bhn

    def __call__(self, x, h):
        return self.forward(x, h)

    def forward(self, x, h):
        self.x = x
        self.hidden = h
        self.r = self.r_act(self.Wrx @ x + self.bir + self.Wrh @ h + self.bhr)
        self.z = self.z_act(self.Wzx @ x + self.biz + self.Wzh @ h + self.bhz)
        self.inner = self.Wnh @ h + self.bhn
        self.n = self.h_act(self.Wnx @ x + self.bin + self.r * self.inner)
        h_t = (1 - self.z) * self.n + self.z * h
        assert h_t.shape == (self.h,)
        return h_t

    def backward(self, delta):
        dz = delta * (self.hidden - self.n) * self.z_act.derivative()
        dn = delta * (1 - self.z) * self.h_act.derivative()
        dr = dn * self.inner * self.r_act.derivative()
        self.dWrx, self.dWrh = np.outer(dr, self.x), np.outer(dr, self.hidden)
        self.dWzx, self.dWzh = np.outer(dz, self.x), np.outer(dz, self.hidden)
        self.dWnx, self.dWnh = np.outer(dn, self.x), np.outer(dn * self.r, self.hidden)
        self.dbir, self.dbhr = dr, dr
        self.dbiz, self.dbhz = dz, dz
        self.dbin, self.dbhn = dn, dn * self.r
        dx = dr @ self.Wrx + dz @ self.Wzx + dn @ self.Wnx
        dh = dr @ self.Wrh + dz @ self.Wzh + (dn * self.r) @ self.Wnh + delta * self.z
        return dx.reshape(1, self.d), dh.reshape(1, self.h)
