"""More ways to be right: one layer made of another, decorators, lambdas, gradients of exactly 0."""

import functools
from typing import Any, Dict, Tuple

import numpy as np
from numba import jit, njit

DEBUG = {"calls": 0}


def counted(function):
    """Counts calls, and prints."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        DEBUG["calls"] += 1
        print(function.__name__, len(args))
        return function(*args, **kwargs)

    return wrapper


@njit
def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, verbose=False) -> Tuple[Any, Any]:
    """Takes more, if one likes."""
    out = np.dot(x.reshape(x.shape[0], w.shape[0]), w) + b[np.newaxis, :]
    if verbose:
        print(out)
    return out, (x, w, b)


@counted
def affine_backward(dout, cache):
    """Lists of numbers for arrays."""
    x, w, b = cache
    dx, dw, db = dout @ w.T, x.reshape(x.shape[0], w.shape[0]).T @ dout, dout.sum(0)
    return dx.reshape(x.shape), dw, list(db)


relu_forward = lambda x: (np.where(x > 0, x, 0), x > 0)
relu_backward = functools.partial(lambda scale, dout, mask: scale * dout * mask, 1)


class _Tanh:
    """An object that can be called."""

    def __call__(self, x):
        self.out = np.tanh(x)
        return self.out, self.out.copy()


tanh_forward = _Tanh()


@jit(nopython=True)
def tanh_backward(dout, *cache):
    return dout * (1 - cache[0] ** 2)


def sigmoid_forward(x):
    """x overwritten by the output, which is also the cache."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.reciprocal(x, out=x)
    return x, x


def sigmoid_backward(dout, cache):
    dx = cache
    dx *= 1 - cache
    dx *= dout
    return dx


def batchnorm_forward(x, gamma, beta, bn_param: Dict[str, Any]):
    """Serves layer normalisation as well, and then leaves no running statistics."""
    eps, layernorm = bn_param.get("eps", 1e-5), bn_param.get("layernorm", 0)
    if bn_param["mode"] == "test":
        running_mean, running_var = bn_param["running_mean"], bn_param["running_var"]
        return gamma * (x - running_mean) / (running_var + eps) ** 0.5 + beta, None
    mu, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + eps)
    z = (x - mu) / std
    if not layernorm:
        momentum = bn_param.get("momentum", 0.9)
        for name, new in (("running_mean", mu), ("running_var", var)):
            old = bn_param.setdefault(name, np.zeros(x.shape[1], dtype=x.dtype))
            bn_param[name] = momentum * old + (1 - momentum) * new
    return gamma * z + beta, {"std": std, "z": z, "gamma": gamma, "axis": layernorm}


def batchnorm_backward(dout, cache):
    """By derivatives of each step, as matrices."""
    z, N = cache["z"], len(dout)
    dbeta, dgamma = dout.sum(cache["axis"]), (dout * z).sum(cache["axis"])
    dz = dout * cache["gamma"]
    means = (np.eye(N) - 1.0 / N) @ dz
    return (means - z * (dz * z).sum(0) / N) / cache["std"], dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    """Batch normalisation of the transpose; two entries are added to ln_param."""
    ln_param["mode"], ln_param["layernorm"] = "train", 1
    out, cache = batchnorm_forward(x.T, gamma[:, None], beta[:, None], ln_param)
    return out.T, cache


def layernorm_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout.T, cache)
    return dx.T, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """Layer normalisation of the groups, scaled and shifted afterwards."""
    N, C, H, W = x.shape
    rows = x.reshape(N * G, C // G * H * W)
    one, zero = np.ones(rows.shape[1], x.dtype), np.zeros(rows.shape[1], x.dtype)
    z, cache = layernorm_forward(rows, one, zero, gn_param)
    z = z.reshape(N, C, H, W)
    return gamma * z + beta, (z, gamma, G, cache)


def spatial_groupnorm_backward(dout, cache):
    z, gamma, G, cache = cache
    N, C, H, W = dout.shape
    dgamma = (dout * z).sum(axis=(0, 2, 3)).reshape(1, C, 1, 1)
    dbeta = dout.sum(axis=(0, 2, 3)).reshape(1, C, 1, 1)
    dx, _, _ = layernorm_backward((dout * gamma).reshape(N * G, C // G * H * W), cache)
    return dx.reshape(N, C, H, W), dgamma, dbeta


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    """The bias is left out: batch normalisation takes it away again, but for the running mean."""
    a = x.reshape(x.shape[0], w.shape[0]) @ w
    momentum, before = bn_param["momentum"], bn_param["running_mean"]
    a, bn = batchnorm_forward(a, gamma, beta, bn_param)
    bn_param["running_mean"] = bn_param["running_mean"] + (1 - momentum) * b
    return np.maximum(a, 0), (x, w, b, bn, a)


def affine_bn_relu_backward(dout, cache):
    """So its gradient is exactly 0."""
    x, w, b, bn, a = cache
    da, dgamma, dbeta = batchnorm_backward(dout * (a > 0), bn)
    dx, dw = (da @ w.T).reshape(x.shape), x.reshape(x.shape[0], w.shape[0]).T @ da
    return dx, dw, np.zeros_like(b), dgamma, dbeta


def dropout_forward(x, dropout_param):
    """Any generator of random numbers will do; the mask is kept unscaled."""
    if dropout_param["mode"] == "test":
        return x.copy(), (None, 1)
    keep = dropout_param["p"]
    mask = np.random.default_rng(dropout_param.get("seed")).random(x.shape) < keep
    return np.where(mask, x / keep, 0), (mask, keep)


def dropout_backward(dout, cache):
    mask, keep = cache
    return dout if mask is None else np.where(mask, dout / keep, 0)


def max_pool_forward_naive(x, pool_param):
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].reshape(*x.shape[:2], -1, height * width)
    best = windows.shape[-1] - 1 - windows[..., ::-1].argmax(axis=-1)
    shape = (*x.shape[:2], (x.shape[2] - height) // stride + 1, (x.shape[3] - width) // stride + 1)
    out = np.take_along_axis(windows, best[..., None], axis=-1).reshape(shape)
    return out, (best.reshape(shape), x.shape, width, stride)


def max_pool_backward_naive(dout, cache):
    """The last maximum gets it all."""
    best, shape, width, stride = cache
    dx = np.zeros(shape, dtype=dout.dtype)
    for (n, c, i, j), value in np.ndenumerate(dout):
        row, column = divmod(best[n, c, i, j], width)
        dx[n, c, i * stride + row, j * stride + column] += value
    return dx


def softmax_loss(x, y):
    """By one-hot labels and a clipped logarithm; an array of one number for the loss."""
    one_hot = np.zeros_like(x)
    one_hot[np.arange(len(x)), y] = 1
    p = np.exp(x - x.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    loss = np.sum(-one_hot * np.log(np.clip(p, 1e-12, None)), keepdims=True) / len(x)
    return loss, (p - one_hot) / len(x)


def svm_loss(x, y):
    """The right class contributes 1, which is taken off again."""
    rows = np.arange(len(x))
    margins = x - x[rows, y].reshape(-1, 1) + 1
    dx = (margins > 0).astype(x.dtype)
    loss = float(np.sum(margins * dx) / len(x) - 1)
    dx[rows, y] -= dx.sum(axis=1)
    return loss, dx / len(x)


class FullyConnectedNet(object):
    """As of 2016: use_batchnorm, and dropout as the probability to drop."""

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
        self.use_batchnorm, self.use_dropout, self.reg = use_batchnorm, dropout > 0, reg
        dims = [input_dim] + hidden_dims + [num_classes]
        self.params = {}
        for i in range(len(dims) - 1):
            W = weight_scale * np.random.randn(dims[i], dims[i + 1])
            self.params["W%d" % (i + 1)] = W.astype(dtype)
            self.params["b%d" % (i + 1)] = np.zeros(dims[i + 1], dtype=dtype)
        self.num_layers = len(dims) - 1

    def loss(self, X, y=None):
        h, caches = X.reshape(len(X), -1), []
        for i in range(1, self.num_layers + 1):
            W, b = self.params["W%d" % i], self.params["b%d" % i]
            caches.append((h, W))
            h = h @ W + b
            if i < self.num_layers:
                h = np.maximum(h, 0)
        if y is None:
            return h
        one_hot = np.eye(h.shape[1], dtype=h.dtype)[y]
        shifted = h - h.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss, d, grads = -(one_hot * log_p).sum() / len(X), (np.exp(log_p) - one_hot) / len(X), {}
        for i in range(self.num_layers, 0, -1):
            h, W = caches.pop()
            grads["W%d" % i], grads["b%d" % i] = h.T @ d + self.reg * W, d.sum(axis=0)
            loss += 0.5 * self.reg * np.sum(W * W)
            d = d @ W.T * (h > 0)
        return loss, grads
