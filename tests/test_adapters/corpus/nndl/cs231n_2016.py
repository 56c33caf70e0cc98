"""Classes in the style of CS231n's assignments of 2015 to 2017, finished and right. Written for
this test.
"""

import numpy as np


class LinearClassifier(object):
    def __init__(self):
        self.W = None

    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200):
        for _ in range(num_iters):
            chosen = np.random.choice(len(X), batch_size)
            loss, grad = self.loss(X[chosen], y[chosen], reg)
            self.W -= learning_rate * grad
        return loss

    def predict(self, X):
        return np.argmax(X.dot(self.W), axis=1)

    def loss(self, X_batch, y_batch, reg):
        pass


class LinearSVM(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        N = len(X_batch)
        scores = X_batch.dot(self.W)
        margins = np.maximum(0, scores - scores[range(N), y_batch][:, None] + 1)
        margins[range(N), y_batch] = 0
        loss = margins.sum() / N + reg * np.sum(self.W * self.W)
        slopes = (margins > 0).astype(X_batch.dtype)
        slopes[range(N), y_batch] = -slopes.sum(axis=1)
        return loss, X_batch.T.dot(slopes) / N + 2 * reg * self.W


class Softmax(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        N = len(X_batch)
        scores = X_batch.dot(self.W)
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[range(N), y_batch]).mean() + 0.5 * reg * np.sum(self.W * self.W)
        p[range(N), y_batch] -= 1
        return loss, X_batch.T.dot(p) / N + reg * self.W


class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        N, D = X.shape
        h = np.maximum(X.dot(W1) + b1, 0)
        scores = h.dot(W2) + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[range(N), y]).mean() + reg * (np.sum(W1**2) + np.sum(W2**2))
        p[range(N), y] -= 1
        p /= N
        dh = p.dot(W2.T) * (h > 0)
        grads = {
            "W1": X.T.dot(dh) + 2 * reg * W1,
            "b1": dh.sum(axis=0),
            "W2": h.T.dot(p) + 2 * reg * W2,
            "b2": p.sum(axis=0),
        }
        return loss, grads


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    return dout.dot(w.T).reshape(x.shape), rows.T.dot(dout), dout.sum(axis=0)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu, var = x.mean(axis=0), x.var(axis=0)
    if bn_param["mode"] == "test":
        mu, var = bn_param["running_mean"], bn_param["running_var"]
    else:
        m = bn_param.get("momentum", 0.9)
        bn_param["running_mean"] = m * bn_param.get("running_mean", 0 * mu) + (1 - m) * mu
        bn_param["running_var"] = m * bn_param.get("running_var", 0 * mu) + (1 - m) * var
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "test":
        return x, None
    mask = (np.random.rand(*x.shape) >= p) / (1 - p)
    return (x * mask).astype(x.dtype), mask


def dropout_backward(dout, cache):
    return dout if cache is None else dout * cache


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
        self.use_batchnorm = use_batchnorm
        self.use_dropout = dropout > 0
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, len(dims)):
            self.params["W%d" % i] = weight_scale * np.random.randn(dims[i - 1], dims[i])
            self.params["b%d" % i] = np.zeros(dims[i])
            if use_batchnorm and i < self.num_layers:
                self.params["gamma%d" % i] = np.ones(dims[i])
                self.params["beta%d" % i] = np.zeros(dims[i])
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = [{"mode": "train"} for _ in hidden_dims]
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        self.dropout_param["mode"] = mode
        h, caches = X, []
        for i in range(1, self.num_layers):
            h, c1 = affine_forward(h, self.params["W%d" % i], self.params["b%d" % i])
            c2 = mask = None
            if self.use_batchnorm:
                self.bn_params[i - 1]["mode"] = mode
                gamma, beta = self.params["gamma%d" % i], self.params["beta%d" % i]
                h, c2 = batchnorm_forward(h, gamma, beta, self.bn_params[i - 1])
            h = np.maximum(h, 0)
            on = h > 0
            if self.use_dropout:
                h, mask = dropout_forward(h, self.dropout_param)
            caches.append((c1, c2, on, mask))
        last = self.num_layers
        scores, cache = affine_forward(h, self.params["W%d" % last], self.params["b%d" % last])
        if mode == "test":
            return scores
        N = len(X)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).sum() / N
        d = p.copy()
        d[np.arange(N), y] -= 1
        d /= N
        grads = {}
        d, grads["W%d" % last], grads["b%d" % last] = affine_backward(d, cache)
        for i in range(last - 1, 0, -1):
            c1, c2, on, mask = caches[i - 1]
            if mask is not None:
                d = dropout_backward(d, mask)
            d = d * on
            if c2 is not None:
                d, grads["gamma%d" % i], grads["beta%d" % i] = batchnorm_backward(d, c2)
            d, grads["W%d" % i], grads["b%d" % i] = affine_backward(d, c1)
        for i in range(1, last + 1):
            W = self.params["W%d" % i]
            loss += 0.5 * self.reg * np.sum(W * W)
            grads["W%d" % i] += self.reg * W
        return loss, grads
