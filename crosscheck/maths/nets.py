"""The course's classifiers: layers one after the other, softmax's loss, and a penalty."""

from crosscheck.maths._record import Maths, Step, Told
from crosscheck.maths.softmax import LABELS

FLAT = "N examples, |d| = d₁·…·dₖ numbers in each"
BASE = {
    "X": "examples; no gradient is asked for",
    "y": LABELS.format("C"),
    "reg": "the strength of the penalty on every W",
}
DROPOUT = {
    "keep": "the probability to keep an element: dropout_keep_ratio",
    "seed": "of dropout: every layer seeds anew",
}
LOSS = Step("loss = softmax_loss(scores, y) + ½·reg·Σ W²", note="Σ over every W")
DSCORES = Step("ds = (softmax(scores) - onehot(y))/N", "N C", "see softmax_loss")
HALF = "½·reg·ΣW² in the loss gives reg·W in dW, not 2·reg·W."
FREE = "Only the W are penalised: not b, gamma or beta."
WITHOUT_Y = (
    "loss(X) returns the scores in test mode; loss(X, y) the loss and grads, by params' names."
)


def described(number: str) -> dict[str, str]:
    """The parameters of a layer."""
    return {f"W{number}": "weights", f"b{number}": "bias"}


def of_affine(i: int, before: str, after: str) -> tuple[Step, ...]:
    """The gradients of Wi and bi, once that of what they make is there."""
    return (Step(f"dW{i} = {before}ᵀ @ {after} + reg·W{i}"), Step(f"db{i} = Σₙ {after}"))


def fully_connected(
    about: str,
    hidden: str,
    *,
    normalization: str = "",
    dropout: bool = False,
    pitfalls: tuple[str, ...] = (),
) -> Maths:
    """A net with hidden layers of these widths."""
    last = len(hidden) + 1
    where: dict[str, str] = {}
    forward: list[Told] = [Step("h0 = X.reshape(N, -1)", "N |d|")]
    for i, width in enumerate(hidden, start=1):
        where |= described(str(i))
        forward += hidden_forward(i, f"N {width}", normalization, dropout)
        if normalization:
            where |= {f"gamma{i}": "scale", f"beta{i}": "shift"}
    where |= described(str(last))
    forward += [Step(f"scores = h{last - 1} @ W{last} + b{last}", "N C"), LOSS]
    backward: list[Told] = [DSCORES, *of_affine(last, f"h{last - 1}", "ds")]
    for i in range(last - 1, 0, -1):
        upstream = "ds" if i == last - 1 else f"da{i + 1}"
        shape = f"N {hidden[i - 1]}"
        backward.append(Step(f"dh{i} = {upstream} @ W{i + 1}ᵀ", shape))
        backward += hidden_backward(i, shape, normalization, dropout)
    return Maths(
        about=about,
        dims=f"{FLAT}, hidden widths {', '.join(hidden)}, C classes",
        where={**BASE, **where, **(DROPOUT if dropout else {})},
        forward=tuple(forward),
        backward=tuple(backward),
        pitfalls=(*pitfalls, HALF, FREE, WITHOUT_Y),
    )


def hidden_forward(i: int, shape: str, normalization: str, dropout: bool) -> list[Step]:
    """What the i-th hidden layer computes."""
    steps, last = [Step(f"a{i} = h{i - 1} @ W{i} + b{i}", shape)], f"a{i}"
    if normalization:
        axis = "over the batch" if normalization == "batchnorm" else "along rows"
        steps.append(Step(f"â{i} = (a{i} - μ{i})/s{i}", shape, f"μ, s {axis}"))
        steps.append(Step(f"n{i} = gamma{i}·â{i} + beta{i}", shape))
        last = f"n{i}"
    kept = f"·mask{i}/keep" if dropout else ""
    return [*steps, Step(f"h{i} = max({last}, 0){kept}", shape)]


def hidden_backward(i: int, shape: str, normalization: str, dropout: bool) -> list[Step]:
    """The gradients of the i-th hidden layer, once dhi is there."""
    kept = f"·mask{i}/keep" if dropout else ""
    weights = of_affine(i, f"h{i - 1}", f"da{i}")
    if not normalization:
        return [Step(f"da{i} = dh{i}{kept}·[a{i} > 0]", shape), *weights]
    n, hat = f"dn{i}", f"â{i}"
    return [
        Step(f"{n} = dh{i}·[n{i} > 0]", shape),
        Step(f"dgamma{i} = Σₙ {n}·{hat}"),
        Step(f"dbeta{i} = Σₙ {n}"),
        Step(f"dâ{i} = gamma{i}·{n}", shape),
        Step(
            f"da{i} = (dâ{i} - mean(dâ{i}) - {hat}·mean(dâ{i}·{hat}))/s{i}",
            shape,
            f"see {normalization}",
        ),
        *weights,
    ]


SMALL_EPS = "ε is 1e-5, the default of the layers; no class says another."

MATHS = {
    "two_layer_net": fully_connected(
        "A net of two layers, affine - relu - affine, and softmax's loss.",
        "H",
        pitfalls=("The ReLU's mask is that of a1; there is none behind the scores.",),
    ),
    "fully_connected_net": fully_connected(
        "A net of any number of layers, {affine - relu} - affine, and softmax's loss; here three.",
        "AB",
        pitfalls=("No ReLU behind the last affine layer.",),
    ),
    "fully_connected_net_deep": fully_connected(
        "The same net with four hidden layers: a loop over the layers must do for any number.",
        "ABDE",
        pitfalls=("No ReLU behind the last affine layer.",),
    ),
    "fully_connected_net_batchnorm": fully_connected(
        "A net {affine - batchnorm - relu} - affine, in training, and softmax's loss.",
        "A",
        normalization="batchnorm",
        pitfalls=(
            "A bn_param for each layer, kept from call to call; mode is train where y is given.",
            "db1 is 0 but for rounding: the mean takes b1 away.",
            SMALL_EPS,
        ),
    ),
    "fully_connected_net_layernorm": fully_connected(
        "A net {affine - layernorm - relu} - affine, and softmax's loss.",
        "AB",
        normalization="layernorm",
        pitfalls=("No normalisation behind the last affine layer.", SMALL_EPS),
    ),
    "fully_connected_net_dropout": fully_connected(
        "A net {affine - relu - dropout} - affine, and softmax's loss.",
        "AB",
        dropout=True,
        pitfalls=(
            "Dropout comes after ReLU, and in training only: loss(X) drops nothing.",
            "dropout_keep_ratio is to keep; the backward has the forward's masks.",
        ),
    ),
    "three_layer_conv_net": Maths(
        about="A net conv - relu - 2×2 max pool - affine - relu - affine, and softmax's loss.",
        dims="N images of Ch channels, H×W; F filters, K×K; P = F·H/2·W/2; M hidden units; "
        "C classes",
        where={
            **BASE,
            "X": "images; no gradient is asked for",
            "W1": "filters",
            "b1": "bias of each filter",
            **described("2"),
            **described("3"),
        },
        forward=(
            Step("a1 = b1 + W1 ⋆ X", "N F H W", "pad (K-1)/2"),
            Step("r1 = max(a1, 0)", "N F H W"),
            Step("h1 = 2×2 max pool of r1, as rows", "N P"),
            Step("a2 = h1 @ W2 + b2", "N M"),
            Step("h2 = max(a2, 0)", "N M"),
            Step("scores = h2 @ W3 + b3", "N C"),
            LOSS,
        ),
        backward=(
            DSCORES,
            *of_affine(3, "h2", "ds"),
            Step("dh2 = ds @ W3ᵀ", "N M"),
            Step("da2 = dh2·[a2 > 0]", "N M"),
            *of_affine(2, "h1", "da2"),
            Step("dh1 = da2 @ W2ᵀ", "N P"),
            "As (N, F, H/2, W/2) again, to the maximum of each window:",
            Step("dr1 = dh1 at the maximum, else 0", "N F H W"),
            Step("da1 = dr1·[a1 > 0]", "N F H W"),
            "With the window P of X, as in conv:",
            Step("dW1[f] = Σ da1[n,f,p,q]·P + reg·W1[f]", note="Σ over n, p, q"),
            Step("db1[f] = Σ da1[n,f,p,q]", note="likewise"),
        ),
        pitfalls=(HALF, FREE, "pad = (K - 1)//2 keeps H and W.", WITHOUT_Y),
    ),
}
