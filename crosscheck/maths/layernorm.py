"""Normalisation of each example by its own statistics."""

from crosscheck.maths._record import Maths, Step, Told

SOURCE = "J. L. Ba, J. R. Kiros and G. E. Hinton, Layer Normalization, 2016, equation 4"
EPS = "ε, keeps s from 0"
INSIDE_MEANS = "γ differs along a row, so it stays inside the means (batchnorm may take it out)."


def statistics(x: str, shape: str, hat: str, count: str, row: str = "N 1") -> tuple[Step, ...]:
    """μ, σ² and s of each row, ``count`` values of ``x``, and x̂."""
    return (
        Step(f"μ = Σ {x} / {count}", row, "Σ along each row"),
        Step(f"σ² = Σ ({x} - μ)² / {count}", row),
        Step("s = √(σ² + ε)", row),
        Step(f"{hat} = ({x} - μ)/s", shape, "mean 0, variance 1"),
    )


def simplified(x: str, hat: str, shape: str | None = None) -> Step:
    """All three paths in one line."""
    return Step(
        f"d{x} = (d{hat} - mean(d{hat}) - {hat}·mean(d{hat}·{hat}))/s", shape, "mean along rows"
    )


def paths(x: str, hat: str, shape: str, count: str, row: str = "N 1") -> tuple[Told, ...]:
    """Back from ``hat`` to ``x``, path by path."""
    d = f"d{hat}"
    return (
        f"{x} is in {hat} on three paths: itself, in σ² and in μ. Sum what each of them gives.",
        Step(f"dσ² = -½·Σ {d}·({x} - μ)/s³", row, f"∂{hat}/∂σ² = -½·({x} - μ)/s³"),
        Step(f"dμ = -Σ {d}/s", row, f"∂{hat}/∂μ = -1/s, and ∂σ²/∂μ = 0"),
        Step(f"d{x} = {d}/s", shape, f"{x} itself"),
        Step(f"+ dσ²·2·({x} - μ)/{count}", note=f"∂σ²/∂{x} = 2·({x} - μ)/{count}"),
        Step(f"+ dμ/{count}", note=f"∂μ/∂{x} = 1/{count}"),
        Step(f"= ({d} - mean({d}) - {hat}·mean({d}·{hat}))/s", note="the same, simplified"),
    )


MATHS = {
    "layernorm": Maths(
        about="Layer normalisation: each row to zero mean and unit variance, then scaled and "
        "shifted.",
        dims="N examples, D features",
        where={
            "x": "examples",
            "gamma": "γ, the scale of each feature",
            "beta": "β, the shift of each feature",
            "eps": EPS,
        },
        forward=(*statistics("x", "N D", "x̂", "D"), Step("out = γ·x̂ + β")),
        backward=(
            Step("dbeta = Σₙ dout", note="β, γ are of features: Σₙ"),
            Step("dgamma = Σₙ dout·x̂"),
            Step("dx̂ = γ·dout", "N D"),
            *paths("x", "x̂", "N D", "D"),
        ),
        pitfalls=(
            "Two directions: statistics and dx along rows, dgamma and dbeta over the batch.",
            INSIDE_MEANS,
            "No running statistics, and no test mode: each row is on its own.",
            "ε is inside the root, and in the backward's s as well.",
        ),
        source=SOURCE,
    )
}
