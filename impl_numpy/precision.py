"""In which dtype to compute: two-byte floats are too narrow to sum in."""

import numpy as np


def widened(array):
    """The array to compute with: float32 for the two-byte floats, otherwise the array itself.

    The result of the computation is cast back once, so it is rounded once.
    """
    return array.astype(np.float32) if array.dtype.itemsize == 2 else array
