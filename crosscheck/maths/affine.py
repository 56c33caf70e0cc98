"""Fully connected layers."""

from crosscheck.maths._record import Maths, Step

DIMS = "N examples, |d| = d₁·…·dₖ numbers in each, M outputs"
WHERE = {
    "x": "examples, of any shape",
    "w": "weights",
    "b": "bias, added to every row",
}


def of_rows(out: str) -> tuple[Step, ...]:
    """The gradient of x, where ``out`` = X @ w + b."""
    return (
        Step(f"dX = d{out} @ wᵀ", "N |d|"),
        Step("dx = dX.reshape(x.shape)"),
    )


def of_parameters(out: str) -> tuple[Step, ...]:
    """The gradients of w and b."""
    return (Step(f"dw = Xᵀ @ d{out}"), Step(f"db = Σₙ d{out}"))


def backward(out: str) -> tuple[Step, ...]:
    """All three."""
    return (*of_rows(out), *of_parameters(out))


ROWS = Step("X = x.reshape(N, -1)", "N |d|", "each example as a row")

MATHS = {
    "affine": Maths(
        about="Fully connected layer: each example as a row, times w, plus b.",
        dims=DIMS,
        where=WHERE,
        forward=(ROWS, Step("out = X @ w + b")),
        backward=(
            "One element is out[n,m] = Σᵢ X[n,i]·w[i,m] + b[m].",
            "X[n,i] is in every column m: sum over m, which is the product with wᵀ.",
            *of_rows("out"),
            "w[i,m] and b[m] are in every row n: sum over n.",
            *of_parameters("out"),
        ),
        pitfalls=(
            "Flatten x first, and give dx the shape of x again: (N, |d|) is not enough.",
            "dw and db are sums over the batch, not means: the loss has divided by N already.",
            "db has the shape of b, (M,): dout.sum(axis=0).",
        ),
    )
}
