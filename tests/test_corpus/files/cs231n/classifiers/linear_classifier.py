from __future__ import print_function

from builtins import object, range

import numpy as np
from past.builtins import xrange

from .linear_svm import *
from .softmax import *


class LinearClassifier(object):
    def __init__(self):
        self.W = None

    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200):
        for it in xrange(num_iters):
            loss, grad = self.loss(X, y, reg)
            self.W -= learning_rate * grad


class LinearSVM(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        return softmax_loss_vectorized(self.W, X_batch, y_batch, reg)
