"""Attention, and several heads of it."""

from crosscheck.maths._record import Maths, Step

SOURCE = "A. Vaswani et al., Attention Is All You Need, NeurIPS 2017"
DIMS = "N examples, T queries, S keys, E numbers in q and k, M in v"
WHERE = {"q": "queries", "k": "keys", "v": "values"}
TRANSPOSED = "ᵀ swaps the last two axes, @ is for each example."
SCORES = "N T S"
P = Step("p = softmax(s)", SCORES, "over the keys, the last axis")
OUT = Step("out = p @ v", note="a mean of v, weighted by p")
BACKWARD = (
    Step("dv = pᵀ @ dout", note="out = p @ v is a product of matrices"),
    Step("dp = dout @ vᵀ", SCORES),
    Step("ds = p·(dp - Σ p·dp)", SCORES, "of softmax; Σ over the keys"),
    Step("dq = ds @ k/√E", note="s = q @ kᵀ/√E"),
    Step("dk = dsᵀ @ q/√E"),
)
PITFALLS = (
    "√E in both directions: in s, and again in dq and dk. E is the width of q, not of v.",
    "softmax over the keys, and its Jacobian is full: p·(1 - p)·dp is not ds.",
    "Subtract each row's maximum before exp.",
)

MATHS = {
    "scaled_dot_product_attention": Maths(
        about="Scaled dot-product attention: each query gets a mean of the values, weighted by how "
        "well it matches their keys.",
        dims=DIMS,
        where=WHERE,
        forward=(TRANSPOSED, Step("s = q @ kᵀ/√E", SCORES, "scores"), P, OUT),
        backward=BACKWARD,
        pitfalls=PITFALLS,
        source=SOURCE,
    ),
    "scaled_dot_product_attention_masked": Maths(
        about="Scaled dot-product attention, where a mask says which keys a query may attend to.",
        dims=DIMS,
        where={**WHERE, "mask": "True where q may attend to k"},
        forward=(
            TRANSPOSED,
            Step("s = q @ kᵀ/√E where mask, else -∞", SCORES, "scores"),
            P,
            OUT,
        ),
        backward=("Where masked, p is 0, and so is ds: nothing more to do.", *BACKWARD),
        pitfalls=(
            "-∞ before softmax, not 0 after it: the others must sum to 1 without what is masked.",
            "Some courses and libraries mean the opposite, True = ignore.",
            "A query that may attend to nothing is 0/0: decide on 0.",
            *PITFALLS[:2],
        ),
        source=SOURCE,
    ),
    "multi_head_attention": Maths(
        about="Self-attention with several heads, each on its own D/h columns of the projections.",
        dims="N examples, T steps, D numbers each, E = D/h in a head, h = num_heads",
        where={
            "x": "queries, keys and values alike",
            "Wq": "projects to the queries",
            "Wk": "projects to the keys",
            "Wv": "projects to the values",
            "Wo": "projects the heads to out",
            "bq": "bias of the queries",
            "bk": "bias of the keys",
            "bv": "bias of the values",
            "bo": "bias of out",
            "num_heads": "h, it divides D",
        },
        forward=(
            TRANSPOSED,
            Step("q, k, v = x @ Wq + bq, x @ Wk + bk, x @ Wv + bv", "N T D"),
            "Of each head j, with columns j·E to (j+1)·E of q, k and v:",
            Step("pⱼ = softmax(qⱼ @ kⱼᵀ/√E)", "N T T"),
            Step("yⱼ = pⱼ @ vⱼ", "N T E"),
            Step("y = [y₀ … y_{h-1}]", "N T D", "side by side"),
            Step("out = y @ Wo + bo"),
        ),
        backward=(
            Step("dbo = Σₙₜ dout"),
            Step("dWo = Σₙ yᵀ @ dout"),
            Step("dy = dout @ Woᵀ", "N T D", "head j has its columns"),
            Step("dvⱼ = pⱼᵀ @ dyⱼ", "N T E"),
            Step("dpⱼ = dyⱼ @ vⱼᵀ", "N T T"),
            Step("dsⱼ = pⱼ·(dpⱼ - Σ pⱼ·dpⱼ)", "N T T", "Σ over the keys"),
            Step("dqⱼ = dsⱼ @ kⱼ/√E", "N T E"),
            Step("dkⱼ = dsⱼᵀ @ qⱼ/√E", "N T E"),
            "The heads side by side again are dq, dk and dv. x is in all three: sum.",
            Step("dWq = Σₙ xᵀ @ dq"),
            Step("dWk = Σₙ xᵀ @ dk"),
            Step("dWv = Σₙ xᵀ @ dv"),
            Step("dbq = Σₙₜ dq"),
            Step("dbk = Σₙₜ dk", note="0: bk shifts rows of s"),
            Step("dbv = Σₙₜ dv"),
            Step("dx = dq @ Wqᵀ + dk @ Wkᵀ + dv @ Wvᵀ"),
        ),
        pitfalls=(
            "√E of a head, E = D/h, not √D.",
            "Split by reshape to (N, T, h, E), then swap axes 1 and 2; merge by the same way back.",
            "dx is the sum of three parts.",
        ),
        source=SOURCE,
    ),
}
