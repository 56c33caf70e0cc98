"""What can be told from the code of theirs without running it."""

from __future__ import annotations

import dis
import inspect
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
    return any(_operator(i) == "/" for c in _codes(found) for i in dis.get_instructions(c))


_OLD_OPERATORS = {
    "MULTIPLY": "*",
    "TRUE_DIVIDE": "/",
    "SUBTRACT": "-",
    "MATRIX_MULTIPLY": "@",
}  # as Python 3.10 names them


def factors(found: Any) -> set[float]:
    """The numbers by which the code of a function multiplies, or divides."""
    return {number for number, operator, _ in _operands(found) if operator in ("*", "/")}


def complements(found: Any) -> bool:
    """Whether the code of a function has a ``1 - …``."""
    return any(
        number == 1 and operator == "-" and is_left
        for number, operator, is_left in _operands(found)
    )


def multiplies_matrices(found: Any) -> bool:
    """Whether there is an ``@``, or a ``dot``, in the code of a function."""
    return any(
        _operator(i) == "@" or i.argval in ("dot", "matmul", "einsum")
        for code in _codes(found)
        for i in dis.get_instructions(code)
    )


def returned_counts(function: Any) -> set[int]:
    """How many things each ``return`` of a function gives: 1 for whatever is not written as a
    tuple. A bare ``return``, or one of None, does not count.
    """
    counts = set()
    for code in _codes(inspect.unwrap(function)):
        before = None
        for i in dis.get_instructions(code):
            if i.opname == "RETURN_VALUE" and before and not _is_none(before):
                counts.add(before.arg or 0 if before.opname == "BUILD_TUPLE" else 1)
            before = i
    return counts


def _is_none(loaded: dis.Instruction) -> bool:
    return loaded.opname == "LOAD_CONST" and loaded.argval is None


def _operands(found: Any) -> Iterator[tuple[float, str, bool]]:
    """Each number in the code, with the operator that takes it, and whether it stands left of it.

    The operator is the first instruction that takes what lies on the stack at the number's place.
    """
    for code in _codes(found):
        instructions = list(dis.get_instructions(code))
        for place, loaded in enumerate(instructions):
            if loaded.opname in ("LOAD_CONST", "LOAD_SMALL_INT") and type(loaded.argval) in (
                int,
                float,
            ):
                above = 0  # how much lies on the number
                for i in instructions[place + 1 :]:
                    effect = dis.stack_effect(i.opcode, i.arg, jump=False)
                    if effect < 0 and above + effect <= 0:
                        yield loaded.argval, _operator(i), above > 0
                        break
                    above += effect


def _operator(instruction: dis.Instruction) -> str:
    """``*``, also for ``*=``; empty if it is none."""
    if instruction.opname == "BINARY_OP":
        return instruction.argrepr.removesuffix("=")
    kind, _, name = instruction.opname.partition("_")
    return _OLD_OPERATORS.get(name, "") if kind in ("BINARY", "INPLACE") else ""


def averages(found: Any) -> bool:
    """Whether a function divides, or takes a mean."""
    return divides(found) or takes_mean(found)


def takes_mean(found: Any) -> bool:
    """Whether a function names one of NumPy's that take a mean or divide."""
    return any(not _MEANS.isdisjoint(code.co_names) for code in _codes(found))


_MEANS = {"mean", "average", "divide", "true_divide"}


def divides_by_a_name(found: Any) -> bool:
    """Whether something is divided by what is no number: by how many there are, perhaps."""
    slashes = sum(_operator(i) == "/" for c in _codes(found) for i in dis.get_instructions(c))
    return slashes > sum(op == "/" and not is_left for _, op, is_left in _operands(found))


def does_nothing(function: Any) -> bool:
    """Whether the body of a function uses nothing, as ``pass`` does."""
    codes = list(_codes(function))
    return bool(codes) and not any(code.co_names for code in codes)


def _codes(found: Any) -> Iterator[CodeType]:
    for function in vars(found).values() if isinstance(found, type) else (found,):
        code = getattr(function, "__code__", None)
        if isinstance(code, CodeType):
            yield code
