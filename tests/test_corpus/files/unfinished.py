"""The course's file, half done: affine, ReLU and softmax are right, and each other layer is still a
stub, in one of the forms that are met in the wild; of some only the forward is written.
"""

import numpy as np


def affine_forward(x, w, b):
    out = None
    ###########################################################################
    # TODO: Implement the affine forward pass. Store the result in out.       #
    ###########################################################################
    out = x.reshape(x.shape[0], -1).dot(w) + b
    ###########################################################################
    #                             END OF YOUR CODE                            #
    ###########################################################################
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    return out, x


def relu_backward(dout, cache):
    dx, x = None, cache
    dx = dout * (x > 0)
    return dx


def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def affine_relu_forward(x, w, b):
    """Only the forward is there."""
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def batchnorm_forward(x, gamma, beta, bn_param):
    """Returns None and a cache, and leaves the running statistics as they were."""
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == "train":
        pass
    elif mode == "test":
        pass
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    dx, dgamma, dbeta = None, None, None
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    dx, dgamma, dbeta = None, None, None
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    """The forward is right, the backward returns None for all."""
    eps = ln_param.get("eps", 1e-5)
    mu = np.mean(x, axis=1, keepdims=True)
    std = np.sqrt(np.var(x, axis=1, keepdims=True) + eps)
    x_hat = (x - mu) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def layernorm_backward(dout, cache):
    dx, dgamma, dbeta = None, None, None
    x_hat, std, gamma = cache
    dbeta = np.sum(dout, axis=0)
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    """An AttributeError on None, as of the course's own last lines."""
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        pass
    elif mode == "test":
        pass
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param["mode"]
    dx = None
    if mode == "train":
        pass
    elif mode == "test":
        dx = dout
    return dx


def conv_forward_naive(x, w, b, conv_param):
    """A name that is never assigned."""
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    dx, dw, db = None, None, None
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    """A name that is assigned in a loop that nobody wrote."""
    for i in range(0):
        out = x
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    dx = None
    return dx


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    """What it calls is not finished."""
    a, conv_cache = conv_forward_naive(x, w, b, conv_param)
    s, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_naive(s, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache):
    conv_cache, relu_cache, pool_cache = cache
    ds = max_pool_backward_naive(dout, pool_cache)
    return conv_backward_naive(relu_backward(ds, relu_cache), conv_cache)


def conv_relu_forward(x, w, b, conv_param):
    """What it calls is not there."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache):
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    out, cache = None, None
    assert False, "TODO"
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    dx, dgamma, dbeta = None, None, None
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    raise NotImplementedError


def spatial_groupnorm_backward(dout, cache):
    raise NotImplementedError("spatial_groupnorm_backward")


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h, cache = None, None
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    dx, dprev_h, dWx, dWh, db = None, None, None, None, None
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    raise Exception("Not implemented!")


def rnn_backward(dh, cache):
    raise Exception("Not implemented!")


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """None for each of three."""
    next_h, next_c, cache = None, None, None
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    dx, dh, dc, dWx, dWh, db = None, None, None, None, None, None
    return dx, dh, dc, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    """A step returns None, and is sliced."""
    h, cache = None, []
    for t in range(x.shape[1]):
        h0, c, step = lstm_step_forward(x[:, t], h0, np.zeros_like(h0), Wx, Wh, b)
        cache.append(step)
        h = h0[:, None]
    return h, cache


def lstm_backward(dh, cache):
    """Nothing but a docstring."""


def word_embedding_forward(x, W):
    pass


def word_embedding_backward(dout, cache): ...


def temporal_softmax_loss(x, y, mask):
    loss, dx = None, None
    return loss, dx


def svm_loss(x, y):
    """Zeros of the right shapes."""
    loss, dx = 0.0, np.zeros_like(x)
    return loss, dx


def softmax_loss_naive(W, X, y, reg):
    """All zeros beside a loss of 0, as the course hands it out."""
    loss = 0.0
    dW = np.zeros_like(W)
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    return loss, dW


def svm_loss_vectorized(W, X, y, reg):
    loss = 0.0
    dW = np.zeros(W.shape)
    return loss, dW


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    next_w = None
    config["velocity"] = v
    return next_w, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("cache", np.zeros_like(w))
    next_w = None
    return next_w, config


class TwoLayerNet(object):
    """No parameters yet."""

    def __init__(
        self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0
    ):
        self.params = {}
        self.reg = reg

    def loss(self, X, y=None):
        scores = None
        if y is None:
            return scores
        loss, grads = 0, {}
        return loss, grads


class ThreeLayerConvNet(object):
    """Parameters, but no scores."""

    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        C, H, W = input_dim
        self.params = {
            "W1": weight_scale * np.random.randn(num_filters, C, filter_size, filter_size),
            "b1": np.zeros(num_filters),
            "W2": weight_scale * np.random.randn(num_filters * (H // 2) * (W // 2), hidden_dim),
            "b2": np.zeros(hidden_dim),
            "W3": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b3": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        scores = None
        if y is None:
            return scores
        loss, grads = 0, {}
        return loss, grads
