"""The floating-point formats that layers are checked in, and their rounding constants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from crosscheck.errors import MissingPackageError, SelectionError


@dataclass(frozen=True, eq=False)  # there is one of each
class Format:
    """A binary floating-point format.

    ``precision`` counts significand bits, the hidden one included. ``unit`` is the unit roundoff u
    and ``accumulator`` the u of the format in which sums may be accumulated (Higham, ASNA, §2.2).
    ``underflow`` is the largest error of one underflow: XLA on CPU flushes subnormal float32,
    bfloat16 and float64 to zero; float16 underflows gradually everywhere.
    """

    name: str
    precision: int
    min_exponent: int  # of the smallest normal number, 2**min_exponent
    max_exponent: int  # of the largest binade, [2**max_exponent, 2**(max_exponent + 1))
    accumulator: float
    underflow: float

    @property
    def unit(self) -> float:
        """The unit roundoff u: half the distance from 1 to the next number."""
        return 2.0**-self.precision

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of full precision."""
        return 2.0**self.min_exponent

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2.0 - 2.0 ** (1 - self.precision)) * 2.0**self.max_exponent

    @property
    def dtype(self) -> np.dtype:
        """The NumPy dtype. Raises MissingPackageError for bfloat16 without ml_dtypes."""
        return _numpy_dtype(self.name)


FORMATS = {
    f.name: f
    for f in (
        Format("float16", 11, -14, 15, accumulator=2.0**-24, underflow=2.0**-25),
        Format("bfloat16", 8, -126, 127, accumulator=2.0**-24, underflow=2.0**-126),
        Format("float32", 24, -126, 127, accumulator=2.0**-24, underflow=2.0**-126),
        Format("float64", 53, -1022, 1023, accumulator=2.0**-53, underflow=2.0**-1022),
    )
}


@cache
def name_of(dtype: np.dtype) -> str:
    """A dtype's name, which NumPy composes anew each time that it is asked."""
    return dtype.name


@cache
def _numpy_dtype(name: str) -> np.dtype:
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        raise MissingPackageError(
            "bfloat16 needs the package ml_dtypes, which is not installed. "
            "Install it with: pip install ml_dtypes"
        ) from None
    return np.dtype(ml_dtypes.bfloat16)


def format_named(name: str) -> Format:
    """The format of that name. Raises SelectionError, which lists the names."""
    if name not in FORMATS:
        raise SelectionError(f"There is no dtype {name!r}. The dtypes are: {', '.join(FORMATS)}.")
    return FORMATS[name]


def unavailable(name: str) -> str:
    """Why NumPy cannot hold this format here (bfloat16 without ml_dtypes); empty if it can."""
    try:
        _numpy_dtype(name)
    except MissingPackageError as error:
        return str(error)
    return ""
