"""Normalisation of images (N, C, H, W): batch normalisation of each channel, and group
normalisation.

S. Ioffe and C. Szegedy, "Batch Normalization", ICML 2015, section 3.2; Y. Wu and K. He, "Group
Normalization", ECCV 2018, equation 7.
"""

from crosscheck.calling import Bundle
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.layers.batchnorm import SHIFTED, batch_normalization
from crosscheck.layers.layernorm import standardized
from crosscheck.scenario import FORMS


def torch_reference(x, gamma, beta, *, G, eps):
    """torch.nn.functional.group_norm, whose parameters are (C,)."""
    from torch.nn.functional import group_norm

    return group_norm(x, G, gamma.flatten(), beta.flatten(), eps)


def jax_reference(x, gamma, beta, *, G, eps):
    """From the formula, around jax.nn.standardize along each group's values."""
    groups = x.reshape(len(x), G, -1) if x.size else x
    return standardized(groups, eps).reshape(x.shape) * gamma + beta


spatial_batchnorm = batch_normalization(
    "spatial_batchnorm",
    "N C H W",
    "train",
    (
        Point(
            {"N": 2, "C": 3, "H": 5, "W": 7, "momentum": 0.7, "eps": 0.1},
            scenarios=("normal", "positive", "shifted", *FORMS),
        ),
        # As many channels as pixels in some axis, so that no wrong axis fails to broadcast.
        Point({"N": 3, "C": 3, "H": 3, "W": 3, "momentum": 0.9, "eps": 0.01}),
        Point({"N": 1, "C": 5, "H": 2, "W": 3, "momentum": 0.25, "eps": 0.3}),
        Point({"N": 7, "C": 2, "H": 1, "W": 1, "momentum": 0.6, "eps": 0.00001}),
        Point({"N": 3, "C": 1, "H": 2, "W": 5, "momentum": 0.8, "eps": 0.001}),
        # What code that lets nobody choose has built in.
        Point({"N": 5, "C": 2, "H": 3, "W": 1, "momentum": 0.9, "eps": 0.00001}),
        Point({"N": 2, "C": 3, "H": 1, "W": 7, "momentum": 0.9, "eps": 0.00000001}),
    ),
)

spatial_batchnorm_test = batch_normalization(
    "spatial_batchnorm_test",
    "N C H W",
    "test",
    (
        Point(
            {"N": 2, "C": 3, "H": 5, "W": 7, "momentum": 0.7, "eps": 0.1},
            scenarios=("normal", *FORMS),
        ),
        Point({"N": 1, "C": 2, "H": 1, "W": 1, "momentum": 0.6, "eps": 0.00001}),
        # What code that lets nobody choose has built in.
        Point({"N": 5, "C": 2, "H": 3, "W": 1, "momentum": 0.9, "eps": 0.00001}),
        Point({"N": 2, "C": 3, "H": 1, "W": 7, "momentum": 0.9, "eps": 0.00000001}),
        Point({"N": 0, "C": 2, "H": 3, "W": 5, "momentum": 0.9, "eps": 0.01}, ("empty",)),
    ),
)

spatial_groupnorm = Layer(
    name="spatial_groupnorm",
    formula="out = γ·x̂ + β, x̂ = (x - μ)/√(σ² + ε) along each group of C/G channels    "
    "dx = (γ·dout - mean(γ·dout) - x̂·mean(γ·dout·x̂))/√(σ² + ε)    "
    "dγ = Σ dout·x̂    dβ = Σ dout",
    inputs=(Input("x", "N C H W"), Input("gamma", "1 C 1 1"), Input("beta", "1 C 1 1")),
    outputs=(Output("out", "N C H W"),),
    points=(
        # C is no prime where the groups divide it.
        Point(
            {"N": 2, "C": 6, "H": 5, "W": 3, "G": 3, "eps": 0.1},
            scenarios=("normal", "positive", "shifted", *FORMS),
        ),
        Point({"N": 1, "C": 6, "H": 2, "W": 3, "G": 2, "eps": 0.01}),
        # One group is layer normalisation, C groups are instance normalisation.
        Point({"N": 3, "C": 5, "H": 2, "W": 1, "G": 1, "eps": 0.001}),
        Point({"N": 2, "C": 3, "H": 1, "W": 5, "G": 3, "eps": 0.00001}),
        Point({"N": 0, "C": 6, "H": 2, "W": 3, "G": 2, "eps": 0.01}, ("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    options=("G", "eps"),
    arguments=("x", "gamma", "beta", "G", Bundle("gn_param", ("eps",))),
    scenarios=(SHIFTED,),
)
