"""Inverted dropout: an element is kept with probability p, and divided by p.

N. Srivastava et al., "Dropout", JMLR 2014, section 10, as Caffe and the course write it. Which
elements are kept is the candidate's to draw: the references keep all, and ``crosscheck.dropped``
reads its mask.
"""

from collections.abc import Iterator

import numpy as np

from crosscheck.calling import Bundle
from crosscheck.layer import Alternative, Arrays, Input, Layer, Output, Point
from crosscheck.scenario import FORMS


def all_kept(x, *, p, seed):
    """From the formula, with a mask of ones."""
    return x / p


def identity(x, *, p, seed):
    """What both frameworks' dropout is outside of training."""
    return x


def dropped_with_p(
    expected: np.ndarray, inputs: Arrays, cotangents: Arrays, *, p: float, seed: int
) -> Iterator[np.ndarray]:
    """What out is if an element is kept with probability 1 - p."""
    yield expected * (p / (1 - p))


def dropout_param(mode: str) -> Bundle:
    """The course's dict."""
    return Bundle("dropout_param", ("p", "seed"), {"mode": mode})


dropout = Layer(
    name="dropout",
    formula="out = x·mask/p    dx = dout·mask/p",
    inputs=(Input("x", "*s"),),
    outputs=(Output("out", "*s"),),
    points=(
        Point(
            {"s": (7, 11), "p": 0.8, "seed": 231},
            scenarios=("normal", "kinks", "large", *FORMS),
            seeds=(0, 1),
        ),
        # Large enough that the fraction kept tells p from 1 - p.
        Point({"s": (17, 23), "p": 0.3, "seed": 5}),
        Point({"s": (17, 23), "p": 0.8, "seed": 42}),
        Point({"s": (5, 3, 2, 7), "p": 0.3, "seed": 7}),
        Point({"s": (13,), "p": 0.8, "seed": 3}),
        Point({"s": (0, 7), "p": 0.3, "seed": 1}, scenarios=("empty",)),
    ),
    torch=all_kept,
    jax=(all_kept,),
    options=("p", "seed"),
    arguments=("x", dropout_param("train")),
    keep="p",
    # For dx there is none: crosscheck.dropped judges it by the probability that out was scaled by.
    conventions=(
        Alternative(
            "out",
            "p is taken as the probability to drop an element, not to keep it",
            dropped_with_p,
        ),
    ),
)

dropout_test = Layer(
    name="dropout_test",
    formula="out = x    dx = dout",
    inputs=(Input("x", "*s"),),
    outputs=(Output("out", "*s"),),
    points=(
        Point({"s": (5, 7), "p": 0.8, "seed": 231}, scenarios=("normal", *FORMS)),
        Point({"s": (2, 3, 5), "p": 0.3, "seed": 7}),
        Point({"s": (0, 7), "p": 0.3, "seed": 1}, scenarios=("empty",)),
    ),
    torch=identity,
    jax=(identity,),
    options=("p", "seed"),
    arguments=("x", dropout_param("test")),
    stem="dropout",
)
