"""The stand-ins for compiled helpers against loops, and each inverse as the VJP that it is."""

import numpy as np
import pytest

from crosscheck.target import im2col as helpers

# N, C, H, W, height, width, padding, stride
SIZES = [(2, 3, 7, 5, 3, 3, 1, 2), (3, 2, 6, 7, 2, 5, 0, 1), (1, 1, 5, 5, 5, 3, 2, 2)]


def _loops(x, height, width, padding, stride):
    """The rows and columns as CS231n's im2col_cython.pyx counts them."""
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    out_h, out_w = (h + 2 * padding - height) // stride + 1, (w + 2 * padding - width) // stride + 1
    cols = np.zeros((c * height * width, out_h * out_w * n))
    for channel, i, j, y, z, m in np.ndindex(c, height, width, out_h, out_w, n):
        row, column = (channel * height + i) * width + j, (y * out_w + z) * n + m
        cols[row, column] = padded[m, channel, y * stride + i, z * stride + j]
    return cols


@pytest.fixture(params=SIZES, ids=str)
def sizes(request):
    return request.param


@pytest.fixture
def x(sizes):
    return np.random.default_rng(0).normal(size=sizes[:4])


@pytest.mark.parametrize("name", ["im2col_cython", "im2col_indices"])
def test_columns_are_the_loops(x, sizes, name):
    np.testing.assert_array_equal(getattr(helpers, name)(x, *sizes[4:]), _loops(x, *sizes[4:]))


def test_indices_choose_the_columns(x, sizes):
    height, width, padding, stride = sizes[4:]
    k, i, j = helpers.get_im2col_indices(x.shape, height, width, padding, stride)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    chosen = padded[:, k, i, j].transpose(1, 2, 0).reshape(k.shape[0], -1)
    np.testing.assert_array_equal(chosen, _loops(x, *sizes[4:]))


def _is_vjp(forward, backward, x, cols):
    """<cols, forward(x)> = <backward(cols), x>, for numbers of which all sums are exact."""
    x, cols = np.round(8 * x), np.round(8 * cols)
    assert backward(cols).shape == x.shape
    assert np.vdot(cols, forward(x)) == np.vdot(backward(cols), x)


def test_each_way_back_is_the_vjp(x, sizes):
    height, width, padding, stride = sizes[4:]
    out = [
        (s + 2 * padding - f) // stride + 1 for s, f in zip(x.shape[2:], sizes[4:6], strict=True)
    ]
    cols = np.random.default_rng(1).normal(size=_loops(x, *sizes[4:]).shape)
    ways = {
        "cython": lambda c: helpers.col2im_cython(c, *x.shape, *sizes[4:]),
        "6d": lambda c: helpers.col2im_6d_cython(
            c.reshape(x.shape[1], height, width, *out, -1).transpose(0, 1, 2, 5, 3, 4),
            *x.shape,
            *sizes[4:],
        ),
        "indices": lambda c: helpers.col2im_indices(c, x.shape, *sizes[4:]),
    }
    for backward in ways.values():
        _is_vjp(lambda x: helpers.im2col_cython(x, *sizes[4:]), backward, x, cols)


def test_of_deep_learning_from_scratch_rows_are_windows(x, sizes):
    height, width, padding, stride = sizes[4:]
    rows = helpers.im2col(x, height, width, stride, padding)
    n, columns = x.shape[0], _loops(x, *sizes[4:])
    np.testing.assert_array_equal(rows.reshape(n, -1, columns.shape[0])[0], columns[:, ::n].T)
    back = lambda c: helpers.col2im(c, x.shape, height, width, stride, padding)  # noqa: E731
    forward = lambda x: helpers.im2col(x, height, width, stride, padding)  # noqa: E731
    _is_vjp(forward, back, x, np.random.default_rng(1).normal(size=rows.shape))


def test_the_dtype_is_kept():
    x = np.ones((1, 1, 4, 4), np.float32)
    cols = helpers.im2col_cython(x, 2, 2, 0, 2)
    assert cols.dtype == helpers.col2im_cython(cols, 1, 1, 4, 4, 2, 2, 0, 2).dtype == np.float32
