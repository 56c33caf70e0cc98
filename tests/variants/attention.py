"""Right attention."""

import math

import numpy as np

from impl_numpy import (
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention_backward,
    scaled_dot_product_attention_forward,
)
from impl_numpy.precision import widened
from variants import variant

MASKED = "scaled_dot_product_attention_masked"


def _softmax(scores, shift):
    exponentials = np.exp(scores - shift)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _highest(scores):
    return scores.max(axis=-1, keepdims=True, initial=-np.inf)


def _scores(q, k):
    return np.einsum("nte,nse->nts", widened(q), widened(k)) / math.sqrt(q.shape[-1])


def _answer(q, k, v, p):
    return (p @ widened(v)).astype(q.dtype), (q, k, v, p)


# --- scaled_dot_product_attention ---


@variant("scaled_dot_product_attention", "einsum throughout; the scores are scaled")
def attention_einsum():
    def forward(q, k, v):
        scores = _scores(q, k)
        p = _softmax(scores, _highest(scores))
        return np.einsum("nts,nsm->ntm", p, widened(v)).astype(q.dtype), (q, k, v, p)

    def backward(dout, cache):
        q, k, v, p = cache
        upstream = widened(dout)
        dp = np.einsum("ntm,nsm->nts", upstream, widened(v))
        ds = p * dp - p * np.einsum("nts,nts->nt", p, dp)[..., None]
        ds = ds / math.sqrt(q.shape[-1])
        dq = np.einsum("nts,nse->nte", ds, widened(k))
        dk = np.einsum("nts,nte->nse", ds, widened(q))
        dv = np.einsum("nts,ntm->nsm", p, upstream)
        return dq.astype(q.dtype), dk.astype(q.dtype), dv.astype(q.dtype)

    return forward, backward


@variant("scaled_dot_product_attention", "a loop over examples and queries, with Jacobians")
def attention_loop():
    def forward(q, k, v):
        out = np.zeros((*q.shape[:2], v.shape[2]), q.dtype)
        p = np.zeros((*q.shape[:2], k.shape[1]), widened(q).dtype)
        for n, t in np.ndindex(*q.shape[:2]):
            scores = widened(k[n]) @ widened(q[n, t]) / math.sqrt(q.shape[-1])
            p[n, t] = _softmax(scores, scores.max())
            out[n, t] = p[n, t] @ widened(v[n])
        return out, (q, k, v, p)

    def backward(dout, cache):
        q, k, v, p = map(widened, cache)
        dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
        for n, t in np.ndindex(*q.shape[:2]):
            row, upstream = p[n, t], widened(dout[n, t])
            jacobian = np.diag(row) - np.outer(row, row)
            ds = jacobian @ (v[n] @ upstream) / math.sqrt(q.shape[-1])
            dq[n, t] = ds @ k[n]
            dk[n] += np.outer(ds, q[n, t])
            dv[n] += np.outer(row, upstream)
        return dq.astype(dout.dtype), dk.astype(dout.dtype), dv.astype(dout.dtype)

    return forward, backward


@variant("scaled_dot_product_attention", "FlashAttention's Σ dout∘out for Σ p∘dp")
def attention_flash():
    def forward(q, k, v):
        scores = widened(q) @ (widened(k) / math.sqrt(q.shape[-1])).swapaxes(1, 2)
        p = _softmax(scores, _highest(scores))
        out, cache = _answer(q, k, v, p)
        return out, (*cache, p @ widened(v))

    def backward(dout, cache):
        q, k, v, p, out = map(widened, cache)
        upstream = widened(dout)
        delta = (upstream * out).sum(axis=-1, keepdims=True)
        ds = p * (upstream @ v.swapaxes(1, 2) - delta)
        root = math.sqrt(q.shape[-1])
        gradients = ds @ (k / root), ds.swapaxes(1, 2) @ (q / root), p.swapaxes(1, 2) @ upstream
        return tuple(g.astype(dout.dtype) for g in gradients)

    return forward, backward


@variant("scaled_dot_product_attention", "the softmax by logarithms: exp(s - log Σ exp s)")
def attention_log_softmax():
    def forward(q, k, v):
        scores = _scores(q, k)
        shifted = scores - _highest(scores)
        p = np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
        return _answer(q, k, v, p)

    return forward, scaled_dot_product_attention_backward


# --- scaled_dot_product_attention, masked ---


@variant(MASKED, "-1e9 instead of -∞: a fully masked row attends everywhere, as in JAX")
def attention_masked_large_number():
    def forward(q, k, v, mask):
        scores = np.where(mask, _scores(q, k), widened(q).dtype.type(-1e9))
        out, cache = _answer(q, k, v, _softmax(scores, _highest(scores)))
        return out, (*cache, mask)

    def backward(dout, cache):
        q, k, v, p, mask = (widened(a) for a in cache)
        dp = widened(dout) @ v.swapaxes(1, 2)
        ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True))
        ds = np.where(mask, ds, 0) / math.sqrt(q.shape[-1])
        gradients = ds @ k, ds.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ widened(dout)
        return tuple(g.astype(dout.dtype) for g in gradients)

    return forward, backward


@variant(
    MASKED,
    "the same with a backward that does not know of the mask",
    warnings=["masked-row"],
)
def attention_masked_unknown_to_backward():
    def forward(q, k, v, mask):
        scores = np.where(mask, _scores(q, k), widened(q).dtype.type(-1e9))
        return _answer(q, k, v, _softmax(scores, _highest(scores)))

    return forward, scaled_dot_product_attention_backward


@variant(
    MASKED,
    "-1e9 is added to what is masked, so that float64 still sees a fully masked row's scores",
    warnings=["masked-row"],
)
def attention_masked_added():
    def forward(q, k, v, mask):
        scores = _scores(q, k)
        scores = scores + (1 - mask.astype(scores.dtype)) * scores.dtype.type(-1e9)
        return _answer(q, k, v, _softmax(scores, _highest(scores)))

    return forward, scaled_dot_product_attention_backward


@variant(MASKED, "a loop over the rows, which takes their keys alone; an empty row is 0")
def attention_masked_loop():
    def forward(q, k, v, mask):
        p = np.zeros(mask.shape, widened(q).dtype)
        for n, t in np.ndindex(*q.shape[:2]):
            keys = np.flatnonzero(mask[n, t])
            if keys.size:
                scores = widened(k[n, keys]) @ widened(q[n, t]) / math.sqrt(q.shape[-1])
                p[n, t, keys] = _softmax(scores, scores.max())
        return _answer(q, k, v, p)

    return forward, scaled_dot_product_attention_backward


@variant(MASKED, "the plain formula: a row of -∞ becomes NaN", warnings=["masked-row"])
def attention_masked_plain():
    def forward(q, k, v, mask):
        scores = _scores(q, k)
        scores[~mask] = -np.inf
        return _answer(q, k, v, _softmax(scores, _highest(scores)))

    return forward, scaled_dot_product_attention_backward


@variant(MASKED, "exponentials times the mask, with 1e-30 added to their sum")
def attention_masked_product():
    def forward(q, k, v, mask):
        scores = _scores(q, k)
        highest = np.where(mask, scores, -np.inf).max(axis=-1, keepdims=True, initial=-np.inf)
        highest = np.where(np.isinf(highest), 0, highest).astype(scores.dtype)
        exponentials = np.where(mask, np.exp(scores - highest), 0)
        return _answer(q, k, v, exponentials / (exponentials.sum(axis=-1, keepdims=True) + 1e-30))

    return forward, scaled_dot_product_attention_backward


# --- multi_head_attention ---


@variant("multi_head_attention", "a loop over the heads, whose shares of out and dx are added up")
def multi_head_attention_loop():
    def forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
        wide = [widened(a) for a in (x, Wq, Wk, Wv, Wo, bq, bk, bv, bo)]
        x_, Wq_, Wk_, Wv_, Wo_, bq_, bk_, bv_, bo_ = wide
        width = len(bq) // num_heads
        out, caches = bo_ + np.zeros_like(x_), []
        for columns in (slice(i * width, (i + 1) * width) for i in range(num_heads)):
            q, k, v = (
                np.einsum("ntd,de->nte", x_, w[:, columns]) + b[columns]
                for w, b in ((Wq_, bq_), (Wk_, bk_), (Wv_, bv_))
            )
            head, cache = scaled_dot_product_attention_forward(q, k, v)
            out = out + np.einsum("nte,ed->ntd", head, Wo_[columns])
            caches.append((columns, head, cache))
        return out.astype(x.dtype), (wide, caches)

    def backward(dout, cache):
        (x, Wq, Wk, Wv, Wo, *biases), caches = cache
        upstream, dx = widened(dout), np.zeros_like(x)
        dWq, dWk, dWv, dWo = (np.zeros_like(Wo) for _ in range(4))
        dbq, dbk, dbv, _ = (np.zeros_like(b) for b in biases)
        for columns, head, cache_of_head in caches:
            dWo[columns] = np.einsum("nte,ntd->ed", head, upstream)
            dhead = np.einsum("ntd,ed->nte", upstream, Wo[columns])
            for d, w, dw, db in zip(
                scaled_dot_product_attention_backward(dhead, cache_of_head),
                (Wq, Wk, Wv),
                (dWq, dWk, dWv),
                (dbq, dbk, dbv),
                strict=True,
            ):
                dw[:, columns] = np.einsum("ntd,nte->de", x, d)
                db[columns] = d.sum(axis=(0, 1))
                dx += np.einsum("nte,de->ntd", d, w[:, columns])
        dbo = upstream.sum(axis=(0, 1))
        gradients = dx, dWq, dWk, dWv, dWo, dbq, dbk, dbv, dbo
        return tuple(g.astype(dout.dtype) for g in gradients)

    return forward, backward


@variant("multi_head_attention", "the key's bias has a gradient of exactly 0")
def multi_head_attention_zero_dbk():
    def backward(dout, cache):
        *others, dbv, dbo = multi_head_attention_backward(dout, cache)
        return *others[:-1], np.zeros_like(others[-1]), dbv, dbo

    return multi_head_attention_forward, backward


@variant("multi_head_attention", "q, k and v by one product with the weights side by side")
def multi_head_attention_packed():
    def forward(x, Wq, Wk, Wv, Wo, bq, bk, bv, bo, num_heads):
        wide, (n, steps, width) = widened(x), x.shape
        weights = widened(np.concatenate((Wq, Wk, Wv), axis=1))
        biases = widened(np.concatenate((bq, bk, bv)))
        packed = (wide.reshape(n * steps, width) @ weights + biases).reshape(
            n, steps, 3, num_heads, width // num_heads
        )
        q, k, v = packed.transpose(2, 0, 3, 1, 4)
        scores = q @ k.swapaxes(-1, -2) * (q.shape[-1] ** -0.5)
        p = _softmax(scores, _highest(scores))
        merged = (p @ v).transpose(0, 2, 1, 3).reshape(n * steps, width)
        out = (merged @ widened(Wo) + widened(bo)).reshape(x.shape).astype(x.dtype)
        return out, (wide, weights, widened(Wo), q, k, v, p, merged)

    def backward(dout, cache):
        wide, weights, Wo, q, k, v, p, merged = cache
        (n, steps, width), num_heads = wide.shape, q.shape[1]
        upstream = widened(dout).reshape(n * steps, width)
        dheads = (
            (upstream @ Wo.T).reshape(n, steps, num_heads, width // num_heads).transpose(0, 2, 1, 3)
        )
        dp = dheads @ v.swapaxes(-1, -2)
        ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) * (q.shape[-1] ** -0.5)
        stacked = np.stack((ds @ k, ds.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ dheads))
        packed = stacked.transpose(1, 3, 0, 2, 4).reshape(n * steps, 3 * width)
        dweights = wide.reshape(n * steps, width).T @ packed
        gradients = (
            (packed @ weights.T).reshape(wide.shape),
            *np.split(dweights, 3, axis=1),
            merged.T @ upstream,
            *np.split(packed.sum(axis=0), 3),
            upstream.sum(axis=0),
        )
        return tuple(g.astype(dout.dtype) for g in gradients)

    return forward, backward
