"""The course's classifiers: layers one after the other, softmax's loss, and ½·reg·ΣW² over weights.

In each framework they are the functions of ``affine_relu``, ``conv_relu``, …, whose sources are
given there. The scores are those in test mode; batch norm has none before there are statistics.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from crosscheck.calling import Model
from crosscheck.layer import Alternative, Arrays, Input, Layer, Output, Point
from crosscheck.layers.affine import jax_reference as jax_affine
from crosscheck.layers.affine import torch_reference as torch_affine
from crosscheck.layers.affine_relu import (
    affine_of,
    jax_affine_bn_relu,
    jax_affine_ln_relu,
    jax_affine_relu,
    sandwich_terms,
    torch_affine_bn_relu,
    torch_affine_ln_relu,
    torch_affine_relu,
)
from crosscheck.layers.batchnorm import standardized_terms
from crosscheck.layers.conv_relu import jax_conv_relu_pool, pool_terms, torch_conv_relu_pool
from crosscheck.layers.softmax import probabilities, small
from crosscheck.layers.softmax_loss import GUARDED, guarded_sums
from crosscheck.layers.softmax_loss import jax_reference as jax_loss
from crosscheck.layers.softmax_loss import terms as softmax_terms
from crosscheck.layers.softmax_loss import torch_reference as torch_loss
from crosscheck.scenario import FORMS, LABELS, Scenario

WHOLE_PENALTY = "the penalty is reg·ΣW², without ½"
EPS = 1e-5  # of either normalisation: the course's default, as its classes do not say any


@dataclass(frozen=True)
class Framework:
    """What a net is built from. ``constant(values, like)``: an array of the dtype of another."""

    affine: Callable[..., Any]
    affine_relu: Callable[..., Any]
    affine_bn_relu: Callable[..., Any]
    affine_ln_relu: Callable[..., Any]
    conv_relu_pool: Callable[..., Any]
    loss: Callable[..., Any]
    constant: Callable[..., Any]

    def hidden(self, normalization: str) -> Callable[..., Any]:
        """A hidden layer: of its input and its parameters."""
        if normalization == "batchnorm":
            # Whatever becomes of the running statistics.
            return lambda *inputs: self.affine_bn_relu(*inputs, 0.0, 0.0, momentum=0.0, eps=EPS)[0]
        if normalization == "layernorm":
            return partial(self.affine_ln_relu, eps=EPS)
        return self.affine_relu


def torch_constant(values, like):
    """A tensor."""
    import torch

    return torch.from_numpy(values).to(like.dtype)


def jax_constant(values, like):
    """An array."""
    import jax.numpy as jnp

    return jnp.asarray(values, like.dtype)


TORCH = Framework(
    torch_affine,
    torch_affine_relu,
    torch_affine_bn_relu,
    torch_affine_ln_relu,
    torch_conv_relu_pool,
    torch_loss,
    torch_constant,
)
JAX = Framework(
    jax_affine,
    jax_affine_relu,
    jax_affine_bn_relu,
    jax_affine_ln_relu,
    jax_conv_relu_pool,
    jax_loss,
    jax_constant,
)


def _rows(x, w, b):
    return x.reshape(len(x), -1) @ w + b


def _standardised(h, axis, gamma, beta, eps):
    deviation = np.sqrt(h.var(axis=axis, keepdims=True) + eps)
    return gamma * (h - h.mean(axis=axis, keepdims=True)) / deviation + beta


def _pooled(x, w, b, *, stride, pad, pool_height, pool_width, pool_stride):
    """Where strides are those of a net: 1, and windows side by side."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    h = np.maximum(np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None], 0)
    height, width = h.shape[2] // pool_height, h.shape[3] // pool_width
    return h.reshape(*h.shape[:2], height, pool_height, width, pool_width).max(axis=(3, 5))


# For answers that are no framework's: its losses are all those of probabilities kept from 0.
NUMPY = Framework(
    _rows,
    lambda *xwb: np.maximum(_rows(*xwb), 0),
    lambda x, w, b, gamma, beta, *_, momentum, eps: (
        np.maximum(_standardised(_rows(x, w, b), 0, gamma, beta, eps), 0),
    ),
    lambda x, w, b, gamma, beta, *, eps: np.maximum(
        _standardised(_rows(x, w, b), 1, gamma, beta, eps), 0
    ),
    _pooled,
    lambda scores, y: np.array([*guarded_sums(scores, y)]) / len(y),
    lambda values, like: values,
)


def guarded(net: Callable[..., Any]) -> Alternative:
    """The loss of a net, built from NUMPY, if the probabilities are kept from 0."""

    def answers(_: np.ndarray, inputs: Arrays, __: Arrays, **options: Any) -> Iterator[np.ndarray]:
        wide = (a if a.dtype.kind == "i" else a.astype(np.float64) for a in inputs.values())
        returned = net(*wide, **options)
        yield from returned[1] if isinstance(returned, tuple) else returned

    return Alternative("loss", GUARDED, answers)


def whole_penalty(params: Iterable[Input]) -> tuple[Alternative, ...]:
    """The loss and the gradients of the weights with reg·ΣW², as some of the course's own code."""
    weights = [i.name for i in params if i.name.startswith("W")]

    def of_loss(
        expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float, **__: Any
    ) -> Iterator[np.ndarray]:
        yield expected + reg / 2 * sum((inputs[w].astype(np.float64) ** 2).sum() for w in weights)

    def of(weight: str) -> Callable[..., Iterator[np.ndarray]]:
        def answers(
            expected: np.ndarray, inputs: Arrays, _: Arrays, *, reg: float, **__: Any
        ) -> Iterator[np.ndarray]:
            yield expected + reg * inputs[weight].astype(np.float64)

        return answers

    gradients = (Alternative("d" + w, WHOLE_PENALTY, of(w)) for w in weights)
    return (Alternative("loss", WHOLE_PENALTY, of_loss), *gradients)


def fully_connected(framework: Framework, normalization: str) -> Callable[..., Any]:
    """The reference of such a net. Dropout is by the course's protocol: every layer seeds anew and
    keeps where np.random.rand() < keep.
    """
    block = framework.hidden(normalization)

    def reference(X, y, *params, reg, keep=1.0, seed=0):
        count = 4 if normalization else 2
        *hidden, last = (params[i : i + count] for i in range(0, len(params), count))

        def dropped(h):
            kept = np.random.RandomState(seed).random_sample(h.shape) < keep
            return h * framework.constant(kept / keep, h)

        def scores(after):
            h = X
            for parameters in hidden:
                h = after(block(h, *parameters))
            return framework.affine(h, *last)

        loss = framework.loss(scores(dropped if keep < 1 else _same), y)
        loss = loss + _penalty(reg, [w for w, *_ in (*hidden, last)])
        return loss if normalization == "batchnorm" else (scores(_same), loss)

    return reference


def three_layer_conv(framework: Framework) -> Callable[..., Any]:
    """The reference of the convolutional net."""

    def reference(X, y, W1, b1, W2, b2, W3, b3, *, reg):
        h = framework.conv_relu_pool(
            *(X, W1, b1),
            stride=1,
            pad=(W1.shape[-1] - 1) // 2,
            pool_height=2,
            pool_width=2,
            pool_stride=2,
        )
        scores = framework.affine(framework.affine_relu(h, W2, b2), W3, b3)
        return scores, framework.loss(scores, y) + _penalty(reg, (W1, W2, W3))

    return reference


def _same(h):
    return h


def _penalty(reg, weights):
    return 0.5 * reg * sum((w * w).sum() for w in weights)


def within(slip, place):
    """The slips of a part of a net, which may be made in this place alone or in all like it."""

    def asked(right, wrong):
        return slip(right, {**wrong, **{f"{name}, in {place}": w for name, w in wrong.items()}})

    return asked


def fully_connected_terms(normalization: str) -> Callable[..., Any]:
    """All quantities of such a net without dropout in NumPy, and the slips that people make."""
    count = 4 if normalization else 2

    def norm_of(part):
        if not normalization:
            return None
        axis = 0 if normalization == "batchnorm" else 1

        def norm(slip, rows, dout):
            return standardized_terms(slip, rows, part["gamma"], part["beta"], dout, EPS, axis)

        return norm

    def terms(slip, inputs, cotangents, *, reg):
        params = list(inputs)[2:]
        names = [params[i : i + count] for i in range(0, len(params), count)]
        parts, h = [], inputs["X"]
        for i, group in enumerate(names[:-1], start=1):
            part = {name[:-1].lower(): inputs[name] for name in group} | {"x": h}
            asked = within(slip, f"hidden layer {i}") if len(names) > 2 else slip
            parts.append((asked, part, group))
            h = _block(*parts[-1][:2], norm_of(part), np.zeros((len(h), len(part["b"]))))["out"]
        found, dout = _last(slip, inputs, h, names[-1], reg, params)
        for asked, part, group in reversed(parts):
            gradients = _block(asked, part, norm_of(part), dout)
            dout = gradients["dx"]
            for name in group:
                found["d" + name] = gradients["d" + name[:-1].lower()]
        return _penalized(slip, found, inputs, params, reg, normalization != "batchnorm")

    return terms


def _block(slip, part, norm, dout):
    return sandwich_terms(slip, affine_of(part), part, dout, norm)


def _last(slip, inputs, h, names, reg, params):
    """Scores, loss and gradients of the last layer, and the gradient of what it is given."""
    W, b = (inputs[name] for name in names)
    rows = h.reshape(len(h), -1)
    scores = rows @ W + slip(b, {"the last bias is left out": 0.0})
    scores = slip(scores, {"the scores pass a ReLU": np.maximum(scores, 0)})
    of_scores = softmax_terms(slip, {"x": scores, "y": inputs["y"]}, {})
    ds = sum(of_scores["dx"].values())
    penalties = {
        f"the penalty of {name}": reg / 2 * (inputs[name] ** 2).sum()
        for name in params
        if name.startswith("W")
    }
    returned = {"probabilities are returned, not scores": probabilities(scores)}
    return {
        "scores": slip(scores, returned),
        "loss": {"the loss of the data": of_scores["loss"], **penalties},
        "d" + names[0]: rows.T @ ds,
        "d" + names[1]: ds.sum(axis=0),
    }, (ds @ W.T).reshape(h.shape)


def _penalized(slip, found, inputs, params, reg, scored=True):
    """The gradients with the slopes of the penalty, which are those of the weights only."""
    for name in params:
        if name.startswith("W"):
            slope = {
                "the term of the data": found["d" + name],
                "the penalty's slope": reg * inputs[name],
            }
            found["d" + name] = slope
        else:
            more = found["d" + name] + reg * inputs[name]
            wrong = {"biases, gamma and beta are penalized as well": more}
            found["d" + name] = slip(found["d" + name], wrong)
    if not scored:
        del found["scores"]
    return found


def conv_net_terms(slip, inputs, _, *, reg):
    """All quantities of the convolutional net in NumPy, and the slips that people make."""
    x, filters = inputs["X"], inputs["W1"]
    pad = (filters.shape[-1] - 1) // 2
    params = [name for name in inputs if name not in ("X", "y")]
    window = {"pool_height": 2, "pool_width": 2, "pool_stride": 2}
    first = {"x": x, "w": filters, "b": inputs["b1"]}
    shape = (len(x), len(filters), x.shape[2] // 2, x.shape[3] // 2)
    in_first, in_second = (within(slip, f"hidden layer {i}") for i in (1, 2))

    def conv_block(dout):
        return pool_terms(in_first, first, {"dout": dout}, stride=1, pad=pad, **window)

    pooled = conv_block(np.zeros(shape))["out"]
    last_first = {"pixels are flattened before filters": np.moveaxis(pooled, 1, -1).reshape(shape)}
    second = {"x": slip(pooled, last_first), "w": inputs["W2"], "b": inputs["b2"]}
    hidden = _block(in_second, second, None, np.zeros((len(x), len(inputs["b2"]))))["out"]
    found, dout = _last(slip, inputs, hidden, ("W3", "b3"), reg, params)
    of_second = _block(in_second, second, None, dout)
    of_first = conv_block(of_second["dx"])
    found |= {f"d{n.upper() if n == 'w' else n}2": of_second["d" + n] for n in "wb"}
    found |= {f"d{n.upper() if n == 'w' else n}1": of_first["d" + n] for n in "wb"}
    return _penalized(slip, found, inputs, params, reg)


def parameters(*widths: str, normalized: bool = False) -> tuple[Input, ...]:
    """W1, b1, perhaps gamma1 and beta1, W2, … of affine layers between these widths."""
    found = []
    for i, (before, after) in enumerate(pairwise(widths), start=1):
        found += [Input(f"W{i}", f"{before} {after}", fill=small), Input(f"b{i}", after)]
        if normalized and i < len(widths) - 1:
            found += [Input(f"{name}{i}", after, fill=small) for name in ("gamma", "beta")]
    return tuple(found)


DATA = (Input("X", "N *d", constant=True), Input("y", "N", below="C"))
OUTPUTS = (Output("scores", "N C", constant=True), Output("loss", ""))
EVERYTHING = ("normal", "positive", *FORMS, *LABELS)
# Where all rows are the same, there is nothing to normalise.
NORMALIZED = tuple(s for s in EVERYTHING if s not in ("repeated", "broadcast"))
LOSS = "loss = softmax_loss(scores, y) + ½·reg·ΣW²"
BACKWARDS = "the gradients by the chain rule, dW with reg·W"


def fully_connected_net(
    suffix: str,
    points: tuple[Point, ...],
    *,
    hidden: str = "AB",
    normalization: str = "",
    dropout: bool = False,
    scenarios: tuple[Scenario, ...] = (),
) -> Layer:
    """FullyConnectedNet with hidden layers of these widths."""

    def build(cls: Callable[..., Any], sizes: Mapping[str, Any]) -> Any:
        more: dict[str, Any] = {"normalization": normalization} if normalization else {}
        if dropout:
            more |= {"dropout_keep_ratio": sizes["keep"], "seed": sizes["seed"]}
        return cls(
            [sizes[width] for width in hidden],
            input_dim=prod(sizes["d"]),
            num_classes=sizes["C"],
            reg=sizes["reg"],
            dtype=sizes["dtype"],
            **more,
        )

    params = parameters("|d|", *hidden, "C", normalized=bool(normalization))
    layers = ["affine", normalization, "relu", "dropout" * dropout]
    block = " - ".join(layer for layer in layers if layer)
    return Layer(
        name="fully_connected_net" + suffix,
        formula=f"scores = {{{block}}} × {len(hidden)} - affine    {LOSS}    {BACKWARDS}",
        inputs=(*DATA, *params),
        outputs=OUTPUTS[normalization == "batchnorm" :],
        points=points,
        torch=fully_connected(TORCH, normalization),
        jax=(fully_connected(JAX, normalization),),
        options=("keep", "seed", "reg") if dropout else ("reg",),
        calling=Model(build),
        stem="FullyConnectedNet",
        conventions=(guarded(fully_connected(NUMPY, normalization)), *whole_penalty(params)),
        terms=None if dropout else fully_connected_terms(normalization),
        scenarios=scenarios,
    )


TWO_LAYERS = parameters("|d|", "H", "C")
two_layer_net = Layer(
    name="two_layer_net",
    formula=f"scores = affine - relu - affine    {LOSS}    {BACKWARDS}",
    inputs=(*DATA, *TWO_LAYERS),
    outputs=OUTPUTS,
    points=(
        Point({"N": 5, "d": (2, 3), "H": 7, "C": 3, "reg": 0.3}, EVERYTHING, seeds=(0, 1)),
        Point({"N": 3, "d": (5,), "H": 2, "C": 7, "reg": 0.0}),
        Point({"N": 7, "d": (3,), "H": 5, "C": 2, "reg": 0.0}),
        Point({"N": 1, "d": (2,), "H": 3, "C": 5, "reg": 1.5}),
    ),
    torch=fully_connected(TORCH, ""),
    jax=(fully_connected(JAX, ""),),
    options=("reg",),
    calling=Model(
        lambda cls, sizes: cls(
            input_dim=prod(sizes["d"]),
            hidden_dim=sizes["H"],
            num_classes=sizes["C"],
            reg=sizes["reg"],
        )
    ),
    stem="TwoLayerNet",
    conventions=(guarded(fully_connected(NUMPY, "")), *whole_penalty(TWO_LAYERS)),
    terms=fully_connected_terms(""),
)

plain = fully_connected_net(
    "",
    (
        Point({"N": 5, "d": (2, 3), "A": 7, "B": 3, "C": 2, "reg": 0.3}, EVERYTHING, seeds=(0, 1)),
        Point({"N": 3, "d": (5,), "A": 2, "B": 5, "C": 7, "reg": 0.0}),
        Point({"N": 1, "d": (2,), "A": 3, "B": 7, "C": 5, "reg": 1.5}),
    ),
)

deep = fully_connected_net(
    "_deep",
    (
        Point(
            {"N": 3, "d": (2, 2), "A": 5, "B": 3, "D": 7, "E": 2, "C": 5, "reg": 0.3},
            seeds=(0, 1),
        ),
    ),
    hidden="ABDE",
)

with_batchnorm = fully_connected_net(
    "_batchnorm",
    (
        # With these seeds even bfloat16 tells all variances from 0.
        Point({"N": 5, "d": (2, 3), "A": 3, "C": 7, "reg": 0.3}, NORMALIZED, seeds=(1, 2)),
        Point({"N": 3, "d": (5,), "A": 2, "C": 7, "reg": 1.5}),
        Point({"N": 11, "d": (3,), "A": 7, "C": 2, "reg": 0.0}, seeds=(2,)),
    ),
    hidden="A",
    normalization="batchnorm",
)

with_layernorm = fully_connected_net(
    "_layernorm",
    (
        Point({"N": 5, "d": (2, 3), "A": 7, "B": 3, "C": 2, "reg": 0.3}, NORMALIZED, seeds=(0, 1)),
        Point({"N": 1, "d": (5,), "A": 3, "B": 5, "C": 7, "reg": 0.0}),
    ),
    normalization="layernorm",
)

# Where nothing is kept, or everything, but for one chance in a billion, it does not matter how the
# mask is drawn.
_NONE_KEPT, _ALL_KEPT = 0.000000001, 0.999999999
with_dropout = fully_connected_net(
    "_dropout",
    tuple(
        Point({"N": 5, "d": (2, 3), "A": 7, "B": 3, "C": 2, "keep": k, "seed": s, "reg": 0.3}, (n,))
        for k, s, n in (
            (_NONE_KEPT, 1, "normal"),
            (_ALL_KEPT, 2, "normal"),
            (0.7, 3, "dropout"),
            (0.4, 5, "dropout"),
        )
    ),
    dropout=True,
    scenarios=(
        Scenario(
            "dropout", "the mask np.random.rand(*shape) < p after np.random.seed", guard="dropout"
        ),
    ),
)


CONVOLUTIONAL = (
    Input("W1", "F Ch K K", fill=small),
    Input("b1", "F"),
    Input("W2", "P M", fill=small),
    Input("b2", "M"),
    Input("W3", "M C", fill=small),
    Input("b3", "C"),
)
three_layer_conv_net = Layer(
    name="three_layer_conv_net",
    formula="scores = conv - relu - 2×2 max pool - affine - relu - affine    "
    f"{LOSS}    {BACKWARDS}",
    inputs=(Input("X", "N Ch H W", constant=True), Input("y", "N", below="C"), *CONVOLUTIONAL),
    outputs=OUTPUTS,
    points=(
        # H and W are even: so are all that the pooling divides evenly.
        Point(
            {"N": 3, "Ch": 2, "H": 4, "W": 6, "F": 2, "K": 3, "M": 5, "C": 2, "reg": 0.3},
            ("normal", *FORMS, *LABELS),
            seeds=(0, 1),
        ),
        Point({"N": 1, "Ch": 3, "H": 2, "W": 4, "F": 5, "K": 1, "M": 3, "C": 2, "reg": 0.0}),
        Point({"N": 2, "Ch": 1, "H": 6, "W": 2, "F": 3, "K": 5, "M": 2, "C": 3, "reg": 1.5}),
    ),
    torch=three_layer_conv(TORCH),
    jax=(three_layer_conv(JAX),),
    options=("reg",),
    derived=lambda dims: {"P": dims["F"] * (dims["H"] // 2) * (dims["W"] // 2)},
    calling=Model(
        lambda cls, sizes: cls(
            input_dim=(sizes["Ch"], sizes["H"], sizes["W"]),
            num_filters=sizes["F"],
            filter_size=sizes["K"],
            hidden_dim=sizes["M"],
            num_classes=sizes["C"],
            reg=sizes["reg"],
            dtype=sizes["dtype"],
        )
    ),
    stem="ThreeLayerConvNet",
    conventions=(guarded(three_layer_conv(NUMPY)), *whole_penalty(CONVOLUTIONAL)),
    terms=conv_net_terms,
)
