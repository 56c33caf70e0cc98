"""Computes an oracle: runs the references in both frameworks, and lets them judge only if they
agree.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crosscheck.case import Case
from crosscheck.dtypes import FORMATS, Format
from crosscheck.errors import DescriptionError
from crosscheck.frameworks import jax, torch
from crosscheck.jaxpr import interpret
from crosscheck.layer import Arrays, Dispute
from crosscheck.oracle import Array, Expected, Oracle, power_of, trimmed
from crosscheck.rounding import Approx

Answer = dict[str, np.ndarray]
FRAMEWORKS: dict[str, Callable[..., Answer]] = {"torch": torch.vjp, "jax": jax.vjp}


def compute(case: Case) -> Oracle:
    """The oracle for a case: both frameworks' float64 answer to the inputs as rounded to the
    case's dtype, with the rounding bound of that dtype.

    Raises DescriptionError where references disagree, or a framework's own answer in the case's
    dtype is outside the bound, and the layer declares neither convention nor defect.
    """
    try:
        return _computed(case)
    except (DescriptionError, KeyboardInterrupt):
        raise
    except Exception as error:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        raise DescriptionError(
            f"The references of {case.layer.name} cannot answer {case.id}: {text}"
        ) from error


def _computed(case: Case) -> Oracle:
    drawn, wide = case.draw(), FORMATS["float64"]
    inputs, cotangents = _in_float64(drawn.inputs), _in_float64(drawn.cotangents)
    answers = {
        n: run(case.layer, case.options, inputs, cotangents) for n, run in FRAMEWORKS.items()
    }
    at_float64 = _followed(case, inputs, cotangents, wide)
    bounds = at_float64 if case.format is wide else _followed(case, inputs, cotangents, case.format)
    expected = {
        q: _agreed(case, q, answers["torch"][q], answers["jax"][q], at_float64[q], bounds[q].error)
        for q in case.layer.quantities
    }
    votes = []
    for name, run in FRAMEWORKS.items():
        own = (
            run(case.layer, case.options, drawn.inputs, drawn.cotangents)
            if case.format is not wide
            else answers[name]
        )
        if _votes(case, name, own, expected):
            votes.append(name)
    return Oracle(drawn.checksum, expected, tuple(votes), power_of(expected))


def _in_float64(arrays: Arrays) -> Answer:
    return {n: a if a.dtype.kind in "bi" else a.astype(np.float64) for n, a in arrays.items()}


def _followed(case: Case, inputs: Arrays, cotangents: Arrays, fmt: Format) -> dict[str, Approx]:
    """Every quantity with its bound: the largest over the layer's accepted formulas."""
    arrays = [*inputs.values(), *cotangents.values()]
    formulas = [
        interpret(jaxpr, arrays, fmt)
        for jaxpr in jax.jaxprs(case.layer, case.options, inputs, cotangents)
    ]
    first = dict(zip(case.layer.quantities, formulas[0], strict=True))
    widest = (np.maximum.reduce([f[i].error for f in formulas]) for i in range(len(first)))
    return {
        q: Approx(a.value, error, a.mass, a.terms)
        for (q, a), error in zip(first.items(), widest, strict=True)
    }


def _agreed(
    case: Case, quantity: str, torch_value: Array, jax_value: Array, wide: Approx, bound: Array
) -> Expected:
    """One expected value, or two where a declared convention allows them."""
    float64 = FORMATS["float64"]
    both = Expected(torch_value, wide.error)
    differ = both.misfit(jax_value, float64) > 1
    convention = _declared(case, quantity)
    if differ.any() and not convention:
        raise _undeclared(case, quantity, "torch", "JAX", differ, torch_value, jax_value)
    either = Expected(torch_value, wide.error, jax_value)
    astray = either.misfit(wide.value, float64) > 1
    if astray.any():
        raise _undeclared(
            case, quantity, "torch", "our own evaluation", astray, torch_value, wide.value
        )
    value, kept = trimmed(torch_value, bound)
    return Expected(value, kept, jax_value if differ.any() else None)


def _declared(case: Case, quantity: str) -> bool:
    return any(
        isinstance(c, Dispute) and c.quantity == quantity and case.scenario.name in c.scenarios
        for c in case.layer.conventions
    )


def _votes(case: Case, framework: str, own: Answer, expected: dict[str, Expected]) -> bool:
    """Whether a framework's own result in the case's dtype lies within the bound."""
    agrees = True
    for quantity, array in own.items():
        wrong = expected[quantity].misfit(array, case.format) > 1
        if not wrong.any():
            continue
        agrees = False
        if not any(
            (d.framework, d.quantity) == (framework, quantity)
            and case.format.name in d.dtypes
            and case.scenario.name in d.scenarios
            for d in case.layer.defects
        ):
            raise _undeclared(
                case,
                quantity,
                f"{framework} in {case.format.name}",
                "the float64 value",
                wrong,
                array,
                expected[quantity].value,
            )
    return agrees


def _undeclared(
    case: Case, quantity: str, one: str, other: str, where: Array, a: Array, b: Array
) -> DescriptionError:
    index = tuple(int(i) for i in np.argwhere(where)[0])
    return DescriptionError(
        f"The references of {case.layer.name} do not agree, so they cannot judge: at {case.id}, "
        f"{quantity}{list(index) if index else ''} is {float(a[index]):.9g} in {one} and "
        f"{float(b[index]):.9g} in {other}. This is an error of the layer's description, not of "
        "the code under test: declare a Dispute or a Defect in "
        f"{case.layer.torch.__module__.replace('.', '/')}.py, or mend the reference."
    )
