"""CMU 11-785, 2023 on: every ``backward`` takes the upstream gradient; attention."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from crosscheck.adapters.cmu import ACTIVATIONS, TRANSPOSED, Functions, add_activation, like
from crosscheck.adapters.cmu_late import add_layers
from crosscheck.adapters.cmu_narrow import add_narrow
from crosscheck.adapters.family import Family, Kept, has, mentions, parameters
from crosscheck.adapters.probe import answered, numbers, shape_of
from crosscheck.adapters.shaped import changed, reshaped, turned

SHOWN = "True in a mask is a key to look at, where the handout's hides it"
MASKED = "True in a mask is a key to ignore (inverted here)"
ONE_HEAD = "an axis for heads is added, of length 1"
SELF = "query, key and value are the same, and their gradients are added here"

family = Family(
    "cmu_2023",
    "activations: .forward(Z) -> A, .backward(dLdA) -> dLdZ; "
    "ScaledDotProductAttention.forward(Q, K, V, mask), MultiHeadAttention(embed_dim, num_heads)",
)


def _is_activation(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls.forward) == ("Z",)
        and parameters(cls.backward) == ("dLdA",)
        and parameters(cls) in ((), ("dim",), ("beta",))
    )


for _name, _layer in {**ACTIVATIONS, "GELU": "gelu", "Softmax": "softmax", "Swish": "silu"}.items():
    add_activation(family, _layer, _name, "backward", _is_activation)
add_layers(family)


def _is_attention(cls: Any) -> bool:
    """The handout's: its axes are (N, …, H, L, E), and what it adds to hide a key is .eps."""
    return (
        has(cls, "forward", "backward")
        and parameters(cls) == ()
        and parameters(cls.forward) == ("Q", "K", "V", "mask")
        and mentions(cls, "eps")
        and mentions(cls, "softmax")
    )


@cache
def shows(cls: Any) -> bool:
    """Whether True in a mask is a key to look at, of a class that is not made of the handout's
    Softmax: by which values its output depends on.
    """
    if mentions(cls, "Softmax"):
        return False
    q, k, v, mask = (numbers(1, 1, 1, 2), numbers(1, 1, 3, 2), numbers(1, 1, 3, 2), _MASK)

    def changes(key: int) -> bool:
        other = v.copy()
        other[..., key, :] += 1
        first, second = (answered(lambda a=a: cls().forward(q, k, a, mask)) for a in (v, other))
        return shape_of(first) == shape_of(second) == q.shape and not np.allclose(first, second)

    return [changes(key) for key in range(3)] == _MASK.ravel().tolist()


_MASK = np.array([[[[False, True, False]]]])


def add_attention() -> None:
    """With a mask, of either meaning, and without."""
    for shown in (True, False):
        family.form(
            *("scaled_dot_product_attention_masked", "ScaledDotProductAttention"),
            when=lambda cls, s=shown: _is_attention(cls) and shows(cls) == s,
            conventions=(ONE_HEAD, SHOWN if shown else MASKED),
        )(lambda cls, s=shown: attention(cls, s))
    family.form(
        *("scaled_dot_product_attention", "ScaledDotProductAttention"),
        when=_is_attention,
        conventions=(ONE_HEAD,),
    )(lambda cls: attention(cls, False))


def attention(cls: Any, shown: bool) -> Functions:
    """``.forward(Q, K, V, mask=None)``, and ``.backward(d_output) -> dQ, dK, dV``."""

    def forward(q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: Any = None) -> Any:
        layer = cls()
        given = () if mask is None else ((mask if shown else ~mask)[:, None],)
        out = layer.forward(q[:, None], k[:, None], v[:, None], *given)
        return _without_heads(out), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        returned = cache.of.backward(dout[:, None])
        is_tuple = isinstance(returned, (tuple, list))
        return tuple(map(_without_heads, returned)) if is_tuple else returned

    return forward, backward


add_attention()


def _without_heads(value: Any) -> Any:
    return changed(lambda a: a[:, 0] if a.ndim == 4 and a.shape[1] == 1 else a, value)


_QUERIES = ("query", "key", "value", "key_padding_mask", "attn_mask")


def _is_multi_head(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward", "init_weights")
        and parameters(cls) == ("embed_dim", "num_heads")
        and parameters(cls.forward) == _QUERIES
        and parameters(cls.init_weights) == ("Wq", "bq", "Wk", "bk", "Wv", "bv", "Wo", "bo")
    )


@family.form(
    *("multi_head_attention", "MultiHeadAttention"),
    when=_is_multi_head,
    conventions=(TRANSPOSED, SELF),
)
def multi_head_attention(cls: Any) -> Functions:
    """Its projections are four Linear, its masks hide nothing."""

    def forward(
        x: np.ndarray,
        Wq: np.ndarray,
        Wk: np.ndarray,
        Wv: np.ndarray,
        Wo: np.ndarray,
        bq: np.ndarray,
        bk: np.ndarray,
        bv: np.ndarray,
        bo: np.ndarray,
        num_heads: int,
    ) -> Any:
        layer = cls(x.shape[-1], num_heads)
        biases = [like(layer.q_proj, "b", b, b.shape) for b in (bq, bk, bv, bo)]
        weights = zip((Wq, Wk, Wv, Wo), biases, strict=True)
        layer.init_weights(*(a for w, b in weights for a in (w.T, b)))
        length = x.shape[1]
        masks = np.zeros((len(x), length), bool), np.zeros((length, length), bool)
        return layer.forward(x, x, x, *masks), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        layer, returned = cache.of, cache.of.backward(dout)
        if not isinstance(returned, (tuple, list)) or len(returned) != 3:
            return returned
        dq, dk, dv = returned
        projections = (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj)
        dw = (turned(getattr(p, "dLdW", None)) for p in projections)
        db = (reshaped(getattr(p, "dLdb", None), dout.shape[-1:]) for p in projections)
        return (dq + dk + dv, *dw, *db)

    return forward, backward


add_narrow(family)
