from random import shuffle

import numpy as np
from past.builtins import xrange


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i in xrange(X.shape[0]):
        f = X[i].dot(W)
        f -= f.max()
        p = np.exp(f) / np.exp(f).sum()
        loss += -np.log(p[y[i]])
        for k in xrange(W.shape[1]):
            dW[:, k] += (p[k] - (k == y[i])) * X[i]
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    f = X.dot(W)
    f -= f.max(axis=1, keepdims=True)
    log_p = f - np.log(np.exp(f).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[range(N), y] -= 1
    loss = -log_p[range(N), y].mean() + reg * np.sum(W * W)
    return loss, X.T.dot(d) / N + 2 * reg * W
