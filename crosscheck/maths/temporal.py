"""Words and time steps: an affine layer at each, and the rows of a table."""

from crosscheck.maths._record import Maths, Step

MATHS = {
    "temporal_affine": Maths(
        about="The same affine layer at every time step.",
        dims="N sequences, T steps, NT = N·T, D numbers in each, M outputs",
        where={"x": "sequences", "w": "weights", "b": "bias"},
        forward=(
            Step("X = x.reshape(N·T, D)", "NT D", "each step a row"),
            Step("out = (X @ w + b).reshape(N, T, M)"),
        ),
        backward=(
            Step("dY = dout.reshape(N·T, M)", "NT M"),
            Step("dx = (dY @ wᵀ).reshape(N, T, D)"),
            Step("dw = Xᵀ @ dY", note="w is in every row"),
            Step("db = Σₙₜ dout"),
        ),
        pitfalls=(
            "dw and db are summed over n and t, db by dout.sum(axis=(0, 1)).",
            "x @ w works on (N, T, D) as it is; xᵀ @ dout does not: reshape for dw.",
        ),
    ),
    "word_embedding": Maths(
        about="Word embedding: each word is replaced by its row of a table.",
        dims="N sequences, T words in each, V words in the table, D numbers for each",
        where={"x": "words: integers, 0 ≤ x < V", "W": "the table"},
        forward=(Step("out[n,t] = W[x[n,t]]"),),
        backward=(
            "out[n,t] is a copy of a row of W, so its gradient goes to that row.",
            Step("dW[v] = Σ dout[n,t]", note="Σ over all n, t with x[n,t] = v"),
        ),
        pitfalls=(
            "dW[x] += dout counts a word that occurs twice once: np.add.at(dW, x, dout).",
            "Rows that no word uses are 0: start from zeros of W's shape and dtype.",
            "x is of integers, it has no gradient.",
        ),
    ),
}
