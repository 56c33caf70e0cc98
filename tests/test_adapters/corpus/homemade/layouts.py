"""A library of one's own: the names and signatures of well-known courses, and other layouts."""

import numpy as np


class Linear:
    """CMU's signature; W is (in, out)."""

    def __init__(self, in_features, out_features):
        self.W = np.random.randn(in_features, out_features) / np.sqrt(in_features)
        self.b = np.zeros((1, out_features))

    def forward(self, A):
        self.A = A
        return A @ self.W + self.b

    def backward(self, dLdZ):
        self.dLdW = self.A.T @ dLdZ
        self.dLdb = dLdZ.sum(axis=0, keepdims=True)
        return dLdZ @ self.W.T


class Layer_Dense:
    """nnfs' signature; weights are (neurons, inputs)."""

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_neurons, n_inputs)
        self.biases = np.zeros(n_neurons)

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights.T + self.biases

    def backward(self, dvalues):
        self.dweights = dvalues.T @ self.inputs
        self.dbiases = dvalues.sum(axis=0)
        self.dinputs = dvalues @ self.weights


class Affine:
    """Saito's signature; examples are columns."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = self.dW = self.db = None

    def forward(self, x):
        self.x = x
        return self.W @ x + self.b[:, None]

    def backward(self, dout):
        self.dW = dout @ self.x.T
        self.db = dout.sum(axis=1)
        return self.W.T @ dout


class CrossEntropyLoss:
    """CMU's signature; Y are labels."""

    def forward(self, A, Y):
        self.Y = Y
        shifted = A - A.max(axis=1, keepdims=True)
        self.log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -self.log_p[np.arange(len(Y)), Y].mean()

    def backward(self):
        grad = np.exp(self.log_p)
        grad[np.arange(len(self.Y)), self.Y] -= 1
        return grad / len(self.Y)


class Softmax:
    """The classifier, with a column of biases: W is (C, D + 1)."""

    def __init__(self):
        self.W = None

    def loss(self, X, y, reg):
        X = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        scores = X @ self.W.T
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        n = len(X)
        loss = -np.log(p[np.arange(n), y]).mean() + reg * (self.W**2).sum()
        p[np.arange(n), y] -= 1
        return loss, p.T @ X / n + 2 * reg * self.W

    def train(self, X, y):
        pass

    def predict(self, X):
        return 0


class SVM:
    """The classifier, W being (C, D)."""

    def __init__(self):
        self.W = None

    def loss(self, X, y, reg):
        n = len(X)
        scores = X @ self.W.T
        margins = np.maximum(0, scores - scores[np.arange(n), y][:, None] + 1)
        margins[np.arange(n), y] = 0
        counts = (margins > 0).astype(X.dtype)
        counts[np.arange(n), y] = -counts.sum(axis=1)
        return margins.sum() / n + reg * (self.W**2).sum(), counts.T @ X / n + 2 * reg * self.W

    def train(self, X, y):
        pass

    def predict(self, X):
        return 0


class ScaledDotProductAttention:
    """CMU's signature; True in the mask is a key to look at."""

    def __init__(self):
        self.eps = 1e9

    def forward(self, Q, K, V, mask=None):
        self.Q, self.K, self.V = Q, K, V
        scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1])
        if mask is not None:
            scores = np.where(mask, scores, -self.eps)
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.softmax = e / e.sum(axis=-1, keepdims=True)
        return self.softmax @ V

    def backward(self, d_output):
        p = self.softmax
        dV = np.swapaxes(p, -1, -2) @ d_output
        dp = d_output @ np.swapaxes(self.V, -1, -2)
        ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) / np.sqrt(self.Q.shape[-1])
        return ds @ self.K, np.swapaxes(ds, -1, -2) @ self.Q, dV
