"""Code of CMU 11-785 that computes in float32 whatever comes in, as its handouts ask for: they say
to use ``dtype="f"`` for arrays of zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crosscheck.adapters.codes import strings
from crosscheck.adapters.family import Family, Form, mentions

NARROW = "arrays are made in float32 whatever comes in (judged in float32 only)"
# Ones are the same in any dtype: the handouts have many of them.
_MAKERS = ("zeros", "zeros_like", "empty", "empty_like", "full", "array", "asarray", "astype")


def add_narrow(family: Family) -> None:
    """Each of a family's forms once more, before it, for classes that do so."""
    family.forms[:] = [each for form in family.forms for each in (_narrow(form), form)]


def _narrow(form: Form) -> Form:
    return replace(
        form,
        when=lambda *found: form.when(*found) and any(map(_is_narrow, found)),
        only=lambda dtype, **dims: dtype == "float32" and form.only(dtype=dtype, **dims),
        conventions=(*form.conventions, NARROW),
    )


def _is_narrow(cls: Any) -> bool:
    methods = (method for part in _parts(cls, set()) for method in _methods(part))
    return any(
        mentions(method, *_MAKERS)
        and (mentions(method, "float32") or bool(strings(method) & {"f", "f4", "float32"}))
        for method in methods
    )


def _methods(cls: type) -> Iterator[Any]:
    """All but ``__init__``, whose buffers are put into the case's dtype."""
    return (method for name, method in vars(cls).items() if name != "__init__")


def _parts(cls: Any, seen: set[type]) -> set[type]:
    """A class, and the classes beside it that its methods name."""
    if isinstance(cls, type) and cls not in seen:
        seen.add(cls)
        for method in vars(cls).values():
            code, names = getattr(method, "__code__", None), getattr(method, "__globals__", {})
            for name in code.co_names if code else ():
                _parts(names.get(name), seen)
    return seen
