"""crosscheck: hand-written NumPy layers, judged by PyTorch autograd and JAX.

Importing this imports neither torch nor jax.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crosscheck.case import Case
    from crosscheck.errors import CrosscheckError
    from crosscheck.functions import check
    from crosscheck.layer import Layer
    from crosscheck.notebook import load_ipython_extension
    from crosscheck.pytest_plugin import parametrize
    from crosscheck.report.record import Report
    from crosscheck.selection import Selection

__version__ = "0.1.0"

_HOMES = {
    "Case": "case",
    "CrosscheckError": "errors",
    "Layer": "layer",
    "Report": "report.record",
    "Selection": "selection",
    "check": "functions",
    "load_ipython_extension": "notebook",
    "parametrize": "pytest_plugin",
}
__all__ = [
    "Case",
    "CrosscheckError",
    "Layer",
    "Report",
    "Selection",
    "check",
    "load_ipython_extension",
    "parametrize",
]


def __getattr__(name: str) -> Any:
    """Public names are loaded when first used: a plugin of pytest must not slow every session."""
    if name not in _HOMES:
        raise AttributeError(f"module 'crosscheck' has no attribute {name!r}")
    return getattr(import_module(f"crosscheck.{_HOMES[name]}"), name)
