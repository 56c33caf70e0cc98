"""Wrong batch normalisations."""

import numpy as np

from impl_numpy import (
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
)
from mutants import hinted, warning, wrong

STATISTICS = ("running_mean", "running_var")


def _by(mu, std, x, gamma, beta, bn_param):
    """Standardized by these; the running statistics are right."""
    batchnorm_forward(x, gamma, beta, bn_param)
    return gamma * ((x - mu) / std) + beta, (x, gamma, beta, mu, std, "train")


def _with_options(x, gamma, beta, bn_param, **options):
    """As if ``bn_param`` held these options."""
    other = bn_param | options
    answer = batchnorm_forward(x, gamma, beta, other)
    bn_param.update({name: other[name] for name in STATISTICS})
    return answer


def _normalized(cache):
    x, _, _, mu, std, _ = cache
    return (x - mu) / std


# --- batchnorm, the output ---


@wrong("batchnorm_forward", "value", "out", "the variance divides by N - 1")
@hinted("the variance divides by one less than the count")
def batchnorm_unbiased(x, gamma, beta, bn_param):
    std = np.sqrt(x.var(axis=0, ddof=1) + bn_param["eps"])
    return _by(x.mean(axis=0), std, x, gamma, beta, bn_param)


@wrong("batchnorm_forward", "value", "out", "eps is added to the deviation, not to the variance")
@hinted("eps is added to the deviation, outside the root")
def batchnorm_eps_outside_root(x, gamma, beta, bn_param):
    return _by(x.mean(axis=0), x.std(axis=0) + bn_param["eps"], x, gamma, beta, bn_param)


@wrong("batchnorm_forward", "value", "out", "eps is left out")
@hinted("with eps = 0")
def batchnorm_without_eps(x, gamma, beta, bn_param):
    return _by(x.mean(axis=0), x.std(axis=0), x, gamma, beta, bn_param)


@wrong("batchnorm_forward", "value", "out", "eps is 1e-5, whatever bn_param says")
@hinted("with eps = 1e-05")
def batchnorm_fixed_eps(x, gamma, beta, bn_param):
    return _with_options(x, gamma, beta, bn_param, eps=1e-5)


@wrong("batchnorm_forward", "value", "out", "x is divided by the variance, not the deviation")
@hinted("x is divided by the variance, not by its root")
def batchnorm_over_variance(x, gamma, beta, bn_param):
    return _by(x.mean(axis=0), x.var(axis=0) + bn_param["eps"], x, gamma, beta, bn_param)


@wrong("batchnorm_forward", "value", "out", "the new running statistics are used in training")
@hinted("the new running statistics are used in training")
def batchnorm_trains_on_running(x, gamma, beta, bn_param):
    batchnorm_forward(x, gamma, beta, bn_param)
    return batchnorm_forward(x, gamma, beta, bn_param | {"mode": "test"})


@wrong("batchnorm_forward", "value", "out", "gamma and beta are left out")
@hinted("gamma and beta are left out")
def batchnorm_unscaled(x, gamma, beta, bn_param):
    _, cache = batchnorm_forward(x, gamma, beta, bn_param)
    return _normalized(cache), cache


@wrong(
    "batchnorm_forward",
    "value",
    "out",
    "each row is normalized, and the gradient is right for that",
    also={"batchnorm_backward": layernorm_backward},
)
@hinted("the statistics are taken along the other axis")
def batchnorm_of_rows(x, gamma, beta, bn_param):
    batchnorm_forward(x, gamma, beta, bn_param)
    return layernorm_forward(x, gamma, beta, bn_param)


@warning(
    "batchnorm_forward",
    "cancellation",
    "out",
    "the variance is mean x² - μ², which loses its digits if the mean is large",
)
def batchnorm_difference_of_squares(x, gamma, beta, bn_param):
    mu = x.mean(axis=0)
    var = np.maximum((x**2).mean(axis=0) - mu**2, 0)
    return _by(mu, np.sqrt(var + bn_param["eps"]), x, gamma, beta, bn_param)


@wrong("batchnorm_forward", "crash", "", "squeeze drops the features' axis at D = 1")
def batchnorm_squeezed(x, gamma, beta, bn_param):
    return batchnorm_forward(np.squeeze(x), gamma, beta, bn_param)


@warning("batchnorm_forward", "dtype", "out", "np.ones(D) is float64, and so is what it multiplies")
def batchnorm_float64(x, gamma, beta, bn_param):
    out, cache = batchnorm_forward(x, gamma, beta, bn_param)
    return out * np.ones(x.shape[1]), cache


@warning("batchnorm_forward", "mutation", "x", "x is centred in place")
def batchnorm_overwrites_x(x, gamma, beta, bn_param):
    out, (kept, *rest) = batchnorm_forward(x, gamma, beta, bn_param)
    cache = (kept.copy(), *rest)
    x -= x.mean(axis=0)
    return out, cache


# --- batchnorm, the running statistics ---


@wrong("batchnorm_forward", "value", "running_mean", "momentum and 1 - momentum are swapped")
@hinted("with 1 - momentum for momentum")
def batchnorm_swapped_momentum(x, gamma, beta, bn_param):
    return _with_options(x, gamma, beta, bn_param, momentum=1 - bn_param["momentum"])


@wrong("batchnorm_forward", "value", "running_var", "the running deviation is kept, not variance")
@hinted("the running deviation is kept, not the variance")
def batchnorm_running_deviation(x, gamma, beta, bn_param):
    old, momentum = bn_param["running_var"], bn_param["momentum"]
    answer = batchnorm_forward(x, gamma, beta, bn_param)
    bn_param["running_var"] = momentum * old + (1 - momentum) * x.std(axis=0)
    return answer


@wrong("batchnorm_forward", "value", "running_var", "eps is added to the running variance")
@hinted("eps is added to the variance that is kept")
def batchnorm_eps_in_running(x, gamma, beta, bn_param):
    answer = batchnorm_forward(x, gamma, beta, bn_param)
    bn_param["running_var"] += (1 - bn_param["momentum"]) * bn_param["eps"]
    return answer


@wrong("batchnorm_forward", "value", "running_mean", "the running statistics are never put back")
@hinted("is running_mean, as it was passed in", "is running_var, as it was passed in")
def batchnorm_keeps_running(x, gamma, beta, bn_param):
    return batchnorm_forward(x, gamma, beta, dict(bn_param))


@wrong("batchnorm_forward", "value", "running_var", "the statistics of the last batch are kept")
@hinted("with momentum = 0")
def batchnorm_last_batch(x, gamma, beta, bn_param):
    return _with_options(x, gamma, beta, bn_param, momentum=0)


@warning("batchnorm_forward", "mutation", "running_mean", "the statistics are updated in place")
def batchnorm_running_in_place(x, gamma, beta, bn_param):
    old = {name: bn_param[name] for name in STATISTICS}
    answer = batchnorm_forward(x, gamma, beta, bn_param)
    for name, array in old.items():
        array[...] = bn_param[name]
        bn_param[name] = array
    return answer


# --- batchnorm, the gradients ---


@wrong("batchnorm_backward", "value", "dx", "eps is left out of the backward")
@hinted("eps is left out of the backward")
def batchnorm_eps_in_forward_only(dout, cache):
    x, gamma, beta, mu, _, mode = cache
    return batchnorm_backward(dout, (x, gamma, beta, mu, x.std(axis=0), mode))


@wrong("batchnorm_backward", "value", "dx", "the statistics are taken to be constant")
@hinted("lacks the path through the mean and the path through the variance")
def batchnorm_constant_statistics(dout, cache):
    return batchnorm_backward(dout, (*cache[:-1], "test"))


@wrong("batchnorm_backward", "value", "dx", "the path through the mean is missing")
@hinted("lacks the path through the mean")
def batchnorm_no_path_through_mean(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    return dx + cache[1] / cache[4] * dout.mean(axis=0), dgamma, dbeta


@wrong("batchnorm_backward", "value", "dx", "the path through the variance is missing")
@hinted("lacks the path through the variance")
def batchnorm_no_path_through_variance(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    along = _normalized(cache) * (dout * _normalized(cache)).mean(axis=0)
    return dx + cache[1] / cache[4] * along, dgamma, dbeta


@wrong("batchnorm_backward", "value", "dx", "the variance's factor 2 is forgotten")
@hinted("has only half of the path through the variance")
def batchnorm_half_path_through_variance(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    along = _normalized(cache) * (dout * _normalized(cache)).mean(axis=0)
    return dx + cache[1] / cache[4] * along / 2, dgamma, dbeta


@wrong("batchnorm_backward", "value", "dx", "the means divide by N - 1, as of an unbiased variance")
@hinted("the means of dx divide by N - 1")
def batchnorm_unbiased_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    direct, count = dout * cache[1] / cache[4], len(dout)
    return direct + (dx - direct) * count / (count - 1), dgamma, dbeta


@wrong("batchnorm_backward", "value", "dx", "gamma is left out: right only at gamma = 1")
@hinted("gamma and beta are left out")
def batchnorm_dx_without_gamma(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    return dx / cache[1], dgamma, dbeta


@wrong("batchnorm_backward", "value", "dx", "the means are taken along the rows")
@hinted("the means of dx are taken along the other axis")
def batchnorm_means_of_rows(dout, cache):
    _, dgamma, dbeta = batchnorm_backward(dout, cache)
    x, gamma, beta, _, std, _ = cache
    dx = layernorm_backward(dout, (x, gamma, beta, _normalized(cache), std))[0]
    return dx, dgamma, dbeta


@wrong(
    "batchnorm_backward", "value", "dgamma", "out stands for x̂: right only at gamma = 1, beta = 0"
)
@hinted("out stands for x̂")
def batchnorm_dgamma_of_output(dout, cache):
    dx, _, dbeta = batchnorm_backward(dout, cache)
    out = cache[1] * _normalized(cache) + cache[2]
    return dx, (dout * out).sum(axis=0), dbeta


@wrong("batchnorm_backward", "value", "dgamma", "x is centred, but not divided by the deviation")
@hinted("x - μ stands for x̂, not divided by the deviation")
def batchnorm_dgamma_of_centred(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    return dx, dgamma * cache[4], dbeta


@wrong("batchnorm_backward", "value", "dbeta", "dbeta is averaged over the batch")
@hinted("times exactly 1/N")
def batchnorm_mean_dbeta(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    return dx, dgamma, dbeta / len(dout)


@wrong("batchnorm_backward", "shape", "dbeta", "dbeta is summed over the features")
@hinted("is the sum of dout over axis 1")
def batchnorm_dbeta_of_rows(dout, cache):
    dx, dgamma, _ = batchnorm_backward_alt(dout, cache)
    return dx, dgamma, dout.sum(axis=1)


@warning("batchnorm_backward", "mutation", "dout", "dout is multiplied by gamma in place")
def batchnorm_overwrites_dout(dout, cache):
    answer = batchnorm_backward(dout, cache)
    dout *= cache[1]
    return answer


_last = {}


@wrong(
    "batchnorm_backward",
    "state",
    "dx",
    "the deviation is kept in a global, not in the cache",
    also={
        "batchnorm_forward": lambda *args: (
            answer := batchnorm_forward(*args),
            _last.update(std=answer[1][4]),
        )[0]
    },
)
def batchnorm_global_deviation(dout, cache):
    return batchnorm_backward(dout, (*cache[:4], _last["std"], cache[5]))


# --- batchnorm_test ---


def wrong_in_test(kind, quantity, about):
    """Wrong in test mode."""
    return wrong("batchnorm_forward", kind, quantity, about, layer="batchnorm_test")


@wrong_in_test("value", "out", "gamma and beta are left out in test mode")
@hinted("gamma and beta are left out")
def batchnorm_test_unscaled(x, gamma, beta, bn_param):
    return batchnorm_forward(x, np.ones_like(gamma), np.zeros_like(beta), bn_param)


@wrong_in_test("value", "out", "gamma is left out in test mode")
@hinted("gamma is left out (as if it were 1)")
def batchnorm_test_without_gamma(x, gamma, beta, bn_param):
    return batchnorm_forward(x, np.ones_like(gamma), beta, bn_param)


@wrong_in_test("value", "out", "eps is left out in test mode")
@hinted("with eps = 0")
def batchnorm_test_without_eps(x, gamma, beta, bn_param):
    return batchnorm_forward(x, gamma, beta, bn_param | {"eps": 0.0})


@wrong_in_test("value", "out", "the statistics of the batch are used in test mode")
@hinted("the statistics of the batch are used, as in training")
def batchnorm_test_of_batch(x, gamma, beta, bn_param):
    return batchnorm_forward(x, gamma, beta, bn_param | {"mode": "train"})


@wrong_in_test("value", "out", "the running variance is taken for a deviation")
@hinted("the running variance is taken for a deviation")
def batchnorm_test_over_variance(x, gamma, beta, bn_param):
    squared = bn_param["running_var"] ** 2
    return batchnorm_forward(x, gamma, beta, bn_param | {"running_var": squared})


@wrong_in_test("value", "out", "the running mean is not subtracted")
@hinted("running_mean is left out (as if it were 0)")
def batchnorm_test_uncentred(x, gamma, beta, bn_param):
    return batchnorm_forward(x + bn_param["running_mean"], gamma, beta, bn_param)


@wrong_in_test("value", "running_mean", "the running statistics move in test mode, too")
@hinted("the running statistics move in test mode, too")
def batchnorm_test_updates_running(x, gamma, beta, bn_param):
    answer = batchnorm_forward(x, gamma, beta, bn_param)
    batchnorm_forward(x, gamma, beta, trained := bn_param | {"mode": "train"})
    bn_param.update({name: trained[name] for name in STATISTICS})
    return answer


@wrong_in_test("arity", "", "only the output is returned in test mode")
def batchnorm_test_only_output(x, gamma, beta, bn_param):
    return batchnorm_forward(x, gamma, beta, bn_param)[0]


@warning(
    "batchnorm_forward", "empty", "", "1/N fails at N = 0 in test mode, too", layer="batchnorm_test"
)
def batchnorm_test_division_by_zero(x, gamma, beta, bn_param):
    answer = batchnorm_forward(x, gamma, beta, bn_param)
    _ = 1 / len(x)
    return answer
