"""Convolution as deep learning has it: a cross-correlation, with stride and zero padding.

out[n, f, p, q] = b[f] + Σ_cij w[f, c, i, j] · x̄[n, c, stride·p + i, stride·q + j], x̄ being x with
pad zeros on each side, as in torch.nn.functional.conv2d and jax.lax.conv_general_dilated. The
formula's ⋆ is this sum (for dw over p, q, not i, j), its ∗ the transposed one, which adds each
dout[n, f, p, q]·w[f] to the window that it came from.
"""

from collections.abc import Mapping
from typing import Any

from crosscheck.calling import Bundle
from crosscheck.layer import Defect, Dims, Input, Layer, Output, Point, spelled
from crosscheck.scenario import FORMS

INPUTS = (Input("x", "N C H W"), Input("w", "F C HH WW"), Input("b", "F"))
CONV_PARAM = Bundle("conv_param", ("stride", "pad"))
SUMMED_NARROWLY = "XLA keeps a sum over several axes in bfloat16"


def torch_reference(x, w, b, *, stride, pad):
    """torch.nn.functional.conv2d."""
    from torch.nn.functional import conv2d

    return conv2d(x, w, b, stride, pad)


def jax_reference(x, w, b, *, stride, pad):
    """jax.lax.conv_general_dilated, plus the bias."""
    from jax import lax

    padding = ((pad, pad), (pad, pad))
    return lax.conv_general_dilated(x, w, (stride, stride), padding) + b[:, None, None]


def output_sizes(dims: Mapping[str, Any]) -> Dims:
    """How many windows fit: the stride must divide evenly, or the course's code refuses."""
    stride, pad = dims["stride"], dims["pad"]
    return {
        "Ho": 1 + (dims["H"] + 2 * pad - dims["HH"]) // stride,
        "Wo": 1 + (dims["W"] + 2 * pad - dims["WW"]) // stride,
    }


def point(
    x: tuple[int, int, int, int],
    w: tuple[int, int, int],
    stride: int,
    pad: int,
    scenarios: tuple[str, ...] = ("normal",),
    seeds: tuple[int, ...] = (0,),
    **more: Any,
) -> Point:
    """Images of shape ``x``, (N, C, H, W), under filters of shape ``w``, (F, HH, WW); and ``more``
    options.

    Not all of them can be distinct primes: the stride has to divide evenly.
    """
    sizes = zip(("N", "C", "H", "W", "F", "HH", "WW"), (*x, *w), strict=True)
    return Point({**dict(sizes), "stride": stride, "pad": pad, **more}, scenarios, seeds)


conv = Layer(
    name="conv",
    formula="out = b + w ⋆ x    dx = dout ∗ w    dw = Σₙ dout ⋆ x    db = Σ dout",
    inputs=INPUTS,
    outputs=(Output("out", "N F Ho Wo"),),
    points=(
        point(
            (2, 3, 7, 4),
            (5, 3, 2),
            stride=2,
            pad=1,
            scenarios=("normal", "integers", "nan", *FORMS),
            seeds=(0, 1),
        ),
        point((1, 2, 5, 3), (3, 3, 2), stride=1, pad=0),
        point((2, 3, 3, 5), (1, 1, 1), stride=1, pad=0),
        # Pixels between the windows, which none of them sees.
        point((2, 1, 8, 5), (3, 2, 2), stride=3, pad=0),
        # Windows that see nothing but padding.
        point((2, 2, 3, 1), (3, 2, 3), stride=1, pad=2),
        point((3, 2, 3, 5), (2, 3, 5), stride=1, pad=0),
        # Square filters without padding, as some code allows no others.
        point((2, 3, 7, 5), (2, 3, 3), stride=1, pad=0),
        point((1, 2, 7, 9), (3, 3, 3), stride=2, pad=0),
        point((0, 2, 3, 5), (3, 3, 3), stride=1, pad=1, scenarios=("empty",)),
        # Long sums: over the elements of a filter, and over its places, most of them outside x.
        point((1, 13, 11, 7), (1, 11, 7), stride=1, pad=0, scenarios=("positive",)),
        point((1, 1, 5, 3), (1, 5, 3), stride=1, pad=13, scenarios=("positive",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    options=("stride", "pad"),
    derived=output_sizes,
    arguments=("x", "w", "b", CONV_PARAM),
    also=spelled("conv", "naive", "fast"),
    defects=(
        Defect(
            "jax",
            "db",
            ("bfloat16",),
            ("positive",),
            f"{SUMMED_NARROWLY}: of 729 terms, 528 and not 648",
        ),
    ),
)
