"""Wrong root mean square normalisations."""

import numpy as np

from impl_numpy import rmsnorm_backward, rmsnorm_forward
from mutants import hinted, warning, wrong
from mutants.arithmetic import row_mean

# --- rmsnorm, the output ---


def _by(rms, x, gamma):
    return gamma * (x / rms), (x, gamma, x / rms, rms)


@wrong("rmsnorm_forward", "value", "out", "the mean is subtracted, as in layer normalisation")
@hinted("the mean is subtracted, as in layer normalisation")
def rmsnorm_centred(x, gamma, rms_param):
    return rmsnorm_forward(x - row_mean(x), gamma, rms_param)


@wrong("rmsnorm_forward", "value", "out", "the squares are summed, not averaged")
@hinted("the squares are summed, not averaged")
def rmsnorm_of_sum(x, gamma, rms_param):
    total = (x**2).sum(axis=1, keepdims=True)
    return _by(np.sqrt(total + rms_param["eps"]), x, gamma)


@wrong("rmsnorm_forward", "value", "out", "x is divided by the mean square: the root is missing")
@hinted("x is divided by the mean square, not by its root")
def rmsnorm_without_root(x, gamma, rms_param):
    return _by(row_mean(x**2) + rms_param["eps"], x, gamma)


@wrong("rmsnorm_forward", "value", "out", "eps is added to the root, not inside it")
@hinted("eps is added outside the root")
def rmsnorm_eps_outside_root(x, gamma, rms_param):
    return _by(np.sqrt(row_mean(x**2)) + rms_param["eps"], x, gamma)


@wrong("rmsnorm_forward", "nonfinite", "out", "eps is left out: 0/0 in a row of zeros")
@hinted("eps is left out")
def rmsnorm_without_eps(x, gamma, rms_param):
    return rmsnorm_forward(x, gamma, {"eps": 0.0})


@wrong("rmsnorm_forward", "value", "out", "eps is 1e-5, whatever rms_param says")
@hinted("with eps = 1e-05")
def rmsnorm_fixed_eps(x, gamma, rms_param):
    return rmsnorm_forward(x, gamma, {"eps": 1e-5})


@wrong("rmsnorm_forward", "value", "out", "the mean square is of each column")
@hinted("the mean square is of each column")
def rmsnorm_of_columns(x, gamma, rms_param):
    mean = (x**2).sum(axis=0) / x.dtype.type(max(len(x), 1))
    return _by(np.sqrt(mean + rms_param["eps"]), x, gamma)


@wrong("rmsnorm_forward", "value", "out", "the mean of |x| stands for the root mean square")
@hinted("the mean of |x| stands for the root mean square")
def rmsnorm_of_magnitudes(x, gamma, rms_param):
    return _by(row_mean(np.abs(x)) + rms_param["eps"], x, gamma)


# --- rmsnorm, the gradients ---


@wrong("rmsnorm_backward", "value", "dx", "the root is taken to be constant")
@hinted("lacks the path through the root")
def rmsnorm_constant_root(dout, cache):
    _, gamma, _, rms = cache
    return dout * gamma / rms, rmsnorm_backward(dout, cache)[1]


@wrong("rmsnorm_backward", "value", "dx", "the second term is added, not subtracted")
@hinted("has the path through the root with the wrong sign")
def rmsnorm_wrong_sign(dout, cache):
    dx, dgamma = rmsnorm_backward(dout, cache)
    return 2 * rmsnorm_constant_root(dout, cache)[0] - dx, dgamma


@wrong("rmsnorm_backward", "value", "dx", "the second term is a sum, not a mean")
@hinted("the second term of dx is a sum, not a mean")
def rmsnorm_sum_for_mean(dout, cache):
    dx, dgamma = rmsnorm_backward(dout, cache)
    direct = rmsnorm_constant_root(dout, cache)[0]
    return direct + (dx - direct) * dout.shape[1], dgamma


@wrong("rmsnorm_backward", "value", "dx", "gamma is applied last: right only if it is constant")
@hinted("gamma is multiplied in last, after the mean")
def rmsnorm_gamma_last(dout, cache):
    x, gamma, normalized, rms = cache
    dx, _ = rmsnorm_backward(dout, (x, np.ones_like(gamma), normalized, rms))
    return dx * gamma, rmsnorm_backward(dout, cache)[1]


@wrong("rmsnorm_backward", "value", "dx", "the mean of dx̂ is subtracted, as in layernorm")
@hinted("the mean of γ·dout is subtracted, as in layer normalisation")
def rmsnorm_centred_backward(dout, cache):
    dx, dgamma = rmsnorm_backward(dout, cache)
    return dx - row_mean(dout * cache[1]) / cache[3], dgamma


@wrong("rmsnorm_backward", "nonfinite", "dx", "eps is left out of the backward")
@hinted("eps is left out of the backward")
def rmsnorm_eps_in_forward_only(dout, cache):
    x, gamma, normalized, _ = cache
    return rmsnorm_backward(dout, (x, gamma, normalized, np.sqrt(row_mean(x**2))))


@wrong("rmsnorm_backward", "value", "dgamma", "x stands for x̂")
@hinted("x stands for x̂")
def rmsnorm_dgamma_of_x(dout, cache):
    return rmsnorm_backward(dout, cache)[0], (dout * cache[0]).sum(axis=0)


@wrong("rmsnorm_backward", "value", "dgamma", "out stands for x̂: right only at gamma = 1")
@hinted("out stands for x̂")
def rmsnorm_dgamma_of_output(dout, cache):
    dx, dgamma = rmsnorm_backward(dout, cache)
    return dx, dgamma * cache[1]


@warning("rmsnorm_backward", "mutation", "dout", "dout is multiplied by gamma in place")
def rmsnorm_overwrites_dout(dout, cache):
    answer = rmsnorm_backward(dout, cache)
    dout *= cache[1]
    return answer


@warning("rmsnorm_backward", "alias", "dx", "dx is written into the memory of dout")
def rmsnorm_dx_in_dout(dout, cache):
    dx, dgamma = rmsnorm_backward(dout, cache)
    dout[...] = dx
    return dout, dgamma
