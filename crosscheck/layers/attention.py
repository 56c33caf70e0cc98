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


def terms(slip, inputs, cotangents):
    """All quantities in NumPy, and the slips that people make."""
    q, k, v, dout = *(inputs[name] for name in "qkv"), cotangents["dout"]
    width, mask = q.shape[-1], inputs.get("mask")
    products = q @ slip(k, {"the keys of the first example serve all": k[:1]}).swapaxes(1, 2)
    root = np.sqrt(width)
    scores = slip(
        products / root,
        {
            "the scores are not scaled by 1/√E": products,
            "the scores are divided by E, not by √E": products / width,
            "the scores are multiplied by √E": products * root,
            "the scores are divided by the root of the values' width": products
            / np.sqrt(v.shape[-1]),
            "the probabilities are scaled, not the scores": products,
        },
    )
    p = _probabilities(slip, scores, mask)
    p = p / slip(1.0, {"the probabilities are scaled, not the scores": root})
    dp = dout @ v.swapaxes(1, 2)
    along = slip(
        (p * dp).sum(axis=-1, keepdims=True),
        {
            "the sum over the keys in the softmax's gradient is left out": 0.0,
            "the softmax's gradient is p·(1 - p)·dp, as a sigmoid's": p * dp,
            "the sum in the softmax's gradient goes over the queries": (p * dp).sum(
                axis=1, keepdims=True
            ),
        },
    )
    ds = slip(
        p * (dp - along),
        {
            "the softmax's gradient is not multiplied by p": dp - along,
            "the softmax is left out of the backward": dp,
        },
    )
    uniform = {"p is taken to be uniform in dv": np.full(p.shape, 1 / p.shape[-1])}
    leaks = ds
    if mask is not None:
        spread = np.where(p == 0, 1 / p.shape[-1], p)
        leaks = spread * (dp - (spread * dp).sum(axis=-1, keepdims=True))
    ds = slip(ds, {"masked scores have a gradient": leaks})
    return {
        "out": p @ v,
        "dq": ds @ k / slip(root, {"1/√E is left out of dq": 1.0}),
        "dk": ds.swapaxes(1, 2)
        @ q
        / slip(root, {"1/√E is multiplied in twice": float(width), "1/√E is left out of dk": 1.0}),
        "dv": slip(p, uniform).swapaxes(1, 2) @ dout,
    }


def _probabilities(slip, scores, mask):
    """The softmax over the keys that are seen; 0 where a query may attend to nothing."""
    seen, anywhere = scores, True
    if mask is not None:
        anywhere = mask.any(axis=-1, keepdims=True)
        shifted = scores - scores.max(axis=-1, keepdims=True)
        seen = slip(
            np.where(mask | ~anywhere, scores, -np.inf),
            {
                "masked scores are 0, not -∞": scores * mask,
                "the mask comes after the softmax": scores,
                "masked scores are only 100 lower": scores - 100.0 * ~mask,
                "masked scores are 1e-9, where -1e9 was meant": np.where(mask, scores, 1e-9),
                "the mask of the first example serves all": np.where(mask[:1], scores, -np.inf),
                "the mask of the last query serves all": np.where(mask[:, -1:], scores, -np.inf),
            },
        )
        hidden = np.exp(np.where(mask, shifted, -np.inf))
    own = seen.max(axis=-1, keepdims=True)
    lifted = np.exp(seen), np.exp(seen - seen.max())
    powers = slip(np.exp(seen - own), {"the softmax goes over the queries": lifted[1]})
    totals = slip(
        powers.sum(axis=-1, keepdims=True),
        {
            "the exponentials are not normalized": 1.0,
            "the softmax goes over the queries": powers.sum(axis=1, keepdims=True),
        },
    )
    wrong = {
        "the maximum is not subtracted: exp overflows": lifted[0]
        / lifted[0].sum(axis=-1, keepdims=True),
        "the largest score of all is subtracted, not each row's own": lifted[1]
        / lifted[1].sum(axis=-1, keepdims=True),
    }
    if mask is None:
        return slip(powers / totals, wrong)
    wrong["the maximum is taken of masked scores, too"] = hidden / hidden.sum(
        axis=-1, keepdims=True
    )
    p = slip(np.where(anywhere, powers / totals, 0), wrong)
    return slip(p, {"the mask comes after the softmax": powers / totals * mask})


def multi_head_terms(slip, inputs, cotangents, *, num_heads):
    """All quantities in NumPy, by attention's own, and the slips that people make."""
    x, dout = inputs["x"], cotangents["dout"]
    n, steps, width = x.shape
    apart = "every h-th column belongs to a head, not D/h in a row"
    order = slip(np.arange(width), {apart: np.arange(width).reshape(-1, num_heads).T.ravel()})
    reshaped = "(N, T, D) is reshaped into heads without swapping axes"

    def split(a):
        heads = a.reshape(n, steps, num_heads, -1).swapaxes(1, 2)
        flat = (n * num_heads, steps, width // num_heads)
        return slip(heads.reshape(flat), {reshaped: a.reshape(flat)})

    def merge(a):
        merged = a.reshape(n, num_heads, steps, -1).swapaxes(1, 2).reshape(x.shape)
        return slip(merged, {reshaped: a.reshape(x.shape)})

    turned = "the weights are transposed, as torch.nn.Linear has them"
    weights = {m: slip(inputs["W" + m], {turned: inputs["W" + m].T}) for m in "qkvo"}
    parameters = {m: (weights[m][:, order], inputs["b" + m][order]) for m in "qkv"}
    scale = slip(1.0, {"the scores are divided by √D, not by √(D/h)": np.sqrt(num_heads)})
    projected = {m: split(x @ w + b) for m, (w, b) in parameters.items()}
    projected["q"] = projected["q"] / scale
    Wo = slip(weights["o"], {"Wo is left out, with no projection in its place": np.eye(width)})
    Wo, bo = Wo[order], inputs["bo"]
    found = terms(slip, projected, {"dout": split(dout @ Wo.T)})
    heads, back = merge(found["out"]), np.argsort(order)
    d = {m: merge(found["d" + m])[..., back] for m in "qkv"}
    d["q"] = d["q"] / scale
    paths = {f"the path through {m}": d[m] @ weights[m].T for m in "qkv"}
    unprojected = {"dbv is dbo: Wo is left out": dout.sum((0, 1))}
    return {
        "out": slip(heads @ Wo + bo, {"the last projection, by Wo and bo, is left out": heads}),
        "dx": paths,
        **{"dW" + m: np.einsum("ntd,nte->de", x, d[m]) for m in "qkv"},
        "dWo": np.einsum("ntd,nte->de", heads[..., back], dout),
        "dbq": d["q"].sum((0, 1)),
        "dbk": d["k"].sum((0, 1)),
        "dbv": slip(d["v"].sum((0, 1)), unprojected),
        "dbo": dout.sum((0, 1)),
    }


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
    terms=terms,
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
    terms=terms,
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
    terms=multi_head_terms,
    options=("num_heads",),
)
