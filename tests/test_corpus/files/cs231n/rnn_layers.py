"""Recurrent layers, in a file of their own."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, {"x": x, "prev_h": prev_h, "Wx": Wx, "Wh": Wh, "next_h": next_h}


def rnn_step_backward(dnext_h, cache):
    d = dnext_h * (1 - cache["next_h"] ** 2)
    dx, dprev_h = d.dot(cache["Wx"].T), d.dot(cache["Wh"].T)
    return dx, dprev_h, cache["x"].T.dot(d), cache["prev_h"].T.dot(d), d.sum(axis=0)


def word_embedding_forward(x, W):
    return W[x, :], (x, W.shape)


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape, dtype=dout.dtype)
    np.add.at(dW, x, dout)
    return dW


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    out = x.reshape(N * T, D).dot(w).reshape(N, T, b.shape[0]) + b
    return out, (x, w, b, out)


def temporal_affine_backward(dout, cache):
    x, w, b, out = cache
    N, T, D = x.shape
    flat = dout.reshape(N * T, b.shape[0])
    dx = flat.dot(w.T).reshape(N, T, D)
    dw = flat.T.dot(x.reshape(N * T, D)).T
    return dx, dw, flat.sum(axis=0)
