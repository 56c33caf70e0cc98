"""Word embedding: each token is replaced by its row of a table, out[n, t] = W[x[n, t]]."""

from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.scenario import FORMS, LABELS


def torch_reference(x, W):
    """torch.nn.functional.embedding."""
    from torch.nn.functional import embedding

    return embedding(x, W)


def jax_reference(x, W):
    """Indexing: the gather that flax.linen.Embed is."""
    return W[x]


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
)
