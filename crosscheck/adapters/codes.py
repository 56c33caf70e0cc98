"""What can be told from the code of theirs without running it."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType
from typing import Any


def small_constants(found: Any) -> set[float]:
    """The numbers from 0 to 1/1000 in the code of a function or of a class: epsilons."""
    return {
        constant
        for code in _codes(found)
        for constant in code.co_consts
        if isinstance(constant, float) and 0 < constant <= 1e-3
    }


def strings(found: Any) -> set[str]:
    """The texts in the code of a function or of a class."""
    return {c for code in _codes(found) for c in code.co_consts if isinstance(c, str)}


def divides(found: Any) -> bool:
    """Whether there is a ``/`` in the code of a function or of a class."""
    return any(
        instruction.opname in ("BINARY_TRUE_DIVIDE", "INPLACE_TRUE_DIVIDE")
        or (instruction.opname == "BINARY_OP" and instruction.argrepr in ("/", "/="))
        for code in _codes(found)
        for instruction in dis.get_instructions(code)
    )


def does_nothing(function: Any) -> bool:
    """Whether the body of a function uses nothing, as ``pass`` does."""
    codes = list(_codes(function))
    return bool(codes) and not any(code.co_names for code in codes)


def _codes(found: Any) -> Iterator[CodeType]:
    for function in vars(found).values() if isinstance(found, type) else (found,):
        code = getattr(function, "__code__", None)
        if isinstance(code, CodeType):
            yield code
