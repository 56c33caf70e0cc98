"""Softmax, and the losses of scores that go with it."""

from crosscheck.maths._record import Maths, Step

DIMS = "N examples, C classes"
SHIFT = "Subtract each row's own maximum before exp: the result is the same, and nothing overflows."
ONCE = "Divide by N once: in the loss and in dx."
LABELS = "the right classes: integers, 0 ≤ y < {}"
PICK = "p[np.arange(N), y] is one number for each row; p[:, y] is N×N."
LOG = "log p from the scores, z - log Σ exp(z), stays finite where p rounds to 0."

MATHS = {
    "softmax": Maths(
        about="Softmax: each row to positive numbers that sum to 1.",
        dims=DIMS,
        where={"x": "scores"},
        forward=(
            Step("z = x - max(x)", "N C", "max and Σ along each row"),
            Step("out = exp(z)/Σ exp(z)"),
        ),
        backward=(
            "Within a row, every out[i] depends on every x[j]:",
            Step("∂out[i]/∂x[j] = out[i]·([i = j] - out[j])", "C C", "of one row"),
            Step("dx[j] = Σᵢ dout[i]·∂out[i]/∂x[j]", note="by the chain rule"),
            Step("= out[j]·dout[j] - out[j]·Σᵢ dout[i]·out[i]"),
            Step("dx = out·(dout - Σ dout·out)", note="all at once"),
        ),
        pitfalls=(
            SHIFT,
            "The maximum of the whole array will not do: rows far below it become 0/0.",
            "dout·out·(1 - out) is the diagonal only: the Jacobian of a row is a full matrix.",
            "Σ with keepdims=True, or (N,) meets (N, C) wrongly.",
        ),
    ),
    "softmax_loss": Maths(
        about="Softmax and cross-entropy: the mean of -log of the right class's probability.",
        dims=DIMS,
        where={"x": "scores", "y": LABELS.format("C")},
        forward=(
            Step("z = x - max(x)", "N C", "max and Σ along each row"),
            Step("log p = z - log Σ exp(z)", "N C"),
            Step("loss = -1/N·Σₙ log p[n, yₙ]"),
        ),
        backward=(
            "Of one row: -log p[y] = log Σ exp(x) - x[y], and ∂ log Σ exp(x)/∂x[c] = p[c].",
            Step("dx[n,c] = (p[n,c] - [c = yₙ])/N", note="1 less at the right class"),
            Step("dx = (p - onehot(y))/N", note="all at once"),
        ),
        pitfalls=(SHIFT, LOG, ONCE, PICK),
    ),
    "temporal_softmax_loss": Maths(
        about="Softmax's loss at every time step that the mask lets count, summed over the steps "
        "and averaged over the batch.",
        dims="N sequences, T steps, V words",
        where={
            "x": "scores",
            "y": LABELS.format("V"),
            "mask": "True where a step counts",
        },
        forward=(
            Step("z = x - max(x)", "N T V", "max and Σ over v"),
            Step("log p = z - log Σ exp(z)", "N T V"),
            Step("loss = -1/N·Σₙₜ mask[n,t]·log p[n,t, y[n,t]]"),
        ),
        backward=(
            "Every step is a softmax_loss of its own; a masked one has no part in the loss.",
            Step("dx = mask·(p - onehot(y))/N", note="mask as (N, T, 1)"),
        ),
        pitfalls=(
            "Divide by N, not by N·T and not by the number of steps that count.",
            "The mask belongs in dx as well as in the loss.",
            "mask·log p is NaN where a masked log p is inf or NaN: select, do not multiply.",
            SHIFT,
        ),
    ),
    "bce_with_logits_loss": Maths(
        about="Sigmoid and binary cross-entropy: the mean over all elements.",
        dims="n elements in all",
        where={"x": "logits", "y": "targets, 0 ≤ y ≤ 1"},
        forward=(
            Step("p = σ(x) = 1/(1 + exp(-x))", "*s"),
            Step("ℓ = -y·log p - (1 - y)·log(1 - p)", "*s"),
            Step("= max(x, 0) - x·y + log(1 + exp(-|x|))", note="same, no inf"),
            Step("loss = 1/n·Σ ℓ"),
        ),
        backward=(
            Step("∂ℓ/∂p = (p - y)/(p·(1 - p))", "*s"),
            Step("∂p/∂x = p·(1 - p)", "*s", "the two cancel"),
            Step("dx = (p - y)/n"),
        ),
        pitfalls=(
            "Do not compute ∂ℓ/∂p: it is 0/0 where p rounds to 0 or 1. dx needs no division by it.",
            "log(p) of p = 0 is -inf: use the form with |x|.",
            "n counts all elements, not the rows.",
        ),
    ),
}
