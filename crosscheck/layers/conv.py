"""Convolution as deep learning has it: a cross-correlation, with stride and zero padding.

out[n, f, p, q] = b[f] + Σ_cij w[f, c, i, j] · x̄[n, c, stride·p + i, stride·q + j], x̄ being x with
pad zeros on each side, as in torch.nn.functional.conv2d and jax.lax.conv_general_dilated. The
formula's ⋆ is this sum (for dw over p, q, not i, j), its ∗ the transposed one, which adds each
dout[n, f, p, q]·w[f] to the window that it came from.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

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


def terms(slip, inputs, cotangents, *, stride, pad):
    """All quantities in NumPy, and the slips that people make."""
    x, w, b, dout = inputs["x"], inputs["w"], inputs["b"], cotangents["dout"]
    rest = (0, 0), (0, 0)
    x_bar = slip(
        np.pad(x, (*rest, (pad, pad), (pad, pad))),
        {
            "padded with the values at the edge, not with zeros": lambda: np.pad(
                x, (*rest, (pad, pad), (pad, pad)), mode="edge"
            ),
            "all of the padding is at the end": np.pad(x, (*rest, (0, 2 * pad), (0, 2 * pad))),
        },
    )
    filters = slip(
        w,
        {
            "w is flattened channels last, but the patches channels first": w.transpose(
                0, 2, 3, 1
            ).reshape(w.shape),
            "only the first channel is looked at": w * (np.arange(w.shape[1]) == 0)[:, None, None],
        },
    )
    one = {"the windows move by 1, whatever the stride": 1}
    product = correlated(x_bar, filters, slip(stride, one))
    product = product[:, :, : dout.shape[2], : dout.shape[3]]
    own = correlated_back(dout, w, stride, x_bar.shape)
    dx = slip(
        cropped(own, x, pad),
        {
            "the padding of dx is cut off at its end only": own[:, :, : x.shape[2], : x.shape[3]],
            "the padding of dx is cut off at its start only": own[:, :, pad:, pad:],
            "windows that overlap assign dx where they should add": lambda: cropped(
                _assigned(dout, w, stride, x_bar.shape), x, pad
            ),
            "every filter and window assigns dx where it should add: the last filter is left": (
                lambda: cropped(_assigned(dout[:, -1:], w[-1:], stride, x_bar.shape), x, pad)
            ),
            "the windows move by 1 in dx, whatever the stride": lambda: cropped(
                correlated_back(dout, w, 1, x_bar.shape), x, pad
            ),
        },
    )
    dw = filter_gradient(x_bar, dout, w.shape, stride)
    wrong = {
        "height and width of the filters are swapped in dw": dw.swapaxes(2, 3).reshape(w.shape),
        "every window assigns dw where it should add: the last one is left": lambda: (
            filter_gradient(x_bar[-1:], dout[-1:] * _last_place(dout.shape[2:]), w.shape, stride)
        ),
    }
    return {
        "out": {
            "the convolution": product,
            "the bias": np.broadcast_to(b[:, None, None], dout.shape),
        },
        "dx": dx,
        "dw": slip(dw, wrong),
        "db": dout.sum(axis=(0, 2, 3)),
    }


def correlated(x, w, stride):
    """w ⋆ x: (N, F, Ho, Wo), of x that is padded."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("ncpqij,fcij->nfpq", windows[:, :, ::stride, ::stride], w)


def correlated_back(dout, w, stride, shape):
    """dout ∗ w: the gradient of the padded x, which has this shape."""
    dx = np.zeros(shape)
    rows, columns = (stride * n for n in dout.shape[2:])
    for i, j in np.ndindex(w.shape[2:]):
        part = np.einsum("nfpq,fc->ncpq", dout, w[:, :, i, j])
        dx[:, :, i : i + rows : stride, j : j + columns : stride] += part
    return dx


def _assigned(dout, w, stride, shape):
    dx = np.zeros(shape)
    for p, q in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(k * stride, k * stride + n) for k, n in zip((p, q), w.shape[2:], strict=True)
        )
        dx[:, :, rows, columns] = np.tensordot(dout[:, :, p, q], w, 1)
    return dx


def _last_place(shape):
    """1 in the last of all places, and 0 in the others."""
    last = np.zeros(shape)
    last[-1, -1] = 1
    return last


def filter_gradient(x, dout, shape, stride):
    """dout ⋆ x: the gradient of filters of this shape, from x that is padded."""
    windows = np.lib.stride_tricks.sliding_window_view(x, shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride][:, :, : dout.shape[2], : dout.shape[3]]
    return np.einsum("ncpqij,nfpq->fcij", windows, dout)


def cropped(padded, x, pad):
    """What is left of a padded gradient without its padding."""
    return padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


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
        point((1, 2, 4, 5), (3, 3, 3), stride=1, pad=1),
        point((2, 3, 5, 7), (2, 3, 3), stride=2, pad=1),
        # One row: convolution in one dimension.
        point((3, 2, 1, 5), (3, 1, 2), stride=1, pad=0),
        point((2, 3, 1, 7), (5, 1, 3), stride=2, pad=0),
        point((0, 2, 3, 5), (3, 3, 3), stride=1, pad=1, scenarios=("empty",)),
        # Long sums: over the elements of a filter, and over its places, most of them outside x.
        point((1, 13, 11, 7), (1, 11, 7), stride=1, pad=0, scenarios=("positive",)),
        point((1, 1, 5, 3), (1, 5, 3), stride=1, pad=13, scenarios=("positive",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
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
