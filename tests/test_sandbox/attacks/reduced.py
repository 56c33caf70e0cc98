"""Objects whose __reduce__ and __array__ run code are returned."""

import numpy as np


def _mark(*_):
    open("MARKER", "w").write("it ran")


class Trick:
    shape, dtype, ndim = (5, 7), np.dtype("float64"), 2

    def __reduce__(self):
        return _mark, ()

    def __array__(self, *_, **__):
        _mark()
        return np.zeros((5, 7))


def affine_forward(x, w, b):
    return Trick(), (x, w, b)
