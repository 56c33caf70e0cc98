"""What there is to say about each layer, in files like those of ``layers``: each has ``MATHS``, by
the layers' names. Found by looking, when somebody asks; a check needs none of it.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from crosscheck.maths._record import Maths, Step, Told

__all__ = ["Maths", "Step", "Told", "maths_of", "written"]


def maths_of(layer: str) -> Maths:
    """The mathematics of the layer of that name; empty if nobody has written it."""
    return written().get(layer, Maths())


@cache
def written() -> dict[str, Maths]:
    """All of it, by the layers' names."""
    found: dict[str, Maths] = {}
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        if not module.name.startswith(__name__ + "._"):
            found |= import_module(module.name).MATHS
    return found
