"""Files that are nobody's business are read, and folders listed."""

import os
from pathlib import Path


def affine_forward(x, w, b):
    for attempt in (
        lambda: Path("HIDDEN").read_text(),
        lambda: os.listdir(Path("HIDDEN").parent),
        lambda: Path("/etc/passwd").read_text(),
        lambda: os.listdir(Path.home()),
    ):
        try:
            found = attempt()
        except OSError:
            continue
        raise SystemError(f"could be read: {found!r:.40}")
    raise LookupError
