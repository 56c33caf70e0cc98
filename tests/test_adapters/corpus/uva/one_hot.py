"""Assignment 1 in the form of 2019 and 2020: labels are rows with a 1, the bias is a column."""

import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {
            "weight": np.random.normal(0, 0.0001, (out_features, in_features)),
            "bias": np.zeros((out_features, 1)),
        }
        self.grads = {
            "weight": np.zeros((out_features, in_features)),
            "bias": np.zeros((out_features, 1)),
        }

    def forward(self, x):
        self.x = x
        return (self.params["weight"] @ x.T + self.params["bias"]).T

    def backward(self, dout):
        self.grads["weight"] = np.einsum("no,ni->oi", dout, self.x)
        self.grads["bias"] = dout.sum(axis=0)[:, None]
        return dout @ self.params["weight"]


class SoftMaxModule(object):
    def forward(self, x):
        shifted = x - np.max(x, axis=1, keepdims=True)
        powers = np.exp(shifted)
        self.out = powers / np.sum(powers, axis=1, keepdims=True)
        return self.out

    def backward(self, dout):
        outer = np.einsum("ni,nj->nij", self.out, self.out)
        jacobians = np.einsum("ni,ij->nij", self.out, np.eye(self.out.shape[1])) - outer
        return np.einsum("ni,nij->nj", dout, jacobians)


class CrossEntropyModule(object):
    def forward(self, x, y):
        return -np.sum(y * np.log(x)) / x.shape[0]

    def backward(self, x, y):
        return -(y / x) / x.shape[0]
