"""Fully connected layer, perhaps a normalisation, then ReLU."""

from crosscheck.maths import batchnorm, layernorm
from crosscheck.maths._record import Maths, Step
from crosscheck.maths.affine import DIMS, ROWS, WHERE, backward

HIDDEN = Step("h = X @ w + b", "N M")
MASKED = Step("da = dout·[a > 0]", "N M", "where ReLU is open")
OF_A = (Step("dbeta = Σₙ da"), Step("dgamma = Σₙ da·ĥ"))
NORMALISED = (Step("a = γ·ĥ + β", "N M"), Step("out = max(a, 0)"))
ORDER = "Backwards in the order relu, norm, affine: each takes what the one before returned."
SCALED = {"gamma": "γ, the scale", "beta": "β, the shift"}

MATHS = {
    "affine_relu": Maths(
        about="Fully connected layer, then ReLU.",
        dims=DIMS,
        where=WHERE,
        forward=(ROWS, HIDDEN, Step("out = max(h, 0)")),
        backward=(
            Step("dh = dout·[h > 0]", "N M", "where ReLU is open"),
            *backward("h"),
        ),
        pitfalls=(
            "The mask is that of h, bias included: not of X @ w, and not of x.",
            "dw, db and dx take dh, not dout.",
            "The loss has divided by N already: no mean over the batch here.",
        ),
    ),
    "affine_bn_relu": Maths(
        about="Fully connected layer, batch normalisation (in training), then ReLU.",
        dims=DIMS,
        where={**WHERE, **batchnorm.WHERE},
        forward=(
            "Σ and mean run over n.",
            ROWS,
            HIDDEN,
            *batchnorm.statistics("h", "N M", "M", "ĥ", "N"),
            *NORMALISED,
            *batchnorm.running(),
        ),
        backward=(
            MASKED,
            *OF_A,
            Step("dĥ = γ·da", "N M"),
            batchnorm.simplified("h", "ĥ", "N M"),
            *backward("h"),
        ),
        pitfalls=(
            ORDER,
            "The mask is that of a, after γ and β, not of h.",
            "dgamma takes ĥ, not h or a: with a it is right only at γ = 1, β = 0.",
            "db is 0, but for rounding errors: h - μ is without b.",
            batchnorm.EPS,
        ),
        source=batchnorm.SOURCE,
    ),
    "affine_ln_relu": Maths(
        about="Fully connected layer, layer normalisation, then ReLU.",
        dims=DIMS,
        where={**WHERE, **SCALED, "eps": layernorm.EPS},
        forward=(
            ROWS,
            HIDDEN,
            *layernorm.statistics("h", "N M", "ĥ", "M"),
            *NORMALISED,
        ),
        backward=(
            MASKED,
            *OF_A,
            Step("dĥ = γ·da", "N M"),
            layernorm.simplified("h", "ĥ", "N M"),
            *backward("h"),
        ),
        pitfalls=(
            ORDER,
            "The mask is that of a, after γ and β, not of h.",
            "The means are along rows, over m; dgamma and dbeta are sums over n.",
            "γ differs along a row, so it stays inside the means.",
        ),
        source=layernorm.SOURCE,
    ),
}
