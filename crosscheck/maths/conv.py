"""Convolution, pooling, and both with what stands between them."""

from crosscheck.maths import batchnorm
from crosscheck.maths._record import Maths, Step, Told

DIMS = "N images of C channels, H×W; F filters, HH×WW; Ho×Wo places"
WHERE = {"x": "images", "w": "filters", "b": "bias of each filter"}
OPTIONS = {
    "stride": "pixels from one window to the next",
    "pad": "zeros on each side of x",
}
SIZES = "Ho = 1 + (H + 2·pad - HH)/stride, and Wo likewise, of W and WW."
PADDED = "x̄ is x with pad zeros on each side: (N, C, H + 2·pad, W + 2·pad)."
WINDOW = Step("P = x̄[n, :, i:i+HH, j:j+WW]", "C HH WW", "its window")
# 12 of 27 backwards in real course code end in an empty dx at pad = 0.
EMPTY = "dx̄[:, :, pad:-pad, pad:-pad] is empty at pad = 0: slice to pad+H and pad+W."
OVERLAP = "Windows overlap where the stride is smaller than the filter: +=, not =."
SIDES = "HH is not WW, and H is not W: no index may be used for the other."
PLACES = "Step by stride·p in x̄, not by p; dw and dx as well."


def windows(out: str, shape: str | None = None) -> tuple[Told, ...]:
    """``out`` = b + w ⋆ x, window by window."""
    return (
        SIZES,
        PADDED,
        "With i = stride·p and j = stride·q, filter f sees at place p, q of image n:",
        WINDOW,
        Step(f"{out}[n,f,p,q] = Σ w[f]·P + b[f]", shape, "Σ over all of P"),
    )


def backward(out: str) -> tuple[Told, ...]:
    """The gradients of x, w and b, where ``out`` is that."""
    d = f"d{out}[n,f,p,q]"
    return (
        f"b[f] and w[f] are in {out}[n,f,p,q] at every n, p and q: Σ over all three.",
        Step(f"db[f] = Σ {d}"),
        Step(f"dw[f] = Σ {d}·P"),
        "Every filter sees P. All send back into its place of dx̄, which starts at 0.",
        Step(f"dP += Σ_f {d}·w[f]", "C HH WW", "for all n, p, q"),
        Step("dx = dx̄[:, :, pad:pad+H, pad:pad+W]", note="no padding"),
    )


POOL_WHERE = {
    "pool_height": "PH, the height of a window",
    "pool_width": "PW, the width of a window",
}
POOL_DIMS = "N images of C channels, H×W; windows PH×PW at Ho×Wo places"
POOL_SIZES = "Ho = 1 + (H - PH)/stride, Wo likewise. With i = stride·p and j = stride·q:"
POOL_WINDOW = Step("P = x[n, c, i:i+PH, j:j+PW]", "PH PW", "the window at p, q")
POOL_OVERLAP = "Overlapping windows: dx[…] += dout, not =. A pixel may win in several windows."
POOL_SIDES = "pool_height goes with H, pool_width with W; the stride may be neither."

MATHS = {
    "conv": Maths(
        about="Convolution as deep learning has it: every filter, at every place, a weighted sum "
        "of the window that it sees.",
        dims=DIMS,
        where={**WHERE, **OPTIONS},
        forward=windows("out"),
        backward=backward("out"),
        pitfalls=(
            EMPTY,
            OVERLAP,
            PLACES,
            SIDES,
            "The filter is not flipped: this is a cross-correlation.",
        ),
    ),
    "conv_relu": Maths(
        about="Convolution, then ReLU.",
        dims=DIMS,
        where={**WHERE, **OPTIONS},
        forward=(*windows("h", "N F Ho Wo"), Step("out = max(h, 0)")),
        backward=(
            Step("dh = dout·[h > 0]", "N F Ho Wo", "where ReLU is open"),
            *backward("h"),
        ),
        pitfalls=(
            "The mask is that of h, bias included.",
            "conv's backward takes dh, not dout.",
            EMPTY,
            OVERLAP,
        ),
    ),
    "conv_bn_relu": Maths(
        about="Convolution, batch normalisation of each channel (in training), then ReLU.",
        dims=DIMS + "; M = N·Ho·Wo",
        where={**WHERE, **batchnorm.WHERE, **OPTIONS},
        forward=(
            *windows("h", "N F Ho Wo"),
            "Of each channel f, Σ and mean over n, p and q:",
            *batchnorm.statistics("h", "N F Ho Wo", "F", "ĥ", "M"),
            Step("a = γ·ĥ + β", "N F Ho Wo"),
            Step("out = max(a, 0)"),
            *batchnorm.running(),
        ),
        backward=(
            Step("da = dout·[a > 0]", "N F Ho Wo"),
            Step("dbeta = Σ da"),
            Step("dgamma = Σ da·ĥ"),
            Step("dĥ = γ·da", "N F Ho Wo"),
            batchnorm.simplified("h", "ĥ", "N F Ho Wo"),
            *backward("h"),
        ),
        pitfalls=(
            "Backwards in the order relu, norm, conv: each takes what the one before returned.",
            "The statistics are of a channel: over n and both axes of the image.",
            "db is 0 but for rounding: h - μ is without b.",
            EMPTY,
        ),
    ),
    "conv_relu_pool": Maths(
        about="Convolution, then ReLU, then max pooling.",
        dims="N images of C channels, H×W; F filters HH×WW at Hc×Wc; windows at Ho×Wo",
        where={
            **WHERE,
            **OPTIONS,
            **POOL_WHERE,
            "pool_stride": "pixels between pooling windows: pool_param's",
        },
        forward=(
            Step("h = b + w ⋆ x", "N F Hc Wc", "see crosscheck explain conv"),
            Step("r = max(h, 0)", "N F Hc Wc"),
            "Of each pooling window Q of r, at place p, q:",
            Step("out[n,f,p,q] = max Q"),
        ),
        backward=(
            Step("dr[n,f,k,l] += dout[n,f,p,q]", "N F Hc Wc", "k, l: of max Q"),
            Step("dh = dr·[h > 0]", "N F Hc Wc"),
            "Then as in conv, h[n,f,p,q] with its window P of x̄, which is x padded:",
            *(told for told in backward("h") if isinstance(told, Step)),
        ),
        pitfalls=(
            "Two strides: conv_param's of the filters, pool_param's of the pooling windows.",
            "Overlapping pooling windows: += into dr.",
            "Where the maximum is 0, ReLU was shut: the mask is h > 0, not r ≥ 0.",
            EMPTY,
        ),
    ),
    "max_pool": Maths(
        about="Max pooling: of every window of a channel, the largest pixel.",
        dims=POOL_DIMS,
        where={"x": "images", **POOL_WHERE, "stride": OPTIONS["stride"]},
        forward=(POOL_SIZES, POOL_WINDOW, Step("out[n,c,p,q] = max P")),
        backward=(
            "The maximum is one pixel of P, at k, l: its slope is 1, the others' is 0.",
            Step("dx[n,c,k,l] += dout[n,c,p,q]", note="for every p, q, from dx = 0"),
        ),
        pitfalls=(POOL_OVERLAP, POOL_SIDES, "k, l are of x: add i, j to where P has it."),
    ),
    "avg_pool": Maths(
        about="Average pooling: of every window of a channel, the mean of its pixels.",
        dims=POOL_DIMS,
        where={"x": "images", **POOL_WHERE, "stride": OPTIONS["stride"]},
        forward=(
            POOL_SIZES,
            POOL_WINDOW,
            Step("out[n,c,p,q] = Σ P/(PH·PW)"),
        ),
        backward=(
            "Every pixel of P has the same slope. Into its place of dx, which starts at 0:",
            Step("dP += dout[n,c,p,q]/(PH·PW)", "PH PW", "for all n, c, p, q"),
            Step("dx = the sum of all dP, each in its place"),
        ),
        pitfalls=(
            "Overlapping windows: dx[…] += share, not =.",
            POOL_SIDES,
            "Divide by the size of a window, not of the image and not of stride².",
        ),
    ),
}
