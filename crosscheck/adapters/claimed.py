"""What a process for code under test says of how it read that code, looked up here: which cases a
reading leaves no choice of is known without it, and it may say anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from crosscheck.adapters import course, families, mapped
from crosscheck.adapters.family import Form
from crosscheck.calling import Model
from crosscheck.candidate import always
from crosscheck.config import LayerMap, Reading
from crosscheck.layer import Layer


def form_at(family: str, place: int, reading: Reading) -> Form | None:
    """A form, by its place in its family; None if there is none, or not in such a reading."""
    asked = reading.adapter in ("", family) and family != course.NAME
    forms = families()[family].forms if asked and family in families() else []
    return forms[place] if 0 <= place < len(forms) else None


def left_by(maps: Iterable[LayerMap], layer: Layer, called: tuple[str, ...]) -> Callable[..., bool]:
    """Whether a case is for functions of these names: each, unless what maps them says other."""
    for m in maps:
        owner = m.functions[0].rpartition(".")[0]
        names = (owner,) if isinstance(layer.calling, Model) else tuple(m.functions)
        if m.layer == layer.name and called == names[: len(called)]:
            return partial(mapped.allowed, m)
    return always
