"""Functions in the style of deeplearning.ai's assignments, not begun. Written for this test."""

import numpy as np


def linear_forward(A, W, b):
    # Z = ...
    # YOUR CODE STARTS HERE

    # YOUR CODE ENDS HERE
    cache = (A, W, b)
    return Z, cache


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return dA_prev, dW, db


def linear_activation_forward(A_prev, W, b, activation):
    if activation == "sigmoid":
        pass
    elif activation == "relu":
        pass
    cache = (linear_cache, activation_cache)
    return A, cache


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    return dA_prev, dW, db


def conv_forward(A_prev, W, b, hparameters):
    (m, n_H_prev, n_W_prev, n_C_prev) = None
    Z = None
    cache = (A_prev, W, b, hparameters)
    return Z, cache


def conv_backward(dZ, cache):
    dA_prev, dW, db = None, None, None
    return dA_prev, dW, db


def pool_forward(A_prev, hparameters, mode="max"):
    A = None
    cache = (A_prev, hparameters)
    return A, cache


def rnn_cell_forward(xt, a_prev, parameters):
    Wax = parameters["Wax"]
    a_next = None
    yt_pred = None
    cache = (a_next, a_prev, xt, parameters)
    return a_next, yt_pred, cache


def rnn_cell_backward(da_next, cache):
    return None


def rnn_forward(x, a0, parameters):
    caches = []
    n_y, n_a = parameters["Wya"].shape
    a = None
    y_pred = None
    return a, y_pred, (caches, x)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    Wf = parameters["Wf"]
    n_x, m = None
    return None, None, None, None


def update_parameters(parameters, grads, learning_rate):
    L = len(parameters) // 2
    for l in range(L):
        parameters["W" + str(l + 1)] = None
        parameters["b" + str(l + 1)] = None
    return parameters


def update_parameters_with_adam(
    parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    v_corrected = {}
    s_corrected = {}
    parameters["W1"] = None
    return parameters, v, s, v_corrected, s_corrected
