from random import shuffle

import numpy as np
from past.builtins import xrange


def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in xrange(X.shape[0]):
        scores = X[i].dot(W)
        for j in xrange(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / len(X) + 0.5 * reg * np.sum(W * W), dW / len(X) + reg * W


def svm_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[range(N), y].reshape(-1, 1) + 1)
    margins[range(N), y] = 0
    loss = margins.sum() / N + 0.5 * reg * np.sum(W * W)
    binary = (margins > 0).astype(W.dtype)
    binary[range(N), y] = -binary.sum(axis=1)
    return loss, X.T.dot(binary) / N + reg * W
