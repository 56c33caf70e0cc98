"""All layers of the course with loops over everything, as one first writes them: and right."""

import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    D, M = w.shape
    rows = np.reshape(x, (N, D))
    out = np.zeros((N, M))
    for i in range(N):
        for j in range(M):
            total = b[j]
            for k in range(D):
                total += rows[i, k] * w[k, j]
            out[i, j] = total
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    N, D, M = x.shape[0], w.shape[0], w.shape[1]
    rows = np.reshape(x, (N, D))
    dx, dw, db = np.zeros((N, D)), np.zeros((D, M)), np.zeros(M)
    for i in range(N):
        for j in range(M):
            db[j] += dout[i, j]
            for k in range(D):
                dx[i, k] += dout[i, j] * w[k, j]
                dw[k, j] += dout[i, j] * rows[i, k]
    return dx.reshape(x.shape), dw, db


def relu_forward(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        if x[index] > 0:
            out[index] = x[index]
    return out, x


def relu_backward(dout, cache):
    x = cache
    dx = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        if x[index] > 0:
            dx[index] = dout[index]
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == "train":
        # step 1: the mean
        mu = 1.0 / N * np.sum(x, axis=0)
        # step 2: subtract it
        xmu = x - mu
        # step 3 and 4: the variance
        sq = xmu**2
        var = 1.0 / N * np.sum(sq, axis=0)
        # step 5 and 6: the inverse of the deviation
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        # step 7: normalise
        xhat = xmu * ivar
        # step 8 and 9: scale and shift
        gammax = gamma * xhat
        out = gammax + beta
        cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        out = np.zeros_like(x)
        for d in range(D):
            scale = gamma[d] / np.sqrt(running_var[d] + eps)
            for n in range(N):
                out[n, d] = (x[n, d] - running_mean[d]) * scale + beta[d]
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    # step 9
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    # step 8
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    # step 7
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    # step 6
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    # step 5
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    # step 4
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    # step 3
    dxmu2 = 2 * xmu * dsq
    # step 2
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    # step 1
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    # step 0
    dx = dx1 + dx2
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    N, D = x.shape
    out, xhats, stds = np.zeros((N, D)), np.zeros((N, D)), np.zeros(N)
    for n in range(N):
        mu = sum(x[n]) / D
        var = sum((x[n] - mu) ** 2) / D
        stds[n] = np.sqrt(var + eps)
        xhats[n] = (x[n] - mu) / stds[n]
        out[n] = gamma * xhats[n] + beta
    return out, (xhats, stds, gamma)


def layernorm_backward(dout, cache):
    xhats, stds, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for n in range(N):
        dbeta += dout[n]
        dgamma += dout[n] * xhats[n]
        dxhat = dout[n] * gamma
        for d in range(D):
            inner = dxhat[d] - dxhat.sum() / D - xhats[n, d] * (dxhat * xhats[n]).sum() / D
            dx[n, d] = inner / stds[n]
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        mask = np.zeros(x.shape)
        for index in np.ndindex(*x.shape):
            if np.random.rand() < p:
                mask[index] = 1.0 / p
        out = x * mask
    elif mode == "test":
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param["mode"]
    dx = None
    if mode == "train":
        dx = dout * mask
    elif mode == "test":
        dx = dout
    return dx


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), "constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = x_pad[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), "constant")
    dx_pad, dw, db = np.zeros(x_pad.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    upstream = dout[n, f, i, j]
                    db[f] += upstream
                    dw[f] += x_pad[n, :, top : top + HH, left : left + WW] * upstream
                    dx_pad[n, :, top : top + HH, left : left + WW] += w[f] * upstream
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    N, C, H, W = x.shape
    H_out, W_out = 1 + (H - height) // stride, 1 + (W - width) // stride
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    out[n, c, i, j] = np.max(x[n, c, top : top + height, left : left + width])
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    N, C, H_out, W_out = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = x[n, c, top : top + height, left : left + width]
                    row, column = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    size = C // G
    xhat, stds = np.zeros(x.shape), np.zeros((N, G))
    for n in range(N):
        for g in range(G):
            group = x[n, g * size : (g + 1) * size]
            stds[n, g] = np.sqrt(np.var(group) + eps)
            xhat[n, g * size : (g + 1) * size] = (group - np.mean(group)) / stds[n, g]
    out = np.zeros(x.shape)
    for c in range(C):
        out[:, c] = xhat[:, c] * gamma[0, c] + beta[0, c]
    return out, (xhat, stds, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    xhat, stds, gamma, G = cache
    N, C, H, W = dout.shape
    size = C // G
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(gamma.shape), np.zeros(gamma.shape)
    for c in range(C):
        dbeta[0, c, 0, 0] = np.sum(dout[:, c])
        dgamma[0, c, 0, 0] = np.sum(dout[:, c] * xhat[:, c])
    for n in range(N):
        for g in range(G):
            part = slice(g * size, (g + 1) * size)
            dxhat = dout[n, part] * gamma[0, part]
            mean, along = np.mean(dxhat), np.mean(dxhat * xhat[n, part])
            dx[n, part] = (dxhat - mean - xhat[n, part] * along) / stds[n, g]
    return dx, dgamma, dbeta


def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes, num_train = W.shape[1], X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    num_train, num_classes = X.shape[0], W.shape[1]
    for i in range(num_train):
        scores = X[i].dot(W)
        scores -= np.max(scores)
        total = 0.0
        for j in range(num_classes):
            total += np.exp(scores[j])
        loss += -scores[y[i]] + np.log(total)
        for j in range(num_classes):
            dW[:, j] += X[i] * np.exp(scores[j]) / total
            if j == y[i]:
                dW[:, j] -= X[i]
    loss = loss / num_train + reg * np.sum(W * W)
    dW = dW / num_train + 2 * reg * W
    return loss, dW


def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(N):
        for j in range(C):
            if j != y[i]:
                margin = x[i, j] - x[i, y[i]] + 1
                if margin > 0:
                    loss += margin / N
                    dx[i, j] += 1 / N
                    dx[i, y[i]] -= 1 / N
    return loss, dx


def softmax_loss(x, y):
    N = len(x)
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(N):
        shifted = x[i] - max(x[i])
        total = sum(np.exp(shifted))
        loss += (np.log(total) - shifted[y[i]]) / N
        dx[i] = np.exp(shifted) / total / N
        dx[i, y[i]] -= 1 / N
    return loss, dx


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    N, H = prev_h.shape
    next_h = np.zeros((N, H))
    for n in range(N):
        for k in range(H):
            next_h[n, k] = np.tanh(sum(x[n] * Wx[:, k]) + sum(prev_h[n] * Wh[:, k]) + b[k])
    return next_h, (x, prev_h, Wx, Wh, b, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    da = dnext_h * (1 - next_h * next_h)
    dx, dprev_h = np.zeros(x.shape), np.zeros(prev_h.shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)
    for n in range(len(x)):
        dx[n] = np.dot(Wx, da[n])
        dprev_h[n] = np.dot(Wh, da[n])
        dWx += np.outer(x[n], da[n])
        dWh += np.outer(prev_h[n], da[n])
        db += da[n]
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h, cache = np.zeros((N, T, h0.shape[1])), {}
    for t in range(T):
        before = h0 if t == 0 else h[:, t - 1]
        h[:, t], cache[t] = rnn_step_forward(x[:, t], before, Wx, Wh, b)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x0, _, Wx, Wh, b, _ = cache[0]
    dx = np.zeros((N, T, x0.shape[1]))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)
    dh0 = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        dx[:, t], dh0, one, two, three = rnn_step_backward(dh[:, t] + dh0, cache[t])
        dWx += one
        dWh += two
        db += three
    return dx, dh0, dWx, dWh, db


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    N, H = prev_h.shape
    next_h, next_c = np.zeros((N, H)), np.zeros((N, H))
    gates = np.zeros((N, 4, H))
    for n in range(N):
        a = x[n].dot(Wx) + prev_h[n].dot(Wh) + b
        for k in range(H):
            i, f, o = sigmoid(a[k]), sigmoid(a[H + k]), sigmoid(a[2 * H + k])
            g = np.tanh(a[3 * H + k])
            gates[n, :, k] = i, f, o, g
            next_c[n, k] = f * prev_c[n, k] + i * g
            next_h[n, k] = o * np.tanh(next_c[n, k])
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, b, gates, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, b, gates, next_c = cache
    N, H = prev_h.shape
    da, dprev_c = np.zeros((N, 4 * H)), np.zeros((N, H))
    for n in range(N):
        for k in range(H):
            i, f, o, g = gates[n, :, k]
            tanh_c = np.tanh(next_c[n, k])
            dc = dnext_c[n, k] + dnext_h[n, k] * o * (1 - tanh_c**2)
            da[n, k] = dc * g * i * (1 - i)
            da[n, H + k] = dc * prev_c[n, k] * f * (1 - f)
            da[n, 2 * H + k] = dnext_h[n, k] * tanh_c * o * (1 - o)
            da[n, 3 * H + k] = dc * i * (1 - g**2)
            dprev_c[n, k] = dc * f
    return da.dot(Wx.T), da.dot(Wh.T), dprev_c, x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, cache = np.zeros((N, T, H)), []
    prev_h, prev_c = h0, np.zeros((N, H))
    for t in range(T):
        prev_h, prev_c, step = lstm_step_forward(x[:, t, :], prev_h, prev_c, Wx, Wh, b)
        h[:, t, :] = prev_h
        cache.append(step)
    return h, cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    x0, _, _, Wx, Wh, b, _, _ = cache[0]
    dx = np.zeros((N, T, x0.shape[1]))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        step = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, cache[t])
        dx[:, t], dprev_h, dprev_c = step[:3]
        dWx += step[3]
        dWh += step[4]
        db += step[5]
    return dx, dprev_h, dWx, dWh, db


def word_embedding_forward(x, W):
    N, T = x.shape
    V, D = W.shape
    out = np.zeros((N, T, D))
    for n in range(N):
        for t in range(T):
            out[n, t] = W[x[n, t]]
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dW[x[n, t]] += dout[n, t]
    return dW


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    out = np.zeros((N, T, b.shape[0]))
    for n in range(N):
        for t in range(T):
            out[n, t] = x[n, t].dot(w) + b
    return out, (x, w, b)


def temporal_affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dx[n, t] = dout[n, t].dot(w.T)
            dw += np.outer(x[n, t], dout[n, t])
            db += dout[n, t]
    return dx, dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    N, T, V = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(N):
        for t in range(T):
            if not mask[n, t]:
                continue
            shifted = x[n, t] - np.max(x[n, t])
            total = np.sum(np.exp(shifted))
            loss += (np.log(total) - shifted[y[n, t]]) / N
            dx[n, t] = np.exp(shifted) / total / N
            dx[n, t, y[n, t]] -= 1.0 / N
    return loss, dx


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    config["t"] += 1
    next_w = np.zeros(w.shape)
    for index in np.ndindex(*w.shape):
        m = config["beta1"] * config["m"][index] + (1 - config["beta1"]) * dw[index]
        v = config["beta2"] * config["v"][index] + (1 - config["beta2"]) * dw[index] ** 2
        config["m"][index], config["v"][index] = m, v
        m = m / (1 - config["beta1"] ** config["t"])
        v = v / (1 - config["beta2"] ** config["t"])
        next_w[index] = w[index] - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])
    return next_w, config
