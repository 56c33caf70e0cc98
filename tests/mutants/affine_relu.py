"""Wrong sandwiches of an affine layer, perhaps a normalisation, and relu."""

import numpy as np

from impl_numpy import (
    affine_backward,
    affine_bn_relu_backward,
    affine_bn_relu_forward,
    affine_forward,
    affine_ln_relu_backward,
    affine_ln_relu_forward,
    affine_relu_backward,
    affine_relu_forward,
    batchnorm_backward,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
)
from mutants import hinted, warning, wrong

# --- affine_relu ---


@wrong("affine_relu_forward", "value", "out", "relu is forgotten")
@hinted("ReLU is left out")
def affine_relu_without_relu(x, w, b):
    return affine_forward(x, w, b)[0], affine_relu_forward(x, w, b)[1]


@wrong("affine_relu_forward", "value", "out", "the bias is added after relu")
@hinted("the bias is added after ReLU")
def affine_relu_bias_last(x, w, b):
    out = relu_forward(affine_forward(x, w, np.zeros_like(b))[0])[0] + b
    return out, affine_relu_forward(x, w, b)[1]


@wrong("affine_relu_forward", "value", "out", "relu comes before the affine layer")
@hinted("ReLU is of x, before the linear layer")
def affine_relu_first(x, w, b):
    return affine_forward(relu_forward(x)[0], w, b)[0], affine_relu_forward(x, w, b)[1]


def _with_mask(dout, cache, mask):
    """The gradients with another mask than relu's."""
    return affine_backward(dout * mask, cache[0])


@wrong("affine_relu_backward", "value", "dx", "the mask is of x·w, without the bias")
@hinted("ReLU's mask is without the bias")
def affine_relu_mask_without_bias(dout, cache):
    x, w, b = cache[0]
    return _with_mask(dout, cache, affine_forward(x, w, np.zeros_like(b))[0] > 0)


@wrong("affine_relu_backward", "value", "dw", "relu's backward is forgotten")
@hinted("ReLU's slope is left out")
def affine_relu_passes_dout(dout, cache):
    return affine_backward(dout, cache[0])


@wrong("affine_relu_backward", "value", "dx", "the mask is of dout, not of the hidden layer")
@hinted("ReLU's mask is of dout")
def affine_relu_mask_of_dout(dout, cache):
    return _with_mask(dout, cache, dout > 0)


@wrong("affine_relu_backward", "value", "db", "db is summed before the mask")
@hinted("db is of dout before ReLU's mask")
def affine_relu_unmasked_db(dout, cache):
    return *affine_relu_backward(dout, cache)[:2], dout.sum(axis=0)


@wrong("affine_relu_backward", "value", "dw", "dw is computed before the mask")
@hinted("dw is of dout before ReLU's mask")
def affine_relu_unmasked_dw(dout, cache):
    dx, _, db = affine_relu_backward(dout, cache)
    return dx, affine_backward(dout, cache[0])[1], db


@wrong("affine_relu_backward", "value", "dx", "dx is multiplied by the hidden layer, not its mask")
@hinted("the hidden layer is multiplied in, not where it is positive")
def affine_relu_times_hidden(dout, cache):
    return _with_mask(dout, cache, relu_forward(cache[1])[0])


@wrong("affine_relu_backward", "value", "dx", "the mask is applied to x as well")
@hinted("wrong only where x < 0: there it is 0")
def affine_relu_masks_x(dout, cache):
    dx, dw, db = affine_relu_backward(dout, cache)
    return dx * (cache[0][0] > 0), dw, db


@wrong("affine_relu_backward", "shape", "dx", "dx is not given back the shape of x")
@hinted("it lacks a reshape")
def affine_relu_flat_dx(dout, cache):
    dx, dw, db = affine_relu_backward(dout, cache)
    return dx.reshape(len(dx), len(dw)), dw, db


@warning("affine_relu_backward", "convention", "db", "the slope at 0 is 1")
def affine_relu_slope_one_at_zero(dout, cache):
    return _with_mask(dout, cache, cache[1] >= 0)


@wrong("affine_relu_backward", "value", "db", "the slope at 0 is 2, which is no subgradient")
@hinted("the slope at 0 is 2")
def affine_relu_slope_two_at_zero(dout, cache):
    return _with_mask(dout, cache, (cache[1] > 0) + 2 * (cache[1] == 0).astype(dout.dtype))


@warning("affine_relu_backward", "mutation", "dout", "dout is masked in place")
def affine_relu_masks_dout(dout, cache):
    dout[cache[1] <= 0] = 0
    return affine_backward(dout, cache[0])


# --- affine_bn_relu, forward ---


def _affine_then(norm_forward, x, w, b, *parameters):
    return norm_forward(affine_forward(x, w, b)[0], *parameters)[0]


@wrong("affine_bn_relu_forward", "value", "out", "relu is forgotten")
@hinted("ReLU is left out")
def affine_bn_relu_without_relu(x, w, b, gamma, beta, bn_param):
    out = _affine_then(batchnorm_forward, x, w, b, gamma, beta, dict(bn_param))
    return out, affine_bn_relu_forward(x, w, b, gamma, beta, bn_param)[1]


@wrong("affine_bn_relu_forward", "value", "out", "relu comes before the batch norm")
@hinted("ReLU comes before the normalisation")
def affine_bn_relu_order(x, w, b, gamma, beta, bn_param):
    hidden = affine_relu_forward(x, w, b)[0]
    out = batchnorm_forward(hidden, gamma, beta, dict(bn_param))[0]
    return out, affine_bn_relu_forward(x, w, b, gamma, beta, bn_param)[1]


@wrong("affine_bn_relu_forward", "value", "out", "gamma and beta are forgotten")
@hinted("gamma and beta are left out")
def affine_bn_relu_unscaled(x, w, b, gamma, beta, bn_param):
    cache = affine_bn_relu_forward(x, w, b, gamma, beta, bn_param)[1]
    plain = np.ones_like(gamma), np.zeros_like(beta)
    hidden = _affine_then(batchnorm_forward, x, w, b, *plain, dict(bn_param))
    return relu_forward(hidden)[0], cache


@wrong("affine_bn_relu_forward", "value", "running_mean", "the layer works on a copy of bn_param")
@hinted("is running_mean, as it was passed in", "is running_var, as it was passed in")
def affine_bn_relu_copied_param(x, w, b, gamma, beta, bn_param):
    return affine_bn_relu_forward(x, w, b, gamma, beta, dict(bn_param))


@wrong("affine_bn_relu_forward", "value", "running_mean", "the statistics are those without bias")
@hinted("b is left out (as if it were 0)")
def affine_bn_relu_statistics_without_bias(x, w, b, gamma, beta, bn_param):
    return affine_bn_relu_forward(x, w, np.zeros_like(b), gamma, beta, bn_param)


@wrong("affine_bn_relu_forward", "value", "running_var", "the running variance is of the output")
@hinted("the running variance is of the output")
def affine_bn_relu_variance_of_output(x, w, b, gamma, beta, bn_param):
    old = bn_param["running_var"]
    out, cache = affine_bn_relu_forward(x, w, b, gamma, beta, bn_param)
    batch = out.var(axis=0)
    bn_param["running_var"] = (
        bn_param["momentum"] * old + (1 - bn_param["momentum"]) * batch
    ).astype(old.dtype)
    return out, cache


@warning("affine_bn_relu_forward", "convention", "running_var", "the variance divides by N - 1")
def affine_bn_relu_unbiased(x, w, b, gamma, beta, bn_param):
    momentum, old = bn_param["momentum"], bn_param["running_var"]
    answer = affine_bn_relu_forward(x, w, b, gamma, beta, bn_param)
    batch = affine_forward(x, w, b)[0].var(axis=0, ddof=1)
    bn_param["running_var"] = (momentum * old + (1 - momentum) * batch).astype(old.dtype)
    return answer


# --- affine_bn_relu, backward ---


@wrong("affine_bn_relu_backward", "value", "dgamma", "relu's backward is forgotten")
@hinted("ReLU's slope is left out")
def affine_bn_relu_passes_dout(dout, cache):
    affine_cache, norm_cache, _ = cache
    dhidden, dgamma, dbeta = batchnorm_backward(dout, norm_cache)
    return *affine_backward(dhidden, affine_cache), dgamma, dbeta


@wrong("affine_bn_relu_backward", "value", "dx", "the batch's statistics are taken as constants")
@hinted("the statistics are taken to be constant in the backward")
def affine_bn_relu_constant_statistics(dout, cache):
    affine_cache, norm_cache, relu_cache = cache
    frozen = (*norm_cache[:-1], "test")
    dhidden, dgamma, dbeta = batchnorm_backward(relu_backward(dout, relu_cache), frozen)
    return *affine_backward(dhidden, affine_cache), dgamma, dbeta


@wrong("affine_bn_relu_backward", "value", "db", "db is taken to be dbeta, but it is 0")
@hinted("db is of the gradient before the normalisation")
def affine_bn_relu_db_is_dbeta(dout, cache):
    dx, dw, _, dgamma, dbeta = affine_bn_relu_backward(dout, cache)
    return dx, dw, dbeta.copy(), dgamma, dbeta


@wrong("affine_bn_relu_backward", "value", "dw", "the batch norm's backward is skipped")
@hinted("the normalisation is left out of the backward")
def affine_bn_relu_skips_norm(dout, cache):
    affine_cache, _, relu_cache = cache
    dgamma, dbeta = affine_bn_relu_backward(dout, cache)[3:]
    return *affine_backward(relu_backward(dout, relu_cache), affine_cache), dgamma, dbeta


@wrong("affine_bn_relu_backward", "value", "dx", "the mask is of the hidden layer before the norm")
@hinted("ReLU's mask is of what comes before the normalisation")
def affine_bn_relu_mask_of_hidden(dout, cache):
    affine_cache, norm_cache, _ = cache
    dhidden, dgamma, dbeta = batchnorm_backward(relu_backward(dout, norm_cache[0]), norm_cache)
    return *affine_backward(dhidden, affine_cache), dgamma, dbeta


@wrong("affine_bn_relu_backward", "value", "dgamma", "dbeta is returned before dgamma")
@hinted("they are swapped")
def affine_bn_relu_swapped(dout, cache):
    dx, dw, db, dgamma, dbeta = affine_bn_relu_backward(dout, cache)
    return dx, dw, db, dbeta, dgamma


@wrong("affine_bn_relu_backward", "arity", "", "dgamma and dbeta are not returned")
def affine_bn_relu_three_values(dout, cache):
    return affine_bn_relu_backward(dout, cache)[:3]


# --- affine_ln_relu ---


@wrong("affine_ln_relu_forward", "value", "out", "relu comes before the layer norm")
@hinted("ReLU comes before the normalisation")
def affine_ln_relu_order(x, w, b, gamma, beta, ln_param):
    hidden = affine_relu_forward(x, w, b)[0]
    out = layernorm_forward(hidden, gamma, beta, ln_param)[0]
    return out, affine_ln_relu_forward(x, w, b, gamma, beta, ln_param)[1]


@wrong("affine_ln_relu_forward", "value", "out", "relu is forgotten")
@hinted("ReLU is left out")
def affine_ln_relu_without_relu(x, w, b, gamma, beta, ln_param):
    out = _affine_then(layernorm_forward, x, w, b, gamma, beta, ln_param)
    return out, affine_ln_relu_forward(x, w, b, gamma, beta, ln_param)[1]


@wrong("affine_ln_relu_forward", "value", "out", "the norm is over the batch, as in batch norm")
@hinted("the statistics are taken along the other axis")
def affine_ln_relu_over_batch(x, w, b, gamma, beta, ln_param):
    running = {"mode": "train", "momentum": 0.9, "eps": ln_param["eps"]}
    hidden = _affine_then(batchnorm_forward, x, w, b, gamma, beta, running)
    return relu_forward(hidden)[0], affine_ln_relu_forward(x, w, b, gamma, beta, ln_param)[1]


@wrong("affine_ln_relu_forward", "value", "out", "eps is ignored: always 1e-5")
@hinted("with eps = 1e-05")
def affine_ln_relu_fixed_eps(x, w, b, gamma, beta, ln_param):
    return affine_ln_relu_forward(x, w, b, gamma, beta, {"eps": 1e-5})


@wrong("affine_ln_relu_forward", "value", "out", "the bias is forgotten")
@hinted("b is left out (as if it were 0)")
def affine_ln_relu_no_bias(x, w, b, gamma, beta, ln_param):
    return affine_ln_relu_forward(x, w, np.zeros_like(b), gamma, beta, ln_param)


@wrong("affine_ln_relu_backward", "value", "dbeta", "relu's backward is forgotten")
@hinted("ReLU's slope is left out")
def affine_ln_relu_passes_dout(dout, cache):
    affine_cache, norm_cache, _ = cache
    dhidden, dgamma, dbeta = layernorm_backward(dout, norm_cache)
    return *affine_backward(dhidden, affine_cache), dgamma, dbeta


@wrong("affine_ln_relu_backward", "value", "dx", "the mask is of the hidden layer before the norm")
@hinted("ReLU's mask is of what comes before the normalisation")
def affine_ln_relu_mask_of_hidden(dout, cache):
    affine_cache, norm_cache, _ = cache
    dhidden, dgamma, dbeta = layernorm_backward(relu_backward(dout, norm_cache[0]), norm_cache)
    return *affine_backward(dhidden, affine_cache), dgamma, dbeta


@wrong("affine_ln_relu_backward", "value", "db", "db is taken to be 0, as before a batch norm")
@hinted("is 0 everywhere")
def affine_ln_relu_zero_db(dout, cache):
    dx, dw, db, dgamma, dbeta = affine_ln_relu_backward(dout, cache)
    return dx, dw, np.zeros_like(db), dgamma, dbeta


@wrong("affine_ln_relu_backward", "value", "dw", "the layer norm's backward is skipped")
@hinted("the normalisation is left out of the backward")
def affine_ln_relu_skips_norm(dout, cache):
    affine_cache, _, relu_cache = cache
    dgamma, dbeta = affine_ln_relu_backward(dout, cache)[3:]
    return *affine_backward(relu_backward(dout, relu_cache), affine_cache), dgamma, dbeta


@wrong("affine_ln_relu_backward", "value", "dgamma", "dgamma is the mean over the batch")
@hinted("times exactly 1/N")
def affine_ln_relu_mean_dgamma(dout, cache):
    dx, dw, db, dgamma, dbeta = affine_ln_relu_backward(dout, cache)
    return dx, dw, db, dgamma / dgamma.dtype.type(max(len(dout), 1)), dbeta


@warning("affine_ln_relu_backward", "shape", "dbeta", "dbeta keeps the summed axis: (1, M)")
def affine_ln_relu_keepdims_dbeta(dout, cache):
    *gradients, dbeta = affine_ln_relu_backward(dout, cache)
    return *gradients, dbeta[None]
