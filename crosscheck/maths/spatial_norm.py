"""Normalisation of images: of each channel, and of groups of channels."""

from crosscheck.maths import batchnorm, layernorm
from crosscheck.maths._record import Maths, Step

DIMS = "N images of C channels, H high and W wide"
X = "N C H W"
RESHAPE = (
    "Transpose to (N, H, W, C) before you reshape to (N·H·W, C), and back: a reshape alone mixes "
    "the channels."
)

MATHS = {
    "spatial_batchnorm": batchnorm.training(
        "Batch normalisation of images, in training: each channel to zero mean and unit variance "
        "over the batch and all pixels. It is batchnorm with every pixel an example.",
        X,
        f"{DIMS}; M = N·H·W",
        over="n, h and w, so there is one μ, σ², γ and β for each channel",
        count="M",
        pitfalls=(RESHAPE,),
    ),
    "spatial_batchnorm_test": batchnorm.test_mode(
        "Batch normalisation of images, in test mode: by the running statistics of each channel.",
        X,
        DIMS,
    ),
    "spatial_groupnorm": Maths(
        about="Group normalisation: the C/G channels of each group, all pixels together, to zero "
        "mean and unit variance; then scaled and shifted by channel.",
        dims=f"{DIMS}; K = C/G·H·W values in a group",
        where={
            "x": "images",
            "gamma": "γ, the scale of each channel",
            "beta": "β, the shift of each channel",
            "G": "the number of groups; it divides C",
            "eps": layernorm.EPS,
        },
        forward=(
            Step("g = x.reshape(N, G, K)", "N G K", "each row a group"),
            *layernorm.statistics("g", "N G K", "ĝ", "K", "N G 1"),
            Step("x̂ = ĝ.reshape(N, C, H, W)", X),
            Step("out = γ·x̂ + β"),
        ),
        backward=(
            Step("dbeta = Σ dout", note="Σ over n, h, w"),
            Step("dgamma = Σ dout·x̂", note="Σ over n, h and w"),
            Step("dĝ = (γ·dout).reshape(N, G, K)", "N G K"),
            *layernorm.paths("g", "ĝ", "N G K", "K", "N G 1"),
            Step("dx = dg.reshape(N, C, H, W)"),
        ),
        pitfalls=(
            "The statistics are of one image and one group: n is never summed over for them.",
            "dgamma and dbeta are of channels, (1, C, 1, 1): sum over n, h and w, keepdims=True.",
            "γ differs inside a group, so it stays inside the means.",
            "Reshape to (N, G, C/G·H·W) needs no transpose: channels lie next to each other.",
        ),
        source="Y. Wu and K. He, Group Normalization, ECCV 2018, equation 7",
    ),
}
