"""Where commands write to: a file, a folder, or standard output, which is ``-``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from crosscheck.errors import CrosscheckError, SelectionError

STDOUT = Path("-")


def place(text: str) -> Path:
    """A file or folder that an option names: what argparse takes as a type."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty: name a file or a folder")
    return Path(text)


def write(path: Path, text: str) -> None:
    """Write a report. Raises CrosscheckError if that cannot be done."""
    if path == STDOUT:
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CrosscheckError(f"Cannot write {path}: {error.strerror}.") from None


def one_at_most(outputs: Mapping[str, Path | None]) -> bool:
    """Whether an output, by its option, goes to standard output. Raises SelectionError for two."""
    found = [option for option, path in outputs.items() if path == STDOUT]
    if len(found) > 1:
        raise SelectionError(
            f"{' and '.join(found)} cannot both go to standard output: name a file for one of them."
        )
    return bool(found)
