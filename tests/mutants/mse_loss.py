"""Wrong mean squared errors."""

import numpy as np

from impl_numpy import mse_loss
from mutants import hinted, warning, wrong
from mutants.arithmetic import mean, scaled

# --- mse_loss: the loss ---


@wrong("mse_loss", "value", "loss", "the loss is summed, not averaged")
@hinted("times exactly |s|")
def mse_loss_summed(x, y):
    return scaled(mse_loss(x, y), of_loss=x.size)


@wrong("mse_loss", "value", "loss", "the loss is divided by N, not by the number of elements")
@hinted("times exactly |s|/N")
def mse_loss_over_examples(x, y):
    return scaled(mse_loss(x, y), of_loss=x[:1].size if x.ndim else 1)


@wrong("mse_loss", "value", "loss", "the loss is halved, the gradient is not")
@hinted("times exactly 1/2")
def mse_loss_halved(x, y):
    return scaled(mse_loss(x, y), of_loss=0.5)


@warning("mse_loss", "convention", "dx", "loss and gradient are halved")
def mse_loss_half(x, y):
    return scaled(mse_loss(x, y), of_loss=0.5, of_dx=0.5)


@warning("mse_loss", "convention", "loss", "loss and gradient are means over the examples")
def mse_loss_mean_over_examples(x, y):
    count = x[:1].size if x.ndim else 1
    return scaled(mse_loss(x, y), of_loss=count, of_dx=count)


@wrong("mse_loss", "value", "dx", "the loss is a mean over the examples, the gradient is halved")
@hinted("times exactly |s|/N", "times exactly 1/2")
def mse_loss_mixed_conventions(x, y):
    return scaled(mse_loss(x, y), of_loss=x[:1].size if x.ndim else 1, of_dx=0.5)


@wrong("mse_loss", "value", "loss", "the root is taken of the mean")
@hinted("the root is taken of the mean")
def mse_loss_root(x, y):
    loss, dx = mse_loss(x, y)
    return np.sqrt(loss), dx


@wrong("mse_loss", "value", "loss", "the absolute error is taken")
@hinted("the absolute error is taken, not its square")
def mse_loss_absolute(x, y):
    return mean(np.abs(x - y)), np.sign(x - y) / x.dtype.type(max(x.size, 1))


@wrong("mse_loss", "value", "loss", "the square is taken of the mean error")
@hinted("the square is taken of the mean error")
def mse_loss_square_of_mean(x, y):
    return mean(x - y) ** 2, mse_loss(x, y)[1]


@wrong("mse_loss", "value", "loss", "x² - y² is taken for (x - y)²")
@hinted("x² - y² stands for (x - y)²")
def mse_loss_difference_of_squares(x, y):
    return mean(x**2 - y**2), mse_loss(x, y)[1]


@wrong("mse_loss", "value", "loss", "targets become a column, and every pair is compared")
def mse_loss_every_pair(x, y):
    column = y[:, None] if y.ndim == 1 else y
    return mean((x - column) ** 2), mse_loss(x, y)[1]


@wrong("mse_loss", "crash", "", "the second axis is taken for granted")
def mse_loss_over_columns(x, y):
    return mean(((x - y) ** 2).sum(axis=1)) / x.dtype.type(x.shape[1]), mse_loss(x, y)[1]


@wrong("mse_loss", "shape", "loss", "the losses are averaged over the first axis only")
@hinted("the losses are averaged over the first axis only")
def mse_loss_per_column(x, y):
    return ((x - y) ** 2).sum(axis=0) / x.dtype.type(max(len(x), 1)), mse_loss(x, y)[1]


@wrong(
    "mse_loss", "nonfinite", "loss", "the sum overflows before the division", dtypes=("float16",)
)
def mse_loss_narrow_sum(x, y):
    return mean((x - y) ** 2), mse_loss(x, y)[1]


@warning("mse_loss", "dtype", "loss", "the loss is a Python float")
def mse_loss_python_float(x, y):
    loss, dx = mse_loss(x, y)
    return float(loss), dx


@warning("mse_loss", "empty", "loss", "the loss of an empty batch is 0")
def mse_loss_zero_if_empty(x, y):
    loss, dx = mse_loss(x, y)
    return loss if x.size else x.dtype.type(0), dx


@warning("mse_loss", "nonfinite", "loss", "NaN is left out")
def mse_loss_swallows_nan(x, y):
    return np.nansum((x - y) ** 2) / x.dtype.type(x.size), mse_loss(x, y)[1]


@warning("mse_loss", "scalar", "", "the first axis is taken for granted")
def mse_loss_loops_over_rows(x, y):
    rows = [((row - target) ** 2).sum() for row, target in zip(x, y, strict=True)]
    return x.dtype.type(sum(rows)) / x.dtype.type(x.size), mse_loss(x, y)[1]


# --- mse_loss: the gradient ---


@wrong("mse_loss", "value", "dx", "the factor 2 is missing")
@hinted("times exactly 1/2")
def mse_loss_without_two(x, y):
    return scaled(mse_loss(x, y), of_dx=0.5)


@wrong("mse_loss", "value", "dx", "dx is not divided by the number of elements")
@hinted("times exactly |s|")
def mse_loss_summed_dx(x, y):
    return scaled(mse_loss(x, y), of_dx=x.size)


@wrong("mse_loss", "value", "dx", "dx is divided by N, not by the number of elements")
@hinted("times exactly |s|/N")
def mse_loss_dx_over_examples(x, y):
    return scaled(mse_loss(x, y), of_dx=x[:1].size if x.ndim else 1)


@wrong("mse_loss", "value", "dx", "dx is that of the targets: its sign is wrong")
@hinted("has the wrong sign")
def mse_loss_dx_of_targets(x, y):
    return scaled(mse_loss(x, y), of_dx=-1)


@wrong("mse_loss", "value", "dx", "dx is 2/n · x: the targets are forgotten")
@hinted("y is left out (as if it were 0)")
def mse_loss_dx_without_targets(x, y):
    return mse_loss(x, y)[0], mse_loss(x, np.zeros_like(y))[1]


@wrong("mse_loss", "value", "dx", "dx takes a detour through float32")
@hinted("is right to about 7 digits only")
def mse_loss_float32_dx(x, y):
    loss, dx = mse_loss(x, y)
    return loss, dx.astype(np.float32).astype(x.dtype)


@warning("mse_loss", "dtype", "dx", "the gradient buffer np.zeros(shape) is float64")
def mse_loss_float64_buffer(x, y):
    loss, gradient = mse_loss(x, y)
    dx = np.zeros(x.shape)
    dx[...] = gradient
    return loss, dx


# --- mse_loss: side effects ---


@warning("mse_loss", "mutation", "x", "the targets are subtracted from x in place")
def mse_loss_overwrites_x(x, y):
    answer = mse_loss(x, y)
    x -= y
    return answer


@warning("mse_loss", "alias", "dx", "dx is written into the memory of x")
def mse_loss_dx_in_x(x, y):
    loss, x[...] = mse_loss(x, y)
    return loss, x


@wrong("mse_loss", "arity", "", "the gradient of the targets is returned, too")
def mse_loss_both_gradients(x, y):
    loss, dx = mse_loss(x, y)
    return loss, dx, -dx


@warning("mse_loss", "unfinished", "dx", "the gradient is not written yet")
def mse_loss_no_gradient(x, y):
    return mse_loss(x, y)[0], None
