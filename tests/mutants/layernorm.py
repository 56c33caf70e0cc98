"""Wrong layer normalisations."""

import numpy as np

from impl_numpy import layernorm_backward, layernorm_forward
from impl_numpy.standardize import standardize, standardize_backward
from mutants import hinted, warning, wrong
from mutants.arithmetic import row_mean


def _by(mu, std, x, gamma, beta):
    normalized = (x - mu) / std
    return gamma * normalized + beta, (x, gamma, beta, normalized, std)


# --- layernorm, the output ---


def _of_columns_backward(dout, cache):
    _, gamma, _, normalized, std = cache
    dx = standardize_backward(dout * gamma, normalized, std, 0)
    return dx, (dout * normalized).sum(axis=0), dout.sum(axis=0)


@wrong(
    "layernorm_forward",
    "value",
    "out",
    "each column is normalized as in batch normalisation, and the gradient is right for that",
    also={"layernorm_backward": _of_columns_backward},
)
@hinted("the statistics are taken along the other axis")
def layernorm_of_columns(x, gamma, beta, ln_param):
    normalized, std = standardize(x, 0, ln_param["eps"])
    return gamma * normalized + beta, (x, gamma, beta, normalized, std)


@wrong("layernorm_forward", "value", "out", "the variance divides by D - 1")
@hinted("the variance divides by one less than the count")
def layernorm_unbiased(x, gamma, beta, ln_param):
    var = ((x - row_mean(x)) ** 2).sum(axis=1, keepdims=True) / max(x.shape[1] - 1, 1)
    return _by(row_mean(x), np.sqrt(var + ln_param["eps"]), x, gamma, beta)


@wrong("layernorm_forward", "nonfinite", "out", "eps is left out: 0/0 in a constant row")
@hinted("with eps = 0")
def layernorm_without_eps(x, gamma, beta, ln_param):
    return layernorm_forward(x, gamma, beta, {"eps": 0.0})


@wrong("layernorm_forward", "value", "out", "eps is added to the deviation, not to the variance")
@hinted("eps is added to the deviation, outside the root")
def layernorm_eps_outside_root(x, gamma, beta, ln_param):
    std = x.std(axis=1, keepdims=True) + ln_param["eps"]
    return _by(row_mean(x), std, x, gamma, beta)


@wrong("layernorm_forward", "value", "out", "eps is 1e-5, whatever ln_param says")
@hinted("with eps = 1e-05")
def layernorm_fixed_eps(x, gamma, beta, ln_param):
    return layernorm_forward(x, gamma, beta, {"eps": 1e-5})


@wrong("layernorm_forward", "value", "out", "the mean and the variance are of the whole batch")
@hinted("the statistics are those of the whole batch")
def layernorm_of_batch(x, gamma, beta, ln_param):
    std = np.sqrt(np.full((len(x), 1), x.var(), x.dtype) + ln_param["eps"])
    return _by(x.mean() if x.size else 0, std, x, gamma, beta)


@wrong("layernorm_forward", "crash", "", "the row statistics drop their axis: no broadcasting")
def layernorm_no_keepdims(x, gamma, beta, ln_param):
    return _by(x.mean(axis=1), np.sqrt(x.var(axis=1) + ln_param["eps"]), x, gamma, beta)


@warning(
    "layernorm_forward",
    "cancellation",
    "out",
    "the variance is mean x² - μ², which loses its digits if the mean is large",
)
def layernorm_difference_of_squares(x, gamma, beta, ln_param):
    var = np.maximum(row_mean(x**2) - row_mean(x) ** 2, 0)
    return _by(row_mean(x), np.sqrt(var + ln_param["eps"]), x, gamma, beta)


@warning("layernorm_forward", "mutation", "x", "x is centred in place")
def layernorm_overwrites_x(x, gamma, beta, ln_param):
    out, (_, *cache) = layernorm_forward(x, gamma, beta, ln_param)
    kept = x.copy()
    x -= row_mean(x)
    return out, (kept, *cache)


@wrong("layernorm_forward", "value", "out", "eps is looked for under another key: 1e-12 instead")
@hinted('with eps = 1e-12, whatever the case says. Likely ln_param["eps"] is never read')
def layernorm_other_key(x, gamma, beta, ln_param):
    return layernorm_forward(x, gamma, beta, {"eps": ln_param.get("epsilon", 1e-12)})


# --- layernorm, the gradients ---


@wrong("layernorm_backward", "value", "dx", "gamma is applied last, as in batch normalisation")
@hinted("gamma is multiplied in last, after the means")
def layernorm_gamma_last(dout, cache):
    _, dgamma, dbeta = layernorm_backward(dout, cache)
    _, gamma, _, normalized, std = cache
    return gamma * standardize_backward(dout, normalized, std, 1), dgamma, dbeta


@wrong("layernorm_backward", "value", "dx", "gamma is left out: right only at gamma = 1")
@hinted("gamma and beta are left out")
def layernorm_dx_without_gamma(dout, cache):
    _, dgamma, dbeta = layernorm_backward(dout, cache)
    return standardize_backward(dout, *cache[3:], 1), dgamma, dbeta


@wrong("layernorm_backward", "value", "dx", "the means are taken over the batch, as of batchnorm")
@hinted("the means of dx are taken along the other axis")
def layernorm_means_of_columns(dout, cache):
    _, dgamma, dbeta = layernorm_backward(dout, cache)
    return standardize_backward(dout * cache[1], *cache[3:], 0), dgamma, dbeta


@wrong("layernorm_backward", "value", "dx", "the sums are divided by N, not by D")
@hinted("the means of dx divide by N, not by D")
def layernorm_means_over_count(dout, cache):
    dx, dgamma, dbeta = layernorm_backward(dout, cache)
    direct = dout * cache[1] / cache[4]
    return direct + (dx - direct) * (dout.shape[1] / max(len(dout), 1)), dgamma, dbeta


@wrong("layernorm_backward", "value", "dx", "eps is left out of the backward")
@hinted("eps is left out of what the backward divides by")
def layernorm_eps_in_forward_only(dout, cache):
    x, gamma, beta, normalized, std = cache
    own = np.where(x.shape[1] > 1, x.std(axis=1, keepdims=True), std)
    return layernorm_backward(dout, (x, gamma, beta, normalized, own))


@wrong("layernorm_backward", "value", "dx", "the path through the mean is missing")
@hinted("lacks the path through the mean")
def layernorm_no_path_through_mean(dout, cache):
    dx, dgamma, dbeta = layernorm_backward(dout, cache)
    return dx + row_mean(dout * cache[1]) / cache[4], dgamma, dbeta


@wrong("layernorm_backward", "value", "dx", "the path through the variance is missing")
@hinted("lacks the path through the variance")
def layernorm_no_path_through_variance(dout, cache):
    dx, dgamma, dbeta = layernorm_backward(dout, cache)
    _, gamma, _, normalized, std = cache
    return dx + normalized * row_mean(dout * gamma * normalized) / std, dgamma, dbeta


@wrong(
    "layernorm_backward", "value", "dgamma", "out stands for x̂: right only at gamma = 1, beta = 0"
)
@hinted("out stands for x̂")
def layernorm_dgamma_of_output(dout, cache):
    dx, _, dbeta = layernorm_backward(dout, cache)
    _, gamma, beta, normalized, _ = cache
    return dx, (dout * (gamma * normalized + beta)).sum(axis=0), dbeta


@wrong("layernorm_backward", "shape", "dgamma", "dgamma is summed along the rows")
@hinted("dgamma is summed along the rows")
def layernorm_dgamma_of_rows(dout, cache):
    dx, _, dbeta = layernorm_backward(dout, cache)
    return dx, (dout * cache[3]).sum(axis=1), dbeta


@wrong("layernorm_backward", "value", "dbeta", "dbeta is averaged over the batch")
@hinted("times exactly 1/N")
def layernorm_mean_dbeta(dout, cache):
    dx, dgamma, dbeta = layernorm_backward(dout, cache)
    return dx, dgamma, dbeta / max(len(dout), 1)


@warning("layernorm_backward", "dtype", "dgamma", "dgamma is summed into np.zeros(D): float64")
def layernorm_float64_buffer(dout, cache):
    dx, dgamma, dbeta = layernorm_backward(dout, cache)
    return dx, np.zeros(dgamma.shape) + dgamma, dbeta


@warning("layernorm_backward", "mutation", "dout", "dout is multiplied by gamma in place")
def layernorm_overwrites_dout(dout, cache):
    answer = layernorm_backward(dout, cache)
    dout *= cache[1]
    return answer
