"""The mean of losses."""

import numpy as np


def mean_loss(terms, count):
    """Σ terms / count; NaN if the count is 0, as the mean of nothing.

    Divided before they are summed: the sum of large losses may overflow where the mean does not.
    """
    return (terms / count).sum() if count else terms.dtype.type(np.nan)
