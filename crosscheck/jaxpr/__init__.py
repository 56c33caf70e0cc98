"""Reads a reference's VJP as a jaxpr and interprets it once, in NumPy, for its rounding bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.jaxpr.program import run
from crosscheck.jaxpr.rules import number
from crosscheck.rounding import Approx, Arithmetic, Array


def interpret(closed: Any, arrays: Sequence[Array], fmt: Format) -> list[Approx]:
    """The values of a ``jax.extend.core.ClosedJaxpr`` and how far ``fmt`` may be off, element by
    element. ``arrays`` are its arguments, exact in ``fmt``.

    Raises DescriptionError for a primitive without a rule, and where what is computed at all
    depends on a number that rounding could turn.
    """
    arithmetic = Arithmetic(fmt)
    arguments = [number(arithmetic.exact, a) for a in arrays]
    with np.errstate(all="ignore"):
        results = run(arithmetic, closed, arguments)
        return [arithmetic.finalise(r) for r in results if isinstance(r, Approx)]
