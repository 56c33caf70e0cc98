"""Five courses that nobody ever gave, each with its own names and conventions, and the
``crosscheck.toml`` that makes them known; right, and with mistakes to plant.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """``layers``: what is found. ``mistakes``: what to replace, by what, and what is wrong then."""

    config: str
    code: str
    layers: tuple[str, ...]
    mistakes: tuple[tuple[str, str, str, str], ...]


# Functions with other names, another order, (out, in) weights, one-hot targets, p to drop.
MEADOW = Course(
    config="""
[layers.affine]
forward = "fc_fwd"
arguments = ["w", "x", "b"]
gradients = ["db", "dw", "dx"]
backward_arguments = ["cache", "dout"]
layout = { w = "transposed", x = "N d" }

[layers.relu]
forward = "rectify"
backward = "rectify_grad"
returns = ["out"]
backward_arguments = ["x", "dout"]

[layers.sigmoid]
forward = "squash"
backward = "squash_grad"
returns = ["out"]
backward_arguments = ["dout", "out"]

[layers.softmax_loss]
function = "cross_entropy"
arguments = ["y", "x"]
returns = ["dx", "loss"]
layout = { y = "one-hot" }
summed = ["loss", "dx"]

[layers.dropout]
forward = "drop"
backward = "drop_grad"
arguments = ["x", "p", "seed"]
p = "drop"
""",
    code="""
import numpy as np

def fc_fwd(weights, data, bias):
    assert data.ndim == 2 and weights.shape[1] == data.shape[1]
    return data @ weights.T + bias, (weights, data)

def fc_bwd(saved, grad):
    weights, data = saved
    return grad.sum(axis=0), grad.T @ data, grad @ weights

def rectify(z):
    return np.maximum(z, 0)

def rectify_grad(z, grad):
    return grad * (z > 0)

def squash(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

def squash_grad(grad, s):
    return grad * s * (1 - s)

def cross_entropy(targets, scores):
    assert targets.shape == scores.shape
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.exp(logp) - targets, -(targets * logp).sum()

def drop(x, rate, seed):
    np.random.seed(seed)
    mask = ((np.random.rand(*x.shape) >= rate) / (1 - rate)).astype(x.dtype)
    return x * mask, mask

def drop_grad(grad, mask):
    return grad * mask
""",
    layers=("affine", "relu", "sigmoid", "softmax_loss", "dropout"),
    mistakes=(
        ("return grad.sum(axis=0), grad.T", "return grad.sum(axis=0) * 2, grad.T", "affine", "db"),
        ("(z > 0)", "(z > 1)", "relu", "dx"),
        ("grad * s * (1 - s)", "grad * s", "sigmoid", "dx"),
        (
            "np.exp(logp) - targets,",
            "(np.exp(logp) - targets) / len(scores),",
            "softmax_loss",
            "dx",
        ),
        ("/ (1 - rate)", "/ rate", "dropout", "out"),
    ),
)

# Classes: means over the batch, biases as rows, statistics as attributes, eps built in.
ORCHARD = Course(
    config="""
dtypes = ["float64"]

[layers.affine]
class = "Dense"
forward = "propagate"
backward = "backpropagate"
new = ["d", "M"]
set = { w = "weight", b = "bias" }
get = { dw = "weight_grad", db = "bias_grad" }
layout = { w = "M d", b = "row", x = "N d" }
averaged = ["dw", "db"]

[layers.batchnorm]
class = "Norm"
new = ["D"]
set = { gamma = "scale", beta = "shift", running_mean = "mean", running_var = "var" }
get = { running_mean = "mean", running_var = "var", dgamma = "d.scale", dbeta = "d.shift" }
arguments = ["x", "training"]
constants = { training = true }
fixed = { eps = 1e-6, momentum = 0.9 }

[layers.batchnorm_test]
class = "Norm"
new = ["D"]
set = { gamma = "scale", beta = "shift", running_mean = "mean", running_var = "var" }
get = { running_mean = "mean", running_var = "var" }
arguments = ["x", "training"]
constants = { training = false }
fixed = { eps = 1e-6, momentum = 0.9 }
""",
    code="""
import numpy as np

class Dense:
    def __init__(self, inputs, outputs):
        self.weight = np.random.randn(outputs, inputs)
        self.bias = np.zeros((1, outputs))

    def propagate(self, x):
        assert x.ndim == 2
        self.x = x
        return x @ self.weight.T + self.bias

    def backpropagate(self, delta):
        self.weight_grad = delta.T @ self.x / len(delta)
        self.bias_grad = delta.mean(axis=0, keepdims=True)
        return delta @ self.weight

class Norm:
    def __init__(self, size):
        self.scale, self.shift = np.ones(size), np.zeros(size)
        self.mean, self.var, self.d = np.zeros(size), np.ones(size), {}

    def forward(self, x, training):
        if not training:
            return self.scale * (x - self.mean) / np.sqrt(self.var + 1e-6) + self.shift
        mean, var = x.mean(axis=0), x.var(axis=0)
        self.mean *= 0.9
        self.mean += 0.1 * mean
        self.var = 0.9 * self.var + 0.1 * var
        self.std = np.sqrt(var + 1e-6)
        self.hat = (x - mean) / self.std
        return self.scale * self.hat + self.shift

    def backward(self, delta):
        self.d["scale"] = (delta * self.hat).sum(axis=0)
        self.d["shift"] = delta.sum(axis=0)
        inner = delta - delta.mean(axis=0) - self.hat * (delta * self.hat).mean(axis=0)
        return self.scale * inner / self.std
""",
    layers=("affine", "batchnorm", "batchnorm_test"),
    mistakes=(
        ("delta.T @ self.x / len(delta)", "delta.T @ self.x", "affine", "dw"),
        ("self.var = 0.9 * self.var", "self.var = 0.8 * self.var", "batchnorm", "running_var"),
        ('self.d["shift"] = delta.sum', 'self.d["shift"] = delta.mean', "batchnorm", "dbeta"),
        ("np.sqrt(self.var + 1e-6)", "self.var", "batchnorm_test", "out"),
    ),
)

# Images last, a dict of its own for strides, square windows only.
HARBOR = Course(
    config="""
[layers.conv]
forward = "conv2d"
backward = "conv2d_grad"
arguments = ["x", "w", "b", { step = "stride", border = "pad" }]
returns = ["out", "saved"]
backward_arguments = ["saved", "dout"]
layout = { x = "NHWC", w = "HH WW C F", out = "NHWC" }

[layers.max_pool]
forward = "pool"
backward = "pool_grad"
arguments = ["x", "pool_height"]
fixed = { pool_width = "pool_height", stride = 2 }
layout = { x = "N H W C", out = "N Ho Wo C" }
""",
    code="""
import numpy as np

def windows(x, h, w, step):
    for i in range((x.shape[1] - h) // step + 1):
        for j in range((x.shape[2] - w) // step + 1):
            yield i, j, (slice(None), slice(i * step, i * step + h), slice(j * step, j * step + w))

def conv2d(x, kernels, bias, how):
    step, border = how["step"], how["border"]
    padded = np.pad(x, ((0, 0), (border, border), (border, border), (0, 0)))
    h, w = kernels.shape[:2]
    shape = [len(x), *((n - k) // step + 1 for n, k in zip(padded.shape[1:3], (h, w)))]
    out = np.zeros((*shape, kernels.shape[3]), x.dtype)
    for i, j, at in windows(padded, h, w, step):
        out[:, i, j] = np.tensordot(padded[at], kernels, 3) + bias
    return out, (padded, kernels, step, border)

def conv2d_grad(saved, grad):
    padded, kernels, step, border = saved
    dx, dk = np.zeros_like(padded), np.zeros_like(kernels)
    for i, j, at in windows(padded, *kernels.shape[:2], step):
        dk += np.tensordot(padded[at], grad[:, i, j], ((0,), (0,)))
        dx[at] += np.tensordot(grad[:, i, j], kernels, ((1,), (3,)))
    h, w = dx.shape[1] - border, dx.shape[2] - border
    return dx[:, border:h, border:w], dk, grad.sum(axis=(0, 1, 2))

def pool(x, size):
    shape = (len(x), (x.shape[1] - size) // 2 + 1, (x.shape[2] - size) // 2 + 1, x.shape[3])
    out = np.zeros(shape, x.dtype)
    for i, j, at in windows(x, size, size, 2):
        out[:, i, j] = x[at].max(axis=(1, 2))
    return out, (x, size)

def pool_grad(grad, saved):
    x, size = saved
    dx = np.zeros_like(x)
    for i, j, at in windows(x, size, size, 2):
        window = x[at].reshape(len(x), size * size, -1)
        first = window.argmax(axis=1)
        for n in range(len(x)):
            for c in range(x.shape[3]):
                p, q = divmod(first[n, c], size)
                dx[n, 2 * i + p, 2 * j + q, c] += grad[n, i, j, c]
    return dx
""",
    layers=("conv", "max_pool"),
    mistakes=(
        ("dx[at] += np.tensordot(grad", "dx[at] = np.tensordot(grad", "conv", "dx"),
        ("grad.sum(axis=(0, 1, 2))", "grad.sum(axis=(0, 1, 2)) / len(grad)", "conv", "db"),
        ("+= grad[n, i, j, c]", "= grad[n, i, j, c]", "max_pool", "dx"),
    ),
)

# Everything is left in attributes; losses in two parts; optimizers of every kind.
QUARRY = Course(
    config="""
[layers.affine]
class = "Linear"
new = ["w", "b"]
arguments = ["x"]
returns = []
gradients = []
get = { out = "y", dx = "grads.0", dw = "grads.1", db = "grads.2" }
layout = { x = "N d" }

[layers.mse_loss]
class = "SquaredError"
forward = "value"
backward = "slope"

[layers.sgd]
class = "Descent"
function = "step"
new = ["learning_rate"]
returns = []

[layers.sgd_momentum]
function = "heavy_ball"
arguments = ["w", "dw", "velocity", "learning_rate", "momentum"]
returns = ["next_w", "velocity"]
""",
    code="""
import numpy as np

class Linear:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        self.y = x @ self.w + self.b

    def backward(self, g):
        self.grads = [g @ self.w.T, self.x.T @ g, g.sum(axis=0)]

class SquaredError:
    def value(self, x, y):
        self.off = x - y
        return np.mean(self.off ** 2)

    def slope(self):
        return 2 * self.off / self.off.size

class Descent:
    def __init__(self, rate):
        self.rate = rate

    def step(self, w, dw):
        w -= self.rate * dw

def heavy_ball(w, dw, velocity, rate, friction):
    velocity = friction * velocity - rate * dw
    return w + velocity, velocity
""",
    layers=("affine", "mse_loss", "sgd", "sgd_momentum"),
    mistakes=(
        ("g @ self.w.T", "-g @ self.w.T", "affine", "dx"),
        (
            "return 2 * self.off / self.off.size",
            "return self.off / self.off.size",
            "mse_loss",
            "dx",
        ),
        ("w -= self.rate", "w += self.rate", "sgd", "next_w"),
        ("friction * velocity - rate", "velocity - rate", "sgd_momentum", "next_w"),
    ),
)

# Examples are columns; a network that answers in another order.
DELTA = Course(
    config="""
[layers.affine]
forward = "Layer.run"
backward = "Layer.back"
new = ["d", "M"]
set = { w = "p.W", b = "p.b" }
arguments = ["x"]
returns = ["out", "memo"]
gradients = ["dx", "dw", "db"]
layout = { x = "d N", w = "M d", b = "M 1", out = "transposed", dx = "d N" }

[layers.softmax_loss]
function = "entropy"
layout = { x = "C N", y = "C N", dx = "C N" }

[layers.two_layer_net]
class = "Net"
function = "objective"
arguments = ["X", "y"]
returns = ["grads", "loss"]
""",
    code="""
import numpy as np

class Layer:
    def __init__(self, inputs, outputs):
        self.p = {"W": np.zeros((outputs, inputs)), "b": np.zeros((outputs, 1))}

    def run(self, a):
        assert len(a) == self.p["W"].shape[1] and self.p["b"].shape[1] == 1
        return self.p["W"] @ a + self.p["b"], a

    def back(self, dz, a):
        return self.p["W"].T @ dz, dz @ a.T, dz.sum(axis=1, keepdims=True)

def entropy(z, hot):
    shifted = z - z.max(axis=0)
    logp = shifted - np.log(np.exp(shifted).sum(axis=0))
    count = z.shape[1]
    return -(hot * logp).sum() / count, (np.exp(logp) - hot) / count

class Net:
    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": np.zeros((input_dim, hidden_dim)), "b1": np.zeros(hidden_dim),
            "W2": np.zeros((hidden_dim, num_classes)), "b2": np.zeros(num_classes),
        }

    def objective(self, X, y=None):
        W1, b1, W2, b2 = self.params.values()
        x = X.reshape(len(X), -1)
        hidden = np.maximum(x @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        loss, d = entropy(scores.T, np.eye(scores.shape[1], dtype=X.dtype)[y].T)
        d = d.T
        loss += 0.5 * self.reg * ((W1 ** 2).sum() + (W2 ** 2).sum())
        inner = d @ W2.T * (hidden > 0)
        grads = {
            "W2": hidden.T @ d + self.reg * W2, "b2": d.sum(axis=0),
            "W1": x.T @ inner + self.reg * W1, "b1": inner.sum(axis=0),
        }
        return grads, loss
""",
    layers=("affine", "softmax_loss", "two_layer_net"),
    mistakes=(
        ("dz.sum(axis=1, keepdims=True)", "dz.mean(axis=1, keepdims=True)", "affine", "db"),
        ("(np.exp(logp) - hot) / count", "np.exp(logp) - hot", "softmax_loss", "dx"),
        ("self.reg * W2, ", "2 * self.reg * W2, ", "two_layer_net", "dW2"),
    ),
)

COURSES = {"meadow": MEADOW, "orchard": ORCHARD, "harbor": HARBOR, "quarry": QUARRY, "delta": DELTA}
