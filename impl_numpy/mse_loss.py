"""Mean squared error."""

from impl_numpy.mean_loss import mean_loss
from impl_numpy.precision import widened


def mse_loss(x, y):
    """loss = 1/n · Σ (x - y)² over all n elements; dx = 2/n · (x - y).

    x, y: the same shape, any. Returns the loss, a scalar (NaN if there are no elements, as the mean
    of nothing), and dx, of that shape.
    """
    difference = widened(x) - widened(y)
    loss = mean_loss(difference**2, x.size)
    # Not 2·difference, which may overflow; n/2 is exact.
    dx = difference / max(x.size / 2, 0.5)
    return loss.astype(x.dtype), dx.astype(x.dtype, copy=False)
