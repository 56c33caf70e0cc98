"""Deep Learning from Scratch, the second volume (K. Saito, 2018): recurrent layers, and what is
learnt in lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.codes import does_nothing, strings
from crosscheck.adapters.dlfs import (
    add_dropout,
    add_optimizers,
    dropout,
    elementwise,
    from_the_end,
    in_lists,
    is_layer,
    softmax_with_loss,
)
from crosscheck.adapters.family import Adapt, Family, Functions, Kept, mentions
from crosscheck.adapters.shaped import changed, reshaped, rows, times
from crosscheck.candidate import always

family = Family(
    "dlfs2",
    "Deep Learning from Scratch 2: MatMul(W), TimeLSTM(Wx, Wh, b), …; "
    ".forward(xs), .backward(dhs) -> dxs, .params and .grads",
)

CAST = "float32 whatever comes in (judged in float32 only)"
NO_BIAS = "there is no bias (b is added to out here, and db is the sum of dout)"
MEAN_OVER_STEPS = (
    "a mean over the steps that count (loss and dx times their number and divided by N here)"
)
IGNORED = -1


def _is(*made_of: str) -> Callable[[Any], bool]:
    return lambda cls: is_layer(cls, *made_of) and in_lists(cls)


def _casts(cls: Any) -> bool:
    return mentions(cls, "float32") or bool(strings(cls) & {"f", "f4", "float32"})


def form_of(
    layer: str,
    name: str,
    when: Callable[[Any], bool],
    *said: str,
    called: tuple[str, ...] = (),
    only: Callable[..., bool] = always,
) -> Callable[..., Adapt]:
    """A form for classes that keep the dtype, and one for those that cast."""

    def register(adapt: Adapt) -> Adapt:
        family.form(
            *(layer, name),
            called=called,
            when=lambda cls: when(cls) and not _casts(cls),
            only=only,
            conventions=said,
        )(adapt)
        family.form(
            *(layer, name),
            called=called,
            when=lambda cls: when(cls) and _casts(cls),
            only=lambda dtype, **dims: dtype == "float32" and only(dtype=dtype, **dims),
            conventions=(*said, CAST),
        )(adapt)
        return adapt

    return register


family.form("sigmoid", "Sigmoid", when=_is())(elementwise)
family.form("softmax", "Softmax", when=_is())(elementwise)
family.form("relu", "Relu", when=_is())(elementwise)
family.form(
    *("softmax_loss", "SoftmaxWithLoss"),
    called=("SoftmaxWithLoss.forward",),
    only=lambda C, **_: C > 1,  # one column of probabilities may as well be labels
    when=_is(),
)(softmax_with_loss)
add_dropout(family, "Dropout", _is("dropout_ratio"))
add_optimizers(family, lists=True)
# Always inverted.
form_of("dropout", "TimeDropout", _is("dropout_ratio"))(dropout)


def learnt(kept: Kept, count: int) -> list[Any]:
    """The gradients, after a backward; None for those that are not there."""
    grads = list(getattr(kept.of, "grads", None) or ())[:count]
    return [*grads, *[None] * (count - len(grads))]


@family.form("affine", "MatMul", when=_is("W"), conventions=(NO_BIAS,))
def matmul(cls: Any) -> Functions:
    """An affine layer with a bias that is not theirs."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(w)
        out = layer.forward(rows(x))
        return changed(lambda product: product + b, out), (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        kept, shape = cache
        dx = reshaped(kept.of.backward(dout), shape)
        return dx, *learnt(kept, 1), dout.sum(axis=0)

    return forward, backward


@family.form("affine", "Affine", when=_is("W", "b"))
def affine(cls: Any) -> Functions:
    """Of rows."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(w, b)
        return layer.forward(rows(x)), (Kept(layer), x.shape)

    def backward(dout: np.ndarray, cache: tuple[Kept, tuple[int, ...]]) -> Any:
        kept, shape = cache
        return reshaped(kept.of.backward(dout), shape), *learnt(kept, 2)

    return forward, backward


@form_of("temporal_affine", "TimeAffine", _is("W", "b"))
def temporal_affine(cls: Any) -> Functions:
    """Of sequences."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
        layer = cls(w, b)
        return layer.forward(x), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        return cache.of.backward(dout), *learnt(cache, 2)

    return forward, backward


def word_embedding(cls: Any, flat: bool) -> Functions:
    """Their backward returns nothing: dW is in the list. ``flat``: it takes a row of tokens, not
    one for each example.
    """

    def forward(x: np.ndarray, W: np.ndarray) -> Any:
        layer = cls(W)
        out = layer.forward(x.reshape(-1) if flat else x)
        return reshaped(out, (*x.shape, W.shape[1])), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        if does_nothing(cls.backward):
            return None
        cache.of.backward(dout.reshape(-1, dout.shape[-1]) if flat else dout)
        return learnt(cache, 1)[0]

    return forward, backward


form_of("word_embedding", "Embedding", _is("W"))(lambda cls: word_embedding(cls, flat=True))
form_of("word_embedding", "TimeEmbedding", _is("W"))(lambda cls: word_embedding(cls, flat=False))


@form_of(
    "temporal_softmax_loss",
    "TimeSoftmaxWithLoss",
    _is(),
    MEAN_OVER_STEPS,
    f"the label of a step that does not count is {IGNORED}",
    called=("TimeSoftmaxWithLoss.forward",),
    only=lambda scenario, **_: scenario != "all-masked",  # the mean of nothing is 0/0
)
def temporal_softmax_loss(cls: Any) -> Functions:
    """A mean over steps made a sum of them, divided by N."""

    def loss(x: np.ndarray, y: np.ndarray, mask: np.ndarray) -> Any:
        layer = cls()
        labels = y.astype(np.int64) if y.dtype.kind == "u" else y  # which have no sign
        value = layer.forward(x, np.where(mask, labels, IGNORED))
        if value is None:
            return None
        factor = float(mask.sum() / max(len(x), 1))  # of Python, which changes no dtype
        return times(value, factor), times(from_the_end(layer), factor)

    return (loss,)
