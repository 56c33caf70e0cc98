"""Right classifiers."""

import sys
from unittest import mock

import numpy as np

from impl_numpy import (
    FullyConnectedNet,
    ThreeLayerConvNet,
    TwoLayerNet,
    batchnorm_backward,
    batchnorm_forward,
    conv_backward,
    conv_forward,
    layernorm_backward,
    layernorm_forward,
    max_pool_backward,
    max_pool_forward,
    softmax_loss,
)
from impl_numpy.precision import widened
from variants import register, single_variant


def _softmax(scores, y):
    """The loss of the data and its gradient."""
    rows = np.arange(len(y))
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dscores = np.exp(log_p)
    dscores[rows, y] -= 1
    return -log_p[rows, y].mean(), dscores / len(y)


@single_variant("two_layer_net", "written out in one method, as for the course's first assignment")
class TwoLayerNetWrittenOut:
    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim),
            "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        dtype = self.params["W1"].dtype
        W1, b1, W2, b2 = (widened(self.params[n]) for n in ("W1", "b1", "W2", "b2"))
        rows = widened(X).reshape(X.shape[0], -1)
        hidden = rows.dot(W1) + b1
        hidden[hidden < 0] = 0
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores.astype(dtype)
        loss, dscores = _softmax(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads = {
            "W1": rows.T.dot(dhidden) + self.reg * W1,
            "b1": dhidden.sum(axis=0),
            "W2": hidden.T.dot(dscores) + self.reg * W2,
            "b2": dscores.sum(axis=0),
        }
        return dtype.type(loss), {n: g.astype(dtype) for n, g in grads.items()}


@single_variant("two_layer_net", "a subclass that adds the penalty's gradient weight by weight")
class TwoLayerNetLoops(TwoLayerNet):
    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        reg, self.reg = self.reg, 0.0
        loss, grads = super().loss(X, y)
        self.reg = reg
        penalty = 0.0
        for name in ("W1", "W2"):
            w = self.params[name]
            for index in np.ndindex(w.shape):
                penalty += float(w[index]) ** 2
                grads[name][index] += reg * float(w[index])
        return loss.dtype.type(float(loss) + reg / 2 * penalty), grads


class _Course:
    """As published solutions to the course have it: loops over the layers, caches in a list."""

    def __init__(
        self,
        hidden_dims,
        input_dim,
        num_classes,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.num_layers, self.keep, self.params = 1 + len(hidden_dims), dropout_keep_ratio, {}
        self.seed = seed
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(self.num_layers):
            w = np.random.normal(0, weight_scale, (dims[i], dims[i + 1]))
            self.params[f"W{i + 1}"] = w.astype(dtype)
            self.params[f"b{i + 1}"] = np.zeros(dims[i + 1], dtype)
        if normalization:
            for i in range(self.num_layers - 1):
                self.params[f"gamma{i + 1}"] = np.ones(dims[i + 1], dtype)
                self.params[f"beta{i + 1}"] = np.zeros(dims[i + 1], dtype)

    def masks(self, shapes):
        """For each hidden layer 1/p where an element is kept, and 0 elsewhere."""
        for shape in shapes:
            np.random.seed(self.seed)
            yield (np.random.rand(*shape) < self.keep) / self.keep

    def loss(self, X, y=None):
        params = {n: widened(p) for n, p in self.params.items()}
        out = widened(X.astype(self.dtype)).reshape(len(X), -1)
        caches = []
        hidden = [(len(X), len(params[f"b{i}"])) for i in range(1, self.num_layers)]
        masks = self.masks(hidden) if self.keep != 1 and y is not None else [1.0] * len(hidden)
        for i, mask in enumerate(masks, start=1):
            before = out
            out = out @ params[f"W{i}"] + params[f"b{i}"]
            norm_cache = None
            if self.normalization:
                forward = {"batchnorm": batchnorm_forward, "layernorm": layernorm_forward}
                scale = params[f"gamma{i}"], params[f"beta{i}"]
                mode = "test" if y is None else "train"
                out, norm_cache = forward[self.normalization](out, *scale, {"mode": mode})
            slope = np.where(out > 0, mask, 0).astype(out.dtype)
            caches.append((before, norm_cache, slope))
            out = out * slope
        last = self.num_layers
        scores = out @ params[f"W{last}"] + params[f"b{last}"]
        if y is None:
            return scores.astype(self.dtype)

        loss, dout = _softmax(scores, y)
        grads = {f"W{last}": out.T @ dout, f"b{last}": dout.sum(axis=0)}
        dout = dout @ params[f"W{last}"].T
        for i in range(last - 1, 0, -1):
            before, norm_cache, slope = caches.pop()
            dout = dout * slope
            if self.normalization:
                backward = {"batchnorm": batchnorm_backward, "layernorm": layernorm_backward}
                answer = backward[self.normalization](dout, norm_cache)
                dout, grads[f"gamma{i}"], grads[f"beta{i}"] = answer
            grads[f"W{i}"], grads[f"b{i}"] = before.T @ dout, dout.sum(axis=0)
            dout = dout @ params[f"W{i}"].T
        for i in range(1, last + 1):
            loss += 0.5 * self.reg * np.sum(params[f"W{i}"] ** 2)
            grads[f"W{i}"] += self.reg * params[f"W{i}"]
        return loss.astype(self.dtype), {n: g.astype(self.dtype) for n, g in grads.items()}


class _OneStream(_Course):
    """All masks from one generator, as where a seed is set only once."""

    def masks(self, shapes):
        rng = np.random.default_rng(self.seed)
        for shape in shapes:
            yield rng.binomial(1, self.keep, shape) / self.keep


for _suffix in ("", "_deep", "_batchnorm", "_layernorm", "_dropout"):
    register(
        f"fully_connected_net{_suffix}_course",
        f"fully_connected_net{_suffix}",
        "as published solutions to the course have it",
        (_Course,),
    )
register(
    "fully_connected_net_dropout_one_stream",
    "fully_connected_net_dropout",
    "every layer's mask from one generator",
    (_OneStream,),
    warnings=["dropout"],
)


@single_variant(
    "fully_connected_net_dropout", "another seed reaches the generator", warnings=["dropout"]
)
def fully_connected_net_seeded_otherwise(*arguments, seed, **options):
    return FullyConnectedNet(*arguments, seed=seed + 1, **options)


@single_variant("three_layer_conv_net", "layer by layer, the affine layers written out")
class ThreeLayerConvNetWrittenOut:
    def __init__(
        self,
        input_dim,
        num_filters,
        filter_size,
        hidden_dim,
        num_classes,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        self.reg, self.dtype, (c, h, w) = reg, dtype, input_dim
        shapes = {
            "W1": (num_filters, c, filter_size, filter_size),
            "W2": (num_filters * h * w // 4, hidden_dim),
            "W3": (hidden_dim, num_classes),
            "b1": (num_filters,),
            "b2": (hidden_dim,),
            "b3": (num_classes,),
        }
        self.params = {
            n: (weight_scale * np.random.randn(*shape)).astype(dtype) for n, shape in shapes.items()
        }

    def loss(self, X, y=None):
        W1, b1, W2, b2, W3, b3 = (
            widened(self.params[n]) for n in ("W1", "b1", "W2", "b2", "W3", "b3")
        )
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        # The maximum of what is rectified is what is left of the maximum.
        convolved, conv_cache = conv_forward(widened(X), W1, b1, conv_param)
        pooled, pool_cache = max_pool_forward(convolved, pool_param)
        rows = np.maximum(pooled, 0).reshape(len(X), -1)
        hidden = np.maximum(np.einsum("np,pm->nm", rows, W2) + b2, 0)
        scores = np.einsum("nm,mc->nc", hidden, W3) + b3
        if y is None:
            return scores.astype(self.dtype)

        loss, dscores = _softmax(scores, y)
        dhidden = np.einsum("nc,mc->nm", dscores, W3) * (hidden > 0)
        drows = np.einsum("nm,pm->np", dhidden, W2) * (rows > 0)
        dconvolved = max_pool_backward(drows.reshape(pooled.shape), pool_cache)
        _, dW1, db1 = conv_backward(dconvolved, conv_cache)
        grads = {
            "W1": dW1 + self.reg * W1,
            "b1": db1,
            "W2": np.einsum("np,nm->pm", rows, dhidden) + self.reg * W2,
            "b2": dhidden.sum(axis=0),
            "W3": np.einsum("nm,nc->mc", hidden, dscores) + self.reg * W3,
            "b3": dscores.sum(axis=0),
        }
        loss += 0.5 * self.reg * sum((w * w).sum() for w in (W1, W2, W3))
        return loss.astype(self.dtype), {n: g.astype(self.dtype) for n, g in grads.items()}


# --- the logarithm of p + ε ---


def _guarded_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y] + 1e-8).mean(), softmax_loss(x, y)[1]


def _guarded(cls):
    """A net whose loss is of p + 1e-8."""

    def loss(self, X, y=None):
        with mock.patch.dict(vars(sys.modules[cls.__module__]), softmax_loss=_guarded_loss):
            return cls.loss(self, X, y)

    return type(f"Guarded{cls.__name__}", (cls,), {"loss": loss})


for _layer, _net in (
    ("two_layer_net", TwoLayerNet),
    ("fully_connected_net_layernorm", FullyConnectedNet),
    ("fully_connected_net_batchnorm", FullyConnectedNet),
    ("fully_connected_net_dropout", FullyConnectedNet),
    ("three_layer_conv_net", ThreeLayerConvNet),
):
    register(
        f"{_layer}_guarded",
        _layer,
        "the logarithm is taken of p + 1e-8",
        (_guarded(_net),),
        ("convention",),
        ("float64",),
    )
