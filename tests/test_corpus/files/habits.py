"""Right in every layer, and in every layer with a habit that a careless checker calls wrong."""

import numpy as np


def affine_forward(x, w, b):
    """The cache is a list, and is used up by the backward."""
    return x.reshape(len(x), w.shape[0]).dot(w) + b, [x, w, b]


def affine_backward(dout, cache):
    """A gradient of shape (1, D) for a parameter of shape (D,)."""
    b, w, x = cache.pop(), cache.pop(), cache.pop()
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(len(x), w.shape[0]).T.dot(dout)
    return dx, dw, np.sum(dout, axis=0, keepdims=True)


def relu_forward(x):
    """In place: what is kept is what it has become."""
    x[x < 0] = 0
    return x, x


def relu_backward(dout, cache):
    """dx is dout, overwritten."""
    dx = dout
    dx[cache <= 0] = 0
    return dx


def affine_relu_forward(x, w, b):
    a = x.reshape(len(x), w.shape[0]).dot(w) + b
    return np.maximum(a, 0), (x, w, a)


def affine_relu_backward(dout, cache):
    """The slope at 0 is 1/2, and dout is scaled in place."""
    x, w, a = cache
    dout *= 0.5 * (1 + np.sign(a))
    dx, dw = dout.dot(w.T).reshape(x.shape), x.reshape(len(x), w.shape[0]).T.dot(dout)
    return [dx, dw, dout.sum(0)]


class Cache:
    """Whatever is put into it."""

    def __init__(self, **kept):
        self.__dict__.update(kept)


def batchnorm_forward(x, gamma, beta, bn_param):
    """Running statistics of shape (1, D), another default of eps, a cache of a class of its own."""
    eps, momentum = bn_param.get("eps", 1e-8), bn_param.get("momentum", 0.99)
    N, D = x.shape
    if "running_mean" not in bn_param:
        bn_param["running_mean"] = np.zeros((1, D))
        bn_param["running_var"] = np.ones((1, D))
    if bn_param["mode"] == "test":
        deviation = np.sqrt(bn_param["running_var"] + eps)
        return gamma * (x - bn_param["running_mean"]) / deviation + beta, None
    mu, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
    bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mu
    bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta, Cache(x_hat=x_hat, std=np.sqrt(var + eps), gamma=gamma)


def batchnorm_backward(dout, cache):
    """The cache is deleted once it was used; gradients of shape (1, D)."""
    x_hat, std, gamma = cache.x_hat, cache.std, cache.gamma
    del cache.x_hat, cache.std, cache.gamma
    dbeta, dgamma = dout.sum(0, keepdims=True), (dout * x_hat).sum(0, keepdims=True)
    return gamma / std * (dout - dbeta / len(dout) - x_hat * dgamma / len(dout)), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    """The cache is a dict; computed on the transpose."""
    xt = x.T
    std = np.sqrt(np.var(xt, axis=0) + ln_param.get("eps", 1e-8))
    x_hat = ((xt - np.mean(xt, axis=0)) / std).T
    return gamma * x_hat + beta, {"x_hat": x_hat, "std": std, "gamma": gamma}


def layernorm_backward(dout, cache):
    """The cache is emptied; the dict's arrays are overwritten."""
    x_hat, std, gamma = cache.pop("x_hat"), cache.pop("std"), cache.pop("gamma")
    dgamma, dbeta = np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
    d = (dout * gamma).T
    d -= d.mean(axis=0) + x_hat.T * (d * x_hat.T).mean(axis=0)
    d /= std
    return d.T, dgamma, dbeta


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    """A bias before batch norm, whose gradient is 0 in theory, and rounding errors in practice."""
    a, fc = affine_forward(x, w, b)
    a, bn = batchnorm_forward(a, gamma, beta, bn_param)
    return np.maximum(a, 0), (fc, bn, a)


def affine_bn_relu_backward(dout, cache):
    fc, bn, a = cache
    da, dgamma, dbeta = batchnorm_backward(dout * (a > 0), bn)
    return *affine_backward(da, fc), dgamma, dbeta


def dropout_forward(x, dropout_param):
    """p is the probability to drop an element; in test mode out is x."""
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "test":
        return x, None
    p = dropout_param["p"]
    mask = (np.random.uniform(size=x.shape) >= p) / (1 - p)
    return mask * x, mask


def dropout_backward(dout, cache):
    return dout if cache is None else cache * dout


def conv_forward_naive(x, w, b, conv_param):
    """Everything in float64; the cache keeps a function."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    xp = np.zeros((*x.shape[:2], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad))
    xp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
    HH, WW = w.shape[2:]
    Ho, Wo = (xp.shape[2] - HH) // stride + 1, (xp.shape[3] - WW) // stride + 1
    out = np.zeros((len(x), len(w), Ho, Wo))

    def places():
        for i in range(Ho):
            for j in range(Wo):
                top, left = i * stride, j * stride
                yield i, j, np.s_[:, :, top : top + HH, left : left + WW]

    for i, j, place in places():
        out[:, :, i, j] = np.einsum("ncij,fcij->nf", xp[place], w) + b
    return out, (xp, w, pad, places)


def conv_backward_naive(dout, cache):
    """The padding is cut off by a slice that is right without padding, too; db is (F, 1)."""
    xp, w, pad, places = cache
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i, j, place in places():
        dxp[place] += np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
        dw += np.einsum("nf,ncij->fcij", dout[:, :, i, j], xp[place])
    end = -pad or None
    return dxp[:, :, pad:end, pad:end], dw, dout.sum(axis=(0, 2, 3)).reshape(-1, 1)


def max_pool_forward_naive(x, pool_param):
    """Everything that the backward needs is kept in one nested tuple."""
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    out = windows[:, :, ::stride, ::stride].max(axis=(4, 5))
    return out, ((x, out), (height, width, stride))


def max_pool_backward_naive(dout, cache):
    """All maxima that tie get the whole gradient."""
    (x, out), (height, width, stride) = cache
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            place = np.s_[:, :, top : top + height, left : left + width]
            best = x[place] == out[:, :, i, j][:, :, None, None]
            dx[place] += best * dout[:, :, i, j][:, :, None, None]
    return dx


def max_pool_forward_fast(x, pool_param):
    """The same with a cache that counts."""
    out, cache = max_pool_forward_naive(x, pool_param)
    return out, iter([cache])


def max_pool_backward_fast(dout, cache):
    """Maxima that tie share the gradient; the cache is an iterator, at its end afterwards."""
    (x, out), (height, width, stride) = next(cache)
    dx = np.zeros(x.shape, dtype=x.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            place = np.s_[:, :, top : top + height, left : left + width]
            best = x[place] == out[:, :, i, j][:, :, None, None]
            share = dout[:, :, i, j] / best.sum(axis=(2, 3))
            dx[place] += best * share[:, :, None, None]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Running statistics of shape (1, C, 1, 1)."""
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros((1, C, 1, 1), dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros((1, C, 1, 1), dtype=x.dtype))
    gamma, beta = gamma.reshape(1, C, 1, 1), beta.reshape(1, C, 1, 1)
    if bn_param["mode"] == "test":
        return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, None
    mu, var = (of(x, axis=(0, 2, 3), keepdims=True) for of in (np.mean, np.var))
    bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
    bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    std = np.sqrt(var + eps)
    x_hat = (x - mu) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def spatial_batchnorm_backward(dout, cache):
    x_hat, std, gamma = cache
    axes, d = (0, 2, 3), dout * gamma
    dx = d - d.mean(axes, keepdims=True) - x_hat * (d * x_hat).mean(axes, keepdims=True)
    dgamma, dbeta = (dout * x_hat).sum(axes, keepdims=True), dout.sum(axes, keepdims=True)
    return dx / std, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """gamma and beta of shape (1, C, 1, 1) are made (C,) first, and their gradients are (C,)."""
    N, C, H, W = x.shape
    gamma, beta = gamma.reshape(C), beta.reshape(C)
    groups = x.reshape(N, G, C // G * H * W)
    std = np.sqrt(groups.var(-1, keepdims=True) + gn_param.get("eps", 1e-5))
    x_hat = ((groups - groups.mean(-1, keepdims=True)) / std).reshape(N, C, H, W)
    return x_hat * gamma[:, None, None] + beta[:, None, None], (x_hat, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    d = (dout * gamma[:, None, None]).reshape(len(dout), G, -1)
    h = x_hat.reshape(d.shape)
    dx = (d - d.mean(-1, keepdims=True) - h * (d * h).mean(-1, keepdims=True)) / std
    return dx.reshape(dout.shape), (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))


def softmax_loss(x, y):
    """The loss is infinite at scores of 1,000; the gradient is right. x is overwritten."""
    x -= x.max(axis=1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=1, keepdims=True)
    N = len(x)
    loss = -np.log(x[np.arange(N), y]).mean()
    x[np.arange(N), y] -= 1
    x /= N
    return loss, x


def svm_loss(x, y):
    """A loss of shape (1,), by one-hot labels, in float64."""
    one_hot = np.eye(x.shape[1])[y]
    margins = np.maximum(x - (x * one_hot).sum(1, keepdims=True) + 1, 0) * (1 - one_hot)
    d = (margins > 0).astype(float)
    return np.array([margins.sum() / len(x)]), (d - one_hot * d.sum(1, keepdims=True)) / len(x)


def softmax_loss_naive(W, X, y, reg):
    """reg·ΣW², and a logarithm of p + 1e-7."""
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(len(X)):
        f = X[i] @ W
        p = np.exp(f - f.max())
        p /= p.sum()
        loss -= np.log(p[y[i]] + 1e-7)
        p[y[i]] -= 1
        dW += np.outer(X[i], p)
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    """½·reg·ΣW², by a norm."""
    f = X @ W
    f = f - f.max(axis=1)[:, None]
    log_p = f - np.log(np.exp(f).sum(axis=1))[:, None]
    d = np.exp(log_p)
    d[np.arange(len(X)), y] -= 1
    loss = -log_p[np.arange(len(X)), y].sum() / len(X) + reg / 2 * np.linalg.norm(W) ** 2
    return loss, X.T @ d / len(X) + reg * W


def svm_loss_naive(W, X, y, reg):
    """½·reg·ΣW², and a hinge of slope 1 where the margin is exactly 0."""
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(len(X)):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin >= 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / len(X) + 0.5 * reg * np.sum(W * W), dW / len(X) + reg * W


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Both products in one."""
    next_h = np.tanh(np.hstack([x, prev_h]) @ np.vstack([Wx, Wh]) + b)
    return next_h, {"in": (x, prev_h), "weights": [Wx, Wh], "out": next_h}


def rnn_step_backward(dnext_h, cache):
    (x, prev_h), [Wx, Wh], next_h = cache["in"], cache["weights"], cache["out"]
    dnext_h *= 1 - next_h**2
    dx, dprev_h = dnext_h @ Wx.T, dnext_h @ Wh.T
    return dx, dprev_h, x.T @ dnext_h, prev_h.T @ dnext_h, dnext_h.sum(0, keepdims=True)


def rnn_forward(x, h0, Wx, Wh, b):
    """The cache is a stack."""
    hs, cache = [h0], []
    for xt in x.transpose(1, 0, 2):
        h, step = rnn_step_forward(xt, hs[-1], Wx, Wh, b)
        hs.append(h)
        cache.append(step)
    return np.array(hs[1:]).transpose(1, 0, 2), cache


def rnn_backward(dh, cache):
    """The stack is taken down; dh is overwritten step by step."""
    dxs, dprev, totals = [], 0, (0, 0, 0)
    for t in range(dh.shape[1])[::-1]:
        dh[:, t] += dprev
        dx, dprev, *grads = rnn_step_backward(dh[:, t], cache.pop())
        dxs.append(dx)
        totals = tuple(a + b for a, b in zip(totals, grads))
    return np.array(dxs[::-1]).transpose(1, 0, 2), dprev, *totals


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """What is kept are the activations, and nothing that they follow from."""
    a = x @ Wx + prev_h @ Wh + b
    H = prev_h.shape[1]
    a[:, : 3 * H] = 1 / (1 + np.exp(-a[:, : 3 * H]))
    a[:, 3 * H :] = np.tanh(a[:, 3 * H :])
    i, f, o, g = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx, Wh, a, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    """dnext_c is added to in place, and the gates in the cache become their gradients."""
    x, prev_h, prev_c, Wx, Wh, a, next_c = cache
    H = prev_h.shape[1]
    i, f, o, g = (a[:, k * H : (k + 1) * H].copy() for k in range(4))
    t = np.tanh(next_c)
    dnext_c += dnext_h * o * (1 - t * t)
    a[:, :H] = dnext_c * g * i * (1 - i)
    a[:, H : 2 * H] = dnext_c * prev_c * f * (1 - f)
    a[:, 2 * H : 3 * H] = dnext_h * t * o * (1 - o)
    a[:, 3 * H :] = dnext_c * i * (1 - g * g)
    return a @ Wx.T, a @ Wh.T, dnext_c * f, x.T @ a, prev_h.T @ a, a.sum(axis=0)


def word_embedding_forward(x, W):
    """By one-hot vectors."""
    one_hot = (x[..., None] == np.arange(len(W))).astype(W.dtype)
    return one_hot @ W, one_hot


def word_embedding_backward(dout, one_hot):
    return np.tensordot(one_hot, dout, axes=((0, 1), (0, 1)))


def temporal_affine_forward(x, w, b):
    return np.dot(x, w) + b, (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    return np.dot(dout, w.T), np.tensordot(x, dout, ((0, 1), (0, 1))), dout.sum((0, 1))[None]


def temporal_softmax_loss(x, y, mask):
    """log(p + 1e-8)."""
    N, T, V = x.shape
    p = np.exp(x - x.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    n, t = np.indices((N, T))
    loss = -np.sum(mask * np.log(p[n, t, y] + 1e-8)) / N
    p[n, t, y] -= 1
    return loss, p * mask[:, :, None] / N


def multi_head_attention_forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
    """The key's bias has no influence: its gradient is 0 in theory."""
    N, T, D = x.shape

    def split(a):
        return a.reshape(N, T, num_heads, D // num_heads).transpose(0, 2, 1, 3)

    q, k, v = split(x @ Wq + bq), split(x @ Wk + bk), split(x @ Wv + bv)
    s = q @ k.swapaxes(2, 3) / np.sqrt(D // num_heads)
    p = np.exp(s - s.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    heads = (p @ v).transpose(0, 2, 1, 3).reshape(N, T, D)
    return heads @ Wo + bo, (x, Wq, Wk, Wv, Wo, q, k, v, p, heads, split)


def multi_head_attention_backward(dout, cache):
    """The gradient of the key's bias is a sum of rounding errors."""
    x, Wq, Wk, Wv, Wo, q, k, v, p, heads, split = cache
    N, T, D = x.shape

    def outer(a, b):
        return np.einsum("ntd,nte->de", a, b)

    def joined(a):
        return a.transpose(0, 2, 1, 3).reshape(N, T, D)

    do = split(dout @ Wo.T)
    dp = do @ v.swapaxes(2, 3)
    ds = p * (dp - (dp * p).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
    dq, dk, dv = joined(ds @ k), joined(ds.swapaxes(2, 3) @ q), joined(p.swapaxes(2, 3) @ do)
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    biases = (a.sum((0, 1)) for a in (dq, dk, dv, dout))
    return dx, outer(x, dq), outer(x, dk), outer(x, dv), outer(heads, dout), *biases


def sgd_momentum(w, dw, config=None):
    """w and the velocity are overwritten."""
    v = config.setdefault("velocity", np.zeros_like(w))
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    return w, config


class TwoLayerNet:
    """The whole penalty, reg·ΣW², in the loss and in the gradients; parameters in float32."""

    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": (weight_scale * np.random.randn(input_dim, hidden_dim)).astype(np.float32),
            "b1": np.zeros(hidden_dim, np.float32),
            "W2": (weight_scale * np.random.randn(hidden_dim, num_classes)).astype(np.float32),
            "b2": np.zeros(num_classes, np.float32),
        }

    def loss(self, X, y=None):
        W1, b1, W2, b2 = self.params.values()
        rows = X.reshape(len(X), -1)
        hidden = np.maximum(rows @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        loss, d = softmax_loss(scores.copy(), y)
        dh = d @ W2.T * (hidden > 0)
        grads = {"W1": rows.T @ dh, "b1": dh.sum(0), "W2": hidden.T @ d, "b2": d.sum(0)}
        for name in ("W1", "W2"):
            loss += self.reg * np.sum(self.params[name] ** 2)
            grads[name] += 2 * self.reg * self.params[name]
        return loss, grads
