"""One mistake in every layer, each of a kind that people make; what is wrong stands beside it."""

import numpy as np


def _affine(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b


def _affine_back(dout, x, w):
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def _places(dout, height, width, stride):
    for n, f, i, j in np.ndindex(*dout.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        yield n, f, i, j, rows, columns


def _conv(x, w, b, stride, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))
    out = np.einsum("ncpqij,fcij->nfpq", windows[:, :, ::stride, ::stride], w)
    return out + b.reshape(1, -1, 1, 1)


def _conv_back(dout, x, w, stride, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for n, f, i, j, rows, columns in _places(dout, *w.shape[2:], stride):
        dxp[n, :, rows, columns] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[n, :, rows, columns]
    dx = dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def _pool(x, height, width, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def _pool_back(dout, x, height, width, stride):
    dx = np.zeros_like(x)
    for n, c, i, j, rows, columns in _places(dout, height, width, stride):
        row, column = divmod(x[n, c, rows, columns].argmax(), width)
        dx[n, c, i * stride + row, j * stride + column] += dout[n, c, i, j]
    return dx


def _normalized(x, eps):
    std = np.sqrt(x.var(axis=0) + eps)
    return (x - x.mean(axis=0)) / std, std


def _normalized_back(d, x_hat, std):
    return (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) / std


def _log_softmax(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _softmax_loss(x, y):
    N, log_p = len(x), _log_softmax(x)
    dx = np.exp(log_p)
    dx[np.arange(N), y] -= 1
    return -log_p[np.arange(N), y].sum() / N, dx / N


def affine_forward(x, w, b):
    return _affine(x, w, b), (x, w)


def affine_backward(dout, cache):
    dx, dw, _ = _affine_back(dout, *cache)
    return dx, dw, dout.mean(axis=0)  # the mean for the sum


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, x):
    dx = np.zeros(x.shape, dtype=bool)  # a boolean buffer
    dx[x > 0] = dout[x > 0]
    return dx


def affine_relu_forward(x, w, b):
    return np.maximum(_affine(x, w, b), 0), (x, w)


def affine_relu_backward(dout, cache):
    x, w = cache
    return _affine_back(dout * (_affine(x, w, 0) > 0), x, w)  # the mask without the bias


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param["eps"], bn_param["momentum"]
    if bn_param["mode"] == "test":
        out = (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps)
        return out, None  # neither gamma nor beta
    x_hat, _ = _normalized(x, eps)
    for name, of in (("running_mean", np.mean), ("running_var", np.var)):
        bn_param[name] = momentum * bn_param[name] + (1 - momentum) * of(x, axis=0)
    return gamma * x_hat + beta, (x_hat, x.var(axis=0), gamma)


def batchnorm_backward(dout, cache):
    x_hat, var, gamma = cache
    dx = _normalized_back(dout * gamma, x_hat, np.sqrt(var))  # eps in the forward only
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def batchnorm_backward_alt(dout, cache):
    x_hat, var, gamma = cache
    d = dout * gamma
    dx = (d - x_hat * (d * x_hat).mean(axis=0)) / np.sqrt(var + 1e-5)  # no mean; and eps built in
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    C = x.shape[1]
    rows = np.moveaxis(x, 1, -1).reshape(-1, C)
    if bn_param["mode"] == "train":
        x_hat, std = _normalized(rows, bn_param["eps"])
        momentum = bn_param["momentum"]
        mean, var = rows.mean(axis=0), rows.var(axis=0)
        bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
        # the deviation for the variance
        bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var**0.5
    else:
        std = np.sqrt(bn_param["running_var"] + bn_param["eps"])
        x_hat = (rows - bn_param["running_mean"]) / std
    out = gamma * x_hat + beta
    return np.moveaxis(out.reshape(*x.shape[:1], *x.shape[2:], C), -1, 1), (x_hat, std, gamma)


def spatial_batchnorm_backward(dout, cache):
    x_hat, std, gamma = cache
    N, C, H, W = dout.shape
    d = np.moveaxis(dout, 1, -1).reshape(-1, C)
    dx = _normalized_back(d * gamma, x_hat, std).reshape(N, H, W, C)
    return np.moveaxis(dx, -1, 1), (d * x_hat).sum(axis=0), d.sum(axis=0)


def layernorm_forward(x, gamma, beta, ln_param):
    x_hat, std = _normalized(x.T, ln_param["eps"])
    return gamma * x_hat.T + beta, (x_hat.T, std, gamma)


def layernorm_backward(dout, cache):
    x_hat, std, gamma = cache
    dx = _normalized_back((dout * gamma).T, x_hat.T, std).T
    dgamma = (dout * (gamma * x_hat)).sum(axis=0)  # right at gamma = 1 only
    return dx, dgamma, dout.sum(axis=0)


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a, momentum = _affine(x, w, b), bn_param["momentum"]
    x_hat, std = _normalized(a, bn_param["eps"])
    for name, of in (("running_mean", np.mean), ("running_var", np.var)):
        bn_param[name] = momentum * bn_param[name] + (1 - momentum) * of(a, axis=0)
    out = np.maximum(gamma * x_hat + beta, 0)
    return out, (x, w, x_hat, std, gamma, out)


def affine_bn_relu_backward(dout, cache):
    x, w, x_hat, std, gamma, out = cache
    d = dout * (out > 0)
    dx, dw, db = _affine_back(_normalized_back(d * gamma, x_hat, std), x, w)
    return dx, dw, db, d.sum(axis=0), (d * x_hat).sum(axis=0)  # swapped


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "test":
        return x * p, (1, p)  # scaled in test mode, as if it were not inverted
    mask = np.random.rand(*x.shape) < p
    return x * mask / 0.5, (mask, 0.5)  # right at p = 0.5 only


def dropout_backward(dout, cache):
    mask, scale = cache
    return dout * mask / scale


def conv_forward_naive(x, w, b, conv_param):
    return _conv(x, w, b, **conv_param), (x, w, conv_param)


def conv_backward_naive(dout, cache):
    x, w, conv_param = cache
    pad = conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw, db = _conv_back(dout, xp, w, conv_param["stride"], 0)
    return dx[:, :, pad:-pad, pad:-pad], dw, db  # nothing is left where pad is 0


def conv_forward_fast(x, w, b, conv_param):
    return _conv(x, w, b, **conv_param), (x, w, conv_param)


def conv_backward_fast(dout, cache):
    x, w, conv_param = cache
    pad = conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.zeros_like(w)
    for n, f, i, j, rows, columns in _places(dout, *w.shape[2:], 1):  # the stride is ignored
        dw[f] += dout[n, f, i, j] * xp[n, :, rows, columns]
    dx, _, db = _conv_back(dout, x, w, **conv_param)
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    size = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    return _pool(x, *size), (x, size)


def max_pool_backward_naive(dout, cache):
    x, (height, width, stride) = cache
    dx = np.zeros_like(x)
    for n, c, i, j, rows, columns in _places(dout, height, width, stride):
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] = (window == window.max()) * dout[n, c, i, j]  # = for +=
    return dx


def max_pool_forward_fast(x, pool_param):
    height, stride = pool_param["pool_height"], pool_param["stride"]
    size = height, height, stride  # the height for the width
    return _pool(x, *size), (x, size)


def max_pool_backward_fast(dout, cache):
    x, size = cache
    return _pool_back(dout, x, *size)


def conv_relu_forward(x, w, b, conv_param):
    return np.maximum(_conv(x, w, b, **conv_param), 0), (x, w, conv_param)


def conv_relu_backward(dout, cache):
    x, w, conv_param = cache
    return _conv_back(dout * (dout > 0), x, w, **conv_param)  # the mask of dout


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    size = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    a = _conv(x, w, b, **conv_param)
    return _pool(np.maximum(a, 0), *size), (x, w, a, conv_param, size)


def conv_relu_pool_backward(dout, cache):
    x, w, a, conv_param, size = cache
    return _conv_back(_pool_back(dout, a, *size), x, w, **conv_param)  # no ReLU


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    groups = x.reshape(len(x), G, -1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + gn_param["eps"])
    x_hat = ((groups - groups.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * x_hat + beta, (x_hat, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    d, h = dout.reshape(len(dout), G, -1), x_hat.reshape(len(dout), G, -1)
    dx = (d - d.mean(axis=2, keepdims=True) - h * (d * h).mean(axis=2, keepdims=True)) / std
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    return gamma * dx.reshape(dout.shape), dgamma, dbeta  # gamma comes after the means


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h)  # not squared
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ Wx + hs[-1] @ Wh + b))
    h = np.stack(hs[1:], axis=1)
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, h = cache
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    da = dh * (1 - h**2)  # the steps are not chained
    dWx, dWh = np.einsum("ntd,nth->dh", x, da), np.einsum("ntk,nth->kh", before, da)
    return da @ Wx.T, da[:, 0] @ Wh.T, dWx, dWh, da.sum(axis=(0, 1))


def _gates(x, prev_h, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    return *(1 / (1 + np.exp(-a)) for a in (i, f, o)), np.tanh(g)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = gates = _gates(x, prev_h, Wx, Wh, b)
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx, Wh, *gates, next_c)


def _lstm_step_back(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    t = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    ds = dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o)
    da = np.hstack([*ds, dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0), dc


def lstm_step_backward(dnext_h, dnext_c, cache):
    dx, dprev_h, _, dWx, dWh, db, dc = _lstm_step_back(dnext_h, dnext_c, cache)
    return dx, dprev_h, dc, dWx, dWh, db  # not times the forget gate


def lstm_forward(x, h0, Wx, Wh, b):
    h, c, hs, cache = h0, np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        h, c, step = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        cache.append(step)
    return np.stack(hs, axis=1), cache


def lstm_backward(dh, cache):
    dprev_h, dxs, totals = 0, [], [0, 0, 0]
    for t in reversed(range(dh.shape[1])):
        # the gradient of the cell is not carried on
        dx, dprev_h, _, *grads, _ = _lstm_step_back(dh[:, t] + dprev_h, 0, cache[t])
        dxs.insert(0, dx)
        totals = [total + grad for total, grad in zip(totals, grads)]
    return np.stack(dxs, axis=1), dprev_h, *totals


def word_embedding_forward(x, W):
    return W[x], (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout  # a word that comes twice counts once
    return dW


def temporal_affine_forward(x, w, b):
    return x @ w + b, (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, np.einsum("ntd,ntm->dm", x, dout), dout.sum(axis=0)  # an axis too few


def temporal_softmax_loss(x, y, mask):
    N, T, _ = x.shape
    log_p = _log_softmax(x)
    chosen = log_p[np.arange(N)[:, None], np.arange(T), y]
    dx = np.exp(log_p)
    dx[np.arange(N)[:, None], np.arange(T), y] -= 1
    return -chosen.sum() / N, dx * mask[:, :, None] / N  # the mask in the gradient only


def softmax_loss(x, y):
    loss, dx = _softmax_loss(x, y)
    return loss, dx * len(x)  # not divided by N


def svm_loss(x, y):
    N = len(x)
    margins = np.maximum(0, x - x[np.arange(N), y][:, None] + 1)
    margins[np.arange(N), y] = 0
    dx = (margins > 0) * 1.0
    dx[np.arange(N), y] -= 1  # once, however many margins there are
    return margins.sum() / N, dx / N


def softmax_loss_vectorized(W, X, y, reg):
    loss, ds = _softmax_loss(X @ W, y)
    return loss + reg * np.sum(W * W), X.T @ ds  # no penalty in the gradient


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(len(X)):
        one, ds = _softmax_loss(X[i : i + 1] @ W, y[i : i + 1])
        loss += one / len(X)
        dW += np.outer(X[i], ds[0])  # not divided by N
    return loss + reg * np.sum(W * W), dW + 2 * reg * W


def svm_loss_vectorized(W, X, y, reg):
    N = len(X)
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(N), y][:, None] + 1)
    loss = margins.sum() / N + reg * np.sum(W * W)  # with the margin of the right class, 1
    ds = (margins > 0) * 1.0
    ds[np.arange(N), y] -= ds.sum(axis=1)
    return loss, X.T @ ds / N + 2 * reg * W


def svm_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(len(X)):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]  # nothing for the right class
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W


def sgd_momentum(w, dw, config):
    v = config.get("velocity", np.zeros_like(w))
    config["velocity"] = config["momentum"] * v - config["learning_rate"] * dw
    return w + v, config  # the velocity of the step before


def rmsprop(w, dw, config):
    decay, cache = config["decay_rate"], config.get("cache", 0)
    cache = decay * cache + (1 - decay) * dw**2  # it is never stored
    return w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"]), config


def adam(w, dw, config):
    beta1, beta2, t = config["beta1"], config["beta2"], config.get("t", 0) + 1
    config["t"] = t
    config["m"] = beta1 * config.get("m", 0) + (1 - beta1) * dw
    config["v"] = beta2 * config.get("v", 0) + (1 - beta2) * dw**2
    m, v = config["m"] / (1 - beta1**t), config["v"]  # only one of the two is corrected
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config


class TwoLayerNet:
    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim),
            "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        p = self.params
        hidden = np.maximum(_affine(X, p["W1"], p["b1"]), 0)
        scores = _affine(hidden, p["W2"], p["b2"])
        if y is None:
            return scores
        loss, ds = _softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        dh, dW2, db2 = _affine_back(ds, hidden, p["W2"])
        _, dW1, db1 = _affine_back(dh * (hidden > 0), X, p["W1"])
        # the second penalty is forgotten
        return loss, {"W1": dW1 + self.reg * p["W1"], "b1": db1, "W2": dW2, "b2": db2}
