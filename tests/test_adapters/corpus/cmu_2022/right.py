"""Homeworks 1 to 3 as they were in 2022, in one file."""

import numpy as np


class Sigmoid:
    def forward(self, Z):
        self.A = 1 / (1 + np.exp(-Z))
        return self.A

    def backward(self):
        dAdZ = self.A - self.A * self.A
        return dAdZ


class Tanh:
    def forward(self, Z):
        self.A = np.tanh(Z)
        return self.A

    def backward(self, state=None):
        A = self.A if state is None else state
        return 1 - A * A


class ReLU:
    def forward(self, Z):
        self.A = np.maximum(Z, 0)
        return self.A

    def backward(self):
        dAdZ = np.where(self.A > 0, 1.0, 0.0)
        return dAdZ


class MSELoss:
    def forward(self, A, Y):
        self.A = A
        self.Y = Y
        N = A.shape[0]
        C = A.shape[1]
        Ones_C = np.ones((C, 1), dtype=A.dtype)
        Ones_N = np.ones((N, 1), dtype=A.dtype)
        se = (A - Y) * (A - Y)
        sse = Ones_N.T @ se @ Ones_C
        mse = sse / (N * C)
        return mse

    def backward(self):
        dLdA = self.A - self.Y
        return dLdA


class CrossEntropyLoss:
    def forward(self, A, Y):
        self.A = A
        self.Y = Y
        N = A.shape[0]
        C = A.shape[1]
        Ones_C = np.ones((C, 1), dtype=A.dtype)
        Ones_N = np.ones((N, 1), dtype=A.dtype)
        self.softmax = np.exp(A) / (np.exp(A) @ Ones_C @ Ones_C.T)
        crossentropy = -Y * np.log(self.softmax)
        sum_crossentropy = Ones_N.T @ crossentropy @ Ones_C
        L = sum_crossentropy / N
        return L

    def backward(self):
        dLdA = self.softmax - self.Y
        return dLdA


class Linear:
    def __init__(self, in_features, out_features, debug=False):
        self.W = np.zeros((out_features, in_features), dtype="f")
        self.b = np.zeros((out_features, 1), dtype="f")
        self.dLdW = np.zeros((out_features, in_features), dtype="f")
        self.dLdb = np.zeros((out_features, 1), dtype="f")
        self.debug = debug

    def forward(self, A):
        self.A = A
        self.N = A.shape[0]
        self.Ones = np.ones((self.N, 1), dtype=A.dtype)
        Z = A @ self.W.T + self.Ones @ self.b.T
        return Z

    def backward(self, dLdZ):
        dZdA = self.W.T
        dZdW = self.A
        dZdb = self.Ones
        dLdA = dLdZ @ dZdA.T
        dLdW = dLdZ.T @ dZdW
        dLdb = dLdZ.T @ dZdb
        self.dLdW = dLdW / self.N
        self.dLdb = dLdb / self.N
        return dLdA


class BatchNorm1d:
    def __init__(self, num_features, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8
        self.Z = None
        self.NZ = None
        self.BZ = None
        self.BW = np.ones((1, num_features))
        self.Bb = np.zeros((1, num_features))
        self.dLdBW = np.zeros((1, num_features))
        self.dLdBb = np.zeros((1, num_features))
        self.M = np.zeros((1, num_features))
        self.V = np.ones((1, num_features))
        self.running_M = np.zeros((1, num_features))
        self.running_V = np.ones((1, num_features))

    def forward(self, Z, eval=False):
        if eval:
            NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)
            return self.BW * NZ + self.Bb
        self.Z = Z
        self.N = Z.shape[0]
        self.M = np.mean(Z, axis=0, keepdims=True)
        self.V = np.mean((Z - self.M) ** 2, axis=0, keepdims=True)
        self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)
        self.BZ = self.BW * self.NZ + self.Bb
        self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
        self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
        return self.BZ

    def backward(self, dLdBZ):
        self.dLdBW = np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)
        self.dLdBb = np.sum(dLdBZ, axis=0, keepdims=True)
        dLdNZ = dLdBZ * self.BW
        root = np.sqrt(self.V + self.eps)
        dLdV = -0.5 * np.sum(dLdNZ * (self.Z - self.M) / root**3, axis=0, keepdims=True)
        dLdM = -np.sum(dLdNZ / root, axis=0, keepdims=True)
        dLdM = dLdM - 2 / self.N * dLdV * np.sum(self.Z - self.M, axis=0, keepdims=True)
        dLdZ = dLdNZ / root + dLdV * (2 / self.N) * (self.Z - self.M) + dLdM / self.N
        return dLdZ


class BatchNorm2d:
    def __init__(self, num_features, alpha=0.9):
        self.alpha = alpha
        self.eps = 1e-8
        self.BW = np.ones((1, num_features, 1, 1))
        self.Bb = np.zeros((1, num_features, 1, 1))
        self.dLdBW = np.zeros((1, num_features, 1, 1))
        self.dLdBb = np.zeros((1, num_features, 1, 1))
        self.running_M = np.zeros((1, num_features, 1, 1))
        self.running_V = np.ones((1, num_features, 1, 1))

    def forward(self, Z, eval=False):
        if eval:
            NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)
            return self.BW * NZ + self.Bb
        axes = (0, 2, 3)
        self.M = Z.mean(axis=axes, keepdims=True)
        self.V = Z.var(axis=axes, keepdims=True)
        self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)
        self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
        self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
        return self.BW * self.NZ + self.Bb

    def backward(self, dLdBZ):
        axes = (0, 2, 3)
        self.dLdBW = np.sum(dLdBZ * self.NZ, axis=axes, keepdims=True)
        self.dLdBb = np.sum(dLdBZ, axis=axes, keepdims=True)
        dLdNZ = dLdBZ * self.BW
        centred = dLdNZ - dLdNZ.mean(axis=axes, keepdims=True)
        along = self.NZ * np.mean(dLdNZ * self.NZ, axis=axes, keepdims=True)
        return (centred - along) / np.sqrt(self.V + self.eps)


class Downsample1d:
    def __init__(self, downsampling_factor):
        self.downsampling_factor = downsampling_factor

    def forward(self, A):
        self.shape = A.shape
        return A[:, :, :: self.downsampling_factor]

    def backward(self, dLdZ):
        dLdA = np.zeros(self.shape, dtype=dLdZ.dtype)
        dLdA[:, :, :: self.downsampling_factor] = dLdZ
        return dLdA


class Downsample2d:
    def __init__(self, downsampling_factor):
        self.downsampling_factor = downsampling_factor

    def forward(self, A):
        self.shape = A.shape
        k = self.downsampling_factor
        return A[:, :, ::k, ::k]

    def backward(self, dLdZ):
        k = self.downsampling_factor
        dLdA = np.zeros(self.shape, dtype=dLdZ.dtype)
        dLdA[:, :, ::k, ::k] = dLdZ
        return dLdA


class Conv1d_stride1:
    def __init__(
        self, in_channels, out_channels, kernel_size, weight_init_fn=None, bias_init_fn=None
    ):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        if weight_init_fn is None:
            self.W = np.random.normal(0, 1.0, (out_channels, in_channels, kernel_size))
        else:
            self.W = weight_init_fn(out_channels, in_channels, kernel_size)
        if bias_init_fn is None:
            self.b = np.zeros(out_channels)
        else:
            self.b = bias_init_fn(out_channels)
        self.dLdW = np.zeros(self.W.shape)
        self.dLdb = np.zeros(self.b.shape)

    def forward(self, A):
        self.A = A
        output_size = A.shape[2] - self.kernel_size + 1
        Z = np.zeros((A.shape[0], self.out_channels, output_size), dtype=A.dtype)
        for i in range(output_size):
            segment = A[:, :, i : i + self.kernel_size]
            Z[:, :, i] = np.tensordot(segment, self.W, axes=([1, 2], [1, 2]))
        return Z + self.b[:, None]

    def backward(self, dLdZ):
        size = dLdZ.shape[2]
        self.dLdb = np.sum(dLdZ, axis=(0, 2))
        for k in range(self.kernel_size):
            segment = self.A[:, :, k : k + size]
            self.dLdW[:, :, k] = np.tensordot(dLdZ, segment, axes=([0, 2], [0, 2]))
        margin = self.kernel_size - 1
        padded = np.pad(dLdZ, ((0, 0), (0, 0), (margin, margin)))
        flipped = self.W[:, :, ::-1]
        dLdA = np.zeros(self.A.shape, dtype=self.A.dtype)
        for i in range(self.A.shape[2]):
            segment = padded[:, :, i : i + self.kernel_size]
            dLdA[:, :, i] = np.tensordot(segment, flipped, axes=([1, 2], [0, 2]))
        return dLdA


class Conv1d:
    def __init__(
        self, in_channels, out_channels, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.stride = stride
        self.conv1d_stride1 = Conv1d_stride1(
            in_channels, out_channels, kernel_size, weight_init_fn, bias_init_fn
        )
        self.downsample1d = Downsample1d(stride)

    def forward(self, A):
        return self.downsample1d.forward(self.conv1d_stride1.forward(A))

    def backward(self, dLdZ):
        return self.conv1d_stride1.backward(self.downsample1d.backward(dLdZ))


class Conv2d_stride1:
    def __init__(
        self, in_channels, out_channels, kernel_size, weight_init_fn=None, bias_init_fn=None
    ):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        if weight_init_fn is None:
            shape = (out_channels, in_channels, kernel_size, kernel_size)
            self.W = np.random.normal(0, 1.0, shape)
        else:
            self.W = weight_init_fn(out_channels, in_channels, kernel_size, kernel_size)
        if bias_init_fn is None:
            self.b = np.zeros(out_channels)
        else:
            self.b = bias_init_fn(out_channels)
        self.dLdW = np.zeros(self.W.shape)
        self.dLdb = np.zeros(self.b.shape)

    def forward(self, A):
        self.A = A
        k = self.kernel_size
        width, height = A.shape[2] - k + 1, A.shape[3] - k + 1
        Z = np.zeros((A.shape[0], self.out_channels, width, height), dtype=A.dtype)
        for i in range(width):
            for j in range(height):
                segment = A[:, :, i : i + k, j : j + k]
                Z[:, :, i, j] = np.tensordot(segment, self.W, axes=([1, 2, 3], [1, 2, 3]))
        return Z + self.b[:, None, None]

    def backward(self, dLdZ):
        k = self.kernel_size
        width, height = dLdZ.shape[2:]
        self.dLdb = np.sum(dLdZ, axis=(0, 2, 3))
        for i in range(k):
            for j in range(k):
                segment = self.A[:, :, i : i + width, j : j + height]
                self.dLdW[:, :, i, j] = np.tensordot(dLdZ, segment, axes=([0, 2, 3], [0, 2, 3]))
        padded = np.pad(dLdZ, ((0, 0), (0, 0), (k - 1, k - 1), (k - 1, k - 1)))
        flipped = self.W[:, :, ::-1, ::-1]
        dLdA = np.zeros(self.A.shape, dtype=self.A.dtype)
        for i in range(self.A.shape[2]):
            for j in range(self.A.shape[3]):
                segment = padded[:, :, i : i + k, j : j + k]
                dLdA[:, :, i, j] = np.tensordot(segment, flipped, axes=([1, 2, 3], [0, 2, 3]))
        return dLdA


class Conv2d:
    def __init__(
        self, in_channels, out_channels, kernel_size, stride, weight_init_fn=None, bias_init_fn=None
    ):
        self.stride = stride
        self.conv2d_stride1 = Conv2d_stride1(
            in_channels, out_channels, kernel_size, weight_init_fn, bias_init_fn
        )
        self.downsample2d = Downsample2d(stride)

    def forward(self, A):
        Z = self.conv2d_stride1.forward(A)
        Z = self.downsample2d.forward(Z)
        return Z

    def backward(self, dLdZ):
        dLdA = self.downsample2d.backward(dLdZ)
        dLdA = self.conv2d_stride1.backward(dLdA)
        return dLdA


class MaxPool2d_stride1:
    def __init__(self, kernel):
        self.kernel = kernel

    def forward(self, A):
        self.A = A
        k = self.kernel
        width, height = A.shape[2] - k + 1, A.shape[3] - k + 1
        Z = np.zeros((*A.shape[:2], width, height), dtype=A.dtype)
        self.place = np.zeros(Z.shape, dtype=int)
        for i in range(width):
            for j in range(height):
                window = A[:, :, i : i + k, j : j + k].reshape(*A.shape[:2], k * k)
                self.place[:, :, i, j] = window.argmax(axis=2)
                Z[:, :, i, j] = window.max(axis=2)
        return Z

    def backward(self, dLdZ):
        dLdA = np.zeros(self.A.shape, dtype=dLdZ.dtype)
        for n, c, i, j in np.ndindex(dLdZ.shape):
            row, column = divmod(self.place[n, c, i, j], self.kernel)
            dLdA[n, c, i + row, j + column] += dLdZ[n, c, i, j]
        return dLdA


class MeanPool2d_stride1:
    def __init__(self, kernel):
        self.kernel = kernel

    def forward(self, A):
        self.A = A
        k = self.kernel
        width, height = A.shape[2] - k + 1, A.shape[3] - k + 1
        Z = np.zeros((*A.shape[:2], width, height), dtype=A.dtype)
        for i in range(width):
            for j in range(height):
                Z[:, :, i, j] = A[:, :, i : i + k, j : j + k].mean(axis=(2, 3))
        return Z

    def backward(self, dLdZ):
        k = self.kernel
        dLdA = np.zeros(self.A.shape, dtype=dLdZ.dtype)
        for i in range(dLdZ.shape[2]):
            for j in range(dLdZ.shape[3]):
                share = dLdZ[:, :, i : i + 1, j : j + 1] / (k * k)
                dLdA[:, :, i : i + k, j : j + k] += share
        return dLdA


class MaxPool2d:
    def __init__(self, kernel, stride):
        self.kernel = kernel
        self.stride = stride
        self.maxpool2d_stride1 = MaxPool2d_stride1(kernel)
        self.downsample2d = Downsample2d(stride)

    def forward(self, A):
        return self.downsample2d.forward(self.maxpool2d_stride1.forward(A))

    def backward(self, dLdZ):
        return self.maxpool2d_stride1.backward(self.downsample2d.backward(dLdZ))


class MeanPool2d:
    def __init__(self, kernel, stride):
        self.kernel = kernel
        self.stride = stride
        self.meanpool2d_stride1 = MeanPool2d_stride1(kernel)
        self.downsample2d = Downsample2d(stride)

    def forward(self, A):
        return self.downsample2d.forward(self.meanpool2d_stride1.forward(A))

    def backward(self, dLdZ):
        return self.meanpool2d_stride1.backward(self.downsample2d.backward(dLdZ))


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

    def __call__(self, x, h_prev_t):
        return self.forward(x, h_prev_t)

    def forward(self, x, h_prev_t):
        z = x @ self.W_ih.T + self.b_ih + h_prev_t @ self.W_hh.T + self.b_hh
        h_t = self.activation.forward(z)
        return h_t

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        batch_size = delta.shape[0]
        dz = delta * self.activation.backward(state=h_t)
        self.dW_ih += 1 / batch_size * dz.T @ h_prev_l
        self.dW_hh += 1 / batch_size * dz.T @ h_prev_t
        self.db_ih += 1 / batch_size * dz.sum(axis=0)
        self.db_hh += 1 / batch_size * dz.sum(axis=0)
        dx = dz @ self.W_ih
        dh_prev_t = dz @ self.W_hh
        return dx, dh_prev_t


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
                self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW
                self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb
            else:
                self.v_W[i] *= self.mu
                self.v_W[i] += self.l[i].dLdW
                self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb
                self.l[i].W = self.l[i].W - self.lr * self.v_W[i]
                self.l[i].b = self.l[i].b - self.lr * self.v_b[i]
