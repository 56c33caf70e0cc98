"""Wrong dropouts."""

import numpy as np

from impl_numpy import dropout_backward, dropout_forward
from mutants import hinted, warning, wrong

# --- dropout, the scale ---


def _masked_backward(dout, cache):
    """dout times whatever was kept in the cache."""
    return dout * cache


def _random(x, dropout_param, shape=None):
    rng = np.random.RandomState(dropout_param["seed"])
    return rng.random_sample(x.shape if shape is None else shape)


def _by(mask, x):
    mask = np.broadcast_to(mask, x.shape).astype(x.dtype)
    return x * mask, mask


def wrong_mask(kind, quantity, about):
    """A wrong forward whose gradient is right for it."""
    return wrong(
        "dropout_forward", kind, quantity, about, also={"dropout_backward": _masked_backward}
    )


@wrong_mask("value", "out", "what is kept is not divided by p: dropout of the original paper")
@hinted("times exactly p")
def dropout_not_inverted(x, dropout_param):
    return _by(_random(x, dropout_param) < dropout_param["p"], x)


@wrong_mask("value", "out", "what is kept is multiplied by p")
@hinted("times exactly p²")
def dropout_times_p(x, dropout_param):
    p = dropout_param["p"]
    return _by((_random(x, dropout_param) < p) * p, x)


@wrong_mask("value", "out", "what is kept is divided by p twice")
@hinted("times exactly 1/p")
def dropout_scaled_twice(x, dropout_param):
    p = dropout_param["p"]
    return _by((_random(x, dropout_param) < p) / p**2, x)


@wrong_mask("value", "out", "what is kept is divided by 1/2: right only at p = 0.5")
@hinted("times exactly 2·p")
def dropout_scaled_by_half(x, dropout_param):
    return _by((_random(x, dropout_param) < dropout_param["p"]) / 0.5, x)


@wrong_mask("mask", "out", "kept with p, but divided by 1 - p: right only at p = 0.5")
@hinted("times exactly p/(1 - p)")
def dropout_scaled_by_complement(x, dropout_param):
    p = dropout_param["p"]
    return _by((_random(x, dropout_param) < p) / (1 - p), x)


@wrong_mask("mask", "out", "kept with 1 - p, but divided by p: right only at p = 0.5")
def dropout_keeps_complement(x, dropout_param):
    p = dropout_param["p"]
    return _by((_random(x, dropout_param) > p) / p, x)


# --- dropout, the mask ---


@wrong_mask("mask", "out", "everything is kept")
def dropout_keeps_all(x, dropout_param):
    return _by(np.ones(x.shape) / dropout_param["p"], x)


@wrong_mask("mask", "out", "nothing is kept")
def dropout_keeps_nothing(x, dropout_param):
    return _by(np.zeros(x.shape), x)


@wrong_mask("mask", "out", "normal, not uniform numbers are compared with p")
def dropout_of_normal_numbers(x, dropout_param):
    p = dropout_param["p"]
    return _by((np.random.RandomState(dropout_param["seed"]).randn(*x.shape) < p) / p, x)


@wrong_mask("mask", "out", "half of the elements are kept, whatever p is")
def dropout_keeps_half(x, dropout_param):
    return _by((_random(x, dropout_param) < 0.5) / dropout_param["p"], x)


@wrong_mask("mask", "out", "one mask is drawn for all examples")
def dropout_mask_of_one_row(x, dropout_param):
    p = dropout_param["p"]
    return _by((_random(x, dropout_param, x.shape[1:]) < p) / p, x)


@wrong_mask("mask", "out", "whole examples are dropped")
def dropout_of_rows(x, dropout_param):
    p, shape = dropout_param["p"], (len(x),) + (1,) * (x.ndim - 1)
    return _by((_random(x, dropout_param, shape) < p) / p, x)


@wrong_mask("value", "out", "dropped elements are made small, not 0")
def dropout_leaks(x, dropout_param):
    p = dropout_param["p"]
    return _by(np.where(_random(x, dropout_param) < p, 1 / p, 1e-3), x)


@wrong("dropout_forward", "value", "out", "the modes are swapped: nothing happens in training")
@hinted("is x, as it was passed in", "is dout, as it was passed in")
def dropout_swapped_modes(x, dropout_param):
    return dropout_forward(x, dropout_param | {"mode": "test"})


@wrong(
    "dropout_forward", "mask", "out", "the mask is read from the output, which is also 0 where x is"
)
def dropout_mask_of_output(x, dropout_param):
    out, (_, p) = dropout_forward(x, dropout_param)
    return out, (out != 0, p)


# --- dropout, the gradient ---


@wrong("dropout_backward", "value", "dx", "the mask is not applied in the backward")
@hinted("wrong only where the right answer is 0: there it is dout/p")
def dropout_unmasked_backward(dout, cache):
    return dout / cache[1]


@wrong("dropout_backward", "value", "dx", "dout is passed through")
@hinted("is dout, as it was passed in")
def dropout_passes_dout(dout, cache):
    return dout.copy()


@wrong("dropout_backward", "value", "dx", "the scale is left out of the backward")
@hinted("times exactly p")
def dropout_unscaled_backward(dout, cache):
    return dout * cache[0]


@wrong("dropout_backward", "value", "dx", "the scale is applied twice in the backward")
@hinted("times exactly 1/p")
def dropout_backward_scaled_twice(dout, cache):
    return dropout_backward(dout, cache) / cache[1]


@wrong("dropout_backward", "value", "dx", "another mask is drawn in the backward")
def dropout_redrawn_mask(dout, cache):
    mask, p = cache
    return dropout_backward(dout, (mask.ravel()[::-1].reshape(mask.shape), p))


@wrong("dropout_backward", "value", "dx", "the backward scales by 1 - p, right only at p = 0.5")
@hinted("times exactly p/(1 - p)")
def dropout_backward_by_complement(dout, cache):
    mask, p = cache
    return dout * mask / (1 - p)


@warning("dropout_backward", "dtype", "dx", "the mask is float64, and so is what it multiplies")
def dropout_float64_mask(dout, cache):
    return dropout_backward(dout, cache).astype(np.float64)


@warning("dropout_backward", "mutation", "dout", "dout is masked in place")
def dropout_overwrites_dout(dout, cache):
    dout *= cache[0]
    return dropout_backward(dout, cache)


_last = {}


@wrong(
    "dropout_backward",
    "state",
    "dx",
    "an unseeded mask is kept in a global, not in the cache",
    also={
        "dropout_forward": lambda x, dropout_param: (
            answer := dropout_forward(x, dropout_param | {"seed": None}),
            _last.update(cache=answer[1]),
        )[0]
    },
)
def dropout_global_mask(dout, cache):
    return dropout_backward(dout, _last["cache"])


# --- dropout_test ---


def wrong_in_test(function, kind, quantity, about):
    """Wrong in test mode."""
    return wrong(function, kind, quantity, about, layer="dropout_test")


@wrong_in_test("dropout_forward", "value", "out", "elements are dropped in test mode, too")
def dropout_test_drops(x, dropout_param):
    return dropout_forward(x, dropout_param | {"mode": "train"})


@wrong_in_test("dropout_forward", "value", "out", "x is multiplied by p in test mode, too")
@hinted("times exactly p")
def dropout_test_times_p(x, dropout_param):
    return x * x.dtype.type(dropout_param["p"]), dropout_forward(x, dropout_param)[1]


@wrong_in_test("dropout_backward", "value", "dx", "dout is divided by p in test mode, too")
@hinted("times exactly 1/p")
def dropout_test_scaled_backward(dout, cache):
    return dout / cache[1]


@warning(
    "dropout_backward", "unfinished", "", "nothing is returned in test mode", layer="dropout_test"
)
def dropout_test_no_backward(dout, cache):
    return None


@warning("dropout_forward", "alias", "out", "x itself is returned", layer="dropout_test")
def dropout_test_returns_x(x, dropout_param):
    return x, dropout_forward(x, dropout_param)[1]
