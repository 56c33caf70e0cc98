"""How far correct rounding may carry a result: running error analysis, element by element.

A computation is followed in float64. Each number carries how far an implementation in the working
format, of any order of summation, may lie from it. N. J. Higham, *Accuracy and Stability of
Numerical Algorithms* (2nd ed.): §2.2 for the model fl(a∘b) = (a∘b)(1+δ), |δ| ≤ u; §3.3 for running
error analysis; §4.2 for sums, where every order of n terms errs by at most (n-1)·u·Σ|terms|
(Jeannerod and Rump, "Improved error bounds for inner products in floating-point arithmetic", SIMAX
34, 2013, without the restriction on n).
"""

from __future__ import annotations

from crosscheck.rounding.choices import Choices
from crosscheck.rounding.elementwise import Elementwise
from crosscheck.rounding.functions import FUNCTIONS
from crosscheck.rounding.number import Approx, Array, Discrete, Number, grid_of, is_short

__all__ = [
    "FUNCTIONS",
    "Approx",
    "Arithmetic",
    "Array",
    "Discrete",
    "Number",
    "grid_of",
    "is_short",
]


class Arithmetic(Elementwise, Choices):
    """The rules for one working format: each takes and returns numbers with their errors."""
