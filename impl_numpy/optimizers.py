"""Update rules: each takes (w, dw, config) and returns the next w and the next config.

η is learning_rate, μ momentum, ρ decay_rate, β₁ and β₂ are beta1 and beta2, ε is epsilon and λ
weight_decay. config holds these and the state, all of which have defaults; neither it nor an array
is changed. The state of two-byte floats is kept in float32: what is added to an average in one step
would often be less than half a unit in its last place.
"""

import numpy as np

from impl_numpy.precision import widened


def sgd(w, dw, config=None):
    """w ← w - η·dw."""
    config = {"learning_rate": 1e-2, **(config or {})}
    (rate,) = _numbers(config, "learning_rate")
    return (widened(w) - rate * widened(dw)).astype(w.dtype, copy=False), config


def sgd_momentum(w, dw, config=None):
    """v ← μ·v - η·dw, w ← w + v (Polyak 1964)."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": _zeros(w), **(config or {})}
    rate, momentum = _numbers(config, "learning_rate", "momentum")
    velocity = momentum * widened(config["velocity"]) - rate * widened(dw)
    next_w = widened(w) + velocity
    return next_w.astype(w.dtype, copy=False), {**config, "velocity": velocity}


def nesterov(w, dw, config=None):
    """v' = μ·v - η·dw, w ← w - μ·v + (1 + μ)·v' (Nesterov 1983, as by Sutskever et al. 2013; w
    stands for the point looked ahead to, w + μ·v).
    """
    config = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": _zeros(w), **(config or {})}
    rate, momentum = _numbers(config, "learning_rate", "momentum")
    previous = widened(config["velocity"])
    velocity = momentum * previous - rate * widened(dw)
    next_w = widened(w) - momentum * previous + (1 + momentum) * velocity
    return next_w.astype(w.dtype, copy=False), {**config, "velocity": velocity}


def rmsprop(w, dw, config=None):
    """s ← ρ·s + (1 - ρ)·dw², w ← w - η·dw / (√s + ε) (Tieleman and Hinton 2012)."""
    config = {
        "learning_rate": 1e-2,
        "decay_rate": 0.99,
        "epsilon": 1e-8,
        "cache": _zeros(w),
        **(config or {}),
    }
    rate, decay, epsilon = _numbers(config, "learning_rate", "decay_rate", "epsilon")
    gradient = widened(dw)
    squares = decay * widened(config["cache"]) + (1 - decay) * gradient * gradient
    next_w = widened(w) - rate * gradient / (np.sqrt(squares) + epsilon)
    return next_w.astype(w.dtype, copy=False), {**config, "cache": squares}


def adam(w, dw, config=None):
    """t ← t + 1, m ← β₁·m + (1 - β₁)·dw, v ← β₂·v + (1 - β₂)·dw²,
    w ← w - η · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε) (Kingma and Ba 2015, algorithm 1).
    """
    step, config = _adam_step(w, dw, config)
    return (widened(w) - step).astype(w.dtype, copy=False), config


def adamw(w, dw, config=None):
    """w ← w - η·λ·w - (the step of adam) (Loshchilov and Hutter 2019)."""
    step, config = _adam_step(w, dw, {"weight_decay": 1e-2, **(config or {})})
    rate, decay = _numbers(config, "learning_rate", "weight_decay")
    wide = widened(w)
    return (wide - rate * decay * wide - step).astype(w.dtype, copy=False), config


def _adam_step(w, dw, config):
    """What adam subtracts from w, and the next config."""
    config = {
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "m": _zeros(w),
        "v": _zeros(w),
        "t": 0,
        **(config or {}),
    }
    rate, beta1, beta2, epsilon = _numbers(config, "learning_rate", "beta1", "beta2", "epsilon")
    gradient, t = widened(dw), int(config["t"]) + 1
    m = beta1 * widened(config["m"]) + (1 - beta1) * gradient
    v = beta2 * widened(config["v"]) + (1 - beta2) * gradient * gradient
    unbiased_m, unbiased_v = m / (1 - beta1**t), v / (1 - beta2**t)
    step = rate * unbiased_m / (np.sqrt(unbiased_v) + epsilon)
    return step, {**config, "m": m, "v": v, "t": t}


def _zeros(w):
    """The state before the first step, in the dtype that is computed in."""
    return np.zeros_like(widened(w))


def _numbers(config, *names):
    """The hyperparameters as Python's floats: a NumPy scalar of float64 would widen float32."""
    return [float(config[name]) for name in names]
