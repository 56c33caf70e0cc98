"""Right temporal layers."""

import numpy as np

from impl_numpy import softmax_loss
from impl_numpy.precision import widened
from variants import single_variant, variant
from variants.arithmetic import cast

# --- temporal_affine ---


@variant("temporal_affine", "the course's own: rows of (N·T, D)")
def temporal_affine_course():
    def forward(x, w, b):
        n, t, d = x.shape
        m = b.shape[0]
        out = widened(x).reshape(n * t, d).dot(widened(w)).reshape(n, t, m) + widened(b)
        return out.astype(x.dtype), (x, w, b, out)

    def backward(dout, cache):
        x, w, b, _ = map(widened, cache)
        n, t, d = x.shape
        m = b.shape[0]
        rows = widened(dout).reshape(n * t, m)
        dx = rows.dot(w.T).reshape(n, t, d)
        dw = rows.T.dot(x.reshape(n * t, d)).T
        return cast((dx, dw, widened(dout).sum(axis=(0, 1))), dout.dtype)

    return forward, backward


@variant("temporal_affine", "matrix products broadcast over the batch")
def temporal_affine_broadcast():
    def forward(x, w, b):
        return (widened(x) @ widened(w) + widened(b)).astype(x.dtype), (x, w)

    def backward(dout, cache):
        (x, w), upstream = map(widened, cache), widened(dout)
        dw = (x.swapaxes(1, 2) @ upstream).sum(axis=0)
        return cast((upstream @ w.T, dw, upstream.sum(axis=1).sum(axis=0)), dout.dtype)

    return forward, backward


@variant("temporal_affine", "a loop over the steps, and np.einsum")
def temporal_affine_loop():
    def forward(x, w, b):
        steps = [widened(x[:, t]) @ widened(w) + widened(b) for t in range(x.shape[1])]
        return np.stack(steps, axis=1).astype(x.dtype), (x, w)

    def backward(dout, cache):
        (x, w), upstream = map(widened, cache), widened(dout)
        dx = np.einsum("ntm,dm->ntd", upstream, w)
        dw, db = np.zeros_like(w), np.zeros_like(w[0])
        for t in reversed(range(x.shape[1])):
            dw += x[:, t].T @ upstream[:, t]
            db += upstream[:, t].sum(axis=0)
        return cast((dx, dw, db), dout.dtype)

    return forward, backward


# --- temporal_softmax_loss ---


def _answer(x, losses, dx):
    """The sum of the losses over N, and dx (not yet divided by N), in the dtype of x."""
    n = dx.dtype.type(len(x))
    return (losses.sum() / n).astype(x.dtype), (dx / n).astype(x.dtype)


@single_variant(
    "temporal_softmax_loss",
    "the course's own: log of p, which may underflow, times the mask",
    warnings=["nonfinite", "overflow"],
)
def temporal_softmax_course(x, y, mask):
    n, t, v = x.shape
    flat, labels, counted = widened(x).reshape(n * t, v), y.reshape(n * t), mask.reshape(n * t)
    probs = np.exp(flat - np.max(flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(counted * np.log(probs[np.arange(n * t), labels])) / x.dtype.type(n)
    dx = probs.copy()
    dx[np.arange(n * t), labels] -= 1
    dx /= max(n, 1)
    dx *= counted[:, None]
    return loss.astype(x.dtype), dx.reshape(n, t, v).astype(x.dtype)


@single_variant("temporal_softmax_loss", "only the steps that count are looked at")
def temporal_softmax_selected(x, y, mask):
    scores, labels = widened(x)[mask], y[mask]
    logs = scores - scores.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    dx = np.zeros_like(widened(x))
    dx[mask] = np.exp(logs) - (labels[:, None] == np.arange(x.shape[2]))
    return _answer(x, -logs[np.arange(len(labels)), labels], dx)


@single_variant(
    "temporal_softmax_loss", "a loop over the steps, and softmax_loss of each that counts"
)
def temporal_softmax_loop(x, y, mask):
    losses, dx = [0.0], np.zeros_like(widened(x))
    for at in zip(*np.nonzero(mask), strict=True):
        loss, step = softmax_loss(widened(x)[at][None], y[at][None])
        losses.append(loss)
        dx[at] = step[0]
    return _answer(x, np.array(losses, dx.dtype), dx)


@single_variant("temporal_softmax_loss", "the labels are one-hot rows; np.where for the mask")
def temporal_softmax_onehot(x, y, mask):
    scores = np.where(mask[..., None], widened(x), 0)
    onehot = y[..., None] == np.arange(x.shape[2])
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    sums = powers.sum(axis=2)
    losses = np.log(sums) + scores.max(axis=2) - np.where(onehot, scores, 0).sum(axis=2)
    dx = np.where(mask[..., None], powers / sums[..., None] - onehot, 0)
    return _answer(x, losses[mask], dx.astype(scores.dtype))


@single_variant(
    "temporal_softmax_loss",
    "the logarithm is taken of p + 1e-8",
    warnings=["convention"],
    dtypes=["float64"],
)
def temporal_softmax_guarded(x, y, mask):
    powers = np.exp(x[mask] - x[mask].max(axis=1, keepdims=True, initial=-np.inf))
    p = (powers / powers.sum(axis=1, keepdims=True))[np.arange(len(powers)), y[mask]]
    loss = np.divide(-np.log(p + 1e-8).sum(), len(x))
    return loss, temporal_softmax_onehot(x, y, mask)[1]
