"""Sliding windows over images, and their adjoint: what convolution and pooling share."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def patches(x, height, width, stride):
    """patches[n, c, i, j, p, q] = x[n, c, stride·p + i, stride·q + j]: a read-only view.

    x: (N, C, H, W). Returns (N, C, height, width, H', W'), where H' = (H - height) / stride + 1
    and likewise W'. Raises ValueError unless the windows cover x exactly.
    """
    for size, window in zip(x.shape[2:], (height, width), strict=True):
        if size < window or (size - window) % stride:
            raise ValueError(
                f"windows of {height}×{width} in steps of {stride} do not fit exactly into "
                f"{x.shape[2]}×{x.shape[3]} (padding included)"
            )
    windows = sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.transpose(0, 1, 4, 5, 2, 3)


def patches_backward(dpatches, shape, stride):
    """dx: each element is the sum over the patches that it is in.

    dpatches: (N, C, height, width, H', W'). Returns dx, of the given shape (N, C, H, W).
    """
    dx = np.zeros(shape, dpatches.dtype)
    height, width, rows, columns = dpatches.shape[2:]
    for i in range(height):
        for j in range(width):
            # Of all windows, the element (i, j): distinct places, which a slice reaches at once.
            within = dx[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
            within += dpatches[:, :, i, j]
    return dx
