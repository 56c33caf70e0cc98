"""Word embedding: each token is replaced by its row of a table, out[n, t] = W[x[n, t]]."""

import numpy as np

from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.scenario import FORMS, LABELS


def torch_reference(x, W):
    """torch.nn.functional.embedding."""
    from torch.nn.functional import embedding

    return embedding(x, W)


def jax_reference(x, W):
    """Indexing: the gather that flax.linen.Embed is."""
    return W[x]


def terms(slip, inputs, cotangents):
    """All quantities in NumPy, and the slips that people make."""
    x, W, dout = inputs["x"], inputs["W"], cotangents["dout"]
    tokens = slip(x, {"tokens count from 1": (x - 1) % len(W)})
    assigned, summed = np.zeros_like(W), np.zeros_like(W)
    assigned[x] = dout
    np.add.at(summed, tokens, dout)
    counts = np.maximum(np.bincount(x.ravel(), minlength=len(W)), 1)
    used = np.isin(np.arange(len(W)), x)[:, None]
    moved, first = np.zeros_like(W), np.zeros_like(W)
    np.add.at(moved, x, dout.swapaxes(0, 1).reshape(dout.shape))
    np.add.at(first, x[:, :1], dout[:, :1])
    in_rows, in_steps = np.zeros_like(W), np.zeros_like(W)
    for row, upstream in zip(x, dout, strict=True):
        in_rows[row] += upstream
    for step, upstream in zip(x.T, dout.swapaxes(0, 1), strict=True):
        in_steps[step] += upstream
    padding = "token 0 is taken for padding, and gets 0"
    wrong = {
        "repeated tokens overwrite each other: dW[x] = or += adds them only once": assigned,
        "dW[x[n]] += adds a token only once that is repeated in a row": in_rows,
        "dW[x[:, t]] += adds a token only once that is repeated in a step": in_steps,
        "repeated tokens are averaged": summed / counts[:, None],
        "the first step alone is used": first,
        "tokens and upstream gradients are out of step: one is transposed, the other not": moved,
        "unused rows are 1, not 0": np.where(used, summed, 1.0),
        "there are only as many rows as the largest token": summed[: x.max(initial=0) + 1],
        "dW is kept in an array of integers": np.trunc(summed),
        padding: summed * (np.arange(len(W)) > 0)[:, None],
    }
    return {
        "out": slip(W[tokens], {padding: W[x] * (x != 0)[..., None]}),
        "dW": slip(summed, wrong),
    }


word_embedding = Layer(
    name="word_embedding",
    formula="out[n,t] = W[x[n,t]]    dW[v] = Σ dout[n,t] over all n, t with x[n,t] = v",
    inputs=(Input("x", "N T", below="V"), Input("W", "V D")),
    outputs=(Output("out", "N T D"),),
    points=(
        Point(
            {"N": 5, "T": 3, "V": 7, "D": 2},
            scenarios=("normal", "positive", "integers", "nan", "inf", *FORMS, *LABELS),
            seeds=(0, 1),
        ),
        Point({"N": 1, "T": 5, "V": 2, "D": 3}),
        Point({"N": 7, "T": 1, "V": 3, "D": 5}),
        Point({"N": 2, "T": 3, "V": 1, "D": 5}),
        Point({"N": 3, "T": 2, "V": 5, "D": 1}),
        # Rows that nobody uses; and more elements than a byte counts, in the labels' own dtype.
        Point(
            {"N": 3, "T": 2, "V": 101, "D": 5}, scenarios=("normal", "labels-int8", "labels-uint8")
        ),
        # Every row used about a hundred times.
        Point({"N": 31, "T": 11, "V": 3, "D": 2}, scenarios=("normal", "positive", "integers")),
        Point({"N": 0, "T": 3, "V": 5, "D": 2}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
)
