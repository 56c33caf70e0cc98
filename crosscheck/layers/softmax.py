"""Softmax over the last axis: out = exp(x) / Σ exp(x)."""

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.layer import Defect, Input, Layer, Output, Point
from crosscheck.scenario import FORMS, Bits, Scenario, Shape, equal_rows, normal, positive


def torch_reference(x):
    """torch.softmax."""
    import torch

    return torch.softmax(x, dim=-1)


def jax_reference(x):
    """jax.nn.softmax, over the last axis if not said otherwise."""
    from jax.nn import softmax

    return softmax(x)


def by_logarithm(x):
    """exp(x - logsumexp(x)): as accepted, though digits of large scores go into their sum's log."""
    from jax.numpy import exp
    from jax.scipy.special import logsumexp

    return exp(x - logsumexp(x, axis=-1, keepdims=True))


def small(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """A quarter of ``normal``: where scores are sums of products, no softmax of them saturates."""
    return normal(bits, shape, fmt) / 4


def far_rows(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """Around 960 and -960 in turn, so that no row's scores survive another row's maximum."""
    centres = np.where(np.arange(shape[0]) % 2, -960.0, 960.0)
    return centres[:, None] + 4.0 * bits.below(3, shape)


def terms(slip, inputs, cotangents):
    """Out and dx in NumPy, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    p = slip(probabilities(x), unstable(x))
    out = slip(
        p,
        {
            "the sum runs over the batch, not over the row": probabilities(x, axis=0),
            "the sum runs over everything": np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
            "the maximum is subtracted in the numerator only": np.exp(x - _row(np.max, x))
            / _row(np.sum, np.exp(x)),
            "the scores are divided by their sum, without exp": np.abs(x) / _row(np.sum, np.abs(x)),
            "the logarithm of softmax is returned": np.log(p),
            "1e-5 is added to the sum": np.exp(x - _row(np.max, x))
            / (_row(np.sum, np.exp(x - _row(np.max, x))) + 1e-5),
        },
    )
    along = slip(
        _row(np.sum, dout * p),
        {
            "the diagonal of the Jacobian alone is used: p·(1 - p)·dout": dout * p,
            "the sum over the row is left out: p·dout": 0.0,
            "Σ dout is subtracted, not Σ dout·p": _row(np.sum, dout),
            "the mean is subtracted where the sum should be": _row(np.mean, dout * p),
            "the sum in dx runs over the batch": (dout * p).sum(axis=0),
        },
    )
    dx = slip(
        p * (dout - along),
        {
            "p - dout is computed, as if dout were the labels of a loss": p - dout,
            "p is not multiplied in": dout - along,
            "the Jacobian of the first row serves for all rows": dout
            @ (np.diag(p[0]) - np.outer(p[0], p[0])),
        },
    )
    return {"out": out, "dx": dx}


def _row(reduce, array):
    return reduce(array, axis=-1, keepdims=True)


def probabilities(x, axis=-1):
    """The softmax along an axis."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def log_probabilities(x, axis=-1):
    """Its logarithm, finite where a probability has become 0."""
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


UNSHIFTED = "the maximum is not subtracted: exp overflows"
LOG_OF_ZERO = "log p is taken of a p that has become 0, which is -inf"
ONE_HOT_PRODUCT = "log p is multiplied by one-hot labels, and 0·log 0 is NaN"


def log_slips(slip, x, wrong):
    """log p, from ``wrong`` forms of p by name, too, or from a p that has become 0."""
    logs = {name: np.log(p) for name, p in wrong.items()}
    logs[LOG_OF_ZERO] = np.log(probabilities(x))
    logs["log Σ exp(x) is taken of x without its maximum subtracted: exp overflows"] = x - np.log(
        np.exp(x).sum(axis=-1, keepdims=True)
    )
    return slip(log_probabilities(x), logs)


def unstable(x):
    """Softmax with something else than each row's own maximum subtracted: in theory the same."""
    shifts = {
        UNSHIFTED: 0.0,
        "the maximum of the whole batch is subtracted, not each row's own": x.max(),
        "the mean is subtracted, not the maximum": _row(np.mean, x),
        "the maximum is taken over the batch, not over the classes": x.max(axis=0),
    }
    powers = {name: np.exp(x - shift) for name, shift in shifts.items()}
    return {name: power / _row(np.sum, power) for name, power in powers.items()}


softmax = Layer(
    name="softmax",
    formula="out = exp(x) / Σ exp(x)    dx = out · (dout - Σ dout·out)    each Σ over a row",
    inputs=(Input("x", "N C"),),
    outputs=(Output("out", "N C"),),
    points=(
        Point(
            {"N": 5, "C": 7},
            scenarios=(
                "normal",
                "positive",
                "ties",
                "equal-rows",
                "large",
                "far-rows",
                "large-upstream",
                "nan",
                "inf",
                *FORMS,
            ),
            seeds=(0, 1, 2),
        ),
        Point({"N": 1, "C": 3}),
        Point({"N": 3, "C": 1}),
        Point({"N": 11, "C": 2}),
        Point({"N": 2, "C": 307}, scenarios=("normal", "uniform")),
        Point({"N": 0, "C": 5}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference, by_logarithm),
    terms=terms,
    defects=(
        Defect(
            "jax",
            "dx",
            ("float16",),
            ("uniform",),
            "the square of Σ exp(x) overflows, and Σ dout·out over it is lost",
        ),
    ),
    scenarios=(
        Scenario("far-rows", "scores alike in each row, far from other rows'", far_rows),
        Scenario("uniform", "each row constant, upstream gradients positive", equal_rows, positive),
    ),
)
