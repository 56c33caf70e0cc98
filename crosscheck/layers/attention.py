"""Scaled dot-product attention, and several heads of it (Vaswani et al., NeurIPS 2017).

A mask is True where a query may attend to a key. JAX's side is written from the formula, with
jax.nn.softmax: jax.nn.dot_product_attention computes the softmax of float64 in float32.
"""

from math import sqrt

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.layer import Dispute, Input, Layer, Output, Point
from crosscheck.layers.softmax import small
from crosscheck.scenario import FORMS, Bits, Scenario, Shape, integers


def torch_reference(q, k, v):
    """torch.nn.functional.scaled_dot_product_attention."""
    from torch.nn.functional import scaled_dot_product_attention

    return scaled_dot_product_attention(q, k, v)


def jax_reference(q, k, v):
    """From the formula."""
    return _jax_attention(_jax_scores(q, k), v)


def torch_masked_reference(q, k, v, mask):
    """torch.nn.functional.scaled_dot_product_attention."""
    from torch.nn.functional import scaled_dot_product_attention

    return scaled_dot_product_attention(q, k, v, attn_mask=mask)


def jax_masked_reference(q, k, v, mask):
    """From the formula. As in jax.nn.dot_product_attention, what may attend to nothing attends to
    everything alike.
    """
    import jax.numpy as jnp

    hidden = jnp.where(mask.any(axis=-1, keepdims=True), -jnp.inf, 0.0)
    return _jax_attention(jnp.where(mask, _jax_scores(q, k), hidden.astype(q.dtype)), v)


def _jax_scores(q, k):
    import jax.numpy as jnp

    return jnp.einsum("nte,nse->nts", q, k) / sqrt(q.shape[-1])


def _jax_attention(scores, v):
    import jax.numpy as jnp
    from jax.nn import softmax

    return jnp.einsum("nts,nsm->ntm", softmax(scores, axis=-1), v)


def torch_multi_head_reference(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, *, num_heads):
    """torch.nn.functional.multi_head_attention_forward, which takes (T, N, D) and the weights
    transposed.
    """
    import torch
    from torch.nn.functional import multi_head_attention_forward

    steps_first = x.transpose(0, 1)
    out, _ = multi_head_attention_forward(
        *(steps_first, steps_first, steps_first),
        embed_dim_to_check=x.shape[-1],
        num_heads=num_heads,
        in_proj_weight=torch.cat((Wq, Wk, Wv), dim=1).T,
        in_proj_bias=torch.cat((bq, bk, bv)),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=Wo.T,
        out_proj_bias=bo,
        need_weights=False,
    )
    return out.transpose(0, 1)


def jax_multi_head_reference(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, *, num_heads):
    """From the formula: attention with every head as one more of the batch."""
    import jax.numpy as jnp

    n, steps, width = x.shape

    def heads(w, b):
        split = (x @ w + b).reshape(n, steps, num_heads, width // num_heads)
        return jnp.swapaxes(split, 1, 2).reshape(n * num_heads, steps, width // num_heads)

    out = jax_reference(heads(Wq, bq), heads(Wk, bk), heads(Wv, bv))
    merged = jnp.swapaxes(out.reshape(n, num_heads, steps, width // num_heads), 1, 2)
    return merged.reshape(n, steps, width) @ Wo + bo


def some_masked(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """True for two keys of three, and for at least one in each row."""
    keys = shape[-1]
    allowed = bits.below(3, shape) > 0
    return np.asarray(allowed | (bits.below(keys, (*shape[:-1], 1)) == np.arange(keys)))


def row_masked(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """The same, but False all along the row of the last query of the first example."""
    mask = some_masked(bits, shape, fmt)
    mask[0, -1] = False
    return mask


def thousands(bits: Bits, shape: Shape, fmt: Format) -> np.ndarray:
    """-2,048, 0 and 2,048."""
    return 2048 * integers(bits, shape, fmt)


_QKV = (Input("q", "N T E", fill=small), Input("k", "N S E"), Input("v", "N S M"))
_OUT = (Output("out", "N T M"),)
_FORMULA = (
    "out = p·v, p = softmax(s), s = q·kᵀ/√E    dv = pᵀ·dout    "
    "ds = p ∘ (dp - Σ p∘dp), dp = dout·vᵀ    dq = ds·k/√E    dk = dsᵀ·q/√E"
)
_SATURATED = Scenario(
    "saturated",
    "scores that are exact, and either the same or a thousand apart",
    fills={"q": thousands, "k": integers},
    stress=True,
)
# Its √E is exact, too.
_SATURATED_POINT = Point({"N": 2, "T": 3, "S": 5, "E": 4, "M": 7}, scenarios=("saturated",))

scaled_dot_product_attention = Layer(
    name="scaled_dot_product_attention",
    formula=_FORMULA,
    inputs=_QKV,
    outputs=_OUT,
    points=(
        Point(
            {"N": 2, "T": 5, "S": 7, "E": 3, "M": 11},
            scenarios=("normal", "positive", "large-upstream", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "T": 5, "S": 2, "E": 1, "M": 7}),
        _SATURATED_POINT,
        Point({"N": 1, "T": 1, "S": 3, "E": 5, "M": 1}),
        Point({"N": 2, "T": 3, "S": 1, "E": 5, "M": 7}),
        Point({"N": 1, "T": 2, "S": 101, "E": 3, "M": 5}),
        Point({"N": 0, "T": 2, "S": 3, "E": 5, "M": 7}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    scenarios=(_SATURATED,),
)

scaled_dot_product_attention_masked = Layer(
    name="scaled_dot_product_attention_masked",
    formula=_FORMULA + "    s = -∞ where masked",
    inputs=(*_QKV, Input("mask", "N T S", fill=some_masked, constant=True)),
    outputs=_OUT,
    points=(
        Point(
            {"N": 2, "T": 5, "S": 7, "E": 3, "M": 11},
            scenarios=("normal", "positive", "masked-row", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "T": 5, "S": 2, "E": 1, "M": 7}),
        _SATURATED_POINT,
        Point({"N": 1, "T": 1, "S": 3, "E": 5, "M": 1}),
        Point({"N": 0, "T": 2, "S": 3, "E": 5, "M": 7}, scenarios=("empty",)),
    ),
    torch=torch_masked_reference,
    jax=(jax_masked_reference,),
    stem="scaled_dot_product_attention",
    conventions=tuple(
        Dispute(
            quantity,
            "what may attend to nothing is 0 in torch and the mean of all v in JAX",
            ("masked-row",),
        )
        for quantity in ("out", "dv")
    ),
    scenarios=(
        _SATURATED,
        Scenario(
            "masked-row",
            "a query that may attend to nothing",
            fills={"mask": row_masked},
            guard="masked-row",
        ),
    ),
)


multi_head_attention = Layer(
    name="multi_head_attention",
    formula="out = [head₁ … head_h]·Wo + bo, headᵢ the attention of the i-th D/h columns of "
    "x·Wq + bq, x·Wk + bk and x·Wv + bv; the gradients by the chain rule (dbk = 0)",
    inputs=(
        Input("x", "N T D"),
        *(Input(f"W{name}", "D D", fill=small) for name in "qkvo"),
        *(Input(f"b{name}", "D", fill=small) for name in "qkvo"),
    ),
    outputs=(Output("out", "N T D"),),
    points=(
        # D is no prime where the heads divide it.
        Point(
            {"N": 2, "T": 5, "D": 6, "num_heads": 3},
            scenarios=("normal", "large-upstream", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 2, "T": 3, "D": 5, "num_heads": 1}),
        Point({"N": 1, "T": 2, "D": 3, "num_heads": 3}),
        Point({"N": 3, "T": 1, "D": 10, "num_heads": 2}),
        Point({"N": 0, "T": 2, "D": 6, "num_heads": 2}, scenarios=("empty",)),
    ),
    torch=torch_multi_head_reference,
    jax=(jax_multi_head_reference,),
    options=("num_heads",),
)
