"""Right linear classifiers."""

import functools
import math

import numpy as np

from impl_numpy import softmax_loss_naive, softmax_loss_vectorized, svm_loss_vectorized
from impl_numpy.precision import widened
from variants import single_variant

softmax_variant = functools.partial(single_variant, "softmax_loss_vectorized")
svm_variant = functools.partial(single_variant, "svm_loss_vectorized")


def _answer(W, X, reg, losses, dscores):
    """The answer from each example's loss and the gradient of its scores, not yet divided by N."""
    weights, count = widened(W), len(X)
    loss = np.sum(losses) / losses.dtype.type(count) + reg * np.sum(weights * weights)
    dW = widened(X).T.dot(dscores / dscores.dtype.type(count)) + 2 * reg * weights
    return loss.astype(W.dtype), dW.astype(W.dtype)


def _margins(W, X, y):
    """The margins, with 0 at the labels, and where those are."""
    scores, labels = widened(X).dot(widened(W)), (np.arange(len(X)), y)
    margins = scores - scores[labels][:, None] + 1
    margins[labels] = 0
    return margins, labels


def _counted(positive, labels):
    """What is counted for every class, taken off at the label."""
    positive[labels] = 0
    positive[labels] = -np.sum(positive, axis=1)
    return positive


# --- softmax_loss_vectorized ---


@softmax_variant("the logarithm is taken of p + 1e-8", warnings=["convention"], dtypes=["float64"])
def softmax_loss_vectorized_guarded(W, X, y, reg):
    powers = np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))
    p = (powers / powers.sum(axis=1, keepdims=True))[np.arange(len(X)), y]
    loss = -np.log(p + 1e-8).mean() + reg * (W**2).sum()
    return loss, softmax_loss_vectorized(W, X, y, reg)[1]


@softmax_variant("the spelling with loops")
def softmax_loss_vectorized_by_examples(W, X, y, reg):
    return softmax_loss_naive(W, X, y, reg)


@softmax_variant("loops over examples and classes, in float64")
def softmax_loss_vectorized_loops(W, X, y, reg):
    weights, dW, loss = W.astype(np.float64), np.zeros(W.shape), 0.0
    for example, label in zip(X.astype(np.float64), y, strict=True):
        scores = example.dot(weights)
        scores -= np.max(scores)
        total = sum(math.exp(score) for score in scores)
        loss += math.log(total) - scores[label]
        for c, score in enumerate(scores):
            dW[:, c] += (math.exp(score) / total - (c == label)) * example
    loss, dW = loss / len(X), dW / len(X)
    loss, dW = loss + reg * (weights**2).sum(), dW + reg * 2 * weights
    return loss.astype(W.dtype), dW.astype(W.dtype)


@softmax_variant(
    "the course's solutions: log of the probabilities, which may be 0", warnings=["overflow"]
)
def softmax_loss_vectorized_of_the_course(W, X, y, reg):
    scores, rows = widened(X).dot(widened(W)), np.arange(len(X))
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    losses = -np.log(p[rows, y])
    p[rows, y] -= 1
    return _answer(W, X, reg, losses, p)


@softmax_variant("p is exp(log p), the labels a one-hot matrix")
def softmax_loss_vectorized_by_logarithms(W, X, y, reg):
    scores = widened(X) @ widened(W)
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    labels = (np.arange(W.shape[1]) == y[:, None]).astype(logs.dtype)
    return _answer(W, X, reg, -np.sum(logs * labels, axis=1), np.exp(logs) - labels)


@softmax_variant("the mean of each example's own answer")
def softmax_loss_vectorized_one_by_one(W, X, y, reg):
    answers = [softmax_loss_vectorized(W, X[n : n + 1], y[n : n + 1], reg) for n in range(len(X))]
    losses, gradients = zip(*answers, strict=True)
    return (
        np.mean([widened(loss) for loss in losses]).astype(W.dtype),
        np.mean([widened(gradient) for gradient in gradients], axis=0).astype(W.dtype),
    )


@softmax_variant("the penalty is ½·reg·ΣW²", warnings=["convention"])
def softmax_loss_vectorized_halved_penalty(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, 0.5 * reg)


@softmax_variant("np.zeros_like(W, float) promotes", warnings=["dtype"])
def softmax_loss_vectorized_promoted(W, X, y, reg):
    loss, gradient = softmax_loss_vectorized(W.astype(np.float64), X.astype(np.float64), y, reg)
    dW = np.zeros_like(W, float)
    dW += gradient
    return float(loss), dW


# --- svm_loss_vectorized ---


@svm_variant("the course's loops", warnings=["dtype"])
def svm_loss_vectorized_loops_of_the_course(W, X, y, reg):
    weights, examples, dW, loss = widened(W), widened(X), np.zeros(W.shape), 0.0
    num_train = X.shape[0]
    for i in range(num_train):
        scores = examples[i].dot(weights)
        correct_class_score = scores[y[i]]
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += examples[i]
                dW[:, y[i]] -= examples[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(weights * weights)
    return np.float64(loss), dW + 2 * reg * weights


@svm_variant("the course's solutions: a mask with the counts at the labels")
def svm_loss_vectorized_of_the_course(W, X, y, reg):
    margins, labels = _margins(W, X, y)
    margins = np.maximum(0, margins)
    binary = margins.copy()
    binary[margins > 0] = 1
    return _answer(W, X, reg, np.sum(margins, axis=1), _counted(binary, labels))


@svm_variant("Σ over positive classes of x, by one product for each class")
def svm_loss_vectorized_by_classes(W, X, y, reg):
    margins, labels = _margins(W, X, y)
    weights, examples = widened(W), widened(X)
    counts = _counted((margins > 0).astype(weights.dtype), labels)
    dW = np.stack([np.einsum("n,nd->d", column, examples) for column in counts.T], axis=1)
    loss = margins[margins > 0].sum() / len(X) + reg * np.vdot(weights, weights)
    return loss.astype(W.dtype), (dW / len(X) + 2 * reg * weights).astype(W.dtype)


@svm_variant("everything in float64, cast back")
def svm_loss_vectorized_in_float64(W, X, y, reg):
    loss, dW = svm_loss_vectorized(W.astype(np.float64), X.astype(np.float64), y, reg)
    return loss.astype(W.dtype), dW.astype(W.dtype)


@svm_variant("the penalty is ½·reg·ΣW², so that its slope is reg·W", warnings=["convention"])
def svm_loss_vectorized_halved_penalty(W, X, y, reg):
    return svm_loss_vectorized(W, X, y, reg / 2)


@svm_variant("margins of 0 count: the slope is 1 there", warnings=["convention"])
def svm_loss_vectorized_slope_one_at_kinks(W, X, y, reg):
    margins, labels = _margins(W, X, y)
    counts = _counted((margins >= 0).astype(margins.dtype), labels)
    return _answer(W, X, reg, np.maximum(margins, 0).sum(axis=1), counts)


@svm_variant("the slope at a margin of 0 is ½, and the penalty is halved", warnings=["convention"])
def svm_loss_vectorized_two_conventions(W, X, y, reg):
    margins, labels = _margins(W, X, y)
    counts = _counted((np.sign(margins) + 1) / 2, labels)
    return _answer(W, X, reg / 2, np.maximum(margins, 0).sum(axis=1), counts)
