"""Recurrent layers: vanilla, LSTM and GRU, a step and a sequence of each."""

from collections.abc import Mapping

from crosscheck.maths._record import Maths, Step, Told

DIMS = "N examples, D numbers in x, H in the state"
SEQUENCE = DIMS.replace("examples", "sequences") + ", T steps"
X_T = "x[t] is x[:, t], (N, D); h[t] is h[:, t], (N, H)."
SHARED = "The weights are the same at every step, so their gradients are summed over t: +=, not =."
CHAINED = "What flows back into step t is dh[t] plus what step t+1 hands back: both."
ORDER = "From the last step to the first; T = 1 must work, too."
ELMAN = "J. L. Elman, Finding Structure in Time, Cognitive Science 14, 1990, with tanh"
HOCHREITER = (
    "S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, Neural Computation 9, 1997, with "
    "the forget gate of F. A. Gers et al., 2000"
)
CHO = (
    "K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, EMNLP 2014, in the "
    "form of cuDNN and torch.nn.GRU"
)
WEIGHTS = {"Wx": "weights of x", "Wh": "weights of the state"}
ONE_BIAS = {**WEIGHTS, "b": "bias"}
TWO_BIASES = {
    **WEIGHTS,
    "bx": "bias of x @ Wx",
    "bh": "bias of prev_h @ Wh: r multiplies its last third",
}


def of_step(a: str, state_back: str, e: str, biases: Mapping[str, str]) -> tuple[Step, ...]:
    """The gradients of a step, once those of its sums are there: ``a`` of x's, ``e`` of h's."""
    return (
        Step(f"dx = {a} @ Wxᵀ"),
        Step(f"dprev_h = {state_back}{e} @ Whᵀ"),
        Step(f"dWx = xᵀ @ {a}"),
        Step(f"dWh = prev_hᵀ @ {e}"),
        *(Step(f"{bias} = Σₙ {of}") for bias, of in biases.items()),
    )


def of_sequence(h0: str, e: str, biases: Mapping[str, str]) -> tuple[Told, ...]:
    """The gradients of a sequence, once da[t] (and de[t], if it is another) are there."""
    return (
        Step("dx[t] = da[t] @ Wxᵀ"),
        Step(f"dh0 = {h0}"),
        Step("dWx = Σₜ x[t]ᵀ @ da[t]"),
        Step(f"dWh = Σₜ h[t-1]ᵀ @ {e}[t]", note="h[-1] = h0"),
        *(Step(f"{bias} = Σₙₜ {of}[t]") for bias, of in biases.items()),
    )


MATHS = {
    "rnn_step": Maths(
        about="One step of a vanilla recurrent network.",
        dims=DIMS,
        where={"x": "input of this step", "prev_h": "state before it", **ONE_BIAS},
        forward=(
            Step("a = x @ Wx + prev_h @ Wh + b", "N H"),
            Step("next_h = tanh(a)"),
        ),
        backward=(
            Step("da = dnext_h·(1 - next_h²)", "N H", "tanh' = 1 - tanh²"),
            *of_step("da", "", "da", {"db": "da"}),
        ),
        pitfalls=(
            "The square is of next_h, the output: not of a, not of prev_h.",
            "All five gradients take da, not dnext_h.",
        ),
        source=ELMAN,
    ),
    "rnn": Maths(
        about="A vanilla recurrent network over a whole sequence.",
        dims=SEQUENCE,
        where={"x": "inputs of all steps", "h0": "state before the first", **ONE_BIAS},
        forward=(
            X_T,
            "For t = 0, 1, …, T-1, from h[-1] = h0:",
            Step("h[t] = tanh(x[t] @ Wx + h[t-1] @ Wh + b)"),
        ),
        backward=(
            "h[t] is an output, and an input of step t+1. For t = T-1, …, 0, from g = 0:",
            Step("da[t] = (dh[t] + g)·(1 - h[t]²)", "N H", "both uses of h[t]"),
            Step("g = da[t] @ Whᵀ", "N H", "back to h[t-1]"),
            "After the loop:",
            *of_sequence("g", "da", {"db": "da"}),
        ),
        pitfalls=(CHAINED, SHARED, ORDER, "dh0 is what comes out of step 0, g: not dh[0]."),
        source=ELMAN,
    ),
    "lstm_step": Maths(
        about="One step of a long short-term memory: gates decide what is forgotten, written and "
        "shown.",
        dims=DIMS,
        where={
            "x": "input of this step",
            "prev_h": "state before it",
            "prev_c": "cell before it",
            **ONE_BIAS,
        },
        forward=(
            Step("a = x @ Wx + prev_h @ Wh + b", "N 4H", "in four parts: aᵢ a_f aₒ a_g"),
            Step("i, f, o = σ(aᵢ), σ(a_f), σ(aₒ)", "N H"),
            Step("g = tanh(a_g)", "N H"),
            Step("next_c = f·prev_c + i·g"),
            Step("next_h = o·tanh(next_c)"),
        ),
        backward=(
            "next_c is an output, and it is in next_h: two paths.",
            Step("dc = dnext_c + dnext_h·o·(1 - tanh(next_c)²)", "N H"),
            Step("daᵢ = dc·g·i·(1 - i)", "N H", "σ' = σ·(1 - σ)"),
            Step("da_f = dc·prev_c·f·(1 - f)", "N H"),
            Step("daₒ = dnext_h·tanh(next_c)·o·(1 - o)", "N H"),
            Step("da_g = dc·i·(1 - g²)", "N H", "tanh' = 1 - tanh²"),
            Step("da = [daᵢ da_f daₒ da_g]", "N 4H", "side by side"),
            Step("dprev_c = dc·f"),
            *of_step("da", "", "da", {"db": "da"}),
        ),
        pitfalls=(
            "The gates lie in the order i f o g; torch's is i f g o.",
            "dc has two parts. Without dnext_h's, or without dnext_c, half of it is lost.",
            "σ' is of the gate, i·(1 - i), not of the sum aᵢ.",
            "dprev_c takes dc, not dnext_c.",
        ),
        source=HOCHREITER,
    ),
    "lstm": Maths(
        about="A long short-term memory over a whole sequence. The cell starts at 0.",
        dims=SEQUENCE,
        where={"x": "inputs of all steps", "h0": "state before the first", **ONE_BIAS},
        forward=(
            X_T,
            "For t = 0, 1, …, T-1, from h[-1] = h0 and c[-1] = 0:",
            Step("h[t] = next_h of lstm_step", note="of x[t], h[t-1], c[t-1]"),
            Step("c[t] = next_c of lstm_step", "N H"),
        ),
        backward=(
            "For t = T-1, …, 0, from g = 0 and k = 0, with the gates of step t:",
            Step("dc[t] = k + (dh[t] + g)·o·(1 - tanh(c[t])²)", "N H"),
            Step("da[t] = lstm_step's, of dh[t] + g and dc[t]", "N 4H"),
            Step("g = da[t] @ Whᵀ", "N H", "back to h[t-1]"),
            Step("k = dc[t]·f", "N H", "back to c[t-1]"),
            "After the loop:",
            *of_sequence("g", "da", {"db": "da"}),
        ),
        pitfalls=(
            CHAINED,
            "Both are chained: the state by g, the cell by k. k starts at 0, as c is no output.",
            SHARED,
            ORDER,
        ),
        source=HOCHREITER,
    ),
    "gru_step": Maths(
        about="One step of a gated recurrent unit: a mean of the old state and a new one.",
        dims=DIMS,
        where={"x": "input of this step", "prev_h": "state before it", **TWO_BIASES},
        forward=(
            Step("a = x @ Wx + bx", "N 3H", "in three parts: aᵣ a_z aₙ"),
            Step("e = prev_h @ Wh + bh", "N 3H", "in three parts: eᵣ e_z eₙ"),
            Step("r, z = σ(aᵣ + eᵣ), σ(a_z + e_z)", "N H", "reset and update gate"),
            Step("n = tanh(aₙ + r·eₙ)", "N H", "the new state"),
            Step("next_h = (1 - z)·n + z·prev_h"),
        ),
        backward=(
            Step("daₙ = dnext_h·(1 - z)·(1 - n²)", "N H", "tanh' = 1 - tanh²"),
            Step("daᵣ = daₙ·eₙ·r·(1 - r)", "N H", "r is inside n"),
            Step("da_z = dnext_h·(prev_h - n)·z·(1 - z)", "N H", "z weighs prev_h against n"),
            Step("da = [daᵣ da_z daₙ]", "N 3H"),
            Step("de = [daᵣ da_z r·daₙ]", "N 3H", "eₙ is behind r"),
            "prev_h is in next_h on two paths: times z, and in e.",
            *of_step("da", "z·dnext_h + ", "de", {"dbx": "da", "dbh": "de"}),
        ),
        pitfalls=(
            "r multiplies eₙ, the last third of prev_h @ Wh + bh: not prev_h before the product.",
            "de is da but for its last third, r·daₙ: dWh, dbh and dprev_h take de.",
            "z keeps the old state. Some papers swap z and 1 - z.",
            "Do not lose the direct path z·dnext_h in dprev_h.",
        ),
        source=CHO,
    ),
    "gru": Maths(
        about="A gated recurrent unit over a whole sequence.",
        dims=SEQUENCE,
        where={"x": "inputs of all steps", "h0": "state before the first", **TWO_BIASES},
        forward=(
            X_T,
            "For t = 0, 1, …, T-1, from h[-1] = h0:",
            Step("h[t] = next_h of gru_step", note="of x[t], h[t-1]"),
        ),
        backward=(
            "h[t] is an output, and an input of step t+1. For t = T-1, …, 0, from g = 0:",
            Step("da[t], de[t] = gru_step's, of dh[t] + g", "N 3H"),
            Step("g = z·(dh[t] + g) + de[t] @ Whᵀ", "N H", "back to h[t-1]"),
            "After the loop:",
            *of_sequence("g", "de", {"dbx": "da", "dbh": "de"}),
        ),
        pitfalls=(
            CHAINED,
            SHARED,
            "dWh and dbh take de, whose last third is r·daₙ; dWx and dbx take da.",
            ORDER,
        ),
        source=CHO,
    ),
}
