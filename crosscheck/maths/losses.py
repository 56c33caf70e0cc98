"""Losses of scores other than softmax's, and the linear classifiers."""

from crosscheck.maths._record import Maths, Step
from crosscheck.maths.softmax import LABELS, ONCE, PICK, SHIFT

MARGINS = "where c ≠ yₙ, else 0"
DIMS = "N examples of D numbers, C classes"
WHERE = {
    "W": "weights",
    "X": "examples",
    "y": LABELS.format("C"),
    "reg": "the strength of the penalty",
}
DATA = Step("dW = Xᵀ @ ds", note="s = X @ W, as in an affine layer")
PENALTY = Step("+ 2·reg·W", note="of reg·ΣW²")
SUMS = "dW is the sum over examples of X[n]ᵀ·ds[n], with the 1/N inside ds."
HALF = "The penalty is reg·ΣW², without ½: dW has 2·reg·W."

MATHS = {
    "mse_loss": Maths(
        about="Mean squared error: the mean over all elements.",
        dims="n elements in all",
        where={"x": "predictions", "y": "targets"},
        forward=(Step("d = x - y", "*s"), Step("loss = 1/n·Σ d²")),
        backward=(Step("dx = 2/n·d", note="(d²)' = 2·d, and the mean has 1/n"),),
        pitfalls=(
            "The 2 and the 1/n belong to dx if they belong to the loss.",
            "n counts all elements, not the rows.",
            "y of shape (N,) beside x of (N, 1) broadcasts to N×N.",
        ),
    ),
    "svm_loss": Maths(
        about="Multiclass hinge loss: every wrong class whose score comes within 1 of the right "
        "one's costs what it lacks.",
        dims="N examples, C classes",
        where={"x": "scores", "y": LABELS.format("C")},
        forward=(
            Step("m[n,c] = x[n,c] - x[n,yₙ] + 1", "N C", MARGINS),
            Step("loss = 1/N·Σₙ Σ_c max(m[n,c], 0)"),
        ),
        backward=(
            "x[n,c] is in its own margin; x[n,yₙ], with a minus, in all others of row n.",
            Step("k[n,c] = [m[n,c] > 0]", "N C", MARGINS),
            Step("dx[n,c] = k[n,c]/N", note="where c ≠ yₙ"),
            Step("dx[n,yₙ] = -Σ_c k[n,c]/N", note="how many margins are met, negative"),
        ),
        pitfalls=(
            "The right class has no margin: leave it out, or the loss is 1 too large.",
            "dx[n,yₙ] counts the open margins of row n: it is not just -1.",
            ONCE,
        ),
        source="J. Weston and C. Watkins, Support Vector Machines for Multi-Class Pattern "
        "Recognition, 1999",
    ),
    "softmax_loss_vectorized": Maths(
        about="Linear classifier with softmax's loss, plus the penalty reg·ΣW².",
        dims=DIMS,
        where=WHERE,
        forward=(
            Step("s = X @ W", "N C"),
            Step("p = softmax(s)", "N C", "along each row"),
            Step("loss = -1/N·Σₙ log p[n, yₙ] + reg·ΣW²"),
        ),
        backward=(
            "∂(-log p[y])/∂s[c] = p[c] - [c = y]: see softmax_loss.",
            Step("ds = (p - onehot(y))/N", "N C"),
            DATA,
            PENALTY,
        ),
        pitfalls=(SHIFT, SUMS, HALF, PICK),
    ),
    "svm_loss_vectorized": Maths(
        about="Linear classifier with the multiclass hinge loss, plus the penalty reg·ΣW².",
        dims=DIMS,
        where=WHERE,
        forward=(
            Step("s = X @ W", "N C"),
            Step("m[n,c] = s[n,c] - s[n,yₙ] + 1", "N C", MARGINS),
            Step("loss = 1/N·Σₙ Σ_c max(m[n,c], 0) + reg·ΣW²"),
        ),
        backward=(
            "s[n,c] is in its own margin; s[n,yₙ], with a minus, in all others of row n.",
            Step("ds[n,c] = [m[n,c] > 0]/N", "N C", "where c ≠ yₙ"),
            Step("ds[n,yₙ] = -Σ_c [m[n,c] > 0]/N", "N C", "how many margins are met, negative"),
            DATA,
            PENALTY,
        ),
        pitfalls=(
            "The right class has no margin: leave it out, or the loss is 1 too large.",
            "The column of the right class gets -X[n] once for every open margin.",
            SUMS,
            HALF,
        ),
        source="J. Weston and C. Watkins, Support Vector Machines for Multi-Class Pattern "
        "Recognition, 1999",
    ),
}
