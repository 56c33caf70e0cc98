"""In a notebook: ``%load_ext crosscheck``, then ``%crosscheck affine`` checks the functions of the
running kernel.
"""

from __future__ import annotations

import sys
from typing import Any

from crosscheck.errors import CrosscheckError
from crosscheck.report.record import Report
from crosscheck.run import check_functions
from crosscheck.selection import Selection


def load_ipython_extension(ipython: Any) -> None:
    """Register the magic; IPython calls this at ``%load_ext crosscheck``."""

    def crosscheck(line: str) -> Report | None:
        """Check the layers named, or all that the kernel knows: ``%crosscheck affine relu``."""
        try:
            report = check_functions(ipython.user_ns, Selection(layers=line.split()))
        except CrosscheckError as error:
            print(f"crosscheck: {error}", file=sys.stderr)
            return None
        return report

    ipython.register_magic_function(crosscheck, "line", "crosscheck")
