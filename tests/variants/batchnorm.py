"""Right batch normalisations."""

import numpy as np

from impl_numpy import batchnorm_backward, batchnorm_backward_alt, batchnorm_forward
from impl_numpy.precision import widened
from variants import single_variant, variant
from variants.arithmetic import cast


def _update(bn_param, mean, var):
    """The running statistics, as the course has them."""
    momentum = bn_param["momentum"]
    for name, batch in (("running_mean", mean), ("running_var", var)):
        old = bn_param[name]
        bn_param[name] = (momentum * widened(old) + (1 - momentum) * batch).astype(old.dtype)


@variant("batchnorm", "the computational graph node by node, as Kratzert's well-known post has it")
def batchnorm_graph():
    def forward(x, gamma, beta, bn_param):
        rows, count, eps = widened(x), len(x), bn_param["eps"]
        mu = 1 / count * np.sum(rows, axis=0)
        centred = rows - mu
        var = 1 / count * np.sum(centred**2, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1 / sqrtvar
        normalized = centred * ivar
        _update(bn_param, mu, var)
        out = widened(gamma) * normalized + widened(beta)
        cache = normalized, gamma, centred, ivar, sqrtvar, var, eps
        return out.astype(x.dtype), cache

    def backward(dout, cache):
        normalized, gamma, centred, ivar, sqrtvar, var, eps = cache
        upstream, (count, _) = widened(dout), dout.shape
        dbeta = np.sum(upstream, axis=0)
        dgamma = np.sum(upstream * normalized, axis=0)
        dnormalized = upstream * widened(gamma)
        divar = np.sum(dnormalized * centred, axis=0)
        dcentred = dnormalized * ivar
        dsqrtvar = -1 / sqrtvar**2 * divar
        dvar = 0.5 * 1 / np.sqrt(var + eps) * dsqrtvar
        dsquares = 1 / count * np.ones_like(upstream) * dvar
        dcentred += 2 * centred * dsquares
        dmu = -1 * np.sum(dcentred, axis=0)
        dx = dcentred + 1 / count * np.ones_like(upstream) * dmu
        return cast((dx, dgamma, dbeta), dout.dtype)

    return forward, backward


@variant("batchnorm", "the paper's equations, with (var + eps)**-1.5")
def batchnorm_paper():
    def backward(dout, cache):
        x, gamma, _, mu, std, _ = cache
        upstream, centred, var = widened(dout), widened(x) - mu, std**2
        count = len(x)
        dnormalized = upstream * widened(gamma)
        dvar = np.sum(dnormalized * centred * -0.5 * var**-1.5, axis=0)
        dmu = np.sum(-dnormalized / std, axis=0) + dvar * np.mean(-2.0 * centred, axis=0)
        dx = dnormalized / std + dvar * 2.0 * centred / count + dmu / count
        dgamma = np.sum(upstream * centred / std, axis=0)
        return cast((dx, dgamma, upstream.sum(axis=0)), dout.dtype)

    return batchnorm_forward, backward


@variant("batchnorm", "the one line that many solutions have for batchnorm_backward_alt")
def batchnorm_one_line():
    def backward(dout, cache):
        x, gamma, _, mu, std, _ = cache
        upstream, normalized = widened(dout), (widened(x) - mu) / std
        dgamma, dbeta = (upstream * normalized).sum(axis=0), upstream.sum(axis=0)
        dx = (
            (1.0 / len(x))
            * widened(gamma)
            / std
            * (len(x) * upstream - dbeta - normalized * dgamma)
        )
        return cast((dx, dgamma, dbeta), dout.dtype)

    return batchnorm_forward, backward


@variant("batchnorm", "the Jacobian of each feature, N by N")
def batchnorm_jacobian():
    def backward(dout, cache):
        x, gamma, _, mu, std, _ = cache
        upstream, normalized, count = widened(dout), (widened(x) - mu) / std, len(x)
        dx = np.empty_like(upstream)
        for d in range(x.shape[1]):
            along = np.outer(normalized[:, d], normalized[:, d])
            jacobian = (np.eye(count, dtype=upstream.dtype) - (1 + along) / count) / std[d]
            dx[:, d] = jacobian @ (upstream[:, d] * widened(gamma)[d])
        dgamma, dbeta = (upstream * normalized).sum(axis=0), upstream.sum(axis=0)
        return cast((dx, dgamma, dbeta), dout.dtype)

    return batchnorm_forward, backward


@variant("batchnorm", "folded into one product and one sum, by np.var")
def batchnorm_folded():
    def forward(x, gamma, beta, bn_param):
        rows = widened(x)
        mean, var = np.mean(rows, axis=0), np.var(rows, axis=0)
        std = np.sqrt(var + bn_param["eps"])
        scale = widened(gamma) / std
        _update(bn_param, mean, var)
        out = rows * scale + (widened(beta) - mean * scale)
        return out.astype(x.dtype), (x, gamma, beta, mean, std, "train")

    return forward, batchnorm_backward_alt


@variant(
    "batchnorm",
    "loops over the features, examples and sums, the running statistics updated in place",
    warnings=["mutation", "layout"],
)
def batchnorm_loops():
    def forward(x, gamma, beta, bn_param):
        rows, (count, features) = widened(x), x.shape
        mean, var = np.zeros((2, features), rows.dtype)
        for d in range(features):
            for value in rows[:, d]:
                mean[d] += value / count
            for value in rows[:, d]:
                var[d] += (value - mean[d]) ** 2 / count
        for name, batch in (("running_mean", mean), ("running_var", var)):
            kept = bn_param["momentum"] * widened(bn_param[name])
            bn_param[name][...] = kept + (1 - bn_param["momentum"]) * batch
        std = np.sqrt(var + bn_param["eps"])
        out = np.empty_like(rows)
        for n, d in np.ndindex(count, features):
            out[n, d] = widened(gamma)[d] * (rows[n, d] - mean[d]) / std[d] + widened(beta)[d]
        return out.astype(x.dtype), (x, gamma, beta, mean, std, "train")

    return forward, batchnorm_backward


@variant("batchnorm", "statistics and gradients of shape (1, D), by keepdims", warnings=["shape"])
def batchnorm_keepdims():
    def forward(x, gamma, beta, bn_param):
        answer = batchnorm_forward(x, gamma, beta, bn_param)
        for name in ("running_mean", "running_var"):
            bn_param[name] = bn_param[name][np.newaxis]
        return answer

    def backward(dout, cache):
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dx, dgamma[np.newaxis], dbeta[np.newaxis]

    return forward, backward


@variant("batchnorm", "the running variance is unbiased, as torch's", warnings=["convention"])
def batchnorm_unbiased_running():
    def forward(x, gamma, beta, bn_param):
        old, momentum = widened(bn_param["running_var"]), bn_param["momentum"]
        answer = batchnorm_forward(x, gamma, beta, bn_param)
        unbiased = widened(x).var(axis=0, ddof=1)
        bn_param["running_var"] = (momentum * old + (1 - momentum) * unbiased).astype(x.dtype)
        return answer

    return forward, batchnorm_backward


@variant("batchnorm", "new = old + (1 - momentum)·(batch - old)")
def batchnorm_moving_average():
    def forward(x, gamma, beta, bn_param):
        old = {name: widened(bn_param[name]) for name in ("running_mean", "running_var")}
        answer = batchnorm_forward(x, gamma, beta, bn_param)
        rows, rate = widened(x), 1 - bn_param["momentum"]
        for (name, kept), batch in zip(
            old.items(), (rows.mean(axis=0), rows.var(axis=0)), strict=True
        ):
            bn_param[name] = (kept + rate * (batch - kept)).astype(x.dtype)
        return answer

    return forward, batchnorm_backward


@single_variant("batchnorm_test", "folded into one product and one sum")
def batchnorm_test_folded(x, gamma, beta, bn_param):
    mean, var = (widened(bn_param[name]) for name in ("running_mean", "running_var"))
    scale = widened(gamma) / np.sqrt(var + bn_param["eps"])
    out = widened(x) * scale + (widened(beta) - mean * scale)
    return out.astype(x.dtype), None


@single_variant("batchnorm_test", "the statistics copied back, as the course's code does")
def batchnorm_test_puts_back(x, gamma, beta, bn_param):
    answer = batchnorm_forward(x, gamma, beta, bn_param)
    for name in ("running_mean", "running_var"):
        bn_param[name] = bn_param[name].copy()
    return answer


@single_variant("batchnorm_test", "a loop over the examples")
def batchnorm_test_loop(x, gamma, beta, bn_param):
    mean, var = (widened(bn_param[name]) for name in ("running_mean", "running_var"))
    out = np.empty_like(x)
    for n in range(len(x)):
        normalized = (widened(x[n]) - mean) * (var + bn_param["eps"]) ** -0.5
        out[n] = widened(gamma) * normalized + widened(beta)
    return out, {}
