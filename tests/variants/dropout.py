"""Right dropouts."""

import numpy as np

from impl_numpy import dropout_backward, dropout_forward
from impl_numpy.precision import widened
from variants import variant


@variant("dropout", "the course's own: the mask holds 1/p, drawn from NumPy's global generator")
def dropout_course():
    def forward(x, dropout_param):
        np.random.seed(dropout_param["seed"])
        p = dropout_param["p"]
        mask = (np.random.rand(*x.shape) < p) / p
        return (x * mask).astype(x.dtype), mask

    def backward(dout, cache):
        return (dout * cache).astype(dout.dtype)

    return forward, backward


@variant("dropout", "by np.random.binomial; scaled by 1/p in the dtype of x")
def dropout_binomial():
    def forward(x, dropout_param):
        rng, p = np.random.RandomState(dropout_param["seed"]), dropout_param["p"]
        mask = rng.binomial(1, p, x.shape).astype(bool)
        return np.where(mask, widened(x) / p, 0).astype(x.dtype), (mask, p)

    return forward, dropout_backward


@variant("dropout", "a loop over the elements, without any seed")
def dropout_loop():
    def forward(x, dropout_param):
        rng, out, kept = np.random.default_rng(), np.zeros_like(x), []
        for index in np.ndindex(x.shape):
            if rng.random() < dropout_param["p"]:
                out[index] = widened(x)[index] / dropout_param["p"]
                kept.append(index)
        return out, (kept, dropout_param["p"])

    def backward(dout, cache):
        dx, (kept, p) = np.zeros_like(dout), cache
        for index in kept:
            dx[index] = widened(dout)[index] / p
        return dx

    return forward, backward


@variant("dropout", "p is the probability to drop an element", warnings=["convention"])
def dropout_drops_with_p():
    def forward(x, dropout_param):
        return dropout_forward(x, dropout_param | {"p": 1 - dropout_param["p"]})

    return forward, dropout_backward


@variant("dropout_test", "x and dout themselves are passed through", warnings=["alias"])
def dropout_test_passes_through():
    return (lambda x, dropout_param: (x, None)), (lambda dout, cache: dout)


@variant("dropout_test", "times a mask of ones")
def dropout_test_mask_of_ones():
    def forward(x, dropout_param):
        mask = np.ones(x.shape, x.dtype)
        return x * mask, mask

    return forward, lambda dout, cache: dout * cache


@variant("dropout_test", "copies")
def dropout_test_copies():
    return (
        lambda x, dropout_param: (np.array(x), ()),
        lambda dout, cache: np.array(dout),
    )
