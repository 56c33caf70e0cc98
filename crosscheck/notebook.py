"""In a notebook: ``%load_ext crosscheck``, then ``%crosscheck affine`` checks the functions of the
running kernel.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from crosscheck.errors import CrosscheckError, SelectionError
from crosscheck.layers import catalogue
from crosscheck.report.record import Report
from crosscheck.run import check_functions
from crosscheck.selection import Selection

_USAGE = "%crosscheck [LAYER or FUNCTION …] [--strict] [--dtype NAME]"


def load_ipython_extension(ipython: Any) -> None:
    """Register the magic; IPython calls this at ``%load_ext crosscheck``."""

    def crosscheck(line: str) -> Report | None:
        """Check what is named, layers or their functions, or all that the kernel knows:
        ``%crosscheck affine relu --strict --dtype float64``.
        """
        try:
            asked = _parser().parse_args(line.split())
            selection = Selection(layers=_layers(asked.names), dtypes=asked.dtype)
            return check_functions(ipython.user_ns, selection, strict=asked.strict)
        except CrosscheckError as error:
            print(f"crosscheck: {error}", file=sys.stderr)
            return None

    ipython.register_magic_function(crosscheck, "line", "crosscheck")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Instead of ending the kernel."""
        raise SelectionError(f"{message}. Write: {_USAGE}")


def _parser() -> _Parser:
    parser = _Parser(prog="%crosscheck", add_help=False, allow_abbrev=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--dtype", action="append", default=[])
    return parser


def _layers(names: list[str]) -> list[str]:
    """The layers named; a function stands for every layer that it is of."""
    found: list[str] = []
    for name in names:
        of = [layer.name for layer in catalogue().values() if name in layer.functions]
        found += [name] if name in catalogue() else of or [name]  # which is refused with advice
    return list(dict.fromkeys(found))
