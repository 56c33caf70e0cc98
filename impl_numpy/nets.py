"""The course's classifiers, built from the layers of this package."""

import numpy as np

from impl_numpy.affine import affine_backward, affine_forward
from impl_numpy.affine_relu import (
    affine_bn_relu_backward,
    affine_bn_relu_forward,
    affine_ln_relu_backward,
    affine_ln_relu_forward,
    affine_relu_backward,
    affine_relu_forward,
)
from impl_numpy.conv_relu import conv_relu_pool_backward, conv_relu_pool_forward
from impl_numpy.dropout import dropout_backward, dropout_forward
from impl_numpy.precision import widened
from impl_numpy.softmax_loss import softmax_loss

# The hidden layers, by their normalization.
_BLOCKS = {
    None: (affine_relu_forward, affine_relu_backward),
    "batchnorm": (affine_bn_relu_forward, affine_bn_relu_backward),
    "layernorm": (affine_ln_relu_forward, affine_ln_relu_backward),
}


class _Classifier:
    """Scores, and softmax's loss with an L2 penalty on every W; a subclass says how it scores.

    params: every parameter by its name, all of one dtype. It may be replaced or cast: what is
    computed follows it.
    """

    def __init__(self, reg):
        self.params = {}
        self.reg = reg

    def loss(self, X, y=None):
        """loss = softmax_loss(scores, y) + ½·reg·Σ W², or the scores alone.

        X: (N, …), cast to the dtype of params; y: (N,) integer labels.
        Returns the scores (N, C) in test mode if y is None; otherwise the loss and its gradients,
        by the names of params. Two-byte floats are computed in float32 from end to end.
        """
        dtype = self.params["W1"].dtype
        params = {name: widened(p) for name, p in self.params.items()}
        mode = "test" if y is None else "train"
        scores, cache = self._forward(widened(X.astype(dtype, copy=False)), params, mode)
        if y is None:
            return scores.astype(dtype, copy=False)

        loss, dscores = softmax_loss(scores, y)
        gradients = self._backward(dscores, cache)
        for name, w in params.items():
            if name.startswith("W"):
                loss = loss + 0.5 * self.reg * np.square(w).sum()
                gradients[name] = gradients[name] + self.reg * w
        return loss.astype(dtype), {n: g.astype(dtype, copy=False) for n, g in gradients.items()}


class FullyConnectedNet(_Classifier):
    """{affine - [normalization] - relu - [dropout]} × (L - 1) - affine - softmax."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        """hidden_dims: the L - 1 widths between input_dim and num_classes. normalization: None,
        "batchnorm" or "layernorm". dropout_keep_ratio: 1 for no dropout. The weights are normal
        with the standard deviation weight_scale; seed: theirs and dropout's.
        """
        super().__init__(reg)
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.num_layers = len(hidden_dims) + 1
        self.dtype = np.dtype(dtype)

        rng = np.random.default_rng(seed)
        widths = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            shape = widths[i - 1], widths[i]
            self.params[f"W{i}"] = _normal(rng, weight_scale, shape, dtype)
            self.params[f"b{i}"] = np.zeros(widths[i], dtype)
            if normalization is not None and i < self.num_layers:
                self.params[f"gamma{i}"] = np.ones(widths[i], dtype)
                self.params[f"beta{i}"] = np.zeros(widths[i], dtype)

        self.bn_params = [] if normalization is None else [{} for _ in hidden_dims]
        self.dropout_param = {"p": dropout_keep_ratio} if self.use_dropout else {}
        if self.use_dropout and seed is not None:
            self.dropout_param["seed"] = seed

    def _forward(self, out, params, mode):
        for param in (self.dropout_param, *self.bn_params):
            param["mode"] = mode
        block_forward, _ = _BLOCKS[self.normalization]
        caches = []
        for i in range(1, self.num_layers):
            arguments = [params[name] for name in self._names(i)]
            out, block_cache = block_forward(out, *arguments, *self.bn_params[i - 1 : i])
            dropout_cache = None
            if self.use_dropout:
                out, dropout_cache = dropout_forward(out, self.dropout_param)
            caches.append((block_cache, dropout_cache))
        last = self.num_layers
        scores, last_cache = affine_forward(out, params[f"W{last}"], params[f"b{last}"])
        return scores, (caches, last_cache)

    def _backward(self, dscores, cache):
        caches, last_cache = cache
        last = self.num_layers
        gradients = {}
        dout, gradients[f"W{last}"], gradients[f"b{last}"] = affine_backward(dscores, last_cache)
        _, block_backward = _BLOCKS[self.normalization]
        for i in reversed(range(1, last)):
            block_cache, dropout_cache = caches[i - 1]
            if self.use_dropout:
                dout = dropout_backward(dout, dropout_cache)
            dout, *gradients_of_block = block_backward(dout, block_cache)
            gradients.update(zip(self._names(i), gradients_of_block, strict=True))
        return gradients

    def _names(self, i):
        """The parameters of the i-th hidden layer, in the order that its block takes them."""
        names = ("W", "b") if self.normalization is None else ("W", "b", "gamma", "beta")
        return [f"{name}{i}" for name in names]


class TwoLayerNet(FullyConnectedNet):
    """affine - relu - affine - softmax, in float64."""

    def __init__(
        self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0
    ):
        """hidden_dim: the width after the first affine layer; weight_scale: the weights' standard
        deviation.
        """
        super().__init__(
            [hidden_dim],
            input_dim,
            num_classes,
            reg=reg,
            weight_scale=weight_scale,
            dtype=np.float64,
        )


class ThreeLayerConvNet(_Classifier):
    """conv - relu - 2×2 max pool - affine - relu - affine - softmax; the convolution has stride 1
    and keeps the height and width.
    """

    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        """input_dim: (C, H, W); filter_size: an odd number; weight_scale: the weights' standard
        deviation.
        """
        super().__init__(reg)
        self.dtype = np.dtype(dtype)
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        channels, height, width = input_dim
        shapes = {
            1: (num_filters, channels, filter_size, filter_size),
            2: (num_filters * (height // 2) * (width // 2), hidden_dim),
            3: (hidden_dim, num_classes),
        }
        rng = np.random.default_rng()
        for i, biases in ((1, num_filters), (2, hidden_dim), (3, num_classes)):
            self.params[f"W{i}"] = _normal(rng, weight_scale, shapes[i], dtype)
            self.params[f"b{i}"] = np.zeros(biases, dtype)

    def _forward(self, out, params, _mode):
        out, conv_cache = conv_relu_pool_forward(
            out, params["W1"], params["b1"], self.conv_param, self.pool_param
        )
        out, hidden_cache = affine_relu_forward(out, params["W2"], params["b2"])
        scores, last_cache = affine_forward(out, params["W3"], params["b3"])
        return scores, (conv_cache, hidden_cache, last_cache)

    def _backward(self, dscores, cache):
        conv_cache, hidden_cache, last_cache = cache
        gradients = {}
        dout, gradients["W3"], gradients["b3"] = affine_backward(dscores, last_cache)
        dout, gradients["W2"], gradients["b2"] = affine_relu_backward(dout, hidden_cache)
        _, gradients["W1"], gradients["b1"] = conv_relu_pool_backward(dout, conv_cache)
        return gradients


def _normal(rng, scale, shape, dtype):
    """Normal numbers with the standard deviation scale."""
    return (scale * rng.standard_normal(shape)).astype(dtype)
