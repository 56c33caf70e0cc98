"""The layers of such a course, written by hand in NumPy: forward and backward.

Every function takes float16, bfloat16 (ml_dtypes), float32 or float64 and returns that dtype. No
input is changed, and nothing that is returned shares memory with what was passed in.
"""

from impl_numpy.affine import affine_backward, affine_forward
from impl_numpy.relu import relu_backward, relu_forward
from impl_numpy.softmax_loss import softmax_loss

__all__ = [
    "affine_backward",
    "affine_forward",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
]
