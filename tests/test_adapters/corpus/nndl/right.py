"""Classifiers in the style of UCLA's nndl, finished and right. Written for this test."""

import numpy as np


class Softmax:
    def __init__(self, dims=[10, 3073]):
        self.init_weights(dims=dims)

    def init_weights(self, dims):
        self.W = np.random.normal(size=dims) * 0.0001

    def loss(self, X, y):
        loss = 0.0
        for x, label in zip(X, y):
            a = self.W.dot(x)
            a = a - np.max(a)
            loss += np.log(np.sum(np.exp(a))) - a[label]
        return loss / X.shape[0]

    def loss_and_grad(self, X, y):
        loss = 0.0
        grad = np.zeros_like(self.W)
        for x, label in zip(X, y):
            a = self.W.dot(x)
            a = a - np.max(a)
            p = np.exp(a) / np.sum(np.exp(a))
            loss += np.log(np.sum(np.exp(a))) - a[label]
            for c in range(self.W.shape[0]):
                grad[c] += (p[c] - (c == label)) * x
        return loss / X.shape[0], grad / X.shape[0]

    def fast_loss_and_grad(self, X, y):
        N = X.shape[0]
        a = X.dot(self.W.T)
        a = a - np.max(a, axis=1, keepdims=True)
        p = np.exp(a) / np.sum(np.exp(a), axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(N), y]))
        p[np.arange(N), y] -= 1
        grad = p.T.dot(X) / N
        return loss, grad


class SVM(object):
    def __init__(self, dims=[10, 3073]):
        self.init_weights(dims=dims)

    def init_weights(self, dims):
        self.W = np.random.normal(size=dims)

    def loss(self, X, y):
        loss = 0.0
        for x, label in zip(X, y):
            a = self.W.dot(x)
            margins = np.maximum(0, 1 + a - a[label])
            loss += np.sum(margins) - 1
        return loss / X.shape[0]

    def loss_and_grad(self, X, y):
        loss = 0.0
        grad = np.zeros_like(self.W)
        for x, label in zip(X, y):
            a = self.W.dot(x)
            for c in range(self.W.shape[0]):
                margin = 1 + a[c] - a[label]
                if c != label and margin > 0:
                    loss += margin
                    grad[c] += x
                    grad[label] -= x
        return loss / X.shape[0], grad / X.shape[0]

    def fast_loss_and_grad(self, X, y):
        N = X.shape[0]
        a = X.dot(self.W.T)
        margins = np.maximum(0, 1 + a - a[np.arange(N), y][:, np.newaxis])
        margins[np.arange(N), y] = 0
        loss = np.sum(margins) / N
        counts = (margins > 0).astype(X.dtype)
        counts[np.arange(N), y] = -np.sum(counts, axis=1)
        grad = counts.T.dot(X) / N
        return loss, grad


class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(hidden_size, input_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(output_size, hidden_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N, D = X.shape
        h = np.maximum(0, X.dot(W1.T) + b1)
        scores = h.dot(W2.T) + b2
        if y is None:
            return scores
        scores = scores - np.max(scores, axis=1, keepdims=True)
        p = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(N), y]))
        loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        p[np.arange(N), y] -= 1
        p /= N
        grads["W2"] = p.T.dot(h) + reg * W2
        grads["b2"] = np.sum(p, axis=0)
        dh = p.dot(W2)
        dh[h <= 0] = 0
        grads["W1"] = dh.T.dot(X) + reg * W1
        grads["b1"] = np.sum(dh, axis=0)
        return loss, grads
