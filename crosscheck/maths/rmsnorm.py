"""Normalisation of each example by its root mean square."""

from crosscheck.maths._record import Maths, Step

MATHS = {
    "rmsnorm": Maths(
        about="Root mean square normalisation: each row to unit mean square, then scaled. There is "
        "no mean to subtract.",
        dims="N examples, D features",
        where={
            "x": "examples",
            "gamma": "γ, the scale of each feature",
            "eps": "ε, keeps r from 0",
        },
        forward=(
            Step("r = √(Σ x² / D + ε)", "N 1", "Σ along each row"),
            Step("x̂ = x/r", "N D"),
            Step("out = γ·x̂"),
        ),
        backward=(
            Step("dgamma = Σₙ dout·x̂", note="γ is of features: sum over n"),
            Step("dx̂ = γ·dout", "N D"),
            "x is in x̂ on two paths: itself and in r. Sum what each of them gives.",
            Step("dr = -Σ dx̂·x/r²", "N 1", "∂x̂/∂r = -x/r²"),
            Step("dx = dx̂/r", note="x itself"),
            Step("+ dr·x/(D·r)", note="through r: ∂r/∂x = x/(D·r)"),
            Step("= (dx̂ - x̂·mean(dx̂·x̂))/r", note="the same, simplified; mean along rows"),
        ),
        pitfalls=(
            "The mean is of x², not of (x - μ)²: nothing is centred.",
            "ε is inside the root. Its default differs: give it.",
            "γ differs along a row, so it stays inside the mean.",
        ),
        source="B. Zhang and R. Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019, "
        "equation 4",
    )
}
