"""Windows that do not fit exactly: our convolution and pooling refuse them."""

import re

import numpy as np
import pytest

import impl_numpy


@pytest.mark.parametrize(
    ("size", "filter_size", "stride", "pad", "where"),
    [
        ((5, 6), (3, 3), 2, 0, "windows of 3×3 in steps of 2 do not fit exactly into 5×6"),
        ((6, 5), (3, 3), 2, 0, "windows of 3×3 in steps of 2 do not fit exactly into 6×5"),
        ((3, 4), (2, 3), 2, 1, "windows of 2×3 in steps of 2 do not fit exactly into 5×6"),
        ((2, 4), (3, 2), 1, 0, "windows of 3×2 in steps of 1 do not fit exactly into 2×4"),
    ],
    ids=["width", "height", "padded", "too-small"],
)
def test_conv_refuses_a_stride_that_leaves_a_rest(size, filter_size, stride, pad, where):
    x, w, b = np.ones((2, 3, *size)), np.ones((5, 3, *filter_size)), np.ones(5)
    with pytest.raises(ValueError, match=re.escape(where + " (padding included)")):
        impl_numpy.conv_forward(x, w, b, {"stride": stride, "pad": pad})


@pytest.mark.parametrize("name", ["max_pool_forward", "avg_pool_forward"])
def test_pooling_refuses_a_stride_that_leaves_a_rest(name):
    pool_param = {"pool_height": 2, "pool_width": 3, "stride": 2}
    message = re.escape("windows of 2×3 in steps of 2 do not fit exactly into 4×6")
    with pytest.raises(ValueError, match=message):
        getattr(impl_numpy, name)(np.ones((2, 3, 4, 6)), pool_param)
