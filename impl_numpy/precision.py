"""In which dtype to compute: two-byte floats are too narrow to sum in."""

import numpy as np


def widened(array):
    """The array to compute with: float32 for the two-byte floats, otherwise the array itself.

    The result of the computation is cast back once, so it is rounded once.
    """
    return array.astype(np.float32) if array.dtype.itemsize == 2 else array


def narrowed(gradients, inputs):
    """Each gradient in the dtype of its input: what undoes `widened` for all that a backward
    returns.
    """
    return tuple(d.astype(a.dtype, copy=False) for d, a in zip(gradients, inputs, strict=True))
