"""Where references run. A framework is a module with a ``vjp``: NumPy in, NumPy out.

Importing this package imports none of them.
"""

from __future__ import annotations

import numpy as np

from crosscheck.layer import Arrays


def dtype_of(inputs: Arrays) -> np.dtype:
    """The one dtype of the float inputs, which every result must have."""
    return next(a.dtype for a in inputs.values() if a.dtype.kind not in "bi")
