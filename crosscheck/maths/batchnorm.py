"""Normalisation of each feature by the statistics of a batch."""

from crosscheck.maths._record import Maths, Step, Told

SOURCE = "Ioffe and Szegedy, Batch Normalization, ICML 2015, algorithms 1 and 2"
OPTIONS = {
    "momentum": "m, how much of the old stays (in torch 1 - m)",
    "eps": "ε, keeps s from 0",
}
RUNNING = {
    "running_mean": "the average of the means so far, for test mode",
    "running_var": "the average of the variances so far",
}
WHERE = {"gamma": "γ, the scale", "beta": "β, the shift", **RUNNING, **OPTIONS}
WITHOUT_PATHS = "μ and σ² depend on x: dx = γ/s·dout is right in test mode only."
DGAMMA = "dgamma takes x̂, not x or out: with out it is right only at γ = 1, β = 0."
EPS = "ε is inside the root, and in the backward's s as well."
VARIANCE = "σ² divides by {count}, not by {count} - 1; running_var is a variance, not a deviation."


def statistics(x: str, shape: str, features: str, hat: str, count: str) -> tuple[Step, ...]:
    """μ, σ² and s over ``count`` values of ``x``, and x̂."""
    return (
        Step(f"μ = Σ {x} / {count}", features, "the mean"),
        Step(f"σ² = Σ ({x} - μ)² / {count}", features, "and its variance"),
        Step("s = √(σ² + ε)", features),
        Step(f"{hat} = ({x} - μ)/s", shape, "mean 0, variance 1"),
    )


def running() -> tuple[Step, ...]:
    """What is kept for test mode."""
    return (
        Step("running_mean ← m·running_mean + (1 - m)·μ", note="left in bn_param"),
        Step("running_var ← m·running_var + (1 - m)·σ²", note="likewise"),
    )


def simplified(x: str, hat: str, shape: str) -> Step:
    """All three paths from ``hat`` to ``x`` in one line."""
    d = f"d{hat}"
    return Step(f"d{x} = ({d} - mean({d}) - {hat}·mean({d}·{hat}))/s", shape)


def paths(x: str, features: str, count: str) -> tuple[Told, ...]:
    """Back from out = γ·x̂ + β, path by path."""
    return (
        Step("dbeta = Σ dout"),
        Step("dgamma = Σ dout·x̂"),
        Step("dx̂ = γ·dout", x),
        "x is in x̂ on three paths: itself, in σ² and in μ. Sum what each of them gives.",
        Step("dσ² = -½·Σ dx̂·(x - μ)/s³", features, "∂x̂/∂σ² = -½·(x - μ)/s³"),
        Step("dμ = -Σ dx̂/s", features, "∂x̂/∂μ = -1/s, and ∂σ²/∂μ = 0"),
        Step("dx = dx̂/s", note="x itself"),
        Step(f"+ dσ²·2·(x - μ)/{count}", note=f"∂σ²/∂x = 2·(x - μ)/{count}"),
        Step(f"+ dμ/{count}", note=f"∂μ/∂x = 1/{count}"),
        Step("= γ/s·(dout - mean(dout) - x̂·mean(dout·x̂))", note="the same"),
    )


def training(
    about: str, x: str, dims: str, *, over: str, count: str, pitfalls: tuple[str, ...] = ()
) -> Maths:
    """The training, of x of this shape: Σ runs over these indices, ``count`` values."""
    features = x.split()[1]
    return Maths(
        about=about,
        dims=dims,
        where={"x": "the batch", **WHERE},
        forward=(
            f"Σ and mean run over {over}.",
            *statistics("x", x, features, "x̂", count),
            Step("out = γ·x̂ + β"),
            *running(),
        ),
        backward=paths(x, features, count),
        pitfalls=(*pitfalls, WITHOUT_PATHS, DGAMMA, EPS, VARIANCE.format(count=count)),
        source=SOURCE,
    )


def test_mode(about: str, x: str, dims: str) -> Maths:
    """The test mode, of x of this shape."""
    features = x.split()[1]
    return Maths(
        about=about,
        dims=dims,
        where={"x": "any number of examples, even one", **WHERE},
        forward=(
            Step("s = √(running_var + ε)", features),
            Step("out = γ·(x - running_mean)/s + β"),
            Step("running_mean = running_mean", note="stays as it is"),
            Step("running_var = running_var", note="stays as it is"),
        ),
        backward=(
            "The course has none, and none is checked. The statistics are constants here, so only "
            "the first path is left: dx = γ/s·dout.",
        ),
        pitfalls=(
            "Still scale by γ and shift by β.",
            "No mean and no variance of the batch: one example must give the same alone.",
            "The root of running_var + ε, for running_var is a variance.",
        ),
        source=SOURCE,
    )


MATHS = {
    "batchnorm": training(
        "Batch normalisation, in training: each feature to zero mean and unit variance over the "
        "batch, then scaled and shifted.",
        "N D",
        "N examples, D features",
        over="n, so there is one μ, σ², γ and β for each feature",
        count="N",
    ),
    "batchnorm_test": test_mode(
        "Batch normalisation, in test mode: by the running statistics, not the batch's.",
        "N D",
        "N examples, D features",
    ),
}
