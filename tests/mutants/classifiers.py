"""Wrong linear classifiers."""

import functools

import numpy as np

from impl_numpy import softmax_loss, softmax_loss_vectorized, svm_loss_vectorized
from mutants import hinted, warning, wrong

softmax_wrong = functools.partial(wrong, "softmax_loss_vectorized")
softmax_warning = functools.partial(warning, "softmax_loss_vectorized")
svm_wrong = functools.partial(wrong, "svm_loss_vectorized")
svm_warning = functools.partial(warning, "svm_loss_vectorized")


def _penalty(W, reg):
    return W.dtype.type(reg) * (W * W).sum()


def _sloped(W, reg):
    return W.dtype.type(2 * reg) * W


def _unpenalized(vectorized, W, X, y):
    """The loss and the gradient of the data alone."""
    return vectorized(W, X, y, 0.0)


def _loops(vectorized, W, X, y, reg, step):
    """The naive spelling: ``step(dW, x, label, share)`` adds one example's share to dW. The loss is
    right.
    """
    dW = np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        step(dW, x, label, _unpenalized(vectorized, W, x[None], np.array([label]))[1])
    count = W.dtype.type(max(len(X), 1))
    return vectorized(W, X, y, reg)[0], dW / count + _sloped(W, reg)


# --- softmax_loss_vectorized: the loss ---


@softmax_wrong("value", "loss", "the penalty is missing in the loss")
@hinted("lacks the penalty")
def softmax_loss_vectorized_without_penalty(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, 0.0)[0], softmax_loss_vectorized(W, X, y, reg)[1]


@softmax_wrong("value", "loss", "the penalty is divided by N together with the losses")
@hinted("has the penalty 1/N times", "has the penalty's slope 1/N times")
def softmax_loss_vectorized_mean_of_penalty(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg / len(X))


@softmax_wrong("value", "loss", "the weights are not squared in the penalty")
@hinted("the weights are not squared in the penalty")
def softmax_loss_vectorized_linear_penalty(W, X, y, reg):
    loss, _ = _unpenalized(softmax_loss_vectorized, W, X, y)
    return loss + W.dtype.type(reg) * W.sum(), softmax_loss_vectorized(W, X, y, reg)[1]


@softmax_wrong("value", "loss", "the penalty is the norm of the weights, not its square")
@hinted("the penalty is the norm of the weights, not its square")
def softmax_loss_vectorized_norm_penalty(W, X, y, reg):
    loss, _ = _unpenalized(softmax_loss_vectorized, W, X, y)
    penalty = W.dtype.type(reg) * np.sqrt((W * W).sum())
    return loss + penalty, softmax_loss_vectorized(W, X, y, reg)[1]


@softmax_wrong("value", "loss", "the losses are summed, not averaged")
@hinted("has the loss of the data N times")
def softmax_loss_vectorized_summed(W, X, y, reg):
    loss, _ = _unpenalized(softmax_loss_vectorized, W, X, y)
    summed = loss * loss.dtype.type(len(X))
    return summed + _penalty(W, reg), softmax_loss_vectorized(W, X, y, reg)[1]


@softmax_warning("convention", "loss", "the penalty is ½·reg·ΣW², in the loss and in dW")
def softmax_loss_vectorized_half_penalty(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg / 2)


@softmax_wrong("value", "dW", "the penalty is reg·ΣW² in the loss, ½·reg·ΣW² in dW")
@hinted("has only half of the penalty's slope")
def softmax_loss_vectorized_mixed_penalty(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    return loss, dW - W.dtype.type(reg) * W


@softmax_wrong("value", "loss", "the penalty is ¼·reg·ΣW²")
@hinted("has the penalty 1/4 times", "has the penalty's slope 1/4 times")
def softmax_loss_vectorized_quarter_penalty(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg / 4)


@softmax_warning("dtype", "loss", "the loss is a Python float")
def softmax_loss_vectorized_python_float(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    return float(loss), dW


# --- softmax_loss_vectorized: the gradient ---


@softmax_wrong("value", "dW", "the penalty is missing in dW")
@hinted("lacks the penalty's slope")
def softmax_loss_vectorized_dw_without_penalty(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg)[0], softmax_loss_vectorized(W, X, y, 0.0)[1]


@softmax_wrong("value", "dW", "dW is not divided by N")
@hinted("has the term of the data N times")
def softmax_loss_vectorized_summed_dw(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    return loss, (dW - _sloped(W, reg)) * W.dtype.type(len(X)) + _sloped(W, reg)


@softmax_wrong("value", "dW", "dW is divided by N after the penalty was added")
@hinted("has the penalty's slope 1/N times")
def softmax_loss_vectorized_dw_divided_late(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    return loss, dW + _sloped(W, reg) * W.dtype.type(1 / len(X) - 1)


@softmax_wrong("value", "dW", "2·reg·ΣW² is added to dW, not 2·reg·W")
@hinted("2·reg·ΣW² is added to dW, not 2·reg·W")
def softmax_loss_vectorized_dw_of_sum(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    return loss, dW - _sloped(W, reg) + 2 * _penalty(W, reg)


@softmax_wrong("value", "dW", "1 is not subtracted at the labels")
@hinted("the 1 at the labels, in ds, is left out")
def softmax_loss_vectorized_forgets_label(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    onehot = (np.arange(W.shape[1]) == y[:, None]).astype(W.dtype)
    return loss, dW + X.T @ onehot / W.dtype.type(len(X))


@softmax_wrong("nonfinite", "dW", "the largest score is not subtracted: exp overflows")
@hinted("the maximum is not subtracted: exp overflows")
def softmax_loss_vectorized_unshifted(W, X, y, reg):
    p = np.exp(X @ W) / np.exp(X @ W).sum(axis=1, keepdims=True)
    p[np.arange(len(X)), y] -= 1
    dW = X.T @ p / W.dtype.type(len(X)) + _sloped(W, reg)
    return softmax_loss_vectorized(W, X, y, reg)[0], dW


@softmax_wrong("shape", "dW", "dW is the gradient of the scores")
@hinted("dW is the gradient of the scores, without Xᵀ")
def softmax_loss_vectorized_dscores(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg)[0], softmax_loss(X @ W, y)[1]


@softmax_wrong("shape", "dW", "dW is transposed")
@hinted("is the correct one transposed")
def softmax_loss_vectorized_transposed(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    return loss, dW.T.copy()


@softmax_wrong("crash", "", "the weights are taken to be (C, D)")
def softmax_loss_vectorized_other_weights(W, X, y, reg):
    return softmax_loss(X @ W.T, y)[0] + _penalty(W, reg), softmax_loss_vectorized(W, X, y, reg)[1]


@softmax_warning("dtype", "dW", "the gradient buffer np.zeros(shape) is float64")
def softmax_loss_vectorized_float64_buffer(W, X, y, reg):
    loss, gradient = softmax_loss_vectorized(W, X, y, reg)
    dW = np.zeros(W.shape)
    dW += gradient
    return loss, dW


@softmax_warning("mutation", "W", "a step is taken at once")
def softmax_loss_vectorized_takes_a_step(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    W -= dW
    return loss, dW


@softmax_warning("mutation", "X", "the mean of the examples is subtracted, and added again")
def softmax_loss_vectorized_centres_data(W, X, y, reg):
    answer = softmax_loss_vectorized(W, X, y, reg)
    X -= X.mean(axis=0)
    X += X.mean(axis=0)
    return answer


@softmax_warning("unfinished", "dW", "the gradient is not written yet")
def softmax_loss_vectorized_no_gradient(W, X, y, reg):
    return softmax_loss_vectorized(W, X, y, reg)[0], None


@softmax_warning("labels", "dW", "flat positions in the labels' own dtype overflow a byte")
def softmax_loss_vectorized_narrow_flat_index(W, X, y, reg):
    dscores, count = softmax_loss(X @ W, y)[1], W.dtype.type(len(X))
    dscores[np.arange(len(X)), y] += 1 / count
    flat = dscores.ravel()
    flat[(np.arange(len(X)) * W.shape[1]).astype(y.dtype) + y] -= 1 / count
    dW = X.T @ flat.reshape(dscores.shape) + _sloped(W, reg)
    return softmax_loss_vectorized(W, X, y, reg)[0], dW


# --- softmax_loss_vectorized: as the loops of softmax_loss_naive ---


@softmax_wrong("value", "dW", "the loop assigns to dW: the last example alone is left")
@hinted("the loop assigns where it should add: the last example alone is left")
def softmax_loss_naive_assigns(W, X, y, reg):
    def step(dW, x, label, share):
        dW[...] = share

    return _loops(softmax_loss_vectorized, W, X, y, reg, step)


@softmax_wrong("value", "dW", "the loop adds each example's share to the label's column only")
@hinted("each example's share goes to the label's column only")
def softmax_loss_naive_label_column(W, X, y, reg):
    def step(dW, x, label, share):
        dW[:, label] += share[:, label]

    return _loops(softmax_loss_vectorized, W, X, y, reg, step)


@softmax_wrong("value", "dW", "the loop skips the label's column")
@hinted("the label's column is left out")
def softmax_loss_naive_other_columns(W, X, y, reg):
    def step(dW, x, label, share):
        dW += share
        dW[:, label] -= share[:, label]

    return _loops(softmax_loss_vectorized, W, X, y, reg, step)


@softmax_wrong("value", "dW", "the loop adds the penalty's slope once for each example")
@hinted("has the penalty's slope twice")
def softmax_loss_naive_penalty_in_loop(W, X, y, reg):
    def step(dW, x, label, share):
        dW += share + _sloped(W, reg)

    return _loops(softmax_loss_vectorized, W, X, y, reg, step)


@softmax_wrong("value", "dW", "the loop ends one example too early")
@hinted("the loop ends one example too early")
def softmax_loss_naive_ends_early(W, X, y, reg):
    loss, dW = softmax_loss_vectorized(W, X, y, reg)
    last = _unpenalized(softmax_loss_vectorized, W, X[-1:], y[-1:])[1]
    return loss, dW - last / W.dtype.type(len(X))


# --- svm_loss_vectorized: the loss ---


@svm_wrong("value", "loss", "the label's own margin, 1, is counted")
@hinted("the label's own margin, which is 1, is counted")
def svm_loss_vectorized_counts_label(W, X, y, reg):
    loss, dW = svm_loss_vectorized(W, X, y, reg)
    return loss + loss.dtype.type(1), dW


@svm_wrong("value", "loss", "the margin is 0, not 1")
@hinted("the margin is 0, not 1")
def svm_loss_vectorized_without_margin(W, X, y, reg):
    scores = X @ W
    labels = np.arange(len(X)), y
    over = np.maximum(scores - scores[labels][:, None], 0)
    return over.sum() / W.dtype.type(len(X)) + _penalty(W, reg), svm_loss_vectorized(W, X, y, reg)[
        1
    ]


@svm_wrong("value", "loss", "the losses are summed, not averaged")
@hinted("has the loss of the data N times")
def svm_loss_vectorized_summed(W, X, y, reg):
    loss, _ = _unpenalized(svm_loss_vectorized, W, X, y)
    summed = loss * loss.dtype.type(len(X))
    return summed + _penalty(W, reg), svm_loss_vectorized(W, X, y, reg)[1]


@svm_wrong("value", "loss", "the penalty is divided by N together with the losses")
@hinted("has the penalty 1/N times", "has the penalty's slope 1/N times")
def svm_loss_vectorized_mean_of_penalty(W, X, y, reg):
    return svm_loss_vectorized(W, X, y, reg / len(X))


@svm_warning("convention", "dW", "the penalty is ½·reg·ΣW², in the loss and in dW")
def svm_loss_vectorized_half_penalty(W, X, y, reg):
    return svm_loss_vectorized(W, X, y, reg / 2)


@svm_wrong("value", "loss", "the penalty is ½·reg·ΣW² in the loss, reg·ΣW² in dW")
@hinted("has only half of the penalty")
def svm_loss_vectorized_mixed_penalty(W, X, y, reg):
    loss = svm_loss_vectorized(W, X, y, reg / 2)[0]
    return loss, svm_loss_vectorized(W, X, y, reg)[1]


# --- svm_loss_vectorized: the gradient ---


def _dw(W, X, y, reg, count):
    """The answer where ``count(margins, labels)`` is N times the gradient of the scores."""
    scores = X @ W
    labels = np.arange(len(X)), y
    margins = scores - scores[labels][:, None] + 1
    margins[labels] = 0
    dscores = count(margins, labels).astype(W.dtype)
    dW = X.T @ dscores / W.dtype.type(len(X)) + _sloped(W, reg)
    return svm_loss_vectorized(W, X, y, reg)[0], dW


def _balanced(positive, labels):
    positive[labels] = 0
    positive[labels] = -positive.sum(axis=1)
    return positive


@svm_wrong("value", "dW", "the label's column gets nothing")
@hinted("the label's column is left out")
def svm_loss_vectorized_forgets_label(W, X, y, reg):
    return _dw(W, X, y, reg, lambda margins, labels: margins > 0)


@svm_wrong("value", "dW", "the label's column is counted once, however many margins are positive")
@hinted("the label gets -1/N, however many margins are positive")
def svm_loss_vectorized_label_counts_once(W, X, y, reg):
    def count(margins, labels):
        positive = (margins > 0) * 1.0
        positive[labels] = -1
        return positive

    return _dw(W, X, y, reg, count)


@svm_wrong("value", "dW", "dW is that of the squared hinge")
@hinted("the slope is made of the margins, not of where they are positive")
def svm_loss_vectorized_dw_of_square(W, X, y, reg):
    return _dw(W, X, y, reg, lambda margins, labels: _balanced(np.maximum(margins, 0), labels))


@svm_warning("convention", "dW", "the slope at a margin of 0 is 1")
def svm_loss_vectorized_slope_one(W, X, y, reg):
    return _dw(W, X, y, reg, lambda margins, labels: _balanced((margins >= 0) * 1.0, labels))


@svm_warning("convention", "dW", "the slope at a margin of 0 is 1, and the penalty ½·reg·ΣW²")
def svm_loss_vectorized_slope_one_and_half_penalty(W, X, y, reg):
    return svm_loss_vectorized_slope_one(W, X, y, reg / 2)


@svm_wrong("value", "dW", "the slope at a margin of 0 is 2, which is no subgradient")
@hinted("the slope at a margin of 0 is 2")
def svm_loss_vectorized_slope_two(W, X, y, reg):
    def count(margins, labels):
        return _balanced((margins > 0) + 2.0 * (margins == 0), labels)

    return _dw(W, X, y, reg, count)


@svm_wrong("value", "dW", "the penalty is missing in dW")
@hinted("lacks the penalty's slope")
def svm_loss_vectorized_dw_without_penalty(W, X, y, reg):
    return svm_loss_vectorized(W, X, y, reg)[0], svm_loss_vectorized(W, X, y, 0.0)[1]


@svm_wrong("value", "dW", "dW is not divided by N")
@hinted("has the term of the data N times")
def svm_loss_vectorized_summed_dw(W, X, y, reg):
    loss, dW = svm_loss_vectorized(W, X, y, reg)
    return loss, (dW - _sloped(W, reg)) * W.dtype.type(len(X)) + _sloped(W, reg)


@svm_wrong("crash", "", "scores[:, y] picks every label in every row")
def svm_loss_vectorized_label_columns(W, X, y, reg):
    scores = X @ W
    loss = np.maximum(scores - scores[:, y] + 1, 0).sum() / W.dtype.type(len(X)) - 1
    return loss + _penalty(W, reg), svm_loss_vectorized(W, X, y, reg)[1]


@svm_warning("dtype", "dW", "the gradient buffer np.zeros(shape) is float64")
def svm_loss_vectorized_float64_buffer(W, X, y, reg):
    loss, gradient = svm_loss_vectorized(W, X, y, reg)
    dW = np.zeros(W.shape)
    dW += gradient
    return loss, dW


@svm_warning("alias", "dW", "dW is written into the memory of W")
def svm_loss_vectorized_dw_in_w(W, X, y, reg):
    loss, W[...] = svm_loss_vectorized(W, X, y, reg)
    return loss, W


# --- svm_loss_vectorized: as the loops of svm_loss_naive ---


def _naive(W, X, y, reg, update):
    """The course's loops; ``update(dW, x, n, c, label)`` where a margin is positive."""
    dW = np.zeros_like(W)
    for n, (x, label) in enumerate(zip(X, y, strict=True)):
        scores = x @ W
        for c in range(W.shape[1]):
            if c != label and scores[c] - scores[label] + 1 > 0:
                update(dW, x, n, c, label)
    dW /= len(X)
    return svm_loss_vectorized(W, X, y, reg)[0], dW + _sloped(W, reg)


@svm_wrong("value", "dW", "the loop forgets to subtract from the label's column")
@hinted("the label's column is left out")
def svm_loss_naive_forgets_label(W, X, y, reg):
    def update(dW, x, n, c, label):
        dW[:, c] += x

    return _naive(W, X, y, reg, update)


@svm_wrong("value", "dW", "the loop assigns to the columns: earlier examples are lost")
def svm_loss_naive_assigns(W, X, y, reg):
    def update(dW, x, n, c, label):
        dW[:, c] = x
        dW[:, label] -= x

    return _naive(W, X, y, reg, update)


@svm_wrong("value", "dW", "the loop takes the class's example, not the example of its row")
def svm_loss_naive_wrong_example(W, X, y, reg):
    def update(dW, x, n, c, label):
        dW[:, c] += X[c % len(X)]
        dW[:, label] -= X[c % len(X)]

    return _naive(W, X, y, reg, update)


@svm_wrong("value", "dW", "the loop subtracts from the label's column only at the first margin")
@hinted("only the first positive margin is subtracted at the label")
def svm_loss_naive_subtracts_once(W, X, y, reg):
    done = set()

    def update(dW, x, n, c, label):
        dW[:, c] += x
        if n not in done:
            dW[:, label] -= x
        done.add(n)

    return _naive(W, X, y, reg, update)


@svm_wrong("value", "dW", "the loop subtracts from the label's column for every class")
@hinted("every other class counts at the label, whether its margin is positive or not")
def svm_loss_naive_subtracts_always(W, X, y, reg):
    def count(margins, labels):
        positive = (margins > 0) * 1.0
        positive[labels] = 1 - margins.shape[1]
        return positive

    return _dw(W, X, y, reg, count)


@svm_wrong("value", "dW", "the loop has the signs the wrong way round")
@hinted("has the term of the data with the wrong sign")
def svm_loss_naive_signs(W, X, y, reg):
    def update(dW, x, n, c, label):
        dW[:, c] -= x
        dW[:, label] += x

    return _naive(W, X, y, reg, update)


@svm_wrong("value", "loss", "the loop starts at the second class")
@hinted("the first class is left out")
def svm_loss_naive_first_class(W, X, y, reg):
    scores = X @ W
    labels = np.arange(len(X)), y
    margins = np.maximum(scores - scores[labels][:, None] + 1, 0)
    margins[labels] = 0
    loss = margins[:, 1:].sum() / W.dtype.type(len(X)) + _penalty(W, reg)
    return loss, svm_loss_vectorized(W, X, y, reg)[1]
