"""Wrong classifiers."""

import numpy as np

from impl_numpy import (
    FullyConnectedNet,
    ThreeLayerConvNet,
    TwoLayerNet,
    affine_backward,
    affine_forward,
    affine_relu_forward,
    conv_forward,
    conv_relu_pool_backward,
    dropout_forward,
    max_pool_forward,
)
from mutants import hinted, warning, wrong

PLAIN, DEEP = "fully_connected_net", "fully_connected_net_deep"
BATCHNORM, LAYERNORM = "fully_connected_net_batchnorm", "fully_connected_net_layernorm"
DROPOUT = "fully_connected_net_dropout"


def _judged(model, change):
    """The model, whose loss and gradients are what ``change(model, loss, grads)`` makes of them."""
    right = model.loss

    def loss(X, y=None):
        return right(X) if y is None else change(model, *right(X, y))

    model.loss = loss
    return model


def _moved(model, by):
    """The model, some of whose gradients are off: ``by(model, name)`` is added to grads[name]."""
    return _judged(
        model, lambda m, loss, grads: (loss, {name: grads[name] + by(m, name) for name in grads})
    )


def _reparametrized(model, change):
    """The model, in whose forward the parameters are what ``change(params)`` makes of them."""
    right = model._forward
    model._forward = lambda out, params, mode: right(out, change(dict(params)), mode)
    return model


def _rescored(model, change):
    """The model with ``change(scores)`` for its scores."""
    right = model._forward

    def forward(out, params, mode):
        scores, cache = right(out, params, mode)
        return change(scores), cache

    model._forward = forward
    return model


def _penalty(model, *names):
    """½·reg·ΣW² over these parameters."""
    return sum(0.5 * model.reg * np.square(model.params[n]).sum() for n in names)


# --- TwoLayerNet ---


@wrong("TwoLayerNet", "value", "loss", "the penalty is left out of the loss")
@hinted("lacks the penalty of W1 and the penalty of W2")
def two_layer_net_unpenalized(**arguments):
    return _judged(
        TwoLayerNet(**arguments), lambda m, loss, grads: (loss - _penalty(m, "W1", "W2"), grads)
    )


@wrong("TwoLayerNet", "value", "loss", "the penalty of the loss has no ½")
@hinted("with 2·reg for reg")
def two_layer_net_without_half(**arguments):
    return _judged(
        TwoLayerNet(**arguments), lambda m, loss, grads: (loss + _penalty(m, "W1", "W2"), grads)
    )


@warning(
    "TwoLayerNet", "convention", "loss", "the penalty has no ½, in the loss and in dW1 and dW2"
)
def two_layer_net_whole_penalty(**arguments):
    return TwoLayerNet(**{**arguments, "reg": 2 * arguments["reg"]})


@wrong("TwoLayerNet", "value", "loss", "only W2 is penalized in the loss")
@hinted("lacks the penalty of W1")
def two_layer_net_penalizes_w2(**arguments):
    return _judged(
        TwoLayerNet(**arguments), lambda m, loss, grads: (loss - _penalty(m, "W1"), grads)
    )


@wrong("TwoLayerNet", "value", "dW1", "the penalty is left out of dW1")
@hinted("lacks the penalty's slope")
def two_layer_net_unpenalized_dw1(**arguments):
    return _moved(TwoLayerNet(**arguments), lambda m, n: -m.reg * m.params[n] if n == "W1" else 0)


@wrong("TwoLayerNet", "value", "dW2", "the penalty's gradient is 2·reg·W")
@hinted("with 2·reg for reg")
def two_layer_net_doubled_penalty(**arguments):
    return _moved(
        TwoLayerNet(**arguments), lambda m, n: m.reg * m.params[n] if n in ("W1", "W2") else 0
    )


@wrong("TwoLayerNet", "value", "db1", "the biases are penalized as well")
@hinted("biases, gamma and beta are penalized as well")
def two_layer_net_penalizes_biases(**arguments):
    return _moved(
        TwoLayerNet(**arguments), lambda m, n: m.reg * m.params[n] if n.startswith("b") else 0
    )


@wrong("TwoLayerNet", "value", "dW1", "the backward forgets the ReLU")
@hinted("ReLU's slope is left out")
def two_layer_net_linear_backward(**arguments):
    model = TwoLayerNet(**arguments)

    def backward(dscores, cache):
        [((hidden_cache, _), _)], last_cache = cache
        dhidden, dW2, db2 = affine_backward(dscores, last_cache)
        _, dW1, db1 = affine_backward(dhidden, hidden_cache)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    model._backward = backward
    return model


@wrong("TwoLayerNet", "value", "scores", "the scores pass a ReLU")
@hinted("the scores pass a ReLU")
def two_layer_net_rectified_scores(**arguments):
    return _rescored(TwoLayerNet(**arguments), lambda scores: np.maximum(scores, 0))


@wrong("TwoLayerNet", "value", "scores", "probabilities are returned, not scores")
@hinted("probabilities are returned, not scores")
def two_layer_net_probabilities(**arguments):
    model = TwoLayerNet(**arguments)
    right = model.loss

    def loss(X, y=None):
        exponentials = np.exp(right(X))
        return exponentials / exponentials.sum(axis=1, keepdims=True) if y is None else right(X, y)

    model.loss = loss
    return model


@wrong("TwoLayerNet", "value", "scores", "the first bias is left out")
@hinted("b1 is left out (as if it were 0)")
def two_layer_net_without_bias(**arguments):
    return _reparametrized(
        TwoLayerNet(**arguments), lambda params: params | {"b1": np.zeros_like(params["b1"])}
    )


@wrong("TwoLayerNet", "value", "scores", "the parameters are those of the construction")
def two_layer_net_stale_parameters(**arguments):
    model = TwoLayerNet(**arguments)
    initial = dict(model.params)
    return _reparametrized(
        model, lambda params: {n: initial[n].astype(p.dtype) for n, p in params.items()}
    )


@warning("TwoLayerNet", "unfinished", "dW1", "grads has no W1")
def two_layer_net_missing_gradient(**arguments):
    def change(_, loss, grads):
        return loss, {name: grads[name] for name in grads if name != "W1"}

    return _judged(TwoLayerNet(**arguments), change)


@wrong("TwoLayerNet", "arity", "", "grads is a list")
def two_layer_net_listed_gradients(**arguments):
    return _judged(TwoLayerNet(**arguments), lambda m, loss, grads: (loss, list(grads.values())))


@wrong("TwoLayerNet", "params", "", "the params are named from 0")
def two_layer_net_named_from_zero(**arguments):
    model = TwoLayerNet(**arguments)
    model.params = {n[0] + str(int(n[1]) - 1): p for n, p in model.params.items()}
    return model


@warning("TwoLayerNet", "mutation", "X", "X is scaled in place, for the next step")
def two_layer_net_scales_x(**arguments):
    model = TwoLayerNet(**arguments)
    right = model.loss

    def loss(X, y=None):
        answer = right(X, y)
        if y is not None:
            X *= 2
        return answer

    model.loss = loss
    return model


@wrong("TwoLayerNet", "state", "loss", "the loss takes a step of its own")
def two_layer_net_learns(**arguments):
    def change(model, loss, grads):
        model.params["W1"] -= grads["W1"]
        return loss, grads

    return _judged(TwoLayerNet(**arguments), change)


# --- FullyConnectedNet ---


@wrong("FullyConnectedNet", "value", "scores", "the scores pass a ReLU", layer=PLAIN)
@hinted("the scores pass a ReLU")
def fully_connected_net_rectified_scores(*arguments, **options):
    return _rescored(FullyConnectedNet(*arguments, **options), lambda s: np.maximum(s, 0))


@wrong("FullyConnectedNet", "value", "dW3", "the last layer is not penalized", layer=PLAIN)
@hinted("lacks the penalty's slope")
def fully_connected_net_unpenalized_last(*arguments, **options):
    model = FullyConnectedNet(*arguments, **options)
    last = f"W{model.num_layers}"
    return _moved(model, lambda m, n: -m.reg * m.params[n] if n == last else 0)


@wrong("FullyConnectedNet", "value", "scores", "computed in float32 throughout", layer=PLAIN)
@hinted("is right to about 7 digits only")
def fully_connected_net_float32(*arguments, **options):
    return _reparametrized(
        FullyConnectedNet(*arguments, **options),
        lambda params: {n: p.astype(np.float32) for n, p in params.items()},
    )


@wrong("FullyConnectedNet", "value", "dW2", "the gradient of a middle layer is 0", layer=DEEP)
@hinted("is 0 everywhere")
def fully_connected_net_skips_layer(*arguments, **options):
    model = FullyConnectedNet(*arguments, **options)
    return _judged(model, lambda m, loss, grads: (loss, {**grads, "W2": 0 * grads["W2"]}))


@wrong("FullyConnectedNet", "value", "dgamma1", "gamma is penalized as well", layer=LAYERNORM)
@hinted("biases, gamma and beta are penalized as well")
def fully_connected_net_penalizes_gamma(*arguments, **options):
    return _moved(
        FullyConnectedNet(*arguments, **options),
        lambda m, n: m.reg * m.params[n] if n.startswith("gamma") else 0,
    )


@wrong("FullyConnectedNet", "value", "loss", "gamma and beta are swapped", layer=BATCHNORM)
@hinted("with gamma1 and beta1 swapped")
def fully_connected_net_swapped_scale(*arguments, **options):
    return _reparametrized(
        FullyConnectedNet(*arguments, **options),
        lambda params: params | {"gamma1": params["beta1"], "beta1": params["gamma1"]},
    )


@wrong("FullyConnectedNet", "value", "loss", "batch norm is trained in test mode", layer=BATCHNORM)
def fully_connected_net_always_tests(*arguments, **options):
    model = FullyConnectedNet(*arguments, **options)
    right = model._forward

    def forward(out, params, mode):
        cache = right(out, params, mode)[1]
        model.bn_params = [{} for _ in model.bn_params]
        return right(out, params, "test")[0], cache

    model._forward = forward
    return model


@wrong("FullyConnectedNet", "value", "scores", "the net is not normalized", layer=LAYERNORM)
@hinted("the normalisation is left out")
def fully_connected_net_unnormalized(*arguments, normalization, **options):
    normalized = FullyConnectedNet(*arguments, normalization=normalization, **options)
    bare = FullyConnectedNet(*arguments, **options)

    def forward(out, params, mode):
        cache = right(out, params, mode)[1]
        return bare._forward(out, params, mode)[0], cache

    right, normalized._forward = normalized._forward, forward
    return normalized


# --- FullyConnectedNet with dropout: what depends on the mask that is drawn is a warning ---


def _recached(model, change):
    """The model, whose backward gets ``change(mask, p)`` for what dropout has kept."""
    right = model._backward

    def backward(dscores, cache):
        caches, last_cache = cache
        return right(dscores, ([(block, change(*kept)) for block, kept in caches], last_cache))

    model._backward = backward
    return model


@wrong("FullyConnectedNet", "value", "dW1", "the backward forgets the mask", layer=DROPOUT)
def fully_connected_net_unmasked_backward(*arguments, **options):
    return _recached(FullyConnectedNet(*arguments, **options), lambda mask, p: (None, p))


@wrong("FullyConnectedNet", "value", "dW1", "the backward forgets to scale by 1/p", layer=DROPOUT)
def fully_connected_net_unscaled_backward(*arguments, **options):
    return _recached(FullyConnectedNet(*arguments, **options), lambda mask, p: (mask, 1))


@wrong("FullyConnectedNet", "value", "dW1", "the mask of the backward is inverted", layer=DROPOUT)
def fully_connected_net_inverted_backward(*arguments, **options):
    return _recached(FullyConnectedNet(*arguments, **options), lambda mask, p: (~mask, p))


@wrong("FullyConnectedNet", "value", "loss", "p is the probability to drop", layer=DROPOUT)
@hinted("with 1 - keep for keep")
def fully_connected_net_dropping_p(*arguments, dropout_keep_ratio, **options):
    p = 1 - dropout_keep_ratio
    return FullyConnectedNet(*arguments, dropout_keep_ratio=p, **options)


@wrong("FullyConnectedNet", "value", "scores", "the test mode drops, too", layer=DROPOUT)
def fully_connected_net_drops_in_tests(*arguments, **options):
    model = FullyConnectedNet(*arguments, **options)
    right = model._forward
    model._forward = lambda out, params, mode: right(out, params, "train")
    return model


@wrong("FullyConnectedNet", "value", "loss", "dropout is left out", layer=DROPOUT)
@hinted("with keep = 1")
def fully_connected_net_keeps_all(*arguments, dropout_keep_ratio, **options):
    return FullyConnectedNet(*arguments, **options)


@wrong("FullyConnectedNet", "value", "scores", "p is multiplied in when testing", layer=DROPOUT)
def fully_connected_net_scales_in_tests(*arguments, dropout_keep_ratio, **options):
    return _reparametrized(
        FullyConnectedNet(*arguments, dropout_keep_ratio=dropout_keep_ratio, **options),
        lambda params: {
            n: p * dropout_keep_ratio if n in ("W2", "W3") else p for n, p in params.items()
        },
    )


@warning("FullyConnectedNet", "dropout", "dW1", "a whole feature is kept or dropped", layer=DROPOUT)
def fully_connected_net_drops_features(*arguments, **options):
    model = FullyConnectedNet(*arguments, **options)

    def forward(out, params, mode):
        caches = []
        for i in (1, 2):
            out, block_cache = affine_relu_forward(out, params[f"W{i}"], params[f"b{i}"])
            param = {**model.dropout_param, "mode": mode}
            _, (mask, p) = dropout_forward(out[:1], param)
            if mask is not None:
                out = out * mask / p
                mask = np.broadcast_to(mask, out.shape)
            caches.append((block_cache, (mask, p)))
        scores, last_cache = affine_forward(out, params["W3"], params["b3"])
        return scores, (caches, last_cache)

    model._forward = forward
    return model


# --- ThreeLayerConvNet ---


@wrong("ThreeLayerConvNet", "value", "loss", "the filters are not penalized")
@hinted("lacks the penalty of W1")
def three_layer_conv_net_unpenalized_filters(**arguments):
    return _judged(
        ThreeLayerConvNet(**arguments), lambda m, loss, grads: (loss - _penalty(m, "W1"), grads)
    )


@wrong("ThreeLayerConvNet", "value", "dW1", "the penalty is left out of dW1")
@hinted("lacks the penalty's slope")
def three_layer_conv_net_unpenalized_dw1(**arguments):
    return _moved(
        ThreeLayerConvNet(**arguments), lambda m, n: -m.reg * m.params[n] if n == "W1" else 0
    )


@wrong("ThreeLayerConvNet", "value", "scores", "the filters are flipped")
@hinted("with W1 flipped in both directions")
def three_layer_conv_net_flipped(**arguments):
    return _reparametrized(
        ThreeLayerConvNet(**arguments), lambda p: p | {"W1": np.flip(p["W1"], (2, 3))}
    )


@wrong("ThreeLayerConvNet", "value", "scores", "height and width of the filters are swapped")
@hinted("with height and width of W1 swapped")
def three_layer_conv_net_transposed_filters(**arguments):
    return _reparametrized(
        ThreeLayerConvNet(**arguments), lambda p: p | {"W1": p["W1"].swapaxes(2, 3)}
    )


@wrong("ThreeLayerConvNet", "value", "scores", "pixels are flattened before filters")
@hinted("pixels are flattened before filters")
def three_layer_conv_net_channels_last(**arguments):
    def reordered(params):
        filters, (rows, width) = len(params["b1"]), params["W2"].shape
        W2 = params["W2"].reshape(rows // filters, filters, width).swapaxes(0, 1)
        return params | {"W2": W2.reshape(rows, width)}

    return _reparametrized(ThreeLayerConvNet(**arguments), reordered)


@wrong("ThreeLayerConvNet", "value", "scores", "the scores pass a ReLU")
@hinted("the scores pass a ReLU")
def three_layer_conv_net_rectified_scores(**arguments):
    return _rescored(ThreeLayerConvNet(**arguments), lambda s: np.maximum(s, 0))


@wrong("ThreeLayerConvNet", "crash", "", "the convolution does not pad")
def three_layer_conv_net_unpadded(**arguments):
    model = ThreeLayerConvNet(**arguments)
    model.conv_param = {"stride": 1, "pad": 0}
    return model


@wrong("ThreeLayerConvNet", "value", "scores", "there is no ReLU after the convolution")
@hinted("ReLU is left out, in hidden layer 1")
def three_layer_conv_net_linear_convolution(**arguments):
    model = ThreeLayerConvNet(**arguments)
    right = model._forward

    def forward(out, params, mode):
        cache = right(out, params, mode)[1]
        hidden, _ = conv_forward(out, params["W1"], params["b1"], model.conv_param)
        out, _ = max_pool_forward(hidden, model.pool_param)
        out, _ = affine_relu_forward(out, params["W2"], params["b2"])
        return affine_forward(out, params["W3"], params["b3"])[0], cache

    model._forward = forward
    return model


@wrong("ThreeLayerConvNet", "value", "dW1", "the backward passes the second ReLU by")
@hinted("ReLU's slope is left out, in hidden layer 2")
def three_layer_conv_net_linear_backward(**arguments):
    model = ThreeLayerConvNet(**arguments)

    def backward(dscores, cache):
        conv_cache, (affine_cache, _), last_cache = cache
        dout, dW3, db3 = affine_backward(dscores, last_cache)
        dout, dW2, db2 = affine_backward(dout, affine_cache)
        _, dW1, db1 = conv_relu_pool_backward(dout, conv_cache)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}

    model._backward = backward
    return model


@wrong("ThreeLayerConvNet", "shape", "db1", "db1 is summed over the examples only")
def three_layer_conv_net_db1_per_pixel(**arguments):
    return _judged(
        ThreeLayerConvNet(**arguments),
        lambda m, loss, grads: (loss, {**grads, "b1": np.tile(grads["b1"][:, None], (1, 2))}),
    )


@wrong("ThreeLayerConvNet", "value", "dW3", "dW3 is averaged over the batch once more")
@hinted("times exactly 1/2")
def three_layer_conv_net_averaged_twice(**arguments):
    def change(_, loss, grads):
        return loss, {**grads, "W3": grads["W3"] / 2}

    return _judged(ThreeLayerConvNet(**arguments), change)
